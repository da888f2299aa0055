package github

import (
	"context"
	"fmt"

	"github.com/cupel-dev/cupel/internal/forge"
	"github.com/cupel-dev/cupel/internal/journal"
)

// publish makes the draft public. That it is not the latest yet keeps people
// where they are until everything is verified.
func (c *Channel) publish() journal.Step {
	s := c.step("publish", journal.Irrevocable, "make the release "+c.Tag()+" public, not yet as the latest")
	s.Probe = func(ctx context.Context) (journal.Observation, error) {
		f, err := c.look(ctx)
		if err != nil || f.public == nil {
			return journal.Observation{State: journal.Absent}, err
		}
		return c.observePublic(ctx, *f.public)
	}
	s.Do, s.Verify = c.release, c.verifyPublic
	return s
}

// release refuses as long as anything is missing: the files of a public
// release, and the commit of its tag, can no longer be put right. Without the
// tag GitHub would make one, on its default branch.
func (c *Channel) release(ctx context.Context) error {
	f, err := c.look(ctx)
	if err != nil {
		return rejected(err)
	}
	o, err := c.observe(ctx, f)
	switch {
	case err != nil:
		return rejected(err)
	case o.State == journal.Conflict:
		return rejected(fmt.Errorf("%w: %s", journal.ErrConflict, o.Value))
	case o.State != journal.Done:
		return rejected(fmt.Errorf("the draft of %s is not whole", c.Tag()))
	case f.public != nil:
		return nil
	}
	if err := c.tagged(ctx); err != nil {
		return rejected(err)
	}
	edit := forge.ReleaseEdit{Title: &c.Title, Notes: &c.Notes, Draft: new(false), Prerelease: new(!c.Version.Stable()), Latest: new(false)}
	_, err = c.Client.EditRelease(ctx, f.ours[0], edit)
	if err != nil && !forge.Temporary(err) {
		return rejected(err)
	}
	return explain(err)
}

// rejected marks that nothing became public.
func rejected(err error) error { return fmt.Errorf("%w: %w", journal.ErrRejected, explain(err)) }

// tagged waits until GitHub shows the tag that was pushed.
func (c *Channel) tagged(ctx context.Context) error {
	for round := 1; ; round++ {
		commit, err := c.Client.TagCommit(ctx, c.Tag())
		switch {
		case err != nil:
			return err
		case commit == c.Commit:
			return nil
		case commit != "":
			return fmt.Errorf("%w: GitHub has the tag %s at %s", journal.ErrConflict, c.Tag(), commit)
		case round == rounds:
			return fmt.Errorf("%w: GitHub does not show the tag %s", journal.ErrTemporary, c.Tag())
		}
		if err := c.Client.Pause(ctx, round); err != nil {
			return err
		}
	}
}

// verifyPublic downloads every file as anybody does.
func (c *Channel) verifyPublic(ctx context.Context) error {
	r, read, err := c.asAnybody(ctx)
	if err != nil {
		return err
	}
	return c.download(ctx, r, read)
}

// asAnybody is the public release, and how anybody reads its files; where the
// repository is private that takes the token.
func (c *Channel) asAnybody(ctx context.Context) (forge.Release, reader, error) {
	f, err := c.look(ctx)
	if err != nil {
		return forge.Release{}, nil, err
	}
	if f.public == nil {
		return forge.Release{}, nil, errNoRelease
	}
	private, err := c.Client.Private(ctx)
	if err != nil {
		return forge.Release{}, nil, explain(err)
	}
	if private {
		return *f.public, c.Client.ReadAsset, nil
	}
	return *f.public, c.Client.ReadPublicAsset, nil
}
