// Package run builds a suite and runs it once: one process, its output
// streamed to files. What the output says is read elsewhere; a run is judged
// here only by how its process ended.
package run

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/process"
)

// DefaultTimeout is the longest time that one run may take where its suite
// names no timeout.
const DefaultTimeout = 30 * time.Minute

// A Checkout is one version of a project with a build directory of its own.
// Two versions must never share one: cargo would hand out the other's binary.
type Checkout struct {
	Dir string // the project, absolute
	Out string // for built files, absolute; kept between runs as a cache
}

// Build runs the suite's build command; its output goes to log. A suite
// without one is built already.
func (c Checkout) Build(ctx context.Context, s bench.Suite, log io.Writer) error {
	return c.prepare(ctx, s, "build", s.Build, log)
}

// Setup runs the suite's setup command; its output goes to log.
func (c Checkout) Setup(ctx context.Context, s bench.Suite, log io.Writer) error {
	return c.prepare(ctx, s, "setup", s.Setup, log)
}

func (c Checkout) prepare(ctx context.Context, s bench.Suite, what string, args []string, log io.Writer) error {
	if len(args) == 0 {
		return nil
	}
	if err := os.MkdirAll(c.Out, 0o755); err != nil {
		return fmt.Errorf("make build directory: %w", err)
	}
	_, err := process.Run(ctx, process.Command{
		Args: c.expand(args, 0, ""), Dir: filepath.Join(c.Dir, s.Dir), Env: c.environ(s), Stdout: log, Stderr: log,
	})
	if err != nil {
		return fmt.Errorf("%s suite %s: %w", what, s.Name, err)
	}
	return nil
}

// An Outcome is how the process of one run ended.
type Outcome struct {
	Started  time.Time
	Elapsed  time.Duration
	State    process.State
	TimedOut bool   // Failure is its timeout
	Failure  string // why the run cannot be believed whatever it printed; "" where it ended well
}

// Once runs the suite one time; each benchmark gets about benchtime. What the
// process prints goes to OUTPUT.txt and OUTPUT.stderr.txt, the report that it
// writes to {file} to OUTPUT.json; only files with content are left behind.
//
// The error says that the run could not be made or was cancelled, and then no
// outcome counts. A process that fails is an Outcome with its Failure.
func (c Checkout) Once(ctx context.Context, s bench.Suite, benchtime time.Duration, output string) (Outcome, error) {
	files, err := createOutputs(output)
	if err != nil {
		return Outcome{}, err
	}
	timeout := s.Timeout
	if timeout == 0 {
		timeout = DefaultTimeout
	}
	runCtx, cancel := context.WithTimeoutCause(ctx, timeout, errTimeout)
	defer cancel()
	o := Outcome{Started: time.Now()}
	o.State, err = process.Run(runCtx, process.Command{
		Args: c.expand(s.Run, benchtime, output+".json"), Dir: filepath.Join(c.Dir, s.Dir), Env: c.environ(s),
		Stdout: files.stdout, Stderr: files.stderr,
	})
	o.Elapsed = time.Since(o.Started)
	if closeErr := files.close(); closeErr != nil {
		return o, fmt.Errorf("write output of %s: %w", s.Name, closeErr)
	}
	o.TimedOut = errors.Is(err, errTimeout)
	o.Failure, err = failure(err, timeout)
	if err != nil {
		return o, fmt.Errorf("run suite %s: %w", s.Name, err)
	}
	if err := withoutIdentity(output + ".json"); err != nil {
		return o, fmt.Errorf("keep the report of suite %s: %w", s.Name, err)
	}
	return o, nil
}

var errTimeout = errors.New("timeout")

// failure tells a process that failed from a run that could not be made. It
// names the program without its directory, which may lie in somebody's home.
func failure(err error, timeout time.Duration) (string, error) {
	var exit *process.ExitError
	switch {
	case err == nil:
		return "", nil
	case errors.Is(err, errTimeout):
		return fmt.Sprintf("ended after %v, its timeout", timeout), nil
	case errors.As(err, &exit):
		return fmt.Sprintf("%s %v", filepath.Base(exit.Program), exit.State), nil
	default:
		return "", err
	}
}

type outputs struct{ stdout, stderr *os.File }

func createOutputs(output string) (outputs, error) {
	stdout, err := os.Create(output + ".txt")
	if err != nil {
		return outputs{}, fmt.Errorf("create output file: %w", err)
	}
	stderr, err := os.Create(output + ".stderr.txt")
	if err != nil {
		return outputs{}, fmt.Errorf("create output file: %w", errors.Join(err, stdout.Close()))
	}
	return outputs{stdout, stderr}, nil
}

// close removes an empty stderr.
func (o outputs) close() error {
	info, err := o.stderr.Stat()
	err = errors.Join(err, o.stdout.Close(), o.stderr.Close())
	if err == nil && info.Size() == 0 {
		err = os.Remove(o.stderr.Name())
	}
	return err
}

// expand fills the placeholders of a command in.
func (c Checkout) expand(args []string, benchtime time.Duration, file string) []string {
	r := strings.NewReplacer(
		"{out}", c.Out,
		"{time}", benchtime.String(),
		"{seconds}", strconv.FormatFloat(benchtime.Seconds(), 'f', -1, 64),
		"{wholeseconds}", strconv.FormatFloat(math.Ceil(benchtime.Seconds()), 'f', 0, 64),
		"{file}", file,
	)
	expanded := make([]string, len(args))
	for i, arg := range args {
		expanded[i] = r.Replace(arg)
	}
	return expanded
}

// environ is the environment of a suite's processes: this one, a plain locale,
// a Cargo target directory of the checkout's own, and what the suite adds.
func (c Checkout) environ(s bench.Suite) []string {
	env := append(os.Environ(), "LC_ALL=C", "CARGO_TARGET_DIR="+c.CargoTarget())
	for key, value := range s.Env {
		env = append(env, key+"="+c.expand([]string{value}, 0, "")[0])
	}
	return env
}

// CargoTarget is the target directory of the checkout's cargo builds.
func (c Checkout) CargoTarget() string { return filepath.Join(c.Out, "target") }
