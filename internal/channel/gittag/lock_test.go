package gittag

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cupel-dev/cupel/internal/git"
	"github.com/cupel-dev/cupel/internal/git/gittest"
)

func sshKeygen(t *testing.T, file string) ([]byte, error) {
	return exec.CommandContext(t.Context(), "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", file).CombinedOutput()
}

func lock(repo *git.Repo, holder string, now time.Time) Lock {
	return Lock{Repo: repo, Remote: "origin", Holder: holder, What: "release by " + holder, Now: func() time.Time { return now }}
}

func TestOneOfManyReleasesGetsTheLock(t *testing.T) {
	t.Parallel()
	remote := gittest.Serve(t)
	now := time.Unix(1_800_000_000, 0)
	first := remote.Clone(t, map[string]string{"a": "a"})
	var wg sync.WaitGroup
	errs := make([]error, 6)
	for i := range errs {
		l := lock(first, string(rune('a'+i)), now)
		wg.Go(func() { errs[i] = l.Take(t.Context(), false) })
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		var held *HeldError
		switch {
		case err == nil:
			won++
		case !errors.As(err, &held):
			t.Errorf("the loser is not told who holds it: %v", err)
		}
	}
	if won != 1 {
		t.Errorf("%d releases have the lock", won)
	}
}

func TestALockIsTakenAgainByItsHolderAndGivenBackByNobodyElse(t *testing.T) {
	t.Parallel()
	repo := gittest.Serve(t).Clone(t, map[string]string{"a": "a"})
	now := time.Unix(1_800_000_000, 0)
	a, b := lock(repo, "a", now), lock(repo, "b", now)
	for range 2 {
		if err := a.Take(t.Context(), false); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Drop(t.Context()); err != nil {
		t.Fatal(err)
	}
	var held *HeldError
	if err := b.Take(t.Context(), false); !errors.As(err, &held) || held.What != "release by a" || held.Stale {
		t.Errorf("error %v", err)
	}
	if err := a.Drop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := b.Take(t.Context(), false); err != nil {
		t.Errorf("the lock is free and not given: %v", err)
	}
}

// TestALockThatWasCutOffIsGivenBack: the push has arrived when the process is told to
// end, and nobody is to wait two hours for it.
func TestALockThatWasCutOffIsGivenBack(t *testing.T) {
	t.Parallel()
	remote := gittest.Serve(t)
	repo := remote.Clone(t, map[string]string{"a": "a"})
	arrived := filepath.Join(t.TempDir(), "arrived")
	remote.Hook(t, "post-receive", "touch "+arrived+"; while ! test -e "+arrived+".go; do sleep 0.1; done")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		for ctx.Err() == nil {
			if _, err := os.Stat(arrived); err == nil {
				cancel()
			}
			time.Sleep(10 * time.Millisecond)
		}
		time.Sleep(time.Second) // the push of the lock is ended by now, its hook is not
		if err := os.WriteFile(arrived+".go", nil, 0o644); err != nil {
			t.Error(err)
		}
	}()
	if err := lock(repo, "a", time.Unix(1_800_000_000, 0)).Take(ctx, false); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if refs := gittest.Git(t, remote.Dir, "for-each-ref", "refs/cupel"); refs != "" {
		t.Errorf("it is still there: %s", refs)
	}
}

func TestARemoteThatTakesNoLockSaysWhatToAllow(t *testing.T) {
	t.Parallel()
	remote := gittest.Serve(t)
	repo := remote.Clone(t, map[string]string{"a": "a"})
	remote.Hook(t, "update", `case $1 in refs/cupel/*) echo "no such refs here" >&2; exit 1;; esac`)
	err := lock(repo, "a", time.Unix(1_800_000_000, 0)).Take(t.Context(), false)
	if err == nil || !strings.Contains(err.Error(), "allow pushes to refs/cupel/*") || !strings.Contains(err.Error(), "no such refs here") {
		t.Errorf("error %v", err)
	}
}

func TestAStaleLockIsTakenOverOnlyWhenTold(t *testing.T) {
	t.Parallel()
	repo := gittest.Serve(t).Clone(t, map[string]string{"a": "a"})
	now := time.Unix(1_800_000_000, 0)
	if err := lock(repo, "a", now).Take(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	b := lock(repo, "b", now.Add(3*time.Hour))
	var held *HeldError
	if err := b.Take(t.Context(), false); !errors.As(err, &held) || !held.Stale {
		t.Errorf("error %v", err)
	}
	if err := b.Take(t.Context(), true); err != nil {
		t.Error(err)
	}
	if err := lock(repo, "c", now.Add(4*time.Hour)).Take(t.Context(), true); !errors.As(err, &held) {
		t.Errorf("a fresh lock was taken over: %v", err)
	}
}
