package github

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/cupel-dev/cupel/internal/forge"
	"github.com/cupel-dev/cupel/internal/journal"
)

var errNoRelease = errors.New("GitHub shows no such release")

// found is what GitHub has under the tag.
type found struct {
	public *forge.Release
	ours   []forge.Release // drafts of this release, oldest first; a lost answer can leave several
	others []forge.Release // drafts of somebody else
}

// marker is the line at the end of a draft's notes by which this release knows
// it again. People do not see it, and it goes when the draft becomes public.
func (c *Channel) marker() string {
	return fmt.Sprintf("<!-- cupel: the release %s of %s -->", c.Tag(), c.Commit)
}

func (c *Channel) draftNotes() string { return c.Notes + "\n\n" + c.marker() + "\n" }

// look asks GitHub what it has.
func (c *Channel) look(ctx context.Context) (found, error) {
	var f found
	releases, err := c.Client.Releases(ctx)
	if err != nil {
		return f, explain(err)
	}
	if c.made != 0 && !slices.ContainsFunc(releases, func(r forge.Release) bool { return r.ID == c.made }) {
		switch made, err := c.Client.Release(ctx, c.made); {
		case err == nil:
			releases = append(releases, made)
		case !errors.Is(err, forge.ErrNotFound):
			return f, explain(err)
		}
	}
	slices.SortFunc(releases, func(a, b forge.Release) int { return cmp.Compare(a.ID, b.ID) })
	for _, r := range releases {
		switch {
		case r.Tag != c.Tag():
		case !r.Draft:
			f.public = &r
		case strings.Contains(r.Notes, c.marker()):
			f.ours = append(f.ours, r)
		default:
			f.others = append(f.others, r)
		}
	}
	return f, nil
}

// observe says how far the files of the release have come.
func (c *Channel) observe(ctx context.Context, f found) (journal.Observation, error) {
	switch {
	case f.public != nil:
		return c.observePublic(ctx, *f.public)
	case len(f.others) > 0:
		return conflict("there is a draft of %s that this release did not make (%s); publish it or delete it, and see that its tag was not deleted: that turns a release into a draft", c.Tag(), f.others[0].URL), nil
	case len(f.ours) == 0:
		return journal.Observation{State: journal.Absent}, nil
	}
	draft := f.ours[0]
	o := journal.Observation{State: journal.Partial, Value: fmt.Sprintf("draft %d", draft.ID)}
	files, err := c.files()
	if err != nil {
		return o, nil // Do says why; what was built may be lost, and the draft can be deleted
	}
	d, err := c.compare(ctx, draft, files)
	switch {
	case err != nil:
		return journal.Observation{}, err
	case len(d.extra) > 0:
		return conflict("the draft has %s, which is no file of this release; delete it there", d.extra[0].Name), nil
	case d.empty() && len(f.ours) == 1:
		o.State = journal.Done
	}
	return o, nil
}

// observePublic decides whether a public release is this one: by the commit of
// its tag and the digest of every file. Its text may have been edited, and
// files may have been added.
func (c *Channel) observePublic(ctx context.Context, r forge.Release) (journal.Observation, error) {
	commit, err := c.Client.TagCommit(ctx, c.Tag())
	if err != nil {
		return journal.Observation{}, explain(err)
	}
	if commit != c.Commit {
		return conflict("%s is public, and its tag is at %q", c.Tag(), commit), nil
	}
	files, err := c.files()
	if err != nil {
		return journal.Observation{}, fmt.Errorf("%s is public, and nothing to compare it with: %w", c.Tag(), err)
	}
	d, err := c.compare(ctx, r, files)
	switch {
	case err != nil:
		return journal.Observation{}, err
	case len(d.missing) > 0:
		return conflict("%s is public without the file %s; only another version can have it", c.Tag(), d.missing[0].name), nil
	case len(d.wrong) > 0:
		return conflict("%s is public with other bytes in %s", c.Tag(), d.wrong[0].Name), nil
	}
	return journal.Observation{State: journal.Done, Value: fmt.Sprintf("release %d", r.ID)}, nil
}

func conflict(format string, args ...any) journal.Observation {
	return journal.Observation{State: journal.Conflict, Value: fmt.Sprintf(format, args...)}
}
