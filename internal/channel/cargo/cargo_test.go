package cargo_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cupel-dev/cupel/internal/channel/cargo"
	"github.com/cupel-dev/cupel/internal/channel/cargo/cargotest"
	"github.com/cupel-dev/cupel/internal/channel/faulttest"
	"github.com/cupel-dev/cupel/internal/journal"
	"github.com/cupel-dev/cupel/internal/version"
)

// A world is a registry, and a workspace of three crates: tool needs base, and
// inner goes nowhere.
type world struct {
	*cargotest.Registry
	dir, stage, home, journal string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	if _, err := exec.LookPath("cargo"); err != nil {
		t.Skip("cargo is not on this machine")
	}
	dir := t.TempDir()
	w := &world{
		Registry: cargotest.New(t), dir: filepath.Join(dir, "workspace"), stage: filepath.Join(dir, "stage"),
		home: filepath.Join(dir, "home"), journal: filepath.Join(dir, "journal"),
	}
	w.write(t, "Cargo.toml", "[workspace]\nresolver = \"2\"\nmembers = [\"tool\", \"base\", \"inner\"]\n")
	w.write(t, "base/Cargo.toml", manifest("base", ""))
	w.write(t, "base/src/lib.rs", "pub fn one() -> u32 { 1 }\n")
	w.write(t, "tool/Cargo.toml", manifest("tool", "exclude = [\"src/two.rs\"]\n[dependencies]\nbase = { path = \"../base\", version = \"1.2.0\", registry = \"test\" }\n"))
	w.write(t, "tool/src/lib.rs", "pub fn two() -> u32 { base::one() + 1 }\n")
	w.write(t, "inner/Cargo.toml", manifest("inner", "publish = false\n"))
	w.write(t, "inner/src/lib.rs", "")
	w.command(t, "cargo", "generate-lockfile")
	w.command(t, "git", "init", "--quiet")
	w.commit(t)
	return w
}

func manifest(name, more string) string {
	return "[package]\nname = \"" + name + "\"\nversion = \"1.2.0\"\nedition = \"2021\"\nlicense = \"MIT\"\ndescription = \"a test\"\n" + more
}

func (w *world) write(t *testing.T, name, text string) {
	t.Helper()
	file := filepath.Join(w.dir, name)
	check(t, os.MkdirAll(filepath.Dir(file), 0o755))
	check(t, os.WriteFile(file, []byte(text), 0o644))
}

func (w *world) command(t *testing.T, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
	cmd.Dir, cmd.Env = w.dir, append(os.Environ(), w.env()...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", args, err, out)
	}
}

func (w *world) commit(t *testing.T) {
	t.Helper()
	w.command(t, "git", "add", ".")
	w.command(t, "git", "-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false", "commit", "--quiet", "-m", "change")
}

// env keeps the person's settings and caches out.
func (w *world) env() []string {
	return []string{"CARGO_HOME=" + w.home, "CARGO_REGISTRIES_TEST_INDEX=sparse+" + w.URL}
}

func (w *world) channel(t *testing.T) *cargo.Channel {
	t.Helper()
	v, err := version.Parse("1.2.0")
	check(t, err)
	c, err := cargo.New(cargo.Options{
		Dir: w.dir, Crates: []string{"base", "tool"}, Version: v, Stage: w.stage,
		Registry: "test", Index: w.URL, Token: w.Token, Env: w.env(), Wait: time.Minute,
	})
	check(t, err)
	return c
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
	return w.run(t, w.channel(t).Steps(), (*journal.Runner).Run)
}

