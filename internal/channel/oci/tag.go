package oci

import (
	"context"
	"fmt"

	"github.com/cupel-dev/cupel/internal/journal"
)

// tag makes the tag of the version where there is none.
func (c *Channel) tag() journal.Step {
	s := c.step("tag", journal.Irrevocable, fmt.Sprintf("make the tag %s, once and for good", c.versionTag()))
	s.Probe, s.Do, s.Verify = c.probeTag, c.makeTag, c.pullByTag
	return s
}

func (c *Channel) probeTag(ctx context.Context) (journal.Observation, error) {
	there, err := c.repository.digest(ctx, c.versionTag())
	if err != nil {
		return journal.Observation{}, err
	}
	if there == "" {
		return journal.Observation{State: journal.Absent}, nil
	}
	staged, err := readLayout(c.Layout)
	if err != nil {
		return journal.Observation{}, fmt.Errorf("%s is there as %s, and nothing to compare it with: %w", c.versionTag(), there, err)
	}
	if there != staged.root.String() {
		return journal.Observation{State: journal.Conflict, Value: there}, nil
	}
	return journal.Observation{State: journal.Done, Value: there}, nil
}

// makeTag looks once more before it makes the tag. Whatever a registry with
// immutable tags answers to the second of two, the tag is then read again.
func (c *Channel) makeTag(ctx context.Context) error {
	seen, err := c.probeTag(ctx)
	switch {
	case err != nil:
		return fmt.Errorf("%w: %w", journal.ErrRejected, err)
	case seen.State == journal.Conflict:
		return fmt.Errorf("%w: %w: %s is %s", journal.ErrRejected, journal.ErrConflict, c.versionTag(), seen.Value)
	case seen.State == journal.Done:
		return nil
	}
	staged, err := readLayout(c.Layout)
	if err != nil {
		return fmt.Errorf("%w: %w", journal.ErrRejected, err)
	}
	err = c.repository.point(ctx, c.versionTag(), staged.root.String())
	if isRejection(err) {
		return fmt.Errorf("%w: %w", journal.ErrRejected, err)
	}
	return err
}

// pullByTag follows the tag as a user does.
func (c *Channel) pullByTag(ctx context.Context) error {
	seen, err := c.probeTag(ctx)
	if err != nil {
		return err
	}
	if seen.State != journal.Done {
		return fmt.Errorf("%w: %s is %q", journal.ErrConflict, c.versionTag(), seen.Value)
	}
	staged, err := readLayout(c.Layout)
	if err != nil {
		return err
	}
	return c.repository.pull(ctx, staged)
}
