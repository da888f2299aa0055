package command

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/cupel-dev/cupel/internal/journal"
	"github.com/cupel-dev/cupel/internal/process"
)

// states are the answers of a probe.
var states = map[int]journal.State{0: journal.Done, 1: journal.Absent, 4: journal.Partial, 5: journal.Conflict}

func (c *Channel) probe(ctx context.Context) (journal.Observation, error) {
	var stdout, stderr bytes.Buffer
	code, err := c.start(ctx, process.Command{Args: c.Probe, Stdout: &stdout, Stderr: &stderr}, nil)
	if err != nil {
		return journal.Observation{}, err
	}
	state, known := states[code]
	if !known {
		return journal.Observation{}, fmt.Errorf("%s exited with code %d: it cannot tell%s", c.Probe[0], code, c.tail(stderr.String()))
	}
	return journal.Observation{State: state, Value: c.firstLine(stdout.String())}, nil
}

// probePointer is the probe of a pointer, which has nothing to do where it belongs
// on a newer version.
func (c *Channel) probePointer(ctx context.Context) (journal.Observation, error) {
	outdone, err := c.Outdone(ctx)
	if err != nil {
		return journal.Observation{}, fmt.Errorf("find the newest version: %w", err)
	}
	o, err := c.probe(ctx)
	if outdone && o.State == journal.Absent {
		o.State = journal.Done
	}
	return o, err
}

// verify checks what was done; a pointer that belongs elsewhere is not looked at.
func (c *Channel) verify(ctx context.Context) error {
	if c.points() {
		if outdone, err := c.Outdone(ctx); err != nil || outdone {
			return err
		}
	}
	return c.run(ctx, c.Verify, nil)
}

// probeWithdrawn is the probe turned round: what is not there is withdrawn,
// and so is what something else has taken the place of.
func (c *Channel) probeWithdrawn(ctx context.Context) (journal.Observation, error) {
	o, err := c.probe(ctx)
	switch o.State {
	case journal.Absent, journal.Conflict:
		o.State = journal.Done
	case journal.Done:
		o.State = journal.Absent
	}
	return o, err
}

// run runs a command that succeeds or fails. before is what undo is told.
func (c *Channel) run(ctx context.Context, args []string, before *journal.Observation) error {
	var out bytes.Buffer
	code, err := c.start(ctx, process.Command{Args: args, Stdout: &out, Stderr: &out}, before)
	if err != nil {
		return err
	}
	if code != 0 {
		return fmt.Errorf("%s exited with code %d%s", args[0], code, c.tail(out.String()))
	}
	return nil
}

// start runs a command to its end and returns its exit code. The error is
// another end: it was not found, a signal or the timeout ended it.
func (c *Channel) start(ctx context.Context, command process.Command, before *journal.Observation) (int, error) {
	args, err := c.fill(command.Args, before)
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, c.Timeout, fmt.Errorf("it took longer than %s", c.Timeout))
	defer cancel()
	command.Args, command.Dir, command.Env = args, c.Dir, c.environment()
	state, err := process.Run(ctx, command)
	var exit *process.ExitError
	if errors.As(err, &exit) && state.ExitCode >= 0 {
		return state.ExitCode, nil
	}
	return state.ExitCode, err
}

func (c *Channel) values() map[string]string {
	return map[string]string{
		"{version}": c.Version.String(), "{tag}": c.Version.Tag(), "{dist}": c.Dist, "{previous}": c.Previous,
	}
}

// check refuses a placeholder that does not exist, or not here.
func (c *Channel) check(what string, args []string) error {
	for _, arg := range args {
		if name := c.inside(arg); name != "" {
			return fmt.Errorf("%s: %q: %s is replaced where it is a word of its own; the command can read the variable CUPEL_%s", what, arg, name, strings.ToUpper(strings.Trim(name, "{}")))
		}
		if !strings.HasPrefix(arg, "{") || !strings.HasSuffix(arg, "}") || arg == "{before}" && what == "undo" {
			continue
		}
		if _, known := c.values()[arg]; !known {
			return fmt.Errorf("%s: %s is no placeholder here; there are {version}, {tag}, {dist}, {previous} and, in undo, {before}", what, arg)
		}
	}
	return nil
}

// inside is the placeholder in the middle of an argument, where nobody replaces
// it; "" where there is none.
func (c *Channel) inside(arg string) string {
	for _, name := range slices.Sorted(maps.Keys(c.values())) {
		if arg != name && strings.Contains(arg, name) {
			return name
		}
	}
	return ""
}

// fill replaces placeholders. An argument that nobody knows a value for stops
// the command: an empty one could mean everything.
func (c *Channel) fill(args []string, before *journal.Observation) ([]string, error) {
	values := c.values()
	if before != nil {
		values["{before}"] = before.Value
	}
	args = slices.Clone(args)
	for i, arg := range args {
		value, placeholder := values[arg]
		if !placeholder {
			continue
		}
		if value == "" {
			return nil, fmt.Errorf("%s: nobody knows what %s is here", args[0], arg)
		}
		args[i] = value
	}
	return args, nil
}

func (c *Channel) environment() []string {
	env := append(os.Environ(), c.Env...)
	return append(env, "CUPEL_VERSION="+c.Version.String(), "CUPEL_TAG="+c.Version.Tag(), "CUPEL_DIST="+c.Dist, "CUPEL_PREVIOUS="+c.Previous)
}

// longestValue in bytes is what is kept of a probe's line.
const longestValue = 500

func (c *Channel) firstLine(out string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(out), "\n")
	line = strings.ToValidUTF8(c.Redactor.String(strings.TrimSpace(line)), "")
	return strings.ToValidUTF8(line[:min(len(line), longestValue)], "")
}

// tail is the end of an output, for an error.
func (c *Channel) tail(out string) string {
	out = strings.TrimSpace(c.Redactor.String(out))
	if out == "" {
		return ""
	}
	lines := strings.Split(out, "\n")
	return ":\n" + strings.Join(lines[max(0, len(lines)-10):], "\n")
}
