package release_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/cupel-dev/cupel/internal/git"
	"github.com/cupel-dev/cupel/internal/git/gittest"
	"github.com/cupel-dev/cupel/internal/journal"
	"github.com/cupel-dev/cupel/internal/release"
)

// rollBack takes 1.2.0 back and supersedes it by 1.2.1, with the files of 1.1.0;
// called again it finishes what is missing.
func (s site) rollBack(ctx context.Context, bad release.Draft, watch func(journal.Event)) (journal.Outcome, error) {
	repo := &git.Repo{Root: s.Clone}
	o, err := s.options(ctx, repo, bad)
	if err != nil {
		return journal.Outcome{}, err
	}
	back := release.Withdrawal{State: o.State, Version: bad.Version, Channels: o.Channels, Redactor: o.Redactor, Watch: watch}
	if out, err := back.Run(ctx); err != nil || out.Code != journal.Complete {
		return out, err
	}
	good, err := repo.Resolve(ctx, "v1.1.0")
	if err != nil {
		return journal.Outcome{}, err
	}
	next := numbered(bad, "v1.2.1")
	next.Head = o.Prepared.Commit
	next.Supersede = &release.Supersede{Version: "1.2.0", Commit: o.Prepared.Commit, Good: "1.1.0", GoodCommit: good, Reason: "it loses data"}
	state, err := release.StateDir(ctx, repo, next.Version.Tag())
	if err != nil {
		return journal.Outcome{}, err
	}
	do := release.Options.Run
	if began, err := release.Began(state); err != nil {
		return journal.Outcome{}, err
	} else if began {
		do = release.Options.Resume
	}
	return s.run(ctx, next, do, watch)
}

// TestAWithdrawalThatIsCutOffIsFinished crashes a rollback before and after the
// entries of its journals. Run again, it has superseded the release as one that
// nothing disturbs does.
func TestAWithdrawalThatIsCutOffIsFinished(t *testing.T) {
	t.Parallel()
	first := newWorld(t)
	mould := newMould(t, first)
	events := 0
	first.rolledBack(t, func(journal.Event) { events++ })
	want := first.state(t)
	first.checkSuperseded(t, want)
	for _, n := range crashes(events) {
		t.Run(fmt.Sprintf("crash at %d", n), func(t *testing.T) {
			t.Parallel()
			w := mould.cast(t)
			left := n
			w.rolledBack(t, func(journal.Event) {
				if left--; left == -1 {
					panic(crashed{})
				}
			})
			w.want(t, "rolled back again", want)
		})
	}
	t.Logf("rollback: %d crashes of %d", len(crashes(events)), events)
}

// crashes are the events to crash at.
func crashes(events int) []int {
	if !selftest() {
		return []int{events / 3}
	}
	all := make([]int, events)
	for n := range all {
		all[n] = n
	}
	return slices.DeleteFunc(all, func(n int) bool { return n%3 != 0 })
}

// rolledBack releases 1.2.0 and rolls it back; where watch crashes that, once more.
func (w *world) rolledBack(t *testing.T, watch func(journal.Event)) {
	t.Helper()
	if out := w.do(t, w.draft, release.Options.Run); out.Code != journal.Complete {
		t.Fatalf("release: %s: %v", out.Code, out.Err)
	}
	out, err := w.tryRollBack(t.Context(), watch)
	if errors.Is(err, errCrashed) {
		out, err = w.tryRollBack(t.Context(), nil)
	}
	check(t, err)
	if out.Code != journal.Complete {
		t.Fatalf("rollback: %s at %q: %v", out.Code, out.Step, out.Err)
	}
}

var errCrashed = errors.New("it crashed")

func (w *world) tryRollBack(ctx context.Context, watch func(journal.Event)) (out journal.Outcome, err error) {
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(crashed); !ok {
				panic(r)
			}
			err = errCrashed
		}
	}()
	return w.rollBack(ctx, w.draft, watch)
}

// checkSuperseded holds a rolled back world against what a rollback promises:
// no tag has moved, every pointer is on 1.2.1, 1.2.0 says that it is withdrawn,
// and the module's highest version retracts it (F04, F05).
func (w *world) checkSuperseded(t *testing.T, state map[string]string) {
	t.Helper()
	for _, pointer := range []string{"latest", "1", "1.2"} {
		if got := state["registry "+pointer]; got != state["registry 1.2.1"] || got == "" {
			t.Errorf("the image's tag %s is on %q", pointer, got)
		}
	}
	if state["registry 1.2.0"] == "" || state["registry 1.2.0"] == state["registry 1.2.1"] {
		t.Errorf("the image's tag 1.2.0 is on %q", state["registry 1.2.0"])
	}
	if got := state["github latest"]; got != "v1.2.1" {
		t.Errorf("GitHub's latest release is %s", got)
	}
	if got := state["github release 1 v1.2.0"]; !strings.Contains(got, "is withdrawn: it loses data") || !strings.Contains(got, "prerelease=true") {
		t.Errorf("the page of v1.2.0 is %s", got)
	}
	if tag := gittest.Git(t, w.remote.Dir, "rev-parse", "v1.2.0^{commit}"); tag != gittest.Git(t, w.remote.Dir, "rev-parse", "v1.2.1^") {
		t.Errorf("v1.2.0 is %s, which is not below v1.2.1", tag)
	}
	if text := gittest.Git(t, w.remote.Dir, "show", "v1.2.1:go.mod"); !strings.Contains(text, "retract v1.2.0") {
		t.Errorf("the go.mod of v1.2.1 is\n%s", text)
	}
	if text := gittest.Git(t, w.remote.Dir, "show", "v1.2.1:CHANGELOG.md"); !strings.Contains(text, "## [1.2.0] - 2026-02-02 [YANKED]") {
		t.Errorf("the changelog of v1.2.1 is\n%s", text)
	}
	if keys := slices.Collect(maps.Keys(state)); slices.Contains(keys, "remote refs/cupel/lock") {
		t.Error("the lock is left")
	}
}
