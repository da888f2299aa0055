package dagger

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"dagger.io/dagger"

	"github.com/cupel-dev/cupel/ci"
)

// src is where a container sees the inputs.
const src = "/src"

// An executor is one session of an engine.
type executor struct {
	client  *dagger.Client
	version string
	session string // unlike every other session: it keeps fresh steps out of the engine's cache
	tmp     string // what is sent to the engine

	mu   sync.Mutex        // of what is packed and copied to be sent
	sent map[string]string // digest of a list of inputs to the directory that holds them
}

func newExecutor(client *dagger.Client, version string) (*executor, error) {
	tmp, err := os.MkdirTemp("", "cupel-dagger-")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("collect inputs: %w", err), client.Close())
	}
	return &executor{
		client: client, version: version, session: rand.Text(), tmp: tmp,
		sent: make(map[string]string),
	}, nil
}

// Exec implements [ci.Executor].
func (e *executor) Exec(ctx context.Context, job ci.Job) (int, error) {
	c, err := e.container(ctx, job)
	if err != nil {
		return -1, err
	}
	done, err := c.WithExec(job.Step.Run, dagger.ContainerWithExecOpts{Expect: expected(job.Step)}).Sync(ctx)
	var failed *dagger.ExecError
	if errors.As(err, &failed) && ctx.Err() == nil && ended(failed) {
		if missing(failed) {
			return -1, fmt.Errorf("%s is not in the image %s (%s)", job.Step.Run[0], job.Image.Name, job.Image)
		}
		return failed.ExitCode, writeBoth(job, failed.Stdout, failed.Stderr)
	}
	if err != nil {
		return -1, explain(ctx, job.Image, err)
	}
	exit, err := e.output(ctx, done, job)
	if err != nil || exit != 0 {
		return exit, err
	}
	return 0, e.export(ctx, done, job)
}

// expected are the codes that the engine counts as success. It keeps only the
// last 100 KB of what a command printed that failed, so that one whose output
// is judged may end as it likes. Such an end is kept in the engine's cache,
// which a fresh step is not taken from.
func expected(s ci.Step) dagger.ReturnType {
	if s.Judge != nil && s.Fresh {
		return dagger.ReturnTypeAny
	}
	return dagger.ReturnTypeSuccess
}

// ended reports whether the command itself ended with a code that is not 0. The
// engine tells its own failures in the same form: with code 0 where it could
// not keep what the command left, with 255 or -1 where none was run.
func ended(f *dagger.ExecError) bool {
	return f.ExitCode > 0 && (f.ExitCode != 255 || strings.Contains(f.Message(), "exit code: 255"))
}

// notStarted is what the engine's own first process prints of a program that
// cannot be started, besides ending with 1.
var notStarted = regexp.MustCompile(`^(exec: ".*": executable file not found in \$PATH|fork/exec .*: no such file or directory)$`)

func missing(f *dagger.ExecError) bool {
	return f.ExitCode == 1 && f.Stdout == "" && notStarted.MatchString(strings.TrimSpace(f.Stderr))
}

// output takes what a command printed, and its code.
func (e *executor) output(ctx context.Context, done *dagger.Container, job ci.Job) (int, error) {
	exit, err := done.ExitCode(ctx)
	if err != nil {
		return -1, explain(ctx, job.Image, err)
	}
	stdout, err := done.Stdout(ctx)
	if err != nil {
		return -1, explain(ctx, job.Image, err)
	}
	stderr, err := done.Stderr(ctx)
	if err != nil {
		return -1, explain(ctx, job.Image, err)
	}
	return exit, writeBoth(job, stdout, stderr)
}

// writeBoth writes one stream after the other, each from the beginning of a
// line: the engine takes the last line's end from a command that failed.
func writeBoth(job ci.Job, stdout, stderr string) error {
	if stdout != "" && stderr != "" && !strings.HasSuffix(stdout, "\n") {
		stdout += "\n"
	}
	_, outErr := io.WriteString(job.Stdout, stdout)
	_, errErr := io.WriteString(job.Stderr, stderr)
	return errors.Join(outErr, errErr)
}

