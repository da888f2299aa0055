package command_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cupel-dev/cupel/internal/channel/command"
	"github.com/cupel-dev/cupel/internal/journal"
	"github.com/cupel-dev/cupel/internal/redact"
	"github.com/cupel-dev/cupel/internal/version"
)

// A mirror is a directory with a file "current" that names the version which
// people get, and commands that read and change it.
type mirror struct{ dir string }

func newMirror(t *testing.T) mirror {
	t.Helper()
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("sh is not on this machine")
	}
	return mirror{t.TempDir()}
}

func (m mirror) set(t *testing.T, text string) {
	t.Helper()
	check(t, os.WriteFile(filepath.Join(m.dir, "current"), []byte(text), 0o644))
}

func (m mirror) want(t *testing.T, want string) {
	t.Helper()
	got, err := os.ReadFile(filepath.Join(m.dir, "current"))
	if err != nil && want != "" || string(got) != want {
		t.Errorf("the mirror is at %q, want %q", got, want)
	}
}

func sh(script string, args ...string) []string {
	return append([]string{"sh", "-c", script, "sh"}, args...)
}

// options publish by writing the version into the file.
func (m mirror) options() command.Options {
	return command.Options{
		ID: "mirror", Class: journal.Pointer, Version: version.Version{Major: 1, Minor: 2}, Dir: m.dir, Dist: m.dir,
		Probe:  sh(`touch current; cat current; test "$(cat current)" = "$1"`, "{version}"),
		Do:     sh(`printf %s "$1" > current`, "{version}"),
		Verify: sh(`grep -q "^$1$" current`, "{version}"),
		Undo:   sh(`printf %s "$1" > current`, "{before}"),
	}
}

func channel(t *testing.T, o command.Options) *command.Channel {
	t.Helper()
	c, err := command.New(o)
	check(t, err)
	return c
}

