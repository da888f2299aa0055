package release_test

import (
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/cupel-dev/cupel/internal/git"
	"github.com/cupel-dev/cupel/internal/git/gittest"
	"github.com/cupel-dev/cupel/internal/journal"
	"github.com/cupel-dev/cupel/internal/release"
)

// rounds is how often two releases start at once.
func rounds() int {
	if selftest() {
		return 20
	}
	return 1
}

// TestOfTwoReleasesAtOnceOneWins lets two people with a clone each release at
// the same time: the same number in one round, two numbers in the next. One
// wins, and the other one is refused before it has done anything.
func TestOfTwoReleasesAtOnceOneWins(t *testing.T) {
	t.Parallel()
	first := newWorld(t)
	mould := newMould(t, first)
	alone := map[string]map[string]string{}
	for n := range rounds() {
		w := mould.cast(t)
		ann := w.draft
		bob := numbered(ann, []string{"v1.2.0", "v1.2.1"}[n%2])
		bob.Holder = "bob"
		tag := w.race(t, ann, bob)
		if alone[tag] == nil {
			alone[tag] = mould.alone(t, tag)
		}
		if got := outside(w.state(t)); !reflect.DeepEqual(got, alone[tag]) {
			t.Errorf("%s won, and it is mixed\n%s", tag, differences(got, alone[tag]))
		}
	}
	t.Logf("race: %d rounds, each had one winner", rounds())
}

// alone is what a release leaves that nobody else disturbs.
func (m mould) alone(t *testing.T, tag string) map[string]string {
	t.Helper()
	w := m.cast(t)
	if out := w.do(t, numbered(w.draft, tag), release.Options.Run); out.Code != journal.Complete {
		t.Fatalf("%s alone: %s: %v", tag, out.Code, out.Err)
	}
	return outside(w.state(t))
}

func numbered(d release.Draft, tag string) release.Draft {
	d.Version = parsed(tag)
	return d
}

// outside is the part of a state that is not in a person's clone.
func outside(state map[string]string) map[string]string {
	public := map[string]string{}
	for key, value := range state {
		if !strings.HasPrefix(key, "clone ") {
			public[key] = value
		}
	}
	return public
}

// race has two people release at once, checks that one did and the other one was
// refused, and returns the tag that is out.
func (w *world) race(t *testing.T, ann, bob release.Draft) string {
	t.Helper()
	hers, his := w.site, w.secondClone(t)
	var wg sync.WaitGroup
	var outs [2]journal.Outcome
	var errs [2]error
	begin := make(chan struct{})
	for i, one := range []struct {
		site  site
		draft release.Draft
	}{{hers, ann}, {his, bob}} {
		wg.Go(func() {
			<-begin
			outs[i], errs[i] = one.site.run(t.Context(), one.draft, release.Options.Run, nil)
		})
	}
	close(begin)
	wg.Wait()
	for i := range errs {
		check(t, errs[i])
	}
	winner, loser := 0, 1
	if outs[1].Code == journal.Complete {
		winner, loser = 1, 0
	}
	if outs[winner].Code != journal.Complete {
		t.Fatalf("nobody won: %s: %v, %s: %v", outs[0].Code, outs[0].Err, outs[1].Code, outs[1].Err)
	}
	if code := outs[loser].Code; code != journal.Refused {
		t.Errorf("the other one ended with %s at %q: %v", code, outs[loser].Step, outs[loser].Err)
	}
	clone := []string{hers.Clone, his.Clone}[loser]
	if refs := gittest.Git(t, clone, "for-each-ref", "refs/tags/v1.2.*", "refs/cupel/releases"); refs != "" {
		t.Errorf("the one that was refused is left with\n%s", refs)
	}
	return []release.Draft{ann, bob}[winner].Version.Tag()
}

// secondClone is another person's clone of the same remote.
func (w *world) secondClone(t *testing.T) site {
	t.Helper()
	bobs := w.site
	bobs.Clone = filepath.Join(t.TempDir(), "project")
	gittest.Git(t, filepath.Dir(bobs.Clone), "clone", "-q", w.remote.URL, bobs.Clone)
	repo := &git.Repo{Root: bobs.Clone}
	for _, setting := range [][2]string{{"user.name", "Bob"}, {"user.email", "bob@example.com"}, {"tag.gpgSign", "false"}} {
		_, err := repo.Run(t.Context(), "config", setting[0], setting[1])
		check(t, err)
	}
	return bobs
}
