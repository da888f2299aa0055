package release_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/cupel-dev/cupel/internal/git"
	"github.com/cupel-dev/cupel/internal/git/gittest"
	"github.com/cupel-dev/cupel/internal/journal"
	"github.com/cupel-dev/cupel/internal/release"
)

// evidence is a file of a set of evidence, by the number of the set.
func evidence(n int) map[string]string {
	return map[string]string{fmt.Sprintf("benchmark_results/2026020%d_000000/manifest.json", n): "{}\n"}
}

// TestEvidenceBetweenPlanAndPush (I04): a release whose branch gets evidence, and
// nothing else, before its push is planned again on top of it. It ends as one
// that nothing came between, and says on which commit its gates were asked.
func TestEvidenceBetweenPlanAndPush(t *testing.T) {
	t.Parallel()
	for _, commits := range []int{1, 3} {
		t.Run(fmt.Sprint(commits), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			mould := newMould(t, w)
			want := mould.alone(t, "v1.2.0")
			came := 0
			o, out := w.land(t, func() {
				if came++; came <= commits {
					w.push(t, evidence(came))
				}
			})
			if out.Code != journal.Complete {
				t.Fatalf("%s at %q: %v", out.Code, out.Step, out.Err)
			}
			got := outside(w.state(t))
			if !reflect.DeepEqual(slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want))) {
				t.Errorf("undisturbed it leaves other things\n%s", differences(got, want))
			}
			if below := gittest.Git(t, w.remote.Dir, "rev-parse", "v1.2.0~"+fmt.Sprint(commits+1)); below != w.draft.Head {
				t.Errorf("the release does not stand on %d commits of evidence: %s", commits, gittest.Git(t, w.remote.Dir, "log", "--oneline", "v1.2.0"))
			}
			if main := gittest.Git(t, w.remote.Dir, "rev-parse", "main"); main != o.Prepared.Commit {
				t.Errorf("main is %s, the release %s", main, o.Prepared.Commit)
			}
			receipt, err := release.ReadReceipt(t.Context(), o.Repo, "origin", "v1.2.0")
			if err != nil || receipt.Planned != w.draft.Head || receipt.Commit != o.Prepared.Commit {
				t.Errorf("the receipt is %+v, %v", receipt, err)
			}
		})
	}
}

// TestWhatIsNoEvidenceUndoesTheRelease: nobody has asked a gate about it. What
// was there before stays, and the error names what came.
func TestWhatIsNoEvidenceUndoesTheRelease(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		come func(t *testing.T, w *world)
		want string
	}{
		{"a source", func(t *testing.T, w *world) { w.push(t, map[string]string{"app.go": "package app // more\n"}) }, "asked a gate about: app.go"},
		{"the changelog", func(t *testing.T, w *world) { w.push(t, map[string]string{"CHANGELOG.md": "# Changelog\n"}) }, "asked a gate about: CHANGELOG.md"},
		{"evidence and a document", func(t *testing.T, w *world) {
			w.push(t, evidence(1))
			w.push(t, map[string]string{"README.md": "more\n"})
		}, "asked a gate about: README.md"},
		{"a name like that of evidence", func(t *testing.T, w *world) { w.push(t, map[string]string{"benchmark_results.go": "package app\n"}) }, "benchmark_results.go"},
		{"another history", func(t *testing.T, w *world) {
			gittest.Git(t, w.remote.Dir, "update-ref", "refs/heads/main", gittest.Git(t, w.remote.Dir, "-c", "user.name=Bob", "-c", "user.email=bob@example.com",
				"commit-tree", "-m", "other", "main^{tree}"))
		}, "was rewritten"},
		{"evidence without end", func(t *testing.T, w *world) {
			w.push(t, map[string]string{"benchmark_results/count": gittest.Git(t, w.remote.Dir, "rev-list", "--count", "main")})
		}, "step git-push: rejected"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			var before map[string]string
			_, out := w.land(t, func() {
				tt.come(t, w)
				before = w.state(t)
			})
			if out.Code != journal.Undone || !strings.Contains(out.Err.Error(), tt.want) {
				t.Errorf("%s: %v", out.Code, out.Err)
			}
			for _, key := range []string{"remote refs/cupel/lock", "clone refs/tags/v1.2.0", "clone refs/cupel/releases/v1.2.0", "registry manifest of 1.2.0", "github release 1 v1.2.0", "mirror .1.2.0"} {
				delete(before, key) // of the release, when it came
			}
			w.want(t, "undone", before)
		})
	}
}

