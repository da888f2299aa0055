package oci_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/cupel-dev/cupel/internal/channel/oci/registrytest"
	"github.com/cupel-dev/cupel/internal/journal"
)

// image fetches what a tag points to.
func (w *world) image(t *testing.T, tag string) remote.Taggable {
	t.Helper()
	ref, err := name.ParseReference(w.Host + "/team/app:" + tag)
	check(t, err)
	d, err := remote.Get(ref)
	check(t, err)
	return d
}

// staged is the index that waits to be released.
func (w *world) staged(t *testing.T) v1.ImageIndex {
	t.Helper()
	index, err := layout.ImageIndexFromPath(w.layout)
	check(t, err)
	index, err = index.ImageIndex(w.root)
	check(t, err)
	return index
}

func TestAWithdrawalPutsThePointersBack(t *testing.T) { // F05
	for _, test := range []struct {
		name      string
		there     []string // the first is what comes to be withdrawn's predecessor in every line
		withdrawn []string
		want      map[string]string // pointer to version; "" is none
	}{
		{"to the newest good version of each line", []string{"1.2.1", "1.1.0"}, nil, map[string]string{"latest": "1.2.1", "1": "1.2.1", "1.2": "1.2.1"}},
		{"past withdrawn ones", []string{"1.1.0", "1.2.1"}, []string{"1.2.1"}, map[string]string{"latest": "1.1.0", "1": "1.1.0", "1.2": ""}},
		{"to nothing where nothing is left", nil, nil, map[string]string{"latest": "", "1": "", "1.2": ""}},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			want := map[string]string{}
			for _, number := range test.there {
				want[number] = w.put(t, number)
			}
			wantCode(t, w.release(t, "1.2.2"), journal.Complete)
			want["1.2.2"] = w.root.String()
			steps := w.channel(t, "1.2.2", test.withdrawn...).Withdrawal()
			wantCode(t, new(run).do(t, steps, (*journal.Runner).Run), journal.Complete)
			for pointer, number := range test.want {
				if number != "" {
					want[pointer] = want[number]
				}
			}
			w.wantTags(t, want)
			w.Changes()
			wantCode(t, new(run).do(t, steps, (*journal.Runner).Run), journal.Complete)
			if changes := w.Changes(); len(changes) > 0 {
				t.Errorf("a second run sent %q", changes)
			}
		})
	}
}

func TestAWithdrawalLeavesAPointerThatSomebodyMoved(t *testing.T) {
	w := newWorld(t)
	w.put(t, "1.1.0")
	wantCode(t, w.release(t, "1.2.0"), journal.Complete)
	hotfix := w.put(t, "latest")
	wantCode(t, new(run).do(t, w.channel(t, "1.2.0").Withdrawal(), (*journal.Runner).Run), journal.Complete)
	if got := w.Digest("team/app", "latest"); got != hotfix {
		t.Errorf("latest is %s, it was moved to %s by hand", got, hotfix)
	}
}

func TestAPointersStepIsUndoneToWhereItWas(t *testing.T) {
	w := newWorld(t)
	old := w.put(t, "1.1.0")
	w.tagOf(t, "latest", "1.1.0")
	steps := w.channel(t, "1.2.0").Steps()
	wantCode(t, new(run).do(t, steps[:2], (*journal.Runner).Run), journal.Complete)
	latest := steps[2]
	before, err := latest.Probe(t.Context())
	check(t, err)
	check(t, latest.Do(t.Context()))
	if got := w.Digest("team/app", "latest"); got != w.root.String() {
		t.Fatalf("latest is %s", got)
	}
	check(t, latest.Undo(t.Context(), before))
	if got := w.Digest("team/app", "latest"); got != old {
		t.Errorf("latest is %s, it was %s", got, old)
	}
	if err := latest.Undo(t.Context(), journal.Observation{}); err == nil {
		t.Error("it was undone to where nobody knows")
	}
}

// TestAPointerThatIsHiddenOnce: one wrong answer neither makes a withdrawal think
// that there is nothing to put back, nor an undo remove what was there before.
func TestAPointerThatIsHiddenOnce(t *testing.T) {
	w := newWorld(t)
	w.put(t, "1.1.0")
	w.tagOf(t, "latest", "1.1.0")
	hide := func() { w.Next(1, http.MethodGet, "/manifests/latest$", faults["404"]) }
	c := w.channel(t, "1.2.0")
	r, steps := new(run), c.Steps()
	wantCode(t, r.do(t, steps[:2], (*journal.Runner).Run), journal.Complete)
	hide()
	if o, err := steps[2].Probe(t.Context()); !errors.Is(err, journal.ErrTemporary) {
		t.Errorf("latest is hidden, and the probe says %+v, %v", o, err)
	}
	wantCode(t, r.do(t, steps, (*journal.Runner).Run), journal.Complete)
	hide()
	back := c.Withdrawal()
	wantCode(t, new(run).do(t, back, (*journal.Runner).Run), journal.Refused)
	wantCode(t, new(run).do(t, back, (*journal.Runner).Run), journal.Complete)
	if got := w.Digest("team/app", "latest"); got != w.Digest("team/app", "1.1.0") {
		t.Errorf("after the withdrawal latest is %s", got)
	}
}

func TestTwoReleasesAtOnceLeaveThePointerOnTheNewer(t *testing.T) {
	w := newWorld(t)
	steps := w.channel(t, "1.2.0").Steps()
	wantCode(t, new(run).do(t, steps[:2], (*journal.Runner).Run), journal.Complete)
	newer := ""
	w.Next(1, http.MethodPut, "/manifests/latest$", registrytest.Before(func() { newer = w.put(t, "1.3.0") }))
	wantCode(t, new(run).do(t, steps, (*journal.Runner).Run), journal.Complete)
	if got := w.Digest("team/app", "latest"); got != newer {
		t.Errorf("latest is %s, 1.3.0 is %s", got, newer)
	}
}

func TestEntriesAreTheVersionsAmongTheTags(t *testing.T) {
	w := newWorld(t)
	c := w.channel(t, "1.2.0")
	if entries, err := c.Entries(t.Context()); err != nil || len(entries) > 0 {
		t.Errorf("an empty repository: %v, %v", entries, err)
	}
	w.put(t, "1.1.0")
	w.put(t, "main")
	w.put(t, "v0.9.0")
	entries, err := c.Entries(t.Context())
	check(t, err)
	if len(entries) != 2 || entries[0].Name != "1.1.0" || entries[1].Name != "v0.9.0" {
		t.Errorf("entries %v", entries)
	}
}
