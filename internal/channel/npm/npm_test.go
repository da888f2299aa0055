package npm_test

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cupel-dev/cupel/internal/channel/faulttest"
	"github.com/cupel-dev/cupel/internal/channel/npm"
	"github.com/cupel-dev/cupel/internal/channel/npm/npmtest"
	"github.com/cupel-dev/cupel/internal/journal"
	"github.com/cupel-dev/cupel/internal/version"
)

const app = "@team/app"

// A world is a registry and a package that waits to be released there.
type world struct {
	*npmtest.Registry
	dir, stage, journal string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	if _, err := exec.LookPath("npm"); err != nil {
		t.Skip("npm is not on this machine")
	}
	dir := t.TempDir()
	w := &world{npmtest.New(t), filepath.Join(dir, "package"), filepath.Join(dir, "stage"), filepath.Join(dir, "journal")}
	check(t, os.MkdirAll(w.dir, 0o755))
	w.manifest(t, "1.2.0")
	check(t, os.WriteFile(filepath.Join(w.dir, ".npmrc"), []byte("@team:registry=http://127.0.0.1:1/\n"), 0o644))
	check(t, os.WriteFile(filepath.Join(w.dir, "index.js"), []byte("module.exports = 1\n"), 0o644))
	return w
}

func (w *world) manifest(t *testing.T, number string) {
	t.Helper()
	text := `{"name": "` + app + `", "version": "` + number + `", "license": "MIT", "main": "index.js"}`
	check(t, os.WriteFile(filepath.Join(w.dir, "package.json"), []byte(text), 0o644))
}

func (w *world) channel(t *testing.T, number string) *npm.Channel {
	t.Helper()
	v, err := version.Parse(number)
	check(t, err)
	c, err := npm.New(npm.Options{
		Dir: w.dir, Package: app, Version: v, Stage: w.stage, Registry: w.URL, Token: w.Token,
		Env: []string{"npm_config_fetch_retries=0"}, Reason: "it loses data",
	})
	check(t, err)
	return c
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) run(t *testing.T, steps []journal.Step, action func(*journal.Runner, context.Context) journal.Outcome) journal.Outcome {
	t.Helper()
	j, err := journal.Open(w.journal, nil)
	check(t, err)
	defer j.Close()
	return action(&journal.Runner{Plan: journal.Plan{Name: "release", Steps: steps}, Journal: j}, t.Context())
}

func (w *world) release(t *testing.T) journal.Outcome {
	t.Helper()
	return w.run(t, w.channel(t, "1.2.0").Steps(), (*journal.Runner).Run)
}

func (w *world) wantTags(t *testing.T, want map[string]string) {
	t.Helper()
	if got := w.Tags(app); !maps.Equal(got, want) {
		t.Errorf("tags %v, want %v", got, want)
	}
}

func (w *world) wantNoChange(t *testing.T, steps []journal.Step) {
	t.Helper()
	w.Changes()
	wantCode(t, w.run(t, steps, (*journal.Runner).Run), journal.Complete)
	if changes := w.Changes(); len(changes) > 0 {
		t.Errorf("a second run sent %q", changes)
	}
}

func wantCode(t *testing.T, out journal.Outcome, want journal.Code) {
	t.Helper()
	if out.Code != want {
		t.Fatalf("%s (%s): %v, want %s", out.Code, out.Step, out.Err, want)
	}
}

func TestAReleaseAndItsWithdrawal(t *testing.T) {
	w := newWorld(t)
	w.Put(app, "1.1.0", "latest")
	c := w.channel(t, "1.2.0")
	steps := c.Steps()
	wantCode(t, w.run(t, steps[:2], (*journal.Runner).Run), journal.Complete)
	w.wantTags(t, map[string]string{"latest": "1.1.0", "staged": "1.2.0"})
	wantCode(t, w.run(t, steps, (*journal.Runner).Run), journal.Complete)
	w.wantTags(t, map[string]string{"latest": "1.2.0"})
	w.wantNoChange(t, steps)

	wantCode(t, w.run(t, c.Withdrawal(), (*journal.Runner).Run), journal.Complete)
	w.wantTags(t, map[string]string{"latest": "1.1.0"})
	if got := w.Deprecated(app, "1.2.0"); got != "it loses data" {
		t.Errorf("deprecated with %q", got)
	}
	w.wantNoChange(t, c.Withdrawal())
	w.wantTokenNowhere(t)
	entries, err := c.Entries(t.Context())
	check(t, err)
	slices.SortFunc(entries, func(a, b version.Entry) int { return strings.Compare(a.Name, b.Name) })
	if want := []version.Entry{{Name: "1.1.0"}, {Name: "1.2.0", Yanked: true}}; !slices.Equal(entries, want) {
		t.Errorf("entries %v", entries)
	}
}

