package npm

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/cupel-dev/cupel/internal/journal"
	"github.com/cupel-dev/cupel/internal/version"
)

// tagOf is the tag that a version belongs on: "latest" for a stable one, the
// first word of a prerelease ("rc") or "next" where it has none.
func tagOf(v version.Version) string {
	if v.Stable() {
		return "latest"
	}
	word, _, _ := strings.Cut(v.Pre, ".")
	if _, err := strconv.ParseUint(word, 10, 64); err == nil {
		return "next"
	}
	return strings.ToLower(word)
}

// newest is the highest version that belongs on a tag, is neither deprecated
// nor withdrawn, nor one of without. It is false where there is none.
func (c *Channel) newest(p packument, tag string, without ...version.Version) (version.Version, bool) {
	var newest version.Version
	found := false
	for number, r := range p.Versions {
		v, err := version.Parse(number)
		if err != nil || tagOf(v) != tag || r.Deprecated != "" || slices.Contains(c.Withdrawn, v) || slices.Contains(without, v) {
			continue
		}
		if !found || v.Compare(newest) > 0 {
			newest, found = v, true
		}
	}
	return newest, found
}

// advance moves the tag to the released version where that is the newest, and
// removes the tag that it was published under.
func (c *Channel) advance() journal.Step {
	tag := tagOf(c.Version)
	s := c.step("tag", journal.Pointer, fmt.Sprintf("point %s@%s to %s, if that is the newest", c.Package, tag, c.Version))
	s.Probe = func(ctx context.Context) (journal.Observation, error) {
		p, err := c.registry.read(ctx, c.Package)
		if err != nil {
			return journal.Observation{}, err
		}
		released, err := c.compare(p)
		if err != nil {
			return journal.Observation{}, err
		}
		return c.observe(p, tag, released.State == journal.Done), nil
	}
	s.Do = func(ctx context.Context) error { return c.moveForward(ctx, tag) }
	s.Undo = func(ctx context.Context, before journal.Observation) error { return c.putBack(ctx, tag, before) }
	return s
}

// observe says that the tag is where it belongs, or where it is. It cannot
// belong on a version that is not out.
func (c *Channel) observe(p packument, tag string, released bool) journal.Observation {
	number := c.Version.String()
	o := journal.Observation{State: journal.Absent, Value: p.Tags[tag]}
	if !released || p.Tags[stagedTag] == number {
		return o
	}
	newest, _ := c.newest(p, tag)
	if p.Tags[tag] == number || newest.Compare(c.Version) > 0 {
		o.State = journal.Done
	}
	return o
}

func (c *Channel) moveForward(ctx context.Context, tag string) error {
	p, err := c.registry.read(ctx, c.Package)
	if err != nil {
		return err
	}
	newest, _ := c.newest(p, tag)
	if newest.Compare(c.Version) <= 0 {
		if err := c.setTag(ctx, tag, c.Version.String()); err != nil {
			return err
		}
	}
	if p.Tags[stagedTag] != c.Version.String() {
		return nil
	}
	return c.setTag(ctx, stagedTag, "")
}

// restore takes the tag off the withdrawn version. Where no good version is
// left, the tag stays: a package has to have one.
func (c *Channel) restore() journal.Step {
	tag := tagOf(c.Version)
	s := c.step("restore-tag", journal.Pointer, fmt.Sprintf("point %s@%s to the newest good version, if it is on %s", c.Package, tag, c.Version))
	s.Probe = func(ctx context.Context) (journal.Observation, error) {
		p, err := c.registry.read(ctx, c.Package)
		if err != nil {
			return journal.Observation{}, err
		}
		o := journal.Observation{State: journal.Done, Value: p.Tags[tag]}
		if _, left := c.newest(p, tag, c.Version); left && p.Tags[tag] == c.Version.String() {
			o.State = journal.Absent
		}
		return o, nil
	}
	s.Do = func(ctx context.Context) error {
		p, err := c.registry.read(ctx, c.Package)
		if err != nil {
			return err
		}
		good, left := c.newest(p, tag, c.Version)
		if !left {
			return nil
		}
		return c.setTag(ctx, tag, good.String())
	}
	s.Undo = func(ctx context.Context, before journal.Observation) error { return c.putBack(ctx, tag, before) }
	return s
}

func (c *Channel) putBack(ctx context.Context, tag string, before journal.Observation) error {
	if before.State == journal.Unknown {
		return fmt.Errorf("nobody knows where %s@%s pointed; set it by hand", c.Package, tag)
	}
	return c.setTag(ctx, tag, before.Value)
}

// setTag points a tag to a version, or removes it where that is "".
func (c *Channel) setTag(ctx context.Context, tag, number string) error {
	if number == "" {
		return c.npm(ctx, "dist-tag", "rm", c.Package, tag)
	}
	return c.npm(ctx, "dist-tag", "add", c.Package+"@"+number, tag)
}

// deprecateStep is irrevocable because whoever takes it back is a person.
func (c *Channel) deprecateStep() journal.Step {
	s := c.step("deprecate", journal.Irrevocable, "deprecate "+c.spec())
	s.Probe = func(ctx context.Context) (journal.Observation, error) {
		p, err := c.registry.read(ctx, c.Package)
		if err != nil {
			return journal.Observation{}, err
		}
		r, out := p.Versions[c.Version.String()]
		switch {
		case !out:
			return journal.Observation{State: journal.Done, Value: "never published"}, nil
		case r.Deprecated != "":
			return journal.Observation{State: journal.Done, Value: string(r.Deprecated)}, nil
		}
		return journal.Observation{State: journal.Absent}, nil
	}
	s.Do = func(ctx context.Context) error { return c.npm(ctx, "deprecate", c.spec(), c.Reason) }
	return s
}
