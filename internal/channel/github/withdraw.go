package github

import (
	"context"
	"fmt"
	"html"
	"strings"

	"github.com/cupel-dev/cupel/internal/forge"
	"github.com/cupel-dev/cupel/internal/journal"
)

// withdrawn is the line that the notes of a withdrawn release begin with;
// people do not see it.
const withdrawn = "<!-- cupel: withdrawn -->"

func isWithdrawn(r forge.Release) bool { return strings.HasPrefix(r.Notes, withdrawn) }

// banner is what stands above the notes of a withdrawn release.
func (c *Channel) banner() string {
	reason := strings.Join(strings.Fields(c.Reason), " ")
	if reason != "" {
		reason = ": " + html.EscapeString(reason)
	}
	return fmt.Sprintf("%s\n> [!CAUTION]\n> %s is withdrawn%s\n\n", withdrawn, c.Tag(), reason)
}

// mark says on the page of the release that it is withdrawn. GitHub allows that
// for an immutable release too.
func (c *Channel) mark() journal.Step {
	s := c.step("mark-withdrawn", journal.Pointer, "say on the page of "+c.Tag()+" that it is withdrawn")
	s.Probe = func(ctx context.Context) (journal.Observation, error) {
		f, err := c.look(ctx)
		if err != nil {
			return journal.Observation{}, err
		}
		r := f.public
		switch {
		case r == nil && len(f.others) > 0:
			return journal.Observation{State: journal.Done, Value: "the release has become a draft that nobody sees, as happens where its tag is deleted"}, nil
		case r == nil:
			return journal.Observation{State: journal.Done, Value: "there is no public release " + c.Tag()}, nil
		case r.Prerelease && isWithdrawn(*r):
			return journal.Observation{State: journal.Done, Value: "withdrawn"}, nil
		case isWithdrawn(*r):
			return journal.Observation{State: journal.Partial, Value: "withdrawn, and no prerelease"}, nil
		}
		return journal.Observation{State: journal.Absent, Value: "public"}, nil
	}
	s.Do = func(ctx context.Context) error {
		r, out, err := c.public(ctx)
		if err != nil {
			return err
		}
		if !out {
			return errNoRelease
		}
		notes := r.Notes
		if !isWithdrawn(r) {
			notes = c.banner() + notes
		}
		_, err = c.Client.EditRelease(ctx, r, forge.ReleaseEdit{Notes: &notes, Prerelease: new(true)})
		return explain(err)
	}
	s.Undo = func(ctx context.Context, _ journal.Observation) error { return c.unmark(ctx) }
	return s
}

// unmark takes the banner off, whatever its reason says.
func (c *Channel) unmark(ctx context.Context) error {
	r, _, err := c.public(ctx)
	if err != nil || !isWithdrawn(r) {
		return err
	}
	_, notes, _ := strings.Cut(r.Notes, "\n\n")
	_, err = c.Client.EditRelease(ctx, r, forge.ReleaseEdit{Notes: &notes, Prerelease: new(!c.Version.Stable())})
	return explain(err)
}

func (c *Channel) public(ctx context.Context) (forge.Release, bool, error) {
	releases, err := c.Client.Releases(ctx)
	if err != nil {
		return forge.Release{}, false, explain(err)
	}
	r, ok := find(releases, c.Tag())
	return r, ok, nil
}
