package github

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cupel-dev/cupel/internal/forge"
	"github.com/cupel-dev/cupel/internal/forge/forgetest"
	"github.com/cupel-dev/cupel/internal/journal"
	"github.com/cupel-dev/cupel/internal/version"
)

const (
	ours  = "1111111111111111111111111111111111111111"
	other = "2222222222222222222222222222222222222222"
	notes = "### Added\n\n- *this*, <b>that</b> and \"ä\"\n"
)

// A world is a GitHub, a repository on it and a release into it.
type world struct {
	*forgetest.Server
	repo *forgetest.Repository
	c    *Channel
	dir  string // of the journal
}

func newWorld(t *testing.T, tag string) *world {
	t.Helper()
	w := &world{Server: forgetest.New(t), dir: t.TempDir()}
	w.Allow("s3cr3t-t0k3n", forgetest.Token{Login: "ann", May: []string{"contents:write"}})
	w.repo = w.Repository("o/r")
	w.c = w.channel(t, tag)
	return w
}

// channel is a new process's channel for the same release.
func (w *world) channel(t *testing.T, tag string) *Channel {
	t.Helper()
	v, err := version.Parse(tag)
	if err != nil {
		t.Fatal(err)
	}
	client, err := forge.New(forge.Config{APIURL: w.URL, Repository: "o/r", Token: "s3cr3t-t0k3n\n", Wait: func(context.Context, time.Duration) error { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(w.dir, "dist")
	for name, text := range files {
		if err := errors.Join(os.MkdirAll(dir, 0o755), os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	c, err := New(Options{Client: client, Version: v, Commit: ours, Notes: notes, Dir: dir, Reason: "it <loses>\n data"})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var files = map[string]string{"tool_linux.tar.gz": "linux", "tool_darwin.tar.gz": "darwin", "SHA256SUMS": "sums"}

func assets() []forgetest.Asset {
	return []forgetest.Asset{{Name: "SHA256SUMS", Data: "sums"}, {Name: "tool_darwin.tar.gz", Data: "darwin"}, {Name: "tool_linux.tar.gz", Data: "linux"}}
}

// steps are those of a release with the push of the tag where it belongs.
func (w *world) steps() []journal.Step {
	steps := w.c.Steps()
	pushed := false
	push := journal.Step{
		ID: "push", Title: "push", Class: journal.Irrevocable,
		Probe: func(context.Context) (journal.Observation, error) {
			if pushed {
				return journal.Observation{State: journal.Done}, nil
			}
			return journal.Observation{State: journal.Absent}, nil
		},
		Do: func(context.Context) error {
			pushed = true
			w.repo.SetTag(w.c.Tag(), ours)
			return nil
		},
	}
	return slices.Insert(steps, 1, push)
}

// run begins the release or goes on with it.
func (w *world) run(t *testing.T, steps []journal.Step, how func(*journal.Runner, context.Context) journal.Outcome) journal.Outcome {
	t.Helper()
	j, err := journal.Open(filepath.Join(w.dir, "journal"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	o := how(&journal.Runner{Plan: journal.Plan{Name: "release", Steps: steps}, Journal: j}, t.Context())
	for _, text := range append(o.Warnings, fmt.Sprint(o.Err)) {
		for _, secret := range w.Secrets() {
			if strings.Contains(text, secret) {
				t.Errorf("a secret is in %q", text)
			}
		}
	}
	return o
}

func (w *world) release(t *testing.T) journal.Outcome {
	t.Helper()
	return w.run(t, w.steps(), (*journal.Runner).Run)
}

func (w *world) complete(t *testing.T) {
	t.Helper()
	if o := w.release(t); o.Code != journal.Complete {
		t.Fatalf("%v: %v", o.Code, o.Err)
	}
}

// state is what GitHub holds, without the IDs.
func (w *world) state() []forgetest.Release {
	list := w.repo.Releases()
	for i, r := range list {
		list[i] = forgetest.Release{Tag: r.Tag, Title: r.Title, Notes: r.Notes, Draft: r.Draft, Prerelease: r.Prerelease, Immutable: r.Immutable}
		for _, a := range r.Assets {
			list[i].Assets = append(list[i].Assets, forgetest.Asset{Name: a.Name, Data: a.Data, Starter: a.Starter})
		}
		slices.SortFunc(list[i].Assets, func(a, b forgetest.Asset) int { return strings.Compare(a.Name, b.Name) })
	}
	return list
}

func want(tag string) []forgetest.Release {
	return []forgetest.Release{{Tag: tag, Title: tag, Notes: notes, Assets: assets()}}
}

func (w *world) check(t *testing.T, want []forgetest.Release) {
	t.Helper()
	if got := w.state(); len(got)+len(want) > 0 && !reflect.DeepEqual(got, want) {
		t.Errorf("GitHub has\n%+v\nwant\n%+v", got, want)
	}
}

func TestAReleaseIsWholeBeforeItIsPublic(t *testing.T) {
	w := newWorld(t, "v1.2.0")
	w.repo.AddRelease(forgetest.Release{Tag: "v1.1.0"})
	var latest string
	w.Fail(forgetest.Fault{Method: "PATCH", Times: 1, Notice: func() {
		latest = w.repo.Latest()
		if drafts := w.state(); len(drafts) != 2 || !drafts[1].Draft || !reflect.DeepEqual(drafts[1].Assets, assets()) {
			t.Errorf("it becomes public as %+v", drafts)
		}
	}})
	w.complete(t)
	w.check(t, append([]forgetest.Release{{Tag: "v1.1.0"}}, want("v1.2.0")...))
	if latest != "v1.1.0" || w.repo.Latest() != "v1.2.0" {
		t.Errorf("the latest was %s and is %s", latest, w.repo.Latest())
	}
}

func TestAPrereleaseIsMarkedAndNeverTheLatest(t *testing.T) {
	w := newWorld(t, "v1.2.0-rc.1")
	w.repo.AddRelease(forgetest.Release{Tag: "v1.1.0"})
	w.complete(t)
	if r := w.state()[1]; !r.Prerelease || r.Draft || w.repo.Latest() != "v1.1.0" {
		t.Errorf("it is %+v, the latest %s", r, w.repo.Latest())
	}
}

// F01: a draft with some files, one broken off and one with other bytes.
func TestF01AHalfDoneDraftIsFinished(t *testing.T) {
	w := newWorld(t, "v1.3.0")
	w.repo.AddRelease(forgetest.Release{Tag: "v1.3.0", Title: "v1.3.0", Notes: w.c.draftNotes(), Draft: true, Assets: []forgetest.Asset{
		{Name: "SHA256SUMS", Data: "sums"}, {Name: "tool_darwin.tar.gz", Starter: true}, {Name: "tool_linux.tar.gz", Data: "other bytes"},
	}})
	w.complete(t)
	w.check(t, want("v1.3.0"))
	if n := w.Count("POST /repos/o/r/releases/"); n != 2 {
		t.Errorf("%d files were uploaded, want 2", n)
	}
}

func TestDraftsThatALostAnswerDoubledBecomeOne(t *testing.T) {
	w := newWorld(t, "v1.3.0")
	for range 3 {
		w.repo.AddRelease(forgetest.Release{Tag: "v1.3.0", Title: "v1.3.0", Notes: w.c.draftNotes(), Draft: true})
	}
	w.complete(t)
	w.check(t, want("v1.3.0"))
}

func TestADraftOfSomebodyElseIsAConflictAndStays(t *testing.T) {
	for name, text := range map[string]string{"by hand": "mine", "of another commit": "x\n\n<!-- cupel: the release v1.3.0 of " + other + " -->"} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "v1.3.0")
			theirs := forgetest.Release{Tag: "v1.3.0", Notes: text, Draft: true}
			w.repo.AddRelease(theirs)
			if o := w.release(t); o.Code != journal.Conflicting {
				t.Errorf("%v: %v", o.Code, o.Err)
			}
			w.check(t, []forgetest.Release{theirs})
		})
	}
}

func TestAbortDeletesThisReleasesDraftsAlone(t *testing.T) {
	w := newWorld(t, "v1.3.0")
	theirs := forgetest.Release{Tag: "v1.4.0", Notes: "theirs", Draft: true}
	w.repo.AddRelease(theirs)
	w.Fail(forgetest.Fault{Path: "/assets", Method: "POST", Status: 503})
	if o := w.release(t); o.Code != journal.Incomplete {
		t.Fatalf("%v: %v", o.Code, o.Err)
	}
	w.Heal()
	if err := os.RemoveAll(w.c.Dir); err != nil { // what was built is lost too
		t.Fatal(err)
	}
	if o := w.run(t, w.steps(), (*journal.Runner).Abort); o.Code != journal.Undone {
		t.Errorf("%v: %v", o.Code, o.Err)
	}
	w.check(t, []forgetest.Release{theirs})
}

func TestADraftIsNotMadePublicForAnotherTag(t *testing.T) {
	for name, commit := range map[string]string{"no tag": "", "another commit": other} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "v1.3.0")
			stage, publish := w.c.Steps()[0], w.c.Steps()[1]
			if err := stage.Do(t.Context()); err != nil {
				t.Fatal(err)
			}
			w.repo.SetTag("v1.3.0", commit)
			if err := publish.Do(t.Context()); !errors.Is(err, journal.ErrRejected) {
				t.Errorf("error %v", err)
			}
			if got := w.state(); len(got) != 1 || !got[0].Draft {
				t.Errorf("GitHub has %+v", got)
			}
		})
	}
}