func (w *world) wantReleases(t *testing.T, want ...string) {
	t.Helper()
	if got := w.Releases(); !slices.Equal(got, want) {
		t.Errorf("the registry holds %q, want %q", got, want)
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

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
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
	w.Next(w.Late(3))
	c := w.channel(t)
	if entries, err := c.Entries(t.Context()); err != nil || len(entries) > 0 {
		t.Errorf("entries of an empty registry: %v, %v", entries, err)
	}
	wantCode(t, w.release(t), journal.Complete)
	w.wantReleases(t, "base 1.2.0", "tool 1.2.0")
	w.wantNoChange(t, c.Steps())

	wantCode(t, w.run(t, c.Withdrawal(), (*journal.Runner).Run), journal.Complete)
	w.wantReleases(t, "base 1.2.0 yanked", "tool 1.2.0 yanked")
	if changes := w.Changes(); len(changes) != 2 || !strings.Contains(changes[0], "/tool/") {
		t.Errorf("yanked by %q, what needs another comes first", changes)
	}
	w.wantNoChange(t, c.Withdrawal())
	entries, err := c.Entries(t.Context())
	if want := []version.Entry{{Name: "1.2.0", Yanked: true}, {Name: "1.2.0", Yanked: true}}; err != nil || !slices.Equal(entries, want) {
		t.Errorf("entries %v, %v", entries, err)
	}
	if out := w.release(t); out.Code != journal.Conflicting {
		t.Errorf("a yanked version was released again: %s", out.Code)
	}
}

func TestALostReplyAndARateLimitPublishOnce(t *testing.T) { // F02
	w := newWorld(t)
	limit := "You have published too many new crates in a short period of time. Please try again after " +
		time.Now().Add(2*time.Second).UTC().Format(http.TimeFormat) + " and see the documentation."
	w.Next(faulttest.LoseReply, cargotest.Refuse(http.StatusTooManyRequests, limit))
	out := w.release(t)
	if out.Code != journal.Complete {
		out = w.run(t, w.channel(t).Steps(), (*journal.Runner).Resume)
	}
	wantCode(t, out, journal.Complete)
	w.wantReleases(t, "base 1.2.0", "tool 1.2.0")
}

func TestAHalfPublishedWorkspaceIsResumed(t *testing.T) { // F02
	w := newWorld(t)
	w.Next(faulttest.Fine, cargotest.Refuse(http.StatusForbidden, "not with "+w.Token))
	out := w.release(t)
	wantCode(t, out, journal.Incomplete)
	if strings.Contains(out.Err.Error(), w.Token) || !strings.Contains(out.Err.Error(), "not with ***") {
		t.Errorf("error %v", out.Err)
	}
	w.wantReleases(t, "base 1.2.0")
	wantCode(t, w.run(t, w.channel(t).Steps(), (*journal.Runner).Resume), journal.Complete)
	w.wantReleases(t, "base 1.2.0", "tool 1.2.0")
}

func TestOtherBytesUnderTheVersionStopTheRelease(t *testing.T) {
	w := newWorld(t)
	w.Put("base", "1.2.0", []byte("other"))
	out := w.release(t)
	wantCode(t, out, journal.Conflicting)
	if !errors.Is(out.Err, journal.ErrConflict) {
		t.Errorf("error %v", out.Err)
	}
	if changes := w.Changes(); len(changes) > 0 {
		t.Errorf("it sent %q", changes)
	}
}

func TestAPackageThatDoesNotBuildStopsBeforeAnythingIsOut(t *testing.T) {
	w := newWorld(t)
	w.write(t, "tool/src/lib.rs", "mod two;\npub fn two() -> u32 { two::two() }\n")
	w.write(t, "tool/src/two.rs", "pub fn two() -> u32 { 2 }\n") // excluded from the package
	w.commit(t)
	wantCode(t, w.release(t), journal.Undone)
	w.wantReleases(t)
}

func TestAWorkspaceThatChangedAfterStagingIsNotPublished(t *testing.T) {
	w := newWorld(t)
	steps := w.channel(t).Steps()
	wantCode(t, w.run(t, steps[:1], (*journal.Runner).Run), journal.Complete)
	w.write(t, "base/src/lib.rs", "pub fn one() -> u32 { 3 }\n")
	w.commit(t)
	if err := steps[1].Do(t.Context()); !errors.Is(err, journal.ErrRejected) || !strings.Contains(err.Error(), "changed") {
		t.Errorf("error %v", err)
	}
	w.wantReleases(t)
}

func TestMembersAreInTheOrderOfTheirNeeds(t *testing.T) {
	w := newWorld(t)
	if got, err := w.channel(t).Members(t.Context()); err != nil || !slices.Equal(got, []string{"base", "tool"}) {
		t.Errorf("members %q, %v", got, err)
	}
}

func TestAnAddressThatIsNoIndexProvesNothing(t *testing.T) {
	w := newWorld(t)
	w.URL = strings.Replace(w.URL, "/index/", "/elsewhere/", 1)
	for _, s := range append(w.channel(t).Steps()[1:], w.channel(t).Withdrawal()...) {
		if o, err := s.Probe(t.Context()); err == nil {
			t.Errorf("%s: %v", s.ID, o)
		}
	}
}
