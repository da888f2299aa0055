package e2e

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/cupel-dev/cupel/internal/forge/forgetest"
	"github.com/cupel-dev/cupel/internal/git/gittest"
)

// hubToken has line breaks, as what is pasted into an environment has.
const hubToken = "ghs-s3cr3t-of-the-hub\n"

// TestAReleaseOnGitHubAndItsRollback ships two versions from the command line and
// takes the second back: no secret is seen, "latest" goes back, the tag stays.
func TestAReleaseOnGitHubAndItsRollback(t *testing.T) {
	var mu sync.Mutex
	var told []string
	news := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		text, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		told = append(told, string(text))
	}))
	defer news.Close()
	j, hub := hubProject(t, news.URL+"/hook-s3cr3t")
	said := ""
	cupel := func(want int, args ...string) {
		t.Helper()
		out, code := j.cupel(nil, args...)
		said += out
		if code != want {
			t.Fatalf("cupel %s: exit %d, want %d\n%s", strings.Join(args, " "), code, want, out)
		}
	}
	change := func(text string) {
		j.write("CHANGELOG.md", strings.Replace(j.read(filepath.Join(j.dir, "CHANGELOG.md")), "## [Unreleased]\n", "## [Unreleased]\n\n- "+text+"\n", 1))
		j.git("commit", "-q", "-a", "-m", text)
		j.git("push", "-q")
	}
	waive := "-waive=tests:x;lint:x;audit:x"
	cupel(0, "release", "v1.0.0", waive)
	change("More.")
	cupel(0, "release", "v1.1.0", waive)
	if hub.Latest() != "v1.1.0" {
		t.Errorf("latest is %s", hub.Latest())
	}
	change("Later.")
	cupel(2, "release", "v1.0.9", waive)
	cupel(0, "release", "v1.0.9", waive, "-backport") // F05: the latest stays where it is
	if hub.Latest() != "v1.1.0" {
		t.Errorf("a backport made %s the latest", hub.Latest())
	}
	tag := j.git("ls-remote", "origin", "refs/tags/v1.1.0")
	cupel(4, "rollback", "v1.1.0", "-reason=it breaks") // withdrawn, but the tests of what supersedes it cannot run
	if hub.Latest() != "v1.0.9" {
		t.Errorf("withdrawn and not yet superseded, the latest is %s", hub.Latest())
	}
	cupel(0, "rollback", "v1.1.0", "-reason=it breaks", "-waive=tests:x")
	if after := j.git("ls-remote", "origin", "refs/tags/v1.1.0"); after != tag {
		t.Errorf("the tag of the withdrawn version was %s and is %s", tag, after)
	}
	if hub.Latest() != "v1.1.1" {
		t.Errorf("after the rollback the latest is %s", hub.Latest())
	}
	for _, r := range hub.Releases() {
		if r.Draft || r.Tag == "v1.1.0" && !strings.Contains(r.Notes, "it breaks") {
			t.Errorf("release %+v", r)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if len(told) != 4 {
		t.Errorf("the webhook was told %d times: %q", len(told), told)
	}
	noSecret(t, j, said)
}

// hubProject is a project that publishes on GitHub and tells a webhook.
func hubProject(t *testing.T, hook string) (job, *forgetest.Repository) {
	t.Helper()
	server := forgetest.New(t)
	server.Allow(strings.TrimSpace(hubToken), forgetest.Token{Login: "ann", May: []string{"contents:write"}})
	hub := server.Repository("team/app")
	j := newJob(t, compileCupel(t, repositoryRoot(t)), t.TempDir(),
		"GITHUB_API_URL="+server.URL, "GITHUB_TOKEN="+hubToken, "ANNOUNCE_URL="+hook)
	bare := filepath.Join(t.TempDir(), "app.git")
	j.origin(bare)
	hub.TagsFrom(func(tag string) string { return gittest.Tagged(bare, tag) })
	j.write("cupel.toml", "[release]\npackage = false\n[[publish]]\nkind = \"webhook\"\nsecret = \"ANNOUNCE_URL\"\n[[publish]]\nkind = \"github\"\nrepository = \"team/app\"\n")
	j.write("CHANGELOG.md", "# Changelog\n\n## [Unreleased]\n\n- All.\n")
	j.git("add", "-A")
	j.git("commit", "-q", "-m", "first")
	j.git("push", "-q", "-u", "origin", "main")
	return j, hub
}

// noSecret looks for the secrets in what was printed and in every file that was
// left: in git's directory, the work tree and the cache.
func noSecret(t *testing.T, j job, said string) {
	t.Helper()
	if strings.Contains(said, "s3cr3t") {
		t.Errorf("a secret was printed:\n%s", said)
	}
	err := filepath.WalkDir(j.dir, func(name string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		if text, err := os.ReadFile(name); err == nil && strings.Contains(string(text), "s3cr3t") {
			t.Errorf("%s holds a secret", name)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
