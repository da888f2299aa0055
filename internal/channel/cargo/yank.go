package cargo

import (
	"context"
	"fmt"
	"time"

	"github.com/cupel-dev/cupel/internal/journal"
	"github.com/cupel-dev/cupel/internal/version"
)

// yankStep is irrevocable because whoever takes it back is a person: a yanked
// version that reappears is one that somebody has been told not to use.
func (c *Channel) yankStep(crate string) journal.Step {
	s := c.step("yank-"+crate, journal.Irrevocable, fmt.Sprintf("yank crate %s %s", crate, c.Version))
	s.Probe = func(ctx context.Context) (journal.Observation, error) { return c.probeYanked(ctx, crate) }
	s.Do = func(ctx context.Context) error {
		if _, err := c.cargo(ctx, "again", "yank", "--version", c.Version.String(), crate); err != nil {
			return err
		}
		return c.await(ctx, "yank "+crate, s.Probe, time.Now().Add(c.Wait))
	}
	return s
}

// probeYanked is done too where the version never came out.
func (c *Channel) probeYanked(ctx context.Context, crate string) (journal.Observation, error) {
	all, err := c.index.crate(ctx, crate)
	if err != nil {
		return journal.Observation{}, err
	}
	switch r := find(all, c.Version); {
	case r == nil:
		return journal.Observation{State: journal.Done, Value: "never published"}, nil
	case r.Yanked:
		return journal.Observation{State: journal.Done, Value: "yanked"}, nil
	}
	return journal.Observation{State: journal.Absent}, nil
}

// Entries are the versions of all crates in the index, also the yanked ones.
func (c *Channel) Entries(ctx context.Context) ([]version.Entry, error) {
	var entries []version.Entry
	for _, crate := range c.Crates {
		all, err := c.index.crate(ctx, crate)
		if err != nil {
			return nil, err
		}
		for _, r := range all {
			entries = append(entries, version.Entry{Name: r.Version, Yanked: r.Yanked})
		}
	}
	return entries, nil
}