func run(t *testing.T, steps []journal.Step) journal.Outcome {
	t.Helper()
	j, err := journal.Open(filepath.Join(t.TempDir(), "journal"), nil)
	check(t, err)
	defer j.Close()
	return (&journal.Runner{Plan: journal.Plan{Name: "release", Steps: steps}, Journal: j}).Run(t.Context())
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantCode(t *testing.T, out journal.Outcome, want journal.Code) {
	t.Helper()
	if out.Code != want {
		t.Fatalf("%s (%s): %v, want %s", out.Code, out.Step, out.Err, want)
	}
}

func TestAReleaseByCommands(t *testing.T) {
	m := newMirror(t)
	m.set(t, "1.1.0")
	steps := channel(t, m.options()).Steps()
	wantCode(t, run(t, steps), journal.Complete)
	m.want(t, "1.2.0")
	wantCode(t, run(t, steps), journal.Complete)
}

func TestAFailureBehindItIsUndoneToWhatTheProbeSaw(t *testing.T) {
	m := newMirror(t)
	m.set(t, "1.1.0")
	gate := journal.Step{ID: "gate", Verify: func(context.Context) error { return errors.New("closed") }}
	wantCode(t, run(t, append(channel(t, m.options()).Steps(), gate)), journal.Undone)
	m.want(t, "1.1.0")
}

func TestTheExitCodeOfAProbeIsItsAnswer(t *testing.T) {
	m := newMirror(t)
	for code, want := range map[string]journal.State{"0": journal.Done, "1": journal.Absent, "4": journal.Partial, "5": journal.Conflict} {
		o := m.options()
		o.Probe = sh("echo first; echo second; exit " + code)
		got, err := channel(t, o).Steps()[0].Probe(t.Context())
		if err != nil || got != (journal.Observation{State: want, Value: "first"}) {
			t.Errorf("exit %s: %v, %v, want %s", code, got, err, want)
		}
	}
	for _, script := range []string{"exit 2", "exit 3", "exit 127", "kill -9 $$"} {
		o := m.options()
		o.Probe = sh(script)
		if got, err := channel(t, o).Steps()[0].Probe(t.Context()); err == nil {
			t.Errorf("%s: %v, and it cannot tell", script, got)
		}
	}
}

func TestAConflictStopsTheRelease(t *testing.T) {
	m := newMirror(t)
	o := m.options()
	o.Probe = sh("exit 5")
	wantCode(t, run(t, channel(t, o).Steps()), journal.Conflicting)
	m.want(t, "")
}

func TestWhatDoReportsIsNotBelieved(t *testing.T) {
	m := newMirror(t)
	o := m.options()
	o.Class, o.Do = journal.Irrevocable, sh("exit 0")
	wantCode(t, run(t, channel(t, o).Steps()), journal.Incomplete)
	o.Do = sh(`printf 1.2.0 > current; exit 1`)
	wantCode(t, run(t, channel(t, o).Steps()), journal.Complete)
}

func TestPlaceholdersAreWholeArguments(t *testing.T) {
	m := newMirror(t)
	o := m.options()
	o.Previous = "1.1.0"
	o.Do = sh(`printf '%s|' "$@" "$CUPEL_VERSION" "$CUPEL_TAG" "$CUPEL_PREVIOUS" > words; test "$CUPEL_DIST" = "$3" && printf 1.2.0 > current`,
		"{version}", "{tag}", "{dist}", "{previous}", "$(touch shell)")
	wantCode(t, run(t, channel(t, o).Steps()), journal.Complete)
	got, err := os.ReadFile(filepath.Join(m.dir, "words"))
	if want := "1.2.0|v1.2.0|" + m.dir + "|1.1.0|$(touch shell)|1.2.0|v1.2.0|1.1.0|"; err != nil || string(got) != want {
		t.Errorf("the command got %s, %v, want %s", got, err, want)
	}
}

func TestAValueThatNobodyKnowsStopsTheCommand(t *testing.T) {
	m := newMirror(t)
	m.set(t, "1.2.0")
	step := channel(t, m.options()).Steps()[0]
	if err := step.Undo(t.Context(), journal.Observation{}); err == nil || !strings.Contains(err.Error(), "nobody knows what {before} is") {
		t.Errorf("error %v", err)
	}
	m.want(t, "1.2.0")
}

func TestAWithdrawalRunsUndoOnce(t *testing.T) {
	m := newMirror(t)
	m.set(t, "1.2.0")
	o := m.options()
	o.Previous, o.Undo = "1.1.0", sh(`printf %s "$1" > current`, "{previous}")
	c := channel(t, o)
	wantCode(t, run(t, c.Withdrawal()), journal.Complete)
	m.want(t, "1.1.0")
	o.Undo = sh("exit 1")
	wantCode(t, run(t, channel(t, o).Withdrawal()), journal.Complete)
}

func TestAWithdrawalKnowsWhatWasThereBefore(t *testing.T) {
	m := newMirror(t)
	m.set(t, "1.2.0")
	wantCode(t, run(t, channel(t, m.options()).Withdrawal()), journal.Incomplete) // no receipt says it
	m.want(t, "1.2.0")
	o := m.options()
	o.Before = "1.1.0"
	wantCode(t, run(t, channel(t, o).Withdrawal()), journal.Complete)
	m.want(t, "1.1.0")
}

// F05: a backport or a prerelease does not take what points at the newest version.
func TestAPointerStaysOnANewerVersion(t *testing.T) {
	m := newMirror(t)
	m.set(t, "1.3.0")
	o := m.options()
	outdone := true
	o.Outdone = func(context.Context) (bool, error) { return outdone, nil }
	steps := channel(t, o).Steps()
	wantCode(t, run(t, steps), journal.Complete)
	m.want(t, "1.3.0")
	outdone = false
	if got, err := steps[0].Probe(t.Context()); err != nil || got.State != journal.Absent {
		t.Errorf("before it is out there is something to undo: %v, %v", got, err)
	}
	wantCode(t, run(t, steps), journal.Complete)
	m.want(t, "1.2.0")
	outdone = true
	if got, err := channel(t, o).Withdrawal()[0].Probe(t.Context()); err != nil || got.State != journal.Absent {
		t.Errorf("a withdrawal leaves it on the bad version: %v, %v", got, err)
	}
	o.Outdone = func(context.Context) (bool, error) { return false, errors.New("away") }
	wantCode(t, run(t, channel(t, o).Steps()), journal.Refused)
}

func TestWithoutAnUndoSomethingStays(t *testing.T) {
	m := newMirror(t)
	o := m.options()
	o.Class, o.Undo = journal.Irrevocable, nil
	c := channel(t, o)
	if len(c.Withdrawal()) != 0 || len(c.Residue()) != 1 {
		t.Errorf("withdrawal %v, residue %q", c.Withdrawal(), c.Residue())
	}
}

// TestAProgramThatIsNotThereIsSeenBeforeAnythingIsOut: the numbers of all channels
// are asked for before the tag is pushed.
func TestAProgramThatIsNotThereIsSeenBeforeAnythingIsOut(t *testing.T) {
	m := newMirror(t)
	o := m.options()
	if entries, err := channel(t, o).Entries(t.Context()); err != nil || len(entries) > 0 {
		t.Errorf("%v, %v", entries, err)
	}
	check(t, os.WriteFile(filepath.Join(m.dir, "script"), []byte("#!/bin/sh\n"), 0o644))
	for program, want := range map[string]string{"./nowhere": "no such file", "no-such-program": "not found", "./script": "permission denied"} {
		o.Undo = []string{program, "{before}"}
		if _, err := channel(t, o).Entries(t.Context()); err == nil || !strings.Contains(err.Error(), "the program "+program+" of mirror cannot be run: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", program, err)
		}
	}
	check(t, os.Chmod(filepath.Join(m.dir, "script"), 0o755))
	o.Undo = []string{"./script", "{before}"}
	if _, err := channel(t, o).Entries(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestATimeoutEndsACommand(t *testing.T) {
	m := newMirror(t)
	o := m.options()
	o.Timeout = 300 * time.Millisecond
	o.Do = sh("sleep 1000 & wait")
	err := channel(t, o).Steps()[0].Do(t.Context())
	if err == nil || !strings.Contains(err.Error(), "it took longer than 300ms") {
		t.Errorf("error %v", err)
	}
}

func TestOutputIsRedacted(t *testing.T) {
	m := newMirror(t)
	o := m.options()
	o.Redactor, o.Env = redact.New("swordfish"), []string{"TOKEN=swordfish"}
	o.Probe = sh(`echo "$TOKEN"; exit 1`)
	o.Do = sh(`echo "$TOKEN" >&2; exit 1`)
	step := channel(t, o).Steps()[0]
	if got, err := step.Probe(t.Context()); err != nil || got.Value != redact.Mask {
		t.Errorf("the probe says %v, %v", got, err)
	}
	if err := step.Do(t.Context()); err == nil || strings.Contains(err.Error(), "swordfish") || !strings.Contains(err.Error(), redact.Mask) {
		t.Errorf("error %v", err)
	}
}

func TestOptionsThatMakeNoSense(t *testing.T) {
	for _, test := range []struct {
		want   string
		change func(*command.Options)
	}{
		{"it has no name", func(o *command.Options) { o.ID = "" }},
		{"it has no probe", func(o *command.Options) { o.Probe = nil }},
		{"neither Do nor Verify", func(o *command.Options) { o.Do, o.Verify = nil, nil }},
		{"it is pointer and has no Undo", func(o *command.Options) { o.Undo = nil }},
		{`its class is "soon"`, func(o *command.Options) { o.Class = "soon" }},
		{"{verison} is no placeholder here", func(o *command.Options) { o.Do = []string{"publish", "{verison}"} }},
		{`"app-{version}.tgz": {version} is replaced where it is a word of its own; the command can read the variable CUPEL_VERSION`, func(o *command.Options) {
			o.Undo = []string{"remove", "app-{version}.tgz"}
		}},
		{"{before} is no placeholder here", func(o *command.Options) { o.Do = []string{"publish", "{before}"} }},
	} {
		o := mirror{t.TempDir()}.options()
		test.change(&o)
		if _, err := command.New(o); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error %v, want %s", err, test.want)
		}
	}
}
