// Package command is the channel that a project brings along: its own commands
// look whether a version is out, bring it out, check it and take it back.
//
// It is no shell: a command is a program and its arguments. What the commands
// print is kept out of the journal but for one line of the probe.
//
// # The contract
//
// The probe only looks. Its exit code is its answer, and the first line that
// it prints on standard output is remembered:
//
//	0  done: exactly this version is there
//	1  absent: it is not
//	4  partial: it is begun, and do finishes it
//	5  conflict: something else is in its place
//
// Every other end means that it cannot tell. The other commands succeed with
// exit code 0; whether do or undo did what they say, the probe decides.
//
// An argument that is a placeholder as a whole is replaced: {version} (1.2.0),
// {tag} (v1.2.0), {dist} (the directory of what is released), {previous} (the
// version that a rollback goes back to) and, for undo, {before} (the line that
// the probe printed before do first ran, in a rollback as the receipt has it). All but the last are in the
// environment too, as CUPEL_VERSION, CUPEL_TAG, CUPEL_DIST and CUPEL_PREVIOUS.
package command

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/cupel-dev/cupel/internal/journal"
	"github.com/cupel-dev/cupel/internal/redact"
	"github.com/cupel-dev/cupel/internal/version"
)

// Options say what the commands are and what they are run for.
type Options struct {
	ID      string        // unique among the channels of a release
	Class   journal.Class // of what Do does
	Version version.Version
	Dist    string // absolute

	Probe  []string // needed
	Do     []string
	Verify []string // needed where there is no Do
	Undo   []string // needed, unless the class is irrevocable or notice

	// Outdone reports whether the version is out and a pointer belongs on another
	// one, which is newer: then it stays where it is. Nil is no.
	Outdone func(context.Context) (bool, error)

	Title    string           // for people: "upload to the mirror"
	Previous string           // the version that a rollback goes back to
	Before   string           // of a version that is rolled back: what the probe printed before do
	Dir      string           // where the commands run; "" is this process's directory
	Env      []string         // KEY=value, added to this process's environment
	Timeout  time.Duration    // of each command; 10 minutes
	Redactor *redact.Redactor // for what the commands print
}

// A Channel is one step of a release, made of commands.
type Channel struct{ Options }

// New checks the options and runs nothing.
func New(o Options) (*Channel, error) {
	if o.Timeout == 0 {
		o.Timeout = 10 * time.Minute
	}
	if o.Title == "" {
		o.Title = "run the commands of " + o.ID
	}
	c := &Channel{o}
	switch {
	case o.ID == "":
		return nil, errors.New("publish by command: it has no name")
	case len(o.Probe) == 0:
		return nil, fmt.Errorf("publish by command %s: it has no probe, so nobody can tell what is done", o.ID)
	}
	if err := (journal.Plan{Steps: c.Steps()}).Check(); err != nil {
		return nil, fmt.Errorf("publish by command %s: %w", o.ID, err)
	}
	for what, args := range map[string][]string{"probe": o.Probe, "do": o.Do, "verify": o.Verify, "undo": o.Undo} {
		if err := c.check(what, args); err != nil {
			return nil, fmt.Errorf("publish by command %s: %w", o.ID, err)
		}
	}
	return c, nil
}

// Name is the channel's ID.
func (c *Channel) Name() string { return c.ID }

// Steps is the one step of the channel.
func (c *Channel) Steps() []journal.Step {
	s := journal.Step{ID: c.ID + ":run", Title: c.Title, Channel: c.ID, Class: c.Class, Probe: c.probe}
	if c.points() {
		s.Title, s.Probe = c.Title+", if it is the newest", c.probePointer
	}
	if len(c.Do) > 0 {
		s.Do = func(ctx context.Context) error { return c.run(ctx, c.Do, nil) }
	}
	if len(c.Verify) > 0 {
		s.Verify = c.verify
	}
	if len(c.Undo) > 0 {
		s.Undo = func(ctx context.Context, before journal.Observation) error { return c.run(ctx, c.Undo, &before) }
	}
	return []journal.Step{s}
}

// points reports whether the step moves a pointer that belongs on the newest version.
func (c *Channel) points() bool { return c.Class == journal.Pointer && c.Outdone != nil }

// Withdrawal runs undo where the probe says that the version is there; without
// an undo there is nothing to do.
func (c *Channel) Withdrawal() []journal.Step {
	if len(c.Undo) == 0 || c.Class == journal.Notice {
		return nil
	}
	return []journal.Step{{
		ID: c.ID + ":undo", Title: "take back: " + c.Title, Channel: c.ID, Class: journal.Irrevocable,
		Probe: c.probeWithdrawn,
		Do:    func(ctx context.Context) error { return c.run(ctx, c.Undo, &journal.Observation{Value: c.Before}) },
	}}
}

// Residue says what stays where there is no undo.
func (c *Channel) Residue() []string {
	if len(c.Undo) > 0 {
		return nil
	}
	return []string{fmt.Sprintf("what %s did for %s stays: the project names no command that undoes it", c.ID, c.Version)}
}

// Entries is empty: commands tell of one version, not of all. It looks whether the
// programs are there, before something else is out.
func (c *Channel) Entries(context.Context) ([]version.Entry, error) {
	for _, args := range [][]string{c.Probe, c.Do, c.Verify, c.Undo} {
		if len(args) == 0 {
			continue
		}
		name := args[0]
		if filepath.Base(name) != name && !filepath.IsAbs(name) {
			name = filepath.Join(c.Dir, name)
		}
		if _, err := exec.LookPath(name); err != nil {
			return nil, fmt.Errorf("the program %s of %s cannot be run: %w", args[0], c.ID, errors.Unwrap(err))
		}
	}
	return nil, nil
}
