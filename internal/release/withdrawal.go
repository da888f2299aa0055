package release

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cupel-dev/cupel/internal/journal"
	"github.com/cupel-dev/cupel/internal/redact"
	"github.com/cupel-dev/cupel/internal/version"
)

// A Withdrawal takes a version that is out back as far as that goes: pointers
// first, since they send people to it, then what can only be marked. The version
// that supersedes it is a release of its own.
type Withdrawal struct {
	State    string // directory of the version's release
	Version  version.Version
	Channels []Channel // made for that version
	Redactor *redact.Redactor
	Watch    func(journal.Event) // may be nil
}

// Plan is the withdrawal as steps; none where no channel has something to do.
func (w Withdrawal) Plan() (journal.Plan, error) {
	var stages stages
	for _, c := range w.Channels {
		stages.add(c.Withdrawal())
	}
	p := journal.Plan{
		Name:  "rollback " + w.Version.Tag(),
		Steps: slices.Concat(stages.early, stages.pointers, stages.public, stages.notices),
	}
	return p, p.Check()
}

// Run does what is missing, whether it was begun before or not. Each step is a
// run of its own, so that one channel that is away neither keeps the others
// waiting nor takes back what they did. The error is of the journals' files.
func (w Withdrawal) Run(ctx context.Context) (journal.Outcome, error) {
	plan, err := w.Plan()
	if err != nil {
		return journal.Outcome{}, err
	}
	var all journal.Outcome
	for _, s := range plan.Steps {
		out, err := w.step(ctx, journal.Plan{Name: plan.Name + ", " + s.ID, Steps: []journal.Step{s}})
		if err != nil {
			return journal.Outcome{}, err
		}
		all = join(all, out)
	}
	return all, nil
}

func (w Withdrawal) step(ctx context.Context, p journal.Plan) (_ journal.Outcome, err error) {
	j, err := journal.Open(filepath.Join(w.State, rollbackDir, fileName(p.Steps[0].ID)+".jsonl"), w.Redactor)
	if err != nil {
		return journal.Outcome{}, fmt.Errorf("open the journal: %w", err)
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	r := &journal.Runner{Plan: p, Journal: j, Watch: w.Watch}
	if entries := j.Entries(); len(entries) > 0 {
		if last := entries[len(entries)-1].Kind; last != journal.Finished && last != journal.Abandoned {
			return r.Resume(ctx), nil
		}
	}
	return r.Run(ctx), nil
}

// fileName is a step's ID as every file system takes it.
func fileName(id string) string {
	return strings.Map(func(r rune) rune {
		if r == '.' || r == '-' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
			return r
		}
		return '_'
	}, id)
}

// join is how two parts of a withdrawal ended together: what one did stays
// whatever the other does.
func join(a, b journal.Outcome) journal.Outcome {
	if b.Code == journal.Refused || b.Code == journal.Undone {
		b.Code = journal.Incomplete
	}
	return journal.Outcome{
		Code: max(a.Code, b.Code), Step: cmp.Or(a.Step, b.Step),
		Err: errors.Join(a.Err, b.Err), Warnings: append(a.Warnings, b.Warnings...),
	}
}
