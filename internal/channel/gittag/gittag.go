// Package gittag is the channel of the git repository itself: it makes the tag
// of a release and pushes it with the branch, both or neither. For a Go module
// that push is the publication.
//
// A tag that is public is never moved and never deleted. What the remote shows
// decides, not what git push said: a reply can be lost.
package gittag

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/cupel-dev/cupel/internal/git"
	"github.com/cupel-dev/cupel/internal/journal"
	"github.com/cupel-dev/cupel/internal/version"
)

// Options say what is released where.
type Options struct {
	Repo    *git.Repo
	Remote  string // its name in git's configuration, or a URL
	Branch  string // that the release commit goes to
	Head    string // the commit that the branch has before
	Commit  string // the release commit, in the repository when a step runs
	Version version.Version
	Message string    // of the tag
	Time    time.Time // of the tag
	Tagger  string    // whose tag it is
	Email   string

	Prefix string // of the tag of a nested module, "path/of/module/"
}

// A Channel releases one version in one remote repository.
type Channel struct{ Options }

// New checks the options; it asks no remote.
func New(o Options) (*Channel, error) {
	for what, value := range map[string]string{"remote": o.Remote, "branch": o.Branch, "head": o.Head, "commit": o.Commit} {
		if value == "" || strings.HasPrefix(value, "-") {
			return nil, fmt.Errorf("git: %q is no %s", value, what)
		}
	}
	return &Channel{o}, nil
}

// Name is the channel's ID.
func (c *Channel) Name() string { return "git" }

// Tag is the name of the tag.
func (c *Channel) Tag() string { return c.Prefix + c.Version.Tag() }

// Steps are the steps of a release on this channel: make the tag here, then
// push it with the branch.
func (c *Channel) Steps() []journal.Step { return []journal.Step{c.tagStep(), c.pushStep()} }

// Withdrawal is empty: a public tag stays.
func (c *Channel) Withdrawal() []journal.Step { return nil }

// Residue says what nobody can take back.
func (c *Channel) Residue() []string {
	return []string{fmt.Sprintf("the tag %s and its commit stay: clones and module proxies have them", c.Tag())}
}

// Entries are the tags of the remote.
func (c *Channel) Entries(ctx context.Context) ([]version.Entry, error) {
	refs, err := Refs(ctx, c.Repo, c.Remote, "refs/tags/*")
	if err != nil {
		return nil, err
	}
	var entries []version.Entry
	for name, ref := range refs {
		entries = append(entries, version.Entry{Name: strings.TrimPrefix(name, "refs/tags/"), Commit: ref.Commit})
	}
	return entries, nil
}

func (c *Channel) tagStep() journal.Step {
	ref := "refs/tags/" + c.Tag()
	return journal.Step{
		ID: "git-tag", Title: "make the tag " + c.Tag(), Channel: c.Name(), Class: journal.Local, Expect: c.Commit,
		Probe: func(ctx context.Context) (journal.Observation, error) {
			commit, err := c.Repo.Resolve(ctx, ref)
			switch {
			case ctx.Err() != nil:
				return journal.Observation{}, ctx.Err()
			case err != nil:
				return journal.Observation{State: journal.Absent}, nil
			case commit != c.Commit:
				return journal.Observation{State: journal.Conflict, Value: fmt.Sprintf("the tag %s here is %s", c.Tag(), commit)}, nil
			}
			return journal.Observation{State: journal.Done, Value: commit}, nil
		},
		Do: c.makeTag, Verify: c.signed,
		Undo: func(ctx context.Context, _ journal.Observation) error {
			_, err := c.Repo.Run(ctx, "update-ref", "-d", ref)
			return err
		},
	}
}

// makeTag makes an annotated tag, signed where git is configured to sign.
func (c *Channel) makeTag(ctx context.Context) error {
	how := "-a"
	if signs(ctx, c.Repo) {
		how = "-s"
	}
	stamp := c.Time.UTC().Format("2006-01-02T15:04:05Z")
	repo := c.Repo.With("GIT_COMMITTER_DATE="+stamp, "GIT_COMMITTER_NAME="+c.Tagger, "GIT_COMMITTER_EMAIL="+c.Email)
	_, err := repo.RunInput(ctx, []byte(c.Message), "tag", how, "--cleanup=verbatim", "-F", "-", "--end-of-options", c.Tag(), c.Commit)
	return err
}

