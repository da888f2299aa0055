package github

import (
	"reflect"
	"strings"
	"testing"

	"github.com/cupel-dev/cupel/internal/forge"
	"github.com/cupel-dev/cupel/internal/forge/forgetest"
	"github.com/cupel-dev/cupel/internal/journal"
	"github.com/cupel-dev/cupel/internal/version"
)

// withdraw runs what a rollback does.
func (w *world) withdraw(t *testing.T) journal.Outcome {
	t.Helper()
	w.dir = t.TempDir()
	return w.run(t, w.c.Withdrawal(), (*journal.Runner).Run)
}

// F05: a backport does not take "latest".
func TestF05ABackportIsNotTheLatest(t *testing.T) {
	w := newWorld(t, "v1.11.3")
	for _, tag := range []string{"v1.9.0", "v1.11.2", "v1.13.0"} {
		w.repo.AddRelease(forgetest.Release{Tag: tag})
	}
	w.complete(t)
	if got := w.repo.Latest(); got != "v1.13.0" {
		t.Errorf("the latest is %s", got)
	}
}

// F05: where nobody has chosen the latest release, GitHub takes the one that
// was made last.
func TestF05ABackportIsNotTheLatestByChance(t *testing.T) {
	w := newWorld(t, "v1.11.3")
	id := w.repo.AddRelease(forgetest.Release{Tag: "v1.13.0"})
	if _, err := w.c.Client.EditRelease(t.Context(), forge.Release{ID: id, Tag: "v1.13.0"}, forge.ReleaseEdit{Latest: new(false)}); err != nil {
		t.Fatal(err)
	}
	w.complete(t)
	if got := w.repo.Latest(); got != "v1.13.0" {
		t.Errorf("the latest is %s", got)
	}
}

// F05: a rollback moves "latest" to the highest good version, whatever was
// published last.
func TestF05ARollbackMovesLatestToTheHighestGoodVersion(t *testing.T) {
	w := newWorld(t, "v1.13.0")
	for _, r := range []forgetest.Release{
		{Tag: "v1.9.0"}, {Tag: "v1.12.0"}, {Tag: "v1.12.1", Notes: withdrawn + "\n> x\n\n", Prerelease: true}, {Tag: "v1.12.2", Draft: true},
		{Tag: "v1.14.0-rc.1", Prerelease: true}, {Tag: "v1.11.3"}, {Tag: "nightly"},
	} {
		w.repo.AddRelease(r)
	}
	w.complete(t)
	if got := w.repo.Latest(); got != "v1.13.0" {
		t.Fatalf("the latest is %s", got)
	}
	tags := len(w.repo.Releases())
	for range 2 { // running it again finishes what is missing, here nothing
		if o := w.withdraw(t); o.Code != journal.Complete {
			t.Fatalf("%v: %v", o.Code, o.Err)
		}
		if got := w.repo.Latest(); got != "v1.12.0" {
			t.Errorf("the latest is %s", got)
		}
	}
	r := w.state()[tags-1]
	banner := withdrawn + "\n> [!CAUTION]\n> v1.13.0 is withdrawn: it &lt;loses&gt; data\n\n"
	if text := strings.ReplaceAll(r.Notes, "\r\n", "\n"); !r.Prerelease || r.Draft || text != banner+notes {
		t.Errorf("the release is %+v", r)
	}
	if w.Count("DELETE") > 0 {
		t.Errorf("something was deleted: %q", w.Requests())
	}
}

func TestAWithdrawalCanBeUndone(t *testing.T) {
	w := newWorld(t, "v1.13.0")
	w.repo.AddRelease(forgetest.Release{Tag: "v1.12.0"})
	w.complete(t)
	var seen []journal.Observation
	for _, s := range w.c.Withdrawal() {
		o, err := s.Probe(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		seen = append(seen, o)
		if err := s.Do(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for i := 1; i >= 0; i-- {
		if err := w.c.Withdrawal()[i].Undo(t.Context(), seen[i]); err != nil {
			t.Fatal(err)
		}
	}
	if r := w.state()[1]; r.Prerelease || r.Notes != notes || w.repo.Latest() != "v1.13.0" {
		t.Errorf("the release is %+v, the latest %s", r, w.repo.Latest())
	}
}

// F05: a tag that is deleted turns its release into a draft.
func TestF05ADraftThatADeletedTagLeftIsReported(t *testing.T) {
	w := newWorld(t, "v1.13.0")
	w.complete(t)
	w.repo.SetTag("v1.13.0", "")
	o, err := w.c.mark().Probe(t.Context())
	if err != nil || o.State != journal.Done || !strings.Contains(o.Value, "draft") {
		t.Errorf("the withdrawal sees %+v, %v", o, err)
	}
	o, err = w.c.stage().Probe(t.Context())
	if err != nil || o.State != journal.Conflict || !strings.Contains(o.Value, "tag was not deleted") {
		t.Errorf("a release sees %+v, %v", o, err)
	}
}

func TestWhereThereIsNothingAWithdrawalDoesNothing(t *testing.T) {
	w := newWorld(t, "v1.13.0")
	if o := w.withdraw(t); o.Code != journal.Complete {
		t.Errorf("%v: %v", o.Code, o.Err)
	}
	if w.Count("PATCH") > 0 {
		t.Errorf("requests %q", w.Requests())
	}
}

func TestEntriesAreAllReleasesDraftsAndWithdrawnOnesToo(t *testing.T) {
	w := newWorld(t, "v1.13.0")
	for _, r := range []forgetest.Release{{Tag: "v1.0.0"}, {Tag: "v1.1.0", Notes: withdrawn + "\n"}, {Tag: "v1.2.0", Draft: true}} {
		w.repo.AddRelease(r)
	}
	for range 120 { // over more than one page
		w.repo.AddRelease(forgetest.Release{Tag: "nightly", Draft: true})
	}
	entries, err := w.c.Entries(t.Context())
	if err != nil || len(entries) != 123 {
		t.Fatalf("%d entries, %v", len(entries), err)
	}
	want := []version.Entry{{Name: "v1.2.0"}, {Name: "v1.1.0", Yanked: true}, {Name: "v1.0.0"}}
	if got := entries[120:]; !reflect.DeepEqual(got, want) {
		t.Errorf("%v", got)
	}
}