func TestAPublicReleaseWithOtherBytesIsAConflict(t *testing.T) {
	for name, change := range map[string]func(*forgetest.Release){
		"other bytes":    func(r *forgetest.Release) { r.Assets[1].Data = "other" },
		"a file less":    func(r *forgetest.Release) { r.Assets = r.Assets[:2] },
		"a broken file":  func(r *forgetest.Release) { r.Assets[0].Starter = true },
		"immutable":      func(r *forgetest.Release) { r.Immutable = true; r.Assets = nil },
		"without digest": func(r *forgetest.Release) { r.Assets[1].Data, r.Assets[1].NoHash = "other", true },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "v1.3.0")
			w.repo.SetTag("v1.3.0", ours)
			r := forgetest.Release{Tag: "v1.3.0", Assets: assets()}
			change(&r)
			w.repo.AddRelease(r)
			before := w.state()
			if o := w.release(t); o.Code != journal.Conflicting {
				t.Errorf("%v: %v", o.Code, o.Err)
			}
			w.check(t, before)
		})
	}
}

func TestAReleaseThatIsOutIsDoneWhateverItsTextSays(t *testing.T) {
	w := newWorld(t, "v1.3.0")
	w.repo.SetTag("v1.3.0", ours)
	r := forgetest.Release{Tag: "v1.3.0", Notes: "edited by hand", Assets: append(assets(), forgetest.Asset{Name: "added.txt", Data: "later"})}
	for i := range r.Assets {
		r.Assets[i].NoHash = true
	}
	w.repo.AddRelease(r)
	w.complete(t)
	if w.Count("POST") > 0 || w.Count("PATCH") > 0 {
		t.Errorf("requests %q", w.Requests())
	}
}

