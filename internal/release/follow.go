package release

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/cupel-dev/cupel/internal/config"
	"github.com/cupel-dev/cupel/internal/git"
	"github.com/cupel-dev/cupel/internal/journal"
)

// replans is how often one release is planned again.
const replans = 3

// A Course is how a release goes on where its branch moves under it.
type Course struct {
	Origin
	// Again plans the release again: the options of a draft whose Head has moved.
	Again func(context.Context, Draft) (Options, error)
}

// Land does a release, by [Options.Run] or [Options.Resume]. Where its push is
// turned down because the branch has got evidence since it was planned, and
// nothing else, the release is planned again on top of that. It returns the
// options that it ended with.
func (o Options) Land(ctx context.Context, c Course, do func(Options, context.Context) (journal.Outcome, error)) (Options, journal.Outcome, error) {
	out, err := do(o, ctx)
	for range replans {
		if err != nil || out.Code != journal.Undone || !errors.Is(out.Err, journal.ErrRejected) {
			break
		}
		draft, err := c.follow(ctx, o.Draft)
		if err != nil {
			out.Err = errors.Join(out.Err, err)
			break
		}
		if draft.Head == o.Draft.Head {
			break // it was turned down for another reason
		}
		next, err := c.Again(ctx, draft)
		if err != nil {
			out.Err = errors.Join(out.Err, fmt.Errorf("plan again: %w", err))
			break
		}
		o = next
		if out, err = o.Run(ctx); err != nil {
			return o, out, err
		}
	}
	return o, out, err
}

// follow is the draft on what the branch is now. The error is a [*MovedError]
// where the branch has got more than evidence.
func (c Course) follow(ctx context.Context, d Draft) (Draft, error) {
	tip, err := c.branch(ctx)
	if err != nil || tip == d.Head {
		return d, err
	}
	moved := &MovedError{Branch: c.Branch, Remote: c.Remote, Tip: tip}
	_, err = c.Repo.Run(ctx, "merge-base", "--is-ancestor", d.Head, tip)
	var no *git.Error
	switch {
	case errors.As(err, &no) && no.Code == 1:
		return d, moved
	case err != nil:
		return d, fmt.Errorf("look at what %s has got: %w", c.Branch, err)
	}
	names, err := c.Repo.Differ(ctx, d.Head, tip)
	if err != nil {
		return d, fmt.Errorf("look at what %s has got: %w", c.Branch, err)
	}
	evidence := path.Join(c.Path, config.ResultsDir) + "/"
	for _, name := range names {
		if !strings.HasPrefix(name, evidence) {
			moved.Files = append(moved.Files, name)
		}
	}
	if len(moved.Files) > 0 {
		return d, moved
	}
	if d.Planned == "" {
		d.Planned = d.Head
	}
	d.Head = tip
	return d, nil
}

// A MovedError says that the release branch is no longer what was planned on,
// and that a person has to look at what came.
type MovedError struct {
	Branch, Remote, Tip string
	Files               []string // that are no evidence; none where the branch was rewritten
}

// Error says what came, and what to do.
func (e *MovedError) Error() string {
	what := "was rewritten"
	if len(e.Files) > 0 {
		const few = 5
		what = "has got changes that nobody has asked a gate about: " + strings.Join(e.Files[:min(few, len(e.Files))], ", ")
		if more := len(e.Files) - few; more > 0 {
			what += fmt.Sprintf(" and %d more", more)
		}
	}
	return fmt.Sprintf("%s of %s is %.12s since the plan was made and %s; pull, and release again", e.Branch, e.Remote, e.Tip, what)
}
