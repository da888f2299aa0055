package release

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cupel-dev/cupel/internal/git"
	"github.com/cupel-dev/cupel/internal/git/gittest"
	"github.com/cupel-dev/cupel/internal/version"
)

// superproject is a repository whose vendor/lib is a submodule with a submodule.
func superproject(t *testing.T) *git.Repo {
	t.Helper()
	inner := gittest.Serve(t).Clone(t, map[string]string{"inner.c": "inner\n"})
	lib := gittest.Serve(t).Clone(t, map[string]string{"lib.c": "lib\n"})
	repo := gittest.Serve(t).Clone(t, map[string]string{
		"CHANGELOG.md": "# Changelog\n\n## [Unreleased]\n\n- All.\n", ".gitattributes": "*.bin filter=upper\n", "a.bin": "a\n",
	})
	add := func(to, from *git.Repo, path string) {
		gittest.Git(t, to.Root, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", from.Root, path)
		gittest.Git(t, to.Root, "commit", "-q", "-m", "submodule")
	}
	add(lib, inner, "inner")
	add(repo, lib, "vendor/lib")
	gittest.Git(t, repo.Root, "config", "filter.upper.smudge", "tr a-z A-Z")
	gittest.Git(t, repo.Root, "config", "filter.upper.clean", "tr A-Z a-z")
	return repo
}

// TestWhatIsBuiltHasTheFilesThatThePersonHas: submodules that are checked out, and
// files as the filters of the repository make them.
func TestWhatIsBuiltHasTheFilesThatThePersonHas(t *testing.T) {
	repo := superproject(t)
	head, err := repo.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	d := Draft{Version: version.Version{Major: 1}, Date: "2026-03-03", Head: head, Name: "Ann", Email: "ann@example.com"}
	prepare := func() (*Prepared, error) {
		return Prepare(t.Context(), repo, Project{Dir: "."}, d, t.TempDir())
	}
	first, err := prepare()
	if err != nil {
		t.Fatal(err)
	}
	want := func(p *Prepared, name, text string) {
		t.Helper()
		got, err := os.ReadFile(filepath.Join(p.Src, filepath.FromSlash(name)))
		if text == "" && !os.IsNotExist(err) || string(got) != text {
			t.Errorf("%s is %q, %v, want %q", name, got, err, text)
		}
	}
	want(first, "vendor/lib/lib.c", "lib\n")
	want(first, "vendor/lib/inner/inner.c", "") // nor is it checked out here
	want(first, "a.bin", "A\n")
	gittest.Git(t, repo.Root, "-c", "protocol.file.allow=always", "submodule", "--quiet", "update", "--init", "--recursive")
	second, err := prepare()
	if err != nil {
		t.Fatal(err)
	}
	want(second, "vendor/lib/inner/inner.c", "inner\n")
	if first.Commit != second.Commit {
		t.Errorf("what is checked out changes the commit: %s and %s", first.Commit, second.Commit)
	}
	gittest.Git(t, repo.Root, "update-index", "--cacheinfo", "160000,"+strings.Repeat("1", 40)+",vendor/lib")
	gittest.Git(t, repo.Root, "commit", "-q", "-m", "nowhere")
	if d.Head, err = repo.Head(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := prepare(); err == nil || !strings.Contains(err.Error(), "the submodule vendor/lib is to be 111111111111, and that is not here: git submodule update") {
		t.Errorf("error %v", err)
	}
}