// TestAReplanThatIsCutOffIsFinished crashes a release that is planned again,
// before and after the entries of its journal. It is resumed or, where the crash
// left nothing of it, begun again, and ends as one that was not cut off.
func TestAReplanThatIsCutOffIsFinished(t *testing.T) {
	t.Parallel()
	first := newWorld(t)
	mould := newMould(t, first)
	events := 0
	first.landWatched(t, release.Options.Run, first.pushOnce(t), func(journal.Event) { events++ })
	want := slices.Sorted(maps.Keys(outside(first.state(t))))
	for _, n := range crashes(events) {
		t.Run(fmt.Sprintf("crash at %d", n), func(t *testing.T) {
			t.Parallel()
			w := mould.cast(t)
			come := w.pushOnce(t)
			w.landCrashed(t, come, n)
			do := w.nextDeed(t)
			if _, out := w.landWatched(t, do, come, func(journal.Event) {}); out.Code != journal.Complete {
				t.Fatalf("%s at %q: %v", out.Code, out.Step, out.Err)
			}
			if got := slices.Sorted(maps.Keys(outside(w.state(t)))); !reflect.DeepEqual(got, want) {
				t.Errorf("it leaves %q, want %q", got, want)
			}
		})
	}
	t.Logf("replan: %d crashes of %d", len(crashes(events)), events)
}

// pushOnce brings evidence to the branch the first time that it is called.
func (w *world) pushOnce(t *testing.T) func() {
	return sync.OnceFunc(func() { w.push(t, evidence(1)) })
}

// landCrashed releases until event n.
func (w *world) landCrashed(t *testing.T, come func(), n int) {
	t.Helper()
	defer func() {
		if r := recover(); r != (crashed{}) {
			t.Fatalf("it was to crash: %v", r)
		}
	}()
	w.landWatched(t, release.Options.Run, come, func(journal.Event) {
		if n == 0 {
			panic(crashed{})
		}
		n--
	})
}

// nextDeed is what a person does who finds a release cut off: resume what was
// begun, else pull and begin.
func (w *world) nextDeed(t *testing.T) func(release.Options, context.Context) (journal.Outcome, error) {
	t.Helper()
	state, err := release.StateDir(t.Context(), &git.Repo{Root: w.Clone}, w.draft.Version.Tag())
	check(t, err)
	began, err := release.Began(state)
	check(t, err)
	if began {
		return release.Options.Resume
	}
	check(t, release.Discard(state))
	w.draft.Head = gittest.Git(t, w.remote.Dir, "rev-parse", "main")
	gittest.Git(t, w.Clone, "pull", "-q", "--ff-only")
	return release.Options.Run
}

// land is a process that releases 1.2.0; come happens before each of its pushes.
func (w *world) land(t *testing.T, come func()) (release.Options, journal.Outcome) {
	t.Helper()
	return w.landWatched(t, release.Options.Run, come, func(journal.Event) {})
}

func (w *world) landWatched(t *testing.T, do func(release.Options, context.Context) (journal.Outcome, error), come func(), see func(journal.Event)) (release.Options, journal.Outcome) {
	t.Helper()
	watch := func(e journal.Event) {
		if e.Entry.Kind == journal.Intent && e.Entry.Step == "git-push" && e.Written {
			come()
		}
		see(e)
	}
	var o release.Options
	c := release.Course{Origin: release.Origin{Repo: &git.Repo{Root: w.Clone}, Remote: "origin", Branch: "main", Path: "."}, Again: func(ctx context.Context, d release.Draft) (release.Options, error) {
		if err := d.Save(o.State); err != nil {
			return release.Options{}, err
		}
		again, err := w.options(ctx, o.Repo, d)
		again.Watch = watch
		return again, err
	}}
	out, err := w.run(t.Context(), w.draft, func(begun release.Options, ctx context.Context) (out journal.Outcome, err error) {
		o = begun
		o, out, err = o.Land(ctx, c, do)
		return out, err
	}, watch)
	check(t, err)
	return o, out
}

// push brings a commit with these files to the branch, as somebody else does.
func (w *world) push(t *testing.T, files map[string]string) {
	t.Helper()
	other := filepath.Join(t.TempDir(), "other")
	gittest.Git(t, filepath.Dir(other), "clone", "-q", w.remote.URL, other)
	for name, text := range files {
		file := filepath.Join(other, filepath.FromSlash(name))
		check(t, errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o644)))
	}
	gittest.Git(t, other, "add", "-A")
	repo := (&git.Repo{Root: other}).With("GIT_AUTHOR_NAME=Bot", "GIT_AUTHOR_EMAIL=bot@example.com", "GIT_COMMITTER_NAME=Bot", "GIT_COMMITTER_EMAIL=bot@example.com")
	_, err := repo.Run(t.Context(), "commit", "-q", "-m", "more")
	check(t, err)
	gittest.Git(t, other, "push", "-q", "origin", "HEAD:main")
}
