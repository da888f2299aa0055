// Package dagger runs steps in containers through a Dagger engine. Importing
// it registers the executor "dagger" with package ci; it is the only importer
// of Dagger's SDK.
//
// It adds nothing to a step: image, inputs, caches, environment, secrets and
// outputs become one chain of calls to the engine. It starts no engine of its
// own besides what the SDK does.
package dagger

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"dagger.io/dagger"
	"dagger.io/dagger/engineconn"

	"github.com/cupel-dev/cupel/ci"
	"github.com/cupel-dev/cupel/internal/process"
)

// Engine is the name of the executor.
const Engine = "dagger"

func init() { ci.Register(Engine, open) }

// closeTime bounds how long the end of a session may take. The SDK itself
// waits for minutes; the session ends with this process at the latest.
const closeTime = 10 * time.Second

// open connects to the engine that the environment names, or has the SDK start
// one with the container runtime that is installed.
func open(ctx context.Context, s ci.Settings) (ci.Executor, error) {
	if reason := unreachable(ctx, os.LookupEnv, exec.LookPath); reason != "" {
		return nil, &ci.NoEngineError{Engine: Engine, Reason: reason, Advice: "start Docker or Podman, or set _EXPERIMENTAL_DAGGER_RUNNER_HOST"}
	}
	client, err := dagger.Connect(ctx, dagger.WithLogOutput(s.Log),
		dagger.WithEnvironmentVariable("DAGGER_NO_NAG", "1"), dagger.WithEnvironmentVariable("DO_NOT_TRACK", "1"))
	if err != nil {
		return nil, noSession(ctx, err)
	}
	version, err := client.Version(ctx)
	if err != nil {
		_ = client.Close()
		return nil, noSession(ctx, err)
	}
	return newExecutor(client, version)
}

// runtimes are the programs with which the SDK can start an engine, in its own
// order, each with what it is asked to find out whether it works.
var runtimes = [][]string{
	{"docker", "version"}, {"container", "system", "status"}, {"podman", "version"}, {"finch", "version"}, {"nerdctl", "version"},
}

// answerTime bounds how long a container runtime may take to answer.
const answerTime = 5 * time.Second

// unreachable says why no engine can be expected to answer, so that nothing is
// downloaded for one and nobody waits; "" where it is worth a try. The first
// runtime that is installed decides, as it does for the SDK.
func unreachable(ctx context.Context, lookup func(string) (string, bool), find func(string) (string, error)) string {
	for _, name := range []string{"DAGGER_SESSION_PORT", "_EXPERIMENTAL_DAGGER_RUNNER_HOST"} {
		if value, ok := lookup(name); ok && value != "" {
			return ""
		}
	}
	var names []string
	for _, runtime := range runtimes {
		if program, err := find(runtime[0]); err == nil {
			return silent(ctx, program, runtime)
		}
		names = append(names, runtime[0])
	}
	return "no container runtime is installed (" + strings.Join(names, ", ") + ") and no engine is named in the environment"
}

// silent says why a container runtime does not work; "" where it does.
func silent(ctx context.Context, program string, runtime []string) string {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	var out strings.Builder
	_, err := process.Run(ctx, process.Command{Args: append([]string{program}, runtime[1:]...), Stdout: &out, Stderr: &out})
	switch {
	case err == nil:
		return ""
	case ctx.Err() != nil:
		return fmt.Sprintf("%s is installed and does not answer within %v", runtime[0], answerTime)
	case out.Len() == 0:
		return fmt.Sprintf("%s is installed and does not work: %v", runtime[0], err)
	}
	return fmt.Sprintf("%s is installed and does not work: %s", runtime[0], lastLine(out.String()))
}

// noSession explains why a session could not be had.
func noSession(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("connect to the engine: %w", context.Cause(ctx))
	}
	none := &ci.NoEngineError{Engine: Engine, Reason: lastLine(err.Error())}
	switch text := err.Error(); {
	case strings.Contains(text, "incompatible"):
		none.Advice = "this program was built for version " + engineconn.CLIVersion + " of the engine"
	case strings.Contains(text, "failed to download"):
		none.Advice = "name a client of version " + engineconn.CLIVersion + " that is here already in _EXPERIMENTAL_DAGGER_CLI_BIN"
	}
	return none
}

// lastLine is the last line that says something: the engine's own reason comes
// after the SDK's, where it gives one.
func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(text), "stderr:")), "\n")
	return strings.TrimSpace(lines[len(lines)-1])
}

// differs says in words that the engine is of another version than the SDK; ""
// where it is not.
func differs(engine, sdk string) string {
	plain, _, _ := strings.Cut(strings.TrimPrefix(engine, "v"), "+")
	if plain == strings.TrimPrefix(sdk, "v") {
		return ""
	}
	return fmt.Sprintf("the engine is version %s and the SDK was made for %s: a step may ask for what this engine does not know", plain, sdk)
}

func (e *executor) About() ci.About {
	about := ci.About{Name: Engine, Version: e.version}
	if note := differs(e.version, engineconn.CLIVersion); note != "" {
		about.Notes = append(about.Notes, note)
	}
	return about
}

func (e *executor) Close() error {
	done := make(chan error, 1)
	go func() { done <- e.client.Close() }()
	timer := time.NewTimer(closeTime)
	defer timer.Stop()
	var err error
	select {
	case err = <-done:
		if err != nil {
			err = errors.New("end the session of the engine: " + lastLine(err.Error()))
		}
	case <-timer.C:
		err = fmt.Errorf("end the session of the engine: it does not end within %v", closeTime)
	}
	return errors.Join(err, os.RemoveAll(e.tmp))
}
