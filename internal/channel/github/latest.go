package github

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/cupel-dev/cupel/internal/forge"
	"github.com/cupel-dev/cupel/internal/journal"
	"github.com/cupel-dev/cupel/internal/version"
)

// advance makes the release the latest where it is the newest. Where it is not,
// it must not be the latest either: as long as nobody has chosen one, GitHub
// takes the one that was made last.
func (c *Channel) advance() journal.Step {
	s := c.step("latest", journal.Pointer, "make "+c.Tag()+" the latest release, if it is the newest")
	s.Probe = func(ctx context.Context) (journal.Observation, error) {
		at, releases, err := c.latest(ctx)
		if err != nil {
			return journal.Observation{}, err
		}
		o := journal.Observation{State: journal.Absent, Value: at}
		own, out := find(releases, c.Tag())
		newest, _ := c.newest(releases, "")
		if out && (at == c.Tag()) == (newest.ID == own.ID) {
			o.State = journal.Done
		}
		return o, nil
	}
	s.Do = func(ctx context.Context) error {
		_, releases, err := c.latest(ctx)
		if err != nil {
			return err
		}
		newest, ok := c.newest(releases, "")
		if !ok {
			return errNoRelease
		}
		return c.point(ctx, newest.Tag)
	}
	s.Undo = c.putBack
	return s
}

// restore takes "latest" off the withdrawn release, where it is there and
// another one can have it.
func (c *Channel) restore() journal.Step {
	s := c.step("restore-latest", journal.Pointer, "make the newest good release the latest, if "+c.Tag()+" is")
	s.Probe = func(ctx context.Context) (journal.Observation, error) {
		at, releases, err := c.latest(ctx)
		if err != nil {
			return journal.Observation{}, err
		}
		o := journal.Observation{State: journal.Done, Value: at}
		if _, other := c.newest(releases, c.Tag()); other && at == c.Tag() {
			o.State = journal.Absent
		}
		return o, nil
	}
	s.Do = func(ctx context.Context) error {
		_, releases, err := c.latest(ctx)
		if err != nil {
			return err
		}
		good, ok := c.newest(releases, c.Tag())
		if !ok {
			return errNoRelease
		}
		return c.point(ctx, good.Tag)
	}
	s.Undo = c.putBack
	return s
}

// putBack makes the release the latest again that was before.
func (c *Channel) putBack(ctx context.Context, before journal.Observation) error {
	if before.State == journal.Unknown || before.Value == "" {
		return fmt.Errorf("nobody knows which release was the latest before; choose it on GitHub")
	}
	return c.point(ctx, before.Value)
}

// latest asks for the tag of the latest release, "" without any, and for all
// releases.
func (c *Channel) latest(ctx context.Context) (string, []forge.Release, error) {
	at, err := c.Client.LatestRelease(ctx)
	if err != nil && !errors.Is(err, forge.ErrNotFound) {
		return "", nil, explain(err)
	}
	releases, err := c.Client.Releases(ctx)
	if err != nil {
		return "", nil, explain(err)
	}
	return at.Tag, releases, nil
}

func (c *Channel) point(ctx context.Context, tag string) error {
	releases, err := c.Client.Releases(ctx)
	if err != nil {
		return explain(err)
	}
	r, ok := find(releases, tag)
	if !ok {
		return fmt.Errorf("make %s the latest: %w", tag, errNoRelease)
	}
	_, err = c.Client.EditRelease(ctx, r, forge.ReleaseEdit{Latest: new(true)})
	return explain(err)
}

// find is the public release of a tag.
func find(releases []forge.Release, tag string) (forge.Release, bool) {
	for _, r := range releases {
		if !r.Draft && r.Tag == tag {
			return r, true
		}
	}
	return forge.Release{}, false
}

// newest is the release with the highest stable number of those that are public
// and not taken back; the one of the tag without is left out.
func (c *Channel) newest(releases []forge.Release, without string) (forge.Release, bool) {
	var best forge.Release
	var highest version.Version
	found := false
	for _, r := range releases {
		name, ours := strings.CutPrefix(r.Tag, c.Prefix)
		v, err := version.Parse(name)
		if !ours || err != nil || !v.Stable() || r.Draft || r.Prerelease || isWithdrawn(r) || r.Tag == without {
			continue
		}
		if !found || v.Compare(highest) > 0 {
			best, highest, found = r, v, true
		}
	}
	return best, found
}
