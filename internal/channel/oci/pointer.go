package oci

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/cupel-dev/cupel/internal/journal"
	"github.com/cupel-dev/cupel/internal/version"
)

// A pointer is a tag that follows the newest good version of a line.
type pointer struct {
	tag   string
	holds func(version.Version) bool // whether a version is of the line
}

// pointersOf are the pointers of the lines that a version is of: all versions,
// its major and its minor number. Below 1.0.0 a major number promises nothing
// and has no pointer.
func pointersOf(v version.Version) []pointer {
	if !v.Stable() {
		return nil
	}
	pointers := []pointer{{"latest", version.Version.Stable}}
	if v.Major > 0 {
		pointers = append(pointers, pointer{fmt.Sprint(v.Major), func(w version.Version) bool {
			return w.Stable() && w.Major == v.Major
		}})
	}
	return append(pointers, pointer{fmt.Sprintf("%d.%d", v.Major, v.Minor), func(w version.Version) bool {
		return w.Stable() && w.Major == v.Major && w.Minor == v.Minor
	}})
}

// advance moves a pointer to the released version where that is the newest of
// its line; where it is not, there is nothing to do.
func (c *Channel) advance(p pointer) journal.Step {
	s := c.step(p.tag, journal.Pointer, fmt.Sprintf("point %s to %s, if that is the newest", c.repository.Tag(p.tag), c.Version))
	s.Probe = func(ctx context.Context) (journal.Observation, error) { return c.probeAdvance(ctx, p) }
	s.Do = func(ctx context.Context) error { return c.moveForward(ctx, p) }
	s.Undo = func(ctx context.Context, before journal.Observation) error { return c.putBack(ctx, p, before) }
	return s
}

// moveForward moves a pointer, and looks again: where a newer version came out
// at the same time, the pointer belongs on that one, whoever moved it last.
func (c *Channel) moveForward(ctx context.Context, p pointer) error {
	released, err := c.repository.digest(ctx, c.versionTag())
	if err != nil {
		return err
	}
	if released == "" {
		return fmt.Errorf("%s does not exist", c.versionTag())
	}
	if err := c.set(ctx, p, released); err != nil {
		return err
	}
	tag, newest, err := c.newest(ctx, p)
	if err != nil || newest.Compare(c.Version) <= 0 {
		return err
	}
	newer, err := c.repository.digest(ctx, c.repository.Tag(tag))
	if err != nil {
		return err
	}
	return c.set(ctx, p, newer)
}

// probeAdvance says that the pointer is where it belongs, or where it is. It
// cannot belong on a version that is not out, or that another release made.
func (c *Channel) probeAdvance(ctx context.Context, p pointer) (journal.Observation, error) {
	at, err := c.current(ctx, p)
	if err != nil {
		return journal.Observation{}, err
	}
	released, err := c.probeTag(ctx)
	if err != nil {
		return journal.Observation{}, err
	}
	o := journal.Observation{State: journal.Absent, Value: at}
	if released.State != journal.Done {
		return o, nil
	}
	_, newest, err := c.newest(ctx, p)
	if err != nil {
		return journal.Observation{}, err
	}
	if at == released.Value || newest.Compare(c.Version) > 0 {
		o.State = journal.Done
	}
	return o, nil
}

// current is where a pointer is, and "" where it does not exist. That is believed
// only where the list of tags has no such tag either: an undo brings back what was
// there before, and would remove what one wrong answer hid.
func (c *Channel) current(ctx context.Context, p pointer) (string, error) {
	tag := c.repository.Tag(p.tag)
	at, err := c.repository.digest(ctx, tag)
	if err != nil || at != "" {
		return at, err
	}
	tags, err := c.repository.tags(ctx)
	if err != nil {
		return "", err
	}
	if slices.Contains(tags, p.tag) {
		return "", fmt.Errorf("%w: the registry lists %s and does not show it", journal.ErrTemporary, tag)
	}
	return "", nil
}

// restore takes a pointer off the withdrawn version.
func (c *Channel) restore(p pointer) journal.Step {
	s := c.step("restore-"+p.tag, journal.Pointer, fmt.Sprintf("point %s to the newest good version, if it is on %s", c.repository.Tag(p.tag), c.Version))
	s.Probe = func(ctx context.Context) (journal.Observation, error) { return c.probeRestore(ctx, p) }
	s.Do = func(ctx context.Context) error {
		good, err := c.good(ctx, p)
		if err != nil {
			return err
		}
		return c.set(ctx, p, good)
	}
	s.Undo = func(ctx context.Context, before journal.Observation) error { return c.putBack(ctx, p, before) }
	return s
}

// probeRestore is done where the pointer is on anything else than the
// withdrawn version, whoever moved it, or where an older good version is the
// same image.
func (c *Channel) probeRestore(ctx context.Context, p pointer) (journal.Observation, error) {
	at, err := c.current(ctx, p)
	if err != nil {
		return journal.Observation{}, err
	}
	bad, err := c.repository.digest(ctx, c.versionTag())
	if err != nil {
		return journal.Observation{}, err
	}
	if at == "" || at != bad {
		return journal.Observation{State: journal.Done, Value: at}, nil
	}
	good, err := c.good(ctx, p)
	if err != nil {
		return journal.Observation{}, err
	}
	if good == at {
		return journal.Observation{State: journal.Done, Value: at}, nil
	}
	return journal.Observation{State: journal.Absent, Value: at}, nil
}

// good is the digest of the newest version of a line that is neither this one
// nor withdrawn, and "" where there is none.
func (c *Channel) good(ctx context.Context, p pointer) (string, error) {
	tag, _, err := c.newest(ctx, p, c.Version)
	if err != nil || tag == "" {
		return "", err
	}
	return c.repository.digest(ctx, c.repository.Tag(tag))
}

// newest is the highest version of a line that has a tag and is not withdrawn,
// nor one of without; the tag is "" where there is none.
func (c *Channel) newest(ctx context.Context, p pointer, without ...version.Version) (tag string, v version.Version, err error) {
	tags, err := c.repository.tags(ctx)
	if err != nil {
		return "", version.Version{}, err
	}
	without = append(without, c.Withdrawn...)
	for _, t := range tags {
		w, err := version.Parse(t)
		if err != nil || !p.holds(w) || slices.Contains(without, w) {
			continue
		}
		if tag == "" || w.Compare(v) > 0 {
			tag, v = t, w
		}
	}
	return tag, v, nil
}

// putBack undoes a move.
func (c *Channel) putBack(ctx context.Context, p pointer, before journal.Observation) error {
	if before.State == journal.Unknown {
		return fmt.Errorf("nobody knows where %s pointed; set it by hand", c.repository.Tag(p.tag))
	}
	return c.set(ctx, p, before.Value)
}

// set points p to a digest, or removes it where that is "".
func (c *Channel) set(ctx context.Context, p pointer, digest string) error {
	tag := c.repository.Tag(p.tag)
	if digest != "" {
		return c.repository.point(ctx, tag, digest)
	}
	err := c.repository.delete(ctx, tag)
	if errors.Is(err, errKept) {
		return fmt.Errorf("%w; no good version is left for it, remove it by hand", err)
	}
	return err
}
