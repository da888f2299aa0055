// Package git runs git in one directory and gives typed answers. It decides
// nothing and has no commands of its own: what git says is returned, with its
// arguments, exit code and words where it refuses.
package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// The reasons for which a directory cannot be used.
var (
	ErrNotInstalled  = errors.New("git is not installed or not on PATH")
	ErrNotRepository = errors.New("not inside a git repository")
	ErrNoCommit      = errors.New("the repository has no commit yet")
)

// An Error is a git command that failed.
type Error struct {
	Args   []string
	Code   int // git's exit code; -1 where it did not exit by itself
	Stdout string
	Stderr string
}

func (e *Error) Error() string {
	words := strings.TrimSpace(e.Stderr)
	if words == "" {
		words = fmt.Sprintf("exit code %d", e.Code)
	}
	return fmt.Sprintf("git %s: %s", strings.Join(e.Args, " "), words)
}

// A Repo is the work tree of one repository.
type Repo struct {
	Root string // the top directory of the work tree, absolute

	env []string // added to the environment of every command
}

// With returns a view of the repository whose commands get more environment,
// KEY=value: an index of their own, for example.
func (r *Repo) With(env ...string) *Repo {
	return &Repo{Root: r.Root, env: append(slices.Clone(r.env), env...)}
}

// Open finds the work tree that dir lies in. The error is [ErrNotInstalled] or
// [ErrNotRepository] where that is the reason.
func Open(ctx context.Context, dir string) (*Repo, error) {
	if _, err := exec.LookPath("git"); err != nil {
		return nil, ErrNotInstalled
	}
	r := &Repo{Root: dir}
	out, err := r.Run(ctx, "rev-parse", "--show-toplevel")
	if err != nil {
		var gitErr *Error
		if errors.As(err, &gitErr) && strings.Contains(gitErr.Stderr, "not a git repository") {
			return nil, fmt.Errorf("%s: %w", dir, ErrNotRepository)
		}
		return nil, err
	}
	r.Root = filepath.FromSlash(strings.TrimRight(out, "\r\n"))
	return r, nil
}

// Run runs git in the work tree and returns its standard output. git never
// asks for anything and takes no lock that it does not need.
func (r *Repo) Run(ctx context.Context, args ...string) (string, error) {
	return r.RunInput(ctx, nil, args...)
}

// RunInput is Run with standard input.
func (r *Repo) RunInput(ctx context.Context, input []byte, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = r.Root
	cmd.Env = append(environ(), "LC_ALL=C", "GIT_TERMINAL_PROMPT=0", "GIT_OPTIONAL_LOCKS=0")
	cmd.Env = append(cmd.Env, r.env...)
	cmd.Stdin = bytes.NewReader(input)
	cmd.WaitDelay = time.Second
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		return "", &Error{Args: args, Code: cmd.ProcessState.ExitCode(), Stdout: stdout.String(), Stderr: orElse(stderr.String(), err.Error())}
	}
	return stdout.String(), nil
}

// elsewhere are the variables that bind git to another repository than the one
// that it runs in, as they are set inside a hook (git rev-parse --local-env-vars).
var elsewhere = []string{
	"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES",
	"GIT_COMMON_DIR", "GIT_PREFIX", "GIT_GRAFT_FILE", "GIT_SHALLOW_FILE", "GIT_NAMESPACE",
}

// environ is the environment without them.
func environ() []string {
	return slices.DeleteFunc(os.Environ(), func(entry string) bool {
		key, _, _ := strings.Cut(entry, "=")
		return slices.Contains(elsewhere, key)
	})
}

func orElse(words, otherwise string) string {
	if strings.TrimSpace(words) == "" {
		return otherwise
	}
	return words
}

// Head is the commit that is checked out. The error is [ErrNoCommit] in a
// repository without any.
func (r *Repo) Head(ctx context.Context) (string, error) {
	commit, err := r.Resolve(ctx, "HEAD")
	if err != nil && ctx.Err() == nil {
		return "", fmt.Errorf("%s: %w", r.Root, ErrNoCommit)
	}
	return commit, err
}

// Resolve turns the name of a revision into the id of its commit.
func (r *Repo) Resolve(ctx context.Context, revision string) (string, error) {
	out, err := r.Run(ctx, "rev-parse", "--verify", "--quiet", "--end-of-options", revision+"^{commit}")
	if err != nil {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		return "", fmt.Errorf("no commit is named %q", revision)
	}
	return strings.TrimSpace(out), nil
}

// Branch is the branch that is checked out, "" where the head is detached.
func (r *Repo) Branch(ctx context.Context) (string, error) {
	out, err := r.Run(ctx, "branch", "--show-current")
	return strings.TrimSpace(out), err
}

// Shallow reports whether the history was cut off when it was cloned.
func (r *Repo) Shallow(ctx context.Context) (bool, error) {
	out, err := r.Run(ctx, "rev-parse", "--is-shallow-repository")
	return strings.TrimSpace(out) == "true", err
}