func (w *world) wantTokenNowhere(t *testing.T) {
	t.Helper()
	check(t, filepath.WalkDir(w.stage, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(name)
		if strings.Contains(string(b), w.Token) {
			t.Errorf("%s holds the token", name)
		}
		return err
	}))
}

func TestTheFirstVersionWithALostReply(t *testing.T) {
	w := newWorld(t)
	w.Next(faulttest.LoseReply)
	wantCode(t, w.release(t), journal.Complete)
	w.wantTags(t, map[string]string{"latest": "1.2.0"})
	wantCode(t, w.run(t, w.channel(t, "1.2.0").Withdrawal(), (*journal.Runner).Run), journal.Complete)
	w.wantTags(t, map[string]string{"latest": "1.2.0"}) // there is nothing else to point to
	if w.Deprecated(app, "1.2.0") == "" {
		t.Error("it is not deprecated")
	}
}

func TestAPrereleaseLeavesLatestAloneAndARefusalIsResumed(t *testing.T) {
	w := newWorld(t)
	w.Put(app, "1.1.0", "latest")
	w.manifest(t, "1.2.0-rc.1")
	w.Next(faulttest.Fine, npmtest.Refuse(http.StatusForbidden, "not with "+w.Token))
	steps := w.channel(t, "1.2.0-rc.1").Steps()
	out := w.run(t, steps, (*journal.Runner).Run)
	wantCode(t, out, journal.Incomplete)
	if strings.Contains(out.Err.Error(), w.Token) {
		t.Errorf("error %v", out.Err)
	}
	w.wantTags(t, map[string]string{"latest": "1.1.0", "staged": "1.2.0-rc.1"})
	wantCode(t, w.run(t, steps, (*journal.Runner).Resume), journal.Complete)
	w.wantTags(t, map[string]string{"latest": "1.1.0", "rc": "1.2.0-rc.1"})
}

func TestOtherBytesUnderTheVersionStopTheRelease(t *testing.T) {
	w := newWorld(t)
	w.Put(app, "1.2.0", "latest")
	out := w.release(t)
	wantCode(t, out, journal.Conflicting)
	if !errors.Is(out.Err, journal.ErrConflict) {
		t.Errorf("error %v", out.Err)
	}
	if changes := w.Changes(); len(changes) > 0 {
		t.Errorf("it sent %q", changes)
	}
}

func TestAManifestOfAnotherVersionIsNotPacked(t *testing.T) {
	w := newWorld(t)
	w.manifest(t, "1.1.9")
	out := w.release(t)
	wantCode(t, out, journal.Undone)
	if !strings.Contains(out.Err.Error(), "is @team/app@1.1.9, and @team/app@1.2.0 is released") {
		t.Errorf("error %v", out.Err)
	}
}

func TestAManifestThatNamesAnotherRegistryIsNotPacked(t *testing.T) {
	w := newWorld(t)
	text := `{"name": "` + app + `", "version": "1.2.0", "publishConfig": {"registry": "https://other.example.org"}}`
	check(t, os.WriteFile(filepath.Join(w.dir, "package.json"), []byte(text), 0o644))
	out := w.release(t)
	wantCode(t, out, journal.Undone)
	if !strings.Contains(out.Err.Error(), "publishes to https://other.example.org") {
		t.Errorf("error %v", out.Err)
	}
}

func TestAPrivatePackageIsNotPacked(t *testing.T) {
	w := newWorld(t)
	check(t, os.WriteFile(filepath.Join(w.dir, "package.json"), []byte(`{"name": "`+app+`", "version": "1.2.0", "private": true}`), 0o644))
	out := w.release(t)
	wantCode(t, out, journal.Undone)
	if !strings.Contains(out.Err.Error(), "is private, and npm publishes no such package") {
		t.Errorf("error %v", out.Err)
	}
}

func TestAnAddressThatIsNoRegistryProvesNothing(t *testing.T) {
	w := newWorld(t)
	website := httptest.NewServer(http.NotFoundHandler())
	defer website.Close()
	w.URL = website.URL
	for _, s := range append(w.channel(t, "1.2.0").Steps()[1:], w.channel(t, "1.2.0").Withdrawal()...) {
		if o, err := s.Probe(t.Context()); err == nil {
			t.Errorf("%s: %v", s.ID, o)
		}
	}
}

func TestThePackagesOwnSettingsNameTheRegistry(t *testing.T) {
	w := newWorld(t)
	settings := "@team:registry=https://team.example.org/\nregistry=https://all.example.org/\n"
	check(t, os.WriteFile(filepath.Join(w.dir, ".npmrc"), []byte(settings), 0o644))
	for name, want := range map[string]string{
		"@team/app":  "https://team.example.org/",
		"@other/app": "https://all.example.org/",
		"app":        "https://all.example.org/",
	} {
		got, err := npm.ConfiguredRegistry(t.Context(), w.dir, name)
		if err != nil || got != want {
			t.Errorf("%s is published to %q, %v; want %q", name, got, err, want)
		}
	}
}
