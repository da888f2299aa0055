// Package github is the channel of GitHub's releases: it makes a draft with all
// its files, makes it public when the tag is, and moves "latest" only forward.
//
// It makes no tag and deletes none, and it never changes a file of a release
// that is public. What GitHub shows decides, not what it answered: an answer
// can be lost, and a draft can be there twice.
package github

import (
	"context"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/cupel-dev/cupel/internal/forge"
	"github.com/cupel-dev/cupel/internal/journal"
	"github.com/cupel-dev/cupel/internal/trial"
	"github.com/cupel-dev/cupel/internal/version"
)

// NotesLimit is how many characters the notes of a release may have. GitHub
// takes 125,000; what is left is for the lines that this package adds.
const NotesLimit = 124_000

// Options say what is released where.
type Options struct {
	Client  *forge.Client
	Version version.Version
	Commit  string // the release commit, which the tag will point to
	Notes   string // Markdown, the text of the version's section

	ID       string   // unique among the channels of a release; "github"
	Prefix   string   // of the tag of a nested module, "path/of/module/"
	Title    string   // the tag, where it is empty
	Dir      string   // of the files that become assets; read when a step runs, not before; "" is no assets
	Patterns []string // of their names at the top of Dir, as path.Match has them; none is all files

	Trial *trial.Trial // of the programs in the assets; nil where there are none

	Reason string // for a withdrawal: why, one line
}

// A Channel releases one version in one repository on GitHub.
type Channel struct {
	Options
	made    int64            // the ID of the draft that this process made; lists may lag behind
	digests map[int64]string // of assets, by ID, where GitHub does not say them
}

// New checks the options; it asks nobody.
func New(o Options) (*Channel, error) {
	if o.Client == nil || o.Commit == "" {
		return nil, errors.New("github: a release takes a client and a commit")
	}
	if n := utf8.RuneCountInString(o.Notes); n > NotesLimit {
		return nil, fmt.Errorf("github: the notes of %s have %d characters, and GitHub takes %d", o.Version, n, NotesLimit)
	}
	c := &Channel{Options: o, digests: map[int64]string{}}
	if c.Title == "" {
		c.Title = c.Tag()
	}
	if c.ID == "" {
		c.ID = "github"
	}
	return c, c.checkPatterns()
}

// Name is the channel's ID.
func (c *Channel) Name() string { return c.ID }

// Tag is the name of the tag that the release is of.
func (c *Channel) Tag() string { return c.Prefix + c.Version.Tag() }

// Steps are the steps of a release on this channel: a draft with its files,
// then public, its programs tried, then the latest one. A prerelease is never the latest, and
// neither is the release of a nested module.
func (c *Channel) Steps() []journal.Step {
	steps := []journal.Step{c.stage(), c.publish()}
	if c.Trial != nil {
		steps = append(steps, c.tryPublic())
	}
	if c.Version.Stable() && c.Prefix == "" {
		steps = append(steps, c.advance())
	}
	return steps
}

// Withdrawal are the steps that take a public release back: "latest" goes to
// the newest good one, and the page says that it is withdrawn, and why. The
// release and its files stay.
func (c *Channel) Withdrawal() []journal.Step {
	return []journal.Step{c.restore(), c.mark()}
}

// Residue says what nobody can take back.
func (c *Channel) Residue() []string {
	return []string{fmt.Sprintf("the release %s and its files stay on GitHub, marked as withdrawn, and with everybody who downloaded them", c.Tag())}
}

// Entries are the tags of all releases, drafts among them. A number whose
// release says that it is withdrawn is yanked.
func (c *Channel) Entries(ctx context.Context) ([]version.Entry, error) {
	releases, err := c.Client.Releases(ctx)
	if err != nil {
		return nil, explain(err)
	}
	var entries []version.Entry
	for _, r := range releases {
		entries = append(entries, version.Entry{Name: r.Tag, Yanked: isWithdrawn(r)})
	}
	return entries, nil
}

func (c *Channel) step(id string, class journal.Class, title string) journal.Step {
	return journal.Step{ID: c.ID + ":" + id, Title: title, Channel: c.Name(), Class: class}
}

// explain marks what may be better later.
func explain(err error) error {
	if forge.Temporary(err) {
		return fmt.Errorf("%w: %w", journal.ErrTemporary, err)
	}
	return err
}
