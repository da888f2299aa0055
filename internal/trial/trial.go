// Package trial runs a program that is released and holds what it prints against
// the version of the release.
//
// The program gets a directory of its own, an empty input and next to no
// environment. It is one that this project has built, so nothing more keeps it
// from the machine.
package trial

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
	"unicode"

	"github.com/cupel-dev/cupel/internal/journal"
	"github.com/cupel-dev/cupel/internal/process"
	"github.com/cupel-dev/cupel/internal/version"
)

// timeout is how long a program may take to print its version.
const timeout = 30 * time.Second

// A Trial says how the programs of a release tell their version.
type Trial struct {
	Archive string   // its name among the files of the release; "" where none is for this machine
	Args    []string // that a program prints its version with
	// Agreed says that the project has chosen the arguments, so a program that
	// does not understand them is wrong. Otherwise it is only unclear.
	Agreed bool
}

// Run unpacks the archive in file and runs every program in it. The error wraps
// [journal.ErrUnclear] where a program does not tell its version.
func (t Trial) Run(ctx context.Context, file string, want version.Version) error {
	return t.run(ctx, t.Archive, want, func(dir string) ([]string, error) { return unpack(t.Archive, file, dir) })
}

// RunTree is [Trial.Run] for the files of an image, as a tar stream; what names
// the image.
func (t Trial) RunTree(ctx context.Context, what string, files io.Reader, want version.Version) error {
	return t.run(ctx, what, want, func(dir string) ([]string, error) { return unpackTar(files, dir) })
}

func (t Trial) run(ctx context.Context, what string, want version.Version, unpack func(dir string) ([]string, error)) (err error) {
	dir, err := os.MkdirTemp("", "cupel-trial-")
	if err != nil {
		return fmt.Errorf("try %s: %w", what, err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	programs, err := unpack(dir)
	if err != nil {
		return fmt.Errorf("unpack %s: %w", what, err)
	}
	if len(programs) == 0 {
		return fmt.Errorf("%s has no program", what)
	}
	for _, name := range programs {
		if err := t.try(ctx, dir, name, want); err != nil {
			return fmt.Errorf("%s of %s: %w", strings.Join(append([]string{name}, t.Args...), " "), what, err)
		}
	}
	return nil
}

// try runs one program.
func (t Trial) try(ctx context.Context, dir, name string, want version.Version) error {
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, fmt.Errorf("it took longer than %s", timeout))
	defer cancel()
	out := new(printed)
	command := process.Command{
		Args: append([]string{filepath.Join(dir, name)}, t.Args...), Dir: dir, Env: environment(dir), Stdout: out, Stderr: out,
	}
	_, err := process.Run(ctx, command)
	for tries := 0; errors.Is(err, syscall.ETXTBSY) && tries < 20; tries++ {
		time.Sleep(20 * time.Millisecond) // a process that was begun meanwhile may still have the file open for writing
		_, err = process.Run(ctx, command)
	}
	var exit *process.ExitError
	if err != nil && !errors.As(err, &exit) {
		return err
	}
	return t.judge(out.String(), exit, want)
}

// judge holds what a program printed against the version.
func (t Trial) judge(out string, exit *process.ExitError, want version.Version) error {
	said := versions(out)
	for _, v := range said {
		if v == want && exit == nil {
			return nil
		}
	}
	what := fmt.Sprintf("it printed %s", shorten(out))
	if exit != nil {
		what = fmt.Sprintf("%v, and %s", exit, what)
	}
	if t.Agreed || exit == nil && len(said) > 0 {
		return fmt.Errorf("it does not say that it is %s: %s", want, what)
	}
	return fmt.Errorf("%w which version it is: %s; release.version_args in cupel.toml says how to ask it", journal.ErrUnclear, what)
}

// versions are those that a text names, as words of their own.
func versions(text string) []version.Version {
	var found []version.Version
	for _, word := range strings.FieldsFunc(text, func(r rune) bool {
		return !strings.ContainsRune(".+-", r) && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}) {
		word, _, _ = strings.Cut(word, "+") // a build has the version that it is of
		if v, err := version.Parse(strings.TrimRight(word, ".-")); err == nil {
			found = append(found, v)
		}
	}
	return found
}

// environment is what programs need to start, and a home that is theirs.
func environment(dir string) []string {
	env := []string{"HOME=" + dir, "TMPDIR=" + dir, "LANG=C"}
	if runtime.GOOS == "windows" {
		env = append(env, "USERPROFILE="+dir, "TEMP="+dir, "TMP="+dir, "SYSTEMROOT="+os.Getenv("SYSTEMROOT"))
	}
	return env
}

// printed is the beginning of an output.
type printed struct{ bytes.Buffer }

// Write implements io.Writer.
func (p *printed) Write(text []byte) (int, error) {
	const most = 64 << 10
	p.Buffer.Write(text[:max(0, min(len(text), most-p.Len()))])
	return len(text), nil
}

// shorten is the beginning of an output for people, on one line.
func shorten(out string) string {
	const most = 200
	line := strings.ToValidUTF8(strings.Join(strings.Fields(out), " "), "")
	if line == "" {
		return "nothing"
	}
	if len(line) > most {
		line = strings.ToValidUTF8(line[:most], "") + "..."
	}
	return fmt.Sprintf("%q", line)
}
