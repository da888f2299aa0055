package gittag

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/cupel-dev/cupel/internal/git"
	"github.com/cupel-dev/cupel/internal/git/gittest"
	"github.com/cupel-dev/cupel/internal/journal"
	"github.com/cupel-dev/cupel/internal/version"
)

// prepared is a remote, a clone of it, and a channel for a release commit that
// stands on the clone's head and is pushed nowhere.
func prepared(t *testing.T) (*gittest.Remote, *Channel) {
	t.Helper()
	remote := gittest.Serve(t)
	repo := remote.Clone(t, map[string]string{"a.txt": "a\n"})
	return remote, channel(t, repo, "v1.0.0")
}

func channel(t *testing.T, repo *git.Repo, tag string) *Channel {
	t.Helper()
	v, err := version.Parse(tag)
	if err != nil {
		t.Fatal(err)
	}
	head := gittest.Git(t, repo.Root, "rev-parse", "HEAD")
	commit := gittest.Git(t, repo.Root, "commit-tree", "HEAD^{tree}", "-p", "HEAD", "-m", "Release "+tag)
	c, err := New(Options{
		Repo: repo, Remote: "origin", Branch: "main", Head: head, Commit: commit, Version: v,
		Message: tag + "\n\n# a line that is no comment\n", Time: time.Unix(1_800_000_000, 0), Tagger: "Ann Author", Email: "ann@example.com",
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// do runs the steps as a release does and returns the error of the first that fails.
func do(ctx context.Context, c *Channel) error {
	for _, s := range c.Steps() {
		o, err := s.Probe(ctx)
		if err != nil {
			return err
		}
		if o.State == journal.Conflict {
			return journal.ErrConflict
		}
		if o.State == journal.Absent {
			if err := s.Do(ctx); err != nil {
				return err
			}
		}
		if s.Verify != nil {
			if err := s.Verify(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

func state(t *testing.T, s journal.Step) journal.State {
	t.Helper()
	o, err := s.Probe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return o.State
}

func TestBranchAndTagArriveTogether(t *testing.T) {
	t.Parallel()
	remote, c := prepared(t)
	if err := do(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if got := gittest.Git(t, remote.Dir, "rev-parse", "main"); got != c.Commit {
		t.Errorf("main is %s, want %s", got, c.Commit)
	}
	if got := gittest.Git(t, remote.Dir, "rev-parse", "v1.0.0^{commit}"); got != c.Commit {
		t.Errorf("the tag is %s, want %s", got, c.Commit)
	}
	if kind := gittest.Git(t, remote.Dir, "cat-file", "-t", "v1.0.0"); kind != "tag" {
		t.Errorf("the tag is a %s", kind)
	}
	text := gittest.Git(t, remote.Dir, "cat-file", "tag", "v1.0.0")
	if !strings.Contains(text, "tagger Ann Author <ann@example.com> 1800000000 +0000") || !strings.Contains(text, "# a line that is no comment") {
		t.Errorf("the tag is\n%s", text)
	}
	entries, err := c.Entries(t.Context())
	if err != nil || !reflect.DeepEqual(entries, []version.Entry{{Name: "v1.0.0", Commit: c.Commit}}) {
		t.Errorf("entries %v, %v", entries, err)
	}
}

func TestNothingElseIsPushedWhateverGitIsConfiguredTo(t *testing.T) {
	t.Parallel()
	remote, c := prepared(t)
	gittest.Git(t, c.Repo.Root, "config", "push.followTags", "true")
	gittest.Git(t, c.Repo.Root, "tag", "-a", "-m", "mine", "mine", "HEAD")
	if err := do(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if tags := gittest.Git(t, remote.Dir, "tag"); tags != "v1.0.0" {
		t.Errorf("the remote has the tags %q", tags)
	}
}

func TestNothingMovesWhereTheServerRefusesOneOfBoth(t *testing.T) {
	t.Parallel()
	for name, hook := range map[string]string{
		"tags":     `case $1 in refs/tags/*) echo "tags are protected" >&2; exit 1;; esac`,
		"branches": `case $1 in refs/heads/*) echo "main is protected" >&2; exit 1;; esac`,
	} {
		t.Run(name, func(t *testing.T) {
			remote, c := prepared(t)
			remote.Hook(t, "update", hook)
			err := do(t.Context(), c)
			if !errors.Is(err, journal.ErrRejected) || !strings.Contains(err.Error(), "protected") {
				t.Errorf("error %v", err)
			}
			if got := gittest.Git(t, remote.Dir, "rev-parse", "main"); got != c.Head {
				t.Errorf("main moved to %s", got)
			}
			if state(t, c.pushStep()) != journal.Absent {
				t.Error("the tag is there")
			}
		})
	}
}

func TestABranchThatMovedOnIsNotOverwritten(t *testing.T) {
	t.Parallel()
	remote, c := prepared(t)
	gittest.Git(t, c.Repo.Root, "commit", "-q", "--allow-empty", "-m", "somebody else")
	gittest.Git(t, c.Repo.Root, "push", "-q", "origin", "main")
	moved := gittest.Git(t, remote.Dir, "rev-parse", "main")
	if err := do(t.Context(), c); !errors.Is(err, journal.ErrRejected) {
		t.Errorf("error %v", err)
	}
	if got := gittest.Git(t, remote.Dir, "rev-parse", "main"); got != moved {
		t.Errorf("main is %s, want %s", got, moved)
	}
}

func TestAPublicTagIsNeverMoved(t *testing.T) {
	t.Parallel()
	remote, c := prepared(t)
	gittest.Git(t, c.Repo.Root, "push", "-q", "origin", "HEAD:refs/tags/v1.0.0")
	if state(t, c.pushStep()) != journal.Conflict {
		t.Error("another commit under the tag is no conflict")
	}
	// Also where the tag comes between probe and push.
	if err := c.makeTag(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := c.push(t.Context()); !errors.Is(err, journal.ErrRejected) {
		t.Errorf("error %v", err)
	}
	if got := gittest.Git(t, remote.Dir, "rev-parse", "v1.0.0"); got != c.Head {
		t.Errorf("the tag moved to %s", got)
	}
}

func TestALostReplyIsResolvedByTheRemote(t *testing.T) {
	t.Parallel()
	remote, c := prepared(t)
	if err := c.makeTag(t.Context()); err != nil {
		t.Fatal(err)
	}
	remote.CutNextReply()
	err := c.push(t.Context())
	if err == nil || errors.Is(err, journal.ErrRejected) {
		t.Errorf("a push without a reply: %v", err)
	}
	if state(t, c.pushStep()) != journal.Done {
		t.Error("the remote has it, and the probe does not say so")
	}
}

func TestARemoteThatIsAwayIsTemporary(t *testing.T) {
	t.Parallel()
	_, c := prepared(t)
	gittest.Git(t, c.Repo.Root, "remote", "set-url", "origin", "http://127.0.0.1:1/project.git")
	if _, err := c.pushStep().Probe(t.Context()); !errors.Is(err, journal.ErrTemporary) {
		t.Errorf("error %v", err)
	}
}

func TestATagOfAnotherCommitHereIsAConflict(t *testing.T) {
	t.Parallel()
	_, c := prepared(t)
	gittest.Git(t, c.Repo.Root, "tag", "v1.0.0", "HEAD")
	if state(t, c.tagStep()) != journal.Conflict {
		t.Error("it is taken for ours")
	}
}

func TestUndoRemovesTheTagHere(t *testing.T) {
	t.Parallel()
	_, c := prepared(t)
	s := c.tagStep()
	if err := s.Do(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Undo(t.Context(), journal.Observation{}); err != nil {
		t.Fatal(err)
	}
	if state(t, s) != journal.Absent {
		t.Error("the tag is still there")
	}
}

// TestATagThatGitDidNotSignIsNoRelease: some versions of git exit with 0 where
// ssh-keygen wants a passphrase and nobody is there to type it.
func TestATagThatGitDidNotSignIsNoRelease(t *testing.T) {
	t.Parallel()
	_, c := prepared(t)
	gittest.Git(t, c.Repo.Root, "config", "gpg.format", "ssh")
	gittest.Git(t, c.Repo.Root, "config", "user.signingKey", "none")
	gittest.Git(t, c.Repo.Root, "config", "--unset", "tag.gpgSign")
	gittest.Git(t, c.Repo.Root, "tag", "-a", "--no-sign", "-m", "unsigned", "v1.0.0", c.Commit)
	s := c.tagStep()
	if err := s.Verify(t.Context()); err == nil || !strings.Contains(err.Error(), "without the signature") {
		t.Errorf("error %v", err)
	}
	gittest.Git(t, c.Repo.Root, "config", "tag.gpgSign", "false")
	if err := s.Verify(t.Context()); err != nil {
		t.Errorf("nobody asked for a signature: %v", err)
	}
}

func TestTagsAreSignedWhereGitIsSetUpToSign(t *testing.T) {
	t.Parallel()
	_, c := prepared(t)
	key := t.TempDir() + "/key"
	if out, err := sshKeygen(t, key); err != nil {
		t.Skipf("ssh-keygen: %v %s", err, out)
	}
	gittest.Git(t, c.Repo.Root, "config", "gpg.format", "ssh")
	gittest.Git(t, c.Repo.Root, "config", "user.signingKey", key)
	gittest.Git(t, c.Repo.Root, "config", "--unset", "tag.gpgSign")
	if err := c.makeTag(t.Context()); err != nil {
		t.Fatal(err)
	}
	if text := gittest.Git(t, c.Repo.Root, "cat-file", "tag", "v1.0.0"); !strings.Contains(text, "BEGIN SSH SIGNATURE") {
		t.Errorf("the tag is\n%s", text)
	}
	if err := c.tagStep().Verify(t.Context()); err != nil {
		t.Error(err)
	}
}
