package ci

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/cupel-dev/cupel/internal/process"
)

// HostEngine is the name of the executor that runs steps on this machine.
const HostEngine = "host"

// host runs each step in a clean checkout of its inputs, in a temporary
// directory, with nothing of the caller's environment besides what the step is
// given.
type host struct{ notes []string }

func openHost(context.Context, Settings) (Executor, error) { return newHost(nil), nil }

func newHost(notes []string) *host { return &host{notes: notes} }

func (h *host) About() About {
	return About{
		Name:  HostEngine,
		Notes: h.notes,
		Missing: []string{
			"the tools are those of this machine, not of the pinned images",
			"steps can read this machine's files and reach its network",
		},
	}
}

func (h *host) Close() error { return nil }

func (h *host) Exec(ctx context.Context, job Job) (int, error) {
	tmp, err := tempDir("cupel-ci-")
	if err != nil {
		return -1, fmt.Errorf("make a clean checkout: %w", err)
	}
	defer removeAll(tmp)
	src, home := filepath.Join(tmp, "src"), filepath.Join(tmp, "home")
	for _, dir := range []string{src, home, filepath.Join(tmp, "tmp")} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			return -1, fmt.Errorf("make a clean checkout: %w", err)
		}
	}
	if err := countNothing(home); err != nil {
		return -1, fmt.Errorf("make a clean checkout: %w", err)
	}
	if err := job.Source.CopyTo(ctx, src); err != nil {
		return -1, err
	}
	env, err := hostEnv(job, tmp)
	if err != nil {
		return -1, err
	}
	exit, err := runProgram(ctx, process.Command{
		Args: job.Step.Run, Dir: filepath.Join(src, filepath.FromSlash(job.Step.Dir)), Env: env,
		Stdout: job.Stdout, Stderr: job.Stderr,
	})
	if err != nil || exit != 0 {
		return exit, err
	}
	return 0, takeOutputs(src, job)
}

// countNothing keeps the go command from starting its telemetry, a process in a
// session of its own that writes into the home directory when the step has ended.
func countNothing(home string) error {
	settings := ".config"
	if runtime.GOOS == "darwin" {
		settings = "Library/Application Support"
	}
	dir := filepath.Join(home, filepath.FromSlash(settings), "go", "telemetry")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "mode"), []byte("off"), 0o644)
}

// runProgram runs the command. A program that ended with a code is no error.
func runProgram(ctx context.Context, c process.Command) (int, error) {
	state, err := process.Run(ctx, c)
	var ended *process.ExitError
	var missing *process.NotFoundError
	switch {
	case err == nil:
		return 0, nil
	case errors.As(err, &ended) && state.ExitCode > 0:
		return state.ExitCode, nil
	case errors.As(err, &missing):
		return -1, fmt.Errorf("%s is not installed here, and the host has no image to take it from", c.Args[0])
	}
	return -1, err
}

// takeOutputs moves what the step left to where the caller wants it.
func takeOutputs(src string, job Job) error {
	for _, out := range job.Step.Outputs {
		from := filepath.Join(src, filepath.FromSlash(out))
		if _, err := os.Stat(from); err != nil {
			return fmt.Errorf("output %s: the step left none: %w", out, err)
		}
		if err := os.CopyFS(filepath.Join(job.Outputs, filepath.FromSlash(out)), os.DirFS(from)); err != nil {
			return fmt.Errorf("output %s: %w", out, err)
		}
	}
	return nil
}

// removeAll removes a tree even where a tool made directories read-only, as
// Go's module cache is.
func removeAll(dir string) {
	if os.RemoveAll(dir) == nil {
		return
	}
	_ = filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			_ = os.Chmod(file, 0o700)
		}
		return nil
	})
	_ = os.RemoveAll(dir)
}

// hostEnv is the whole environment of a step on the host: where programs and
// toolchains are, directories of its own, and what the step is given.
func hostEnv(job Job, tmp string) ([]string, error) {
	env := map[string]string{
		"PATH": os.Getenv("PATH"), "HOME": filepath.Join(tmp, "home"), "TMPDIR": filepath.Join(tmp, "tmp"),
		"GIT_CEILING_DIRECTORIES": tmp, // what lies above the checkout is not the project's
	}
	if !slices.ContainsFunc(job.Source.Paths, func(file string) bool { return path.Base(file) == "go.work" }) {
		env["GOWORK"] = "off" // nor is that
	}
	if runtime.GOOS == "windows" { // programs do not start without these
		for _, name := range []string{"SystemRoot", "ComSpec", "PATHEXT", "ProgramData"} {
			env[name] = os.Getenv(name)
		}
		env["USERPROFILE"], env["LOCALAPPDATA"], env["TEMP"], env["TMP"] = env["HOME"], env["HOME"], env["TMPDIR"], env["TMPDIR"]
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return nil, fmt.Errorf("find the caches of this host: %w", err)
	}
	for name, dir := range map[string]string{"CARGO_HOME": ".cargo", "RUSTUP_HOME": ".rustup"} {
		env[name] = cmp.Or(os.Getenv(name), filepath.Join(home, dir))
	}
	for _, c := range job.Step.Caches {
		if c.Env == "" {
			continue
		}
		if env[c.Env], err = c.local(home); err != nil {
			return nil, err
		}
	}
	var list []string
	for name, value := range merged(env, job.Env) {
		list = append(list, name+"="+value)
	}
	for _, s := range job.Secrets {
		list = append(list, s.Name+"="+s.Value)
	}
	return list, nil
}

// local is the cache's directory on this host, made where it is missing.
func (c Cache) local(home string) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find the caches of this host: %w", err)
	}
	dir := filepath.Join(cache, "cupel", "ci", c.Name)
	if c.Local != "" {
		dir = filepath.FromSlash(strings.NewReplacer("{home}", home, "{cache}", cache).Replace(c.Local))
	}
	dir = cmp.Or(os.Getenv(c.Env), dir)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("cache %s: %w", c.Name, err)
	}
	return dir, nil
}