// signed checks that the tag has the signature that was asked for: git exits with
// 0 where ssh-keygen could not sign, for want of a passphrase for example.
func (c *Channel) signed(ctx context.Context) error {
	if !signs(ctx, c.Repo) {
		return nil
	}
	text, err := c.Repo.Run(ctx, "cat-file", "tag", "refs/tags/"+c.Tag())
	if err != nil {
		return err
	}
	for _, begin := range signatures {
		if strings.Contains(text, "\n"+begin+"\n") {
			return nil
		}
	}
	return fmt.Errorf("git made the tag %s without the signature that its settings ask for: see whether git tag -s works here, and needs a passphrase or an agent", c.Tag())
}

// signatures are the lines that a tag's signature begins with (gitformat-signature).
var signatures = []string{"-----BEGIN PGP SIGNATURE-----", "-----BEGIN PGP MESSAGE-----", "-----BEGIN SIGNED MESSAGE-----", "-----BEGIN SSH SIGNATURE-----"}

// signs reports whether the person has set git up to sign tags.
func signs(ctx context.Context, repo *git.Repo) bool {
	for _, key := range []string{"tag.gpgSign", "user.signingKey"} {
		if value, err := repo.Run(ctx, "config", "--get", key); err == nil && strings.TrimSpace(value) != "" {
			return strings.TrimSpace(value) != "false"
		}
	}
	return false
}

func (c *Channel) pushStep() journal.Step {
	return journal.Step{
		ID: "git-push", Title: fmt.Sprintf("push %s and the tag %s, both or neither", c.Branch, c.Tag()), Channel: c.Name(),
		Class: journal.Irrevocable, Expect: c.Commit,
		Probe: c.probe, Do: c.push,
		Verify: func(ctx context.Context) error {
			refs, err := Refs(ctx, c.Repo, c.Remote, "refs/tags/"+c.Tag(), "refs/heads/"+c.Branch)
			if err != nil {
				return err
			}
			if got := refs["refs/tags/"+c.Tag()].Commit; got != c.Commit {
				return fmt.Errorf("the tag %s of %s is %q", c.Tag(), c.Remote, got)
			}
			if refs["refs/heads/"+c.Branch].Commit == c.Head {
				return fmt.Errorf("the branch %s of %s has not moved", c.Branch, c.Remote)
			}
			return nil
		},
	}
}

// probe asks the remote for the tag. The branch was pushed with it, and may
// have moved on since.
func (c *Channel) probe(ctx context.Context) (journal.Observation, error) {
	ref := "refs/tags/" + c.Tag()
	refs, err := Refs(ctx, c.Repo, c.Remote, ref)
	if err != nil {
		return journal.Observation{}, err
	}
	there, ok := refs[ref]
	if !ok {
		return journal.Observation{State: journal.Absent}, nil
	}
	if there.Commit != c.Commit {
		return journal.Observation{State: journal.Conflict, Value: fmt.Sprintf("the tag %s of %s is %s", c.Tag(), c.Remote, there.Commit)}, nil
	}
	return journal.Observation{State: journal.Done, Value: there.Commit}, nil
}

// push pushes these two and nothing else, whatever git is configured to push
// with them.
func (c *Channel) push(ctx context.Context) error {
	branch, tag := "refs/heads/"+c.Branch, "refs/tags/"+c.Tag()
	_, err := c.Repo.Run(ctx, "push", "--porcelain", "--atomic", "--no-verify", "--no-follow-tags", "--recurse-submodules=no",
		"--force-with-lease="+branch+":"+c.Head, "--force-with-lease="+tag+":", "--",
		c.Remote, c.Commit+":"+branch, tag+":"+tag)
	if !refused(err) {
		return err
	}
	// Where the reply to a push is lost, git may send it again, and is refused
	// because it has arrived.
	switch o, probeErr := c.probe(ctx); {
	case probeErr != nil || o.State == journal.Done:
		return err
	case o.State == journal.Conflict:
		return fmt.Errorf("%w: %w: %s", journal.ErrRejected, journal.ErrConflict, o.Value)
	default:
		return fmt.Errorf("%w: %w", journal.ErrRejected, err)
	}
}

// refused reports whether an error says that the push was turned down. An atomic
// push moves all or nothing, so one refused ref is enough.
func refused(err error) bool {
	var failed *git.Error
	if !errors.As(err, &failed) {
		return false
	}
	for _, words := range []string{"[rejected]", "[remote rejected]", "failed to push some refs", "does not support --atomic push"} {
		if strings.Contains(failed.Stderr, words) {
			return true
		}
	}
	return false
}