func TestImmutableReleases(t *testing.T) {
	w := newWorld(t, "v1.3.0")
	w.repo.SetImmutable()
	w.complete(t)
	released := want("v1.3.0")
	released[0].Immutable = true
	w.check(t, released)
	if o := w.withdraw(t); o.Code != journal.Complete {
		t.Errorf("%v: %v", o.Code, o.Err)
	}
	if r := w.state()[0]; !r.Prerelease || !strings.Contains(r.Notes, "is withdrawn") {
		t.Errorf("it is %+v", r)
	}
}

func TestAPrivateRepositoryIsVerifiedWithTheToken(t *testing.T) {
	w := newWorld(t, "v1.3.0")
	w.repo.SetPrivate()
	w.complete(t)
	if w.Count("GET /o/r/releases/download/") > 0 {
		t.Error("the public pages were asked")
	}
}

func TestFilesThatGitHubWouldChangeAreRefused(t *testing.T) {
	for name, text := range map[string]string{"with blank.txt": "x", ".hidden": "x", "ä.txt": "x", "empty.txt": ""} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "v1.3.0")
			if err := os.WriteFile(filepath.Join(w.c.Dir, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			if o := w.release(t); o.Code != journal.Undone || !strings.Contains(o.Err.Error(), name) {
				t.Errorf("%v: %v", o.Code, o.Err)
			}
			w.check(t, nil)
			w.c.Patterns = []string{"tool_*", "SHA256SUMS"}
			w.complete(t)
			w.check(t, want("v1.3.0"))
		})
	}
}

func TestOptionsAreChecked(t *testing.T) {
	w := newWorld(t, "v1.3.0")
	for name, change := range map[string]func(*Options){
		"no client":   func(o *Options) { o.Client = nil },
		"no commit":   func(o *Options) { o.Commit = "" },
		"a pattern":   func(o *Options) { o.Patterns = []string{"[a-"} },
		"long notes":  func(o *Options) { o.Notes = strings.Repeat("ä", NotesLimit+1) },
		"no mistakes": func(o *Options) { o.Notes = strings.Repeat("ä", NotesLimit) },
	} {
		o := w.c.Options
		change(&o)
		if _, err := New(o); (err == nil) != (name == "no mistakes") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
