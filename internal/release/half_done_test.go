package release_test

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/cupel-dev/cupel/internal/forge"
	"github.com/cupel-dev/cupel/internal/journal"
	"github.com/cupel-dev/cupel/internal/release"
)

// TestF01ATagWithAHalfDoneDraftIsFinished: the tag is pushed, the process has
// died, and of the draft one file is missing and one has other bytes. Resumed,
// the release replaces these two, and ends as one that nothing disturbed.
func TestF01ATagWithAHalfDoneDraftIsFinished(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	want := newMould(t, w).alone(t, "v1.2.0")
	w.dieBehind(t, "git-push")
	client, err := forge.New(forge.Config{APIURL: w.GitHub, Repository: "team/app", Token: w.Token, Wait: briefly})
	check(t, err)
	draft := w.draftOf(t, client, "v1.2.0")
	for _, a := range draft.Assets {
		check(t, client.DeleteAsset(t.Context(), a))
	}
	broken := filepath.Join(t.TempDir(), "SHA256SUMS")
	check(t, errors.Join(os.WriteFile(broken, []byte("other bytes\n"), 0o644), client.Upload(t.Context(), draft, broken)))
	if out := w.do(t, w.draft, release.Options.Resume); out.Code != journal.Complete {
		t.Fatalf("resumed: %s at %q: %v", out.Code, out.Step, out.Err)
	}
	if got := outside(w.state(t)); !reflect.DeepEqual(got, want) {
		t.Errorf("it is not as undisturbed\n%s", differences(got, want))
	}
}

// dieBehind ends the process of a release when a step is done.
func (w *world) dieBehind(t *testing.T, step string) {
	t.Helper()
	defer func() {
		if r := recover(); r != (crashed{}) {
			t.Fatalf("it was to die behind %s: %v", step, r)
		}
	}()
	_, err := w.run(t.Context(), w.draft, release.Options.Run, func(e journal.Event) {
		if e.Entry.Kind == journal.Result && e.Entry.Step == step && e.Written {
			panic(crashed{})
		}
	})
	check(t, err)
}

// draftOf is the draft of a tag.
func (w *world) draftOf(t *testing.T, client *forge.Client, tag string) forge.Release {
	t.Helper()
	releases, err := client.Releases(t.Context())
	check(t, err)
	for _, r := range releases {
		if r.Tag == tag && r.Draft {
			return r
		}
	}
	t.Fatalf("GitHub has no draft of %s", tag)
	return forge.Release{}
}
