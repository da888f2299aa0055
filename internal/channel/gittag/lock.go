package gittag

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/cupel-dev/cupel/internal/git"
	"github.com/cupel-dev/cupel/internal/journal"
)

// lockRef is the ref that only one release at a time can make.
const lockRef = "refs/cupel/lock"

// lockTime is how long a lock keeps others away without being taken again.
const lockTime = 2 * time.Hour

// A Lock keeps releases of one remote repository apart, whatever machine they
// run on: a ref that is made with a lease that it must not exist.
type Lock struct {
	Repo   *git.Repo
	Remote string
	Holder string // names this release on this machine, and is the same when it is resumed
	What   string // for people: "release v1.2.0"
	Now    func() time.Time
}

// claim is the message of the commit that the ref points to.
type claim struct {
	Holder string    `json:"holder"`
	What   string    `json:"what"`
	Since  time.Time `json:"since"`
}

// A HeldError says who has the lock.
type HeldError struct {
	What  string
	Since time.Time
	Stale bool // so long that whoever had it has probably gone
}

// Error says what is under way and what can be done.
func (e *HeldError) Error() string {
	text := fmt.Sprintf("%s has been under way since %s; resume or abort it where it was begun", e.What, e.Since.UTC().Format(time.RFC3339))
	if e.Stale {
		text += "; it is older than two hours: -takeOver takes its lock"
	}
	return text
}

// Take takes the lock. The error is a [HeldError] where another release has it;
// with takeOver a stale one is taken from it.
func (l Lock) Take(ctx context.Context, takeOver bool) error {
	seen, held, err := l.read(ctx)
	if err != nil {
		return err
	}
	if seen != "" && held.Holder != l.Holder {
		stale := l.Now().Sub(held.Since) > lockTime
		if !stale || !takeOver {
			return &HeldError{What: held.What, Since: held.Since, Stale: stale}
		}
	}
	commit, err := l.commit(ctx)
	if err != nil {
		return err
	}
	if _, err := l.Repo.Run(ctx, "push", "--porcelain", "--no-verify", "--force-with-lease="+lockRef+":"+seen, "--", l.Remote, commit+":"+lockRef); err != nil { // no "+": it would overrule the lease
		if ctx.Err() != nil { // it may have arrived all the same
			return errors.Join(ctx.Err(), l.Drop(context.WithoutCancel(ctx)))
		}
		// Another release may have been first, or the reply was lost.
		if _, held, readErr := l.read(ctx); readErr == nil && held.Holder == l.Holder {
			return nil
		} else if readErr == nil && held.Holder != "" {
			return &HeldError{What: held.What, Since: held.Since}
		}
		if refused(err) {
			return fmt.Errorf("%s does not take the ref %s, which keeps two releases apart: allow pushes to refs/cupel/*: %w", l.Remote, lockRef, err)
		}
		return fmt.Errorf("take the lock of %s: %w", l.Remote, err)
	}
	return nil
}

// Drop gives the lock back where it is this release's.
func (l Lock) Drop(ctx context.Context) error {
	seen, held, err := l.read(ctx)
	if err != nil || seen == "" || held.Holder != l.Holder {
		return err
	}
	_, err = l.Repo.Run(ctx, "push", "--porcelain", "--no-verify", "--force-with-lease="+lockRef+":"+seen, "--", l.Remote, ":"+lockRef)
	if err != nil {
		return fmt.Errorf("give back the lock of %s: %w", l.Remote, err)
	}
	return nil
}

// read returns the object that the lock is now and what it says; "" where
// nobody has it.
func (l Lock) read(ctx context.Context) (seen string, held claim, err error) {
	refs, err := Refs(ctx, l.Repo, l.Remote, lockRef)
	if err != nil {
		return "", held, err
	}
	ref, ok := refs[lockRef]
	if !ok {
		return "", held, nil
	}
	if _, err := l.Repo.Run(ctx, "fetch", "-q", "--no-tags", "--no-write-fetch-head", "--", l.Remote, ref.Object); err != nil {
		if _, err := l.Repo.Run(ctx, "fetch", "-q", "--no-tags", "--no-write-fetch-head", "--", l.Remote, "+"+lockRef+":refs/cupel/seen-lock"); err != nil {
			return "", held, fmt.Errorf("%w: read the lock of %s: %w", journal.ErrTemporary, l.Remote, err)
		}
	}
	c, err := l.Repo.Commit(ctx, ref.Object)
	if err != nil {
		return "", held, fmt.Errorf("read the lock of %s: %w", l.Remote, err)
	}
	if err := json.Unmarshal([]byte(c.Message), &held); err != nil {
		return "", held, errors.New("the ref " + lockRef + " of " + l.Remote + " was not made by a release: look at it and delete it")
	}
	return ref.Object, held, nil
}

// commit makes the object that the ref will be: a commit of nothing.
func (l Lock) commit(ctx context.Context) (string, error) {
	text, err := json.Marshal(claim{Holder: l.Holder, What: l.What, Since: l.Now().UTC().Truncate(time.Second)})
	if err != nil {
		return "", fmt.Errorf("write the lock: %w", err)
	}
	tree, err := l.Repo.RunInput(ctx, nil, "mktree")
	if err != nil {
		return "", fmt.Errorf("write the lock: %w", err)
	}
	out, err := l.Repo.RunInput(ctx, text, "commit-tree", strings.TrimSpace(tree))
	if err != nil {
		return "", fmt.Errorf("write the lock: %w", err)
	}
	return strings.TrimSpace(out), nil
}
