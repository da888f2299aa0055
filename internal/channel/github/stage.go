package github

import (
	"context"
	"errors"
	"fmt"

	"github.com/cupel-dev/cupel/internal/forge"
	"github.com/cupel-dev/cupel/internal/journal"
)

// rounds is how often something is begun again whose answer was lost.
const rounds = 4

// stage makes a draft with all its files, which only those see who may write.
func (c *Channel) stage() journal.Step {
	s := c.step("draft", journal.Invisible, "make a draft of the release "+c.Tag()+" with its files")
	s.Probe = func(ctx context.Context) (journal.Observation, error) {
		f, err := c.look(ctx)
		if err != nil {
			return journal.Observation{}, err
		}
		return c.observe(ctx, f)
	}
	s.Do, s.Verify = c.fill, c.verifyDraft
	s.Undo = func(ctx context.Context, _ journal.Observation) error { return c.discard(ctx) }
	return s
}

// fill brings GitHub to one draft with every file. Where an answer is lost it
// looks again: what took effect is kept, what broke off is replaced.
func (c *Channel) fill(ctx context.Context) error {
	for round := 1; ; round++ {
		err := c.fillOnce(ctx)
		if !forge.Temporary(err) || round == rounds || ctx.Err() != nil {
			return explain(err)
		}
		if err := c.Client.Pause(ctx, round); err != nil {
			return err
		}
	}
}

func (c *Channel) fillOnce(ctx context.Context) error {
	files, err := c.files()
	if err != nil {
		return err
	}
	draft, err := c.draft(ctx)
	if err != nil {
		return err
	}
	d, err := c.compare(ctx, draft, files)
	if err != nil {
		return err
	}
	for _, a := range d.wrong {
		if err := c.Client.DeleteAsset(ctx, a); err != nil {
			return err
		}
	}
	for _, f := range d.missing {
		if err := c.Client.Upload(ctx, draft, f.path); err != nil {
			return err
		}
	}
	return nil
}

// draft finds this release's draft, or makes it. Of several the oldest stays.
func (c *Channel) draft(ctx context.Context) (forge.Release, error) {
	f, err := c.look(ctx)
	if err != nil {
		return forge.Release{}, err
	}
	if f.public != nil || len(f.others) > 0 {
		return forge.Release{}, fmt.Errorf("%w: another release %s came meanwhile", journal.ErrConflict, c.Tag())
	}
	if len(f.ours) == 0 {
		made, err := c.Client.CreateDraft(ctx, forge.Release{Tag: c.Tag(), Title: c.Title, Notes: c.draftNotes(), Prerelease: !c.Version.Stable()})
		c.made = made.ID
		return made, err
	}
	for _, double := range f.ours[1:] {
		if err := c.Client.DeleteRelease(ctx, double); err != nil {
			return forge.Release{}, err
		}
	}
	return f.ours[0], nil
}

// verifyDraft downloads every file of the draft again, and tries its programs: a
// wrong one must not become public. Behind the point of no return the draft is
// public, and its own step has verified it.
func (c *Channel) verifyDraft(ctx context.Context) error {
	f, err := c.look(ctx)
	switch {
	case err != nil:
		return err
	case f.public != nil:
		return nil
	case len(f.ours) == 0:
		return errNoRelease
	}
	if err := c.download(ctx, f.ours[0], c.Client.ReadAsset); err != nil || c.Trial == nil {
		return err
	}
	err = c.try(ctx, f.ours[0], c.Client.ReadAsset)
	if errors.Is(err, journal.ErrUnclear) {
		return nil // the check of what is public says so
	}
	return err
}

// discard deletes this release's drafts, by ID, and nothing else.
func (c *Channel) discard(ctx context.Context) error {
	f, err := c.look(ctx)
	if err != nil {
		return err
	}
	for _, draft := range f.ours {
		if err := c.Client.DeleteRelease(ctx, draft); err != nil {
			return explain(err)
		}
	}
	return nil
}