// container is the image with all that the step may see.
func (e *executor) container(ctx context.Context, job ci.Job) (*dagger.Container, error) {
	c, err := e.base(job.Image)
	if err != nil {
		return nil, err
	}
	inputs, err := e.inputs(ctx, job.Source)
	if err != nil {
		return nil, err
	}
	c = c.WithMountedDirectory(src, e.client.Host().Directory(inputs)).WithWorkdir(path.Join(src, job.Step.Dir))
	for _, cache := range job.Step.Caches {
		c = c.WithMountedCache(cache.Path, e.client.CacheVolume("cupel-"+cache.Name))
		if cache.Env != "" {
			c = c.WithEnvVariable(cache.Env, cache.Path)
		}
	}
	return e.environment(c, job), nil
}

// environment gives a container the step's variables, in a fixed order so that
// the engine knows it again.
func (e *executor) environment(c *dagger.Container, job ci.Job) *dagger.Container {
	env, ports := make(map[string]string), make(map[int]bool)
	for name, value := range job.Env {
		env[name] = viaHost(name, value, ports)
	}
	for _, s := range job.Secrets {
		// The name is the engine's key, and two steps may hold two values.
		key := fmt.Sprintf("%s-%x", s.Name, sha256.Sum256([]byte(e.session+s.Value)))
		c = c.WithSecretVariable(s.Name, e.client.SetSecret(key, viaHost(s.Name, s.Value, ports)))
	}
	if job.Step.Fresh {
		env["CUPEL_SESSION"] = e.session
	}
	if len(ports) > 0 {
		for _, name := range []string{"NO_PROXY", "no_proxy"} { // no proxy knows the alias
			env[name] = strings.TrimPrefix(env[name]+","+hostAlias, ",")
		}
		c = c.WithServiceBinding(hostAlias, e.hostService("localhost", slices.Sorted(maps.Keys(ports))...))
	}
	for _, name := range slices.Sorted(maps.Keys(env)) {
		c = c.WithEnvVariable(name, env[name])
	}
	return c
}

// inputs copies the files into a directory that holds nothing else, which is
// then what is sent: no pattern has to be right, and nothing that git ignores
// can be among it. Steps with the same inputs share a directory.
func (e *executor) inputs(ctx context.Context, s *ci.Source) (string, error) {
	key := fmt.Sprintf("%x", sha256.Sum256([]byte(s.Root+"\x00"+strings.Join(s.Paths, "\x00"))))
	e.mu.Lock()
	defer e.mu.Unlock()
	if dir, ok := e.sent[key]; ok {
		return dir, nil
	}
	dir := filepath.Join(e.tmp, key[:16])
	if err := os.Mkdir(dir, 0o755); err != nil {
		return "", fmt.Errorf("collect inputs: %w", err)
	}
	if err := s.CopyTo(ctx, dir); err != nil {
		return "", err
	}
	e.sent[key] = dir
	return dir, nil
}

// export writes the step's outputs into the job's own directory, which is
// fresh: the engine merges into what is there and never wipes anything.
func (e *executor) export(ctx context.Context, c *dagger.Container, job ci.Job) error {
	for _, out := range job.Step.Outputs {
		to := filepath.Join(job.Outputs, filepath.FromSlash(out))
		if err := os.MkdirAll(to, 0o755); err != nil {
			return fmt.Errorf("output %s: %w", out, err)
		}
		_, err := c.Directory(path.Join(src, out)).Export(ctx, to)
		switch {
		case err != nil && ctx.Err() == nil && strings.Contains(err.Error(), "no such file or directory"):
			return fmt.Errorf("output %s: the step left none: %w", out, &engineError{err})
		case err != nil:
			return fmt.Errorf("output %s: %w", out, explain(ctx, job.Image, err))
		}
	}
	return nil
}
