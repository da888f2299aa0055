// Package release makes a release of a project: a plan of steps over all of its
// channels, gates that have to pass before the first, and the record of what
// happened. It runs the steps through a journal, so that a release that is cut
// off anywhere can be resumed, or taken back before its point of no return.
//
// The package knows no channel and no gate by name: both are passed to it. It
// builds nothing itself and judges no benchmark.
package release

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/cupel-dev/cupel/internal/git"
	"github.com/cupel-dev/cupel/internal/journal"
	"github.com/cupel-dev/cupel/internal/redact"
	"github.com/cupel-dev/cupel/internal/version"
)

// A Channel is a place where a release becomes visible.
type Channel interface {
	// Name is unique among the channels of a release, and the Channel of its steps.
	Name() string
	// Steps are what a release does here, in the channel's own order.
	Steps() []journal.Step
	// Withdrawal is what a rollback does here.
	Withdrawal() []journal.Step
	// Residue says, a sentence each, what nobody can take back.
	Residue() []string
	// Entries are the numbers that are in use here.
	Entries(ctx context.Context) ([]version.Entry, error)
}

// Options are what a release is made of.
type Options struct {
	Repo     *git.Repo
	Remote   string // where the receipt is left; "" nowhere
	State    string // directory of this release alone, outside the work tree
	Prefix   string // of the tags of a nested module, "path/of/module/"
	Draft    Draft
	Prepared *Prepared // the release commit, as [Prepare] made it
	Channels []Channel // in the order in which they become public
	// Build makes what is released from the checkout in src and leaves it in
	// dist, a directory that does not exist yet. Nil where nothing is built.
	Build    func(ctx context.Context, src, dist string) error
	Redactor *redact.Redactor
	Watch    func(journal.Event) // told of progress; may be nil
}

// Dist is the directory of what was built.
func (o Options) Dist() string { return filepath.Join(o.State, "dist") }

// Plan is the release as steps: prepare and build here; then every channel's
// steps, by class, so that nothing irrevocable comes before all that is local
// or invisible, and nothing that points at the release before it is out; then
// the receipt and what tells people.
func (o Options) Plan() (journal.Plan, error) { return o.plan(nil) }

// plan is [Options.Plan] with the journal that the receipt is read from.
func (o Options) plan(j *journal.Journal) (journal.Plan, error) {
	p := &journal.Plan{Name: "release " + o.Draft.Version.Tag(), Steps: o.localSteps()}
	var stages stages
	for _, c := range o.Channels {
		stages.add(c.Steps())
	}
	p.Steps = append(p.Steps, slices.Concat(stages.early, stages.public, stages.pointers)...)
	if o.Remote != "" {
		p.Steps = append(p.Steps, o.receiptStep(j, p))
	}
	p.Steps = append(p.Steps, stages.notices...)
	return *p, p.Check()
}

// stages are the steps of all channels by when they may come.
type stages struct{ early, public, pointers, notices []journal.Step }

// add sorts the steps of one channel in. A check stays behind the step that
// stands before it.
func (g *stages) add(steps []journal.Step) {
	last := &g.early
	for _, s := range steps {
		switch {
		case s.Do == nil:
		case s.Class == journal.Local || s.Class == journal.Invisible:
			last = &g.early
		case s.Class == journal.Irrevocable:
			last = &g.public
		case s.Class == journal.Pointer:
			last = &g.pointers
		default:
			last = &g.notices
		}
		*last = append(*last, s)
	}
}

// Run makes the release. The error is of the journal's file; how the release
// ended is in the outcome.
func (o Options) Run(ctx context.Context) (journal.Outcome, error) {
	return o.journaled(func(r *journal.Runner) journal.Outcome { return r.Run(ctx) })
}

// Resume goes on with a release that was begun.
func (o Options) Resume(ctx context.Context) (journal.Outcome, error) {
	return o.journaled(func(r *journal.Runner) journal.Outcome { return r.Resume(ctx) })
}

// Abort takes back all that was done, before the point of no return.
func (o Options) Abort(ctx context.Context) (journal.Outcome, error) {
	return o.journaled(func(r *journal.Runner) journal.Outcome { return r.Abort(ctx) })
}

func (o Options) journaled(run func(*journal.Runner) journal.Outcome) (_ journal.Outcome, err error) {
	j, err := journal.Open(filepath.Join(o.State, journalFile), o.Redactor)
	if err != nil {
		return journal.Outcome{}, fmt.Errorf("open the journal: %w", err)
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	plan, err := o.plan(j)
	if err != nil {
		return journal.Outcome{}, err
	}
	return run(&journal.Runner{Plan: plan, Journal: j, Watch: o.Watch}), nil
}

// The files of a release's state.
const (
	journalFile = "journal.jsonl"
	draftFile   = "draft.json"
	stagedFile  = "staged.json"
	receiptFile = "receipt.json"
	rollbackDir = "rollback"
)

// StateDir is the directory for the state of a tag's release: in git's own
// directory, which all work trees of a repository share and no commit holds. The
// modules of a repository may each have a version of that number, so the tag is
// the whole one.
func StateDir(ctx context.Context, repo *git.Repo, tag string) (string, error) {
	common, err := repo.CommonDir(ctx)
	if err != nil {
		return "", fmt.Errorf("find git's directory: %w", err)
	}
	return filepath.Join(common, "cupel", "releases", filepath.FromSlash(tag)), nil
}

func (o Options) tag() string { return o.Prefix + o.Draft.Version.Tag() }

// Began reports whether a release was begun in the state directory and not taken
// back as a whole. Nobody may be at work on it.
func Began(state string) (bool, error) {
	last, err := lastEntry(state)
	return last != "" && last != journal.Abandoned, err
}

// Ended reports whether a release of the state directory was done to its end.
func Ended(state string) (bool, error) {
	last, err := lastEntry(state)
	return last == journal.Finished, err
}

// lastEntry is what the journal of a state directory says last; "" where it says
// nothing.
func lastEntry(state string) (journal.Kind, error) {
	name := filepath.Join(state, journalFile)
	if there, err := exists(name); err != nil || !there {
		return "", err
	}
	j, err := journal.Open(name, nil)
	if err != nil {
		return "", err
	}
	entries := j.Entries()
	if len(entries) == 0 {
		return "", j.Close()
	}
	return entries[len(entries)-1].Kind, j.Close()
}

// Discard forgets a release that was taken back as a whole.
func Discard(state string) error {
	if err := os.RemoveAll(state); err != nil {
		return fmt.Errorf("forget the release: %w", err)
	}
	return nil
}

// commitTime is the time of the release commit: on the day of the release, and
// after the commit that it stands on. It follows from the draft, so the same
// draft gives the same commit, on any machine and day.
func commitTime(date time.Time, head time.Time) time.Time {
	if after := head.Add(time.Second); after.After(date) {
		return after
	}
	return date
}
