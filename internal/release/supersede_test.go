package release

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/cupel-dev/cupel/internal/git"
	"github.com/cupel-dev/cupel/internal/git/gittest"
	"github.com/cupel-dev/cupel/internal/version"
)

// history is a repository in which 1.2.0 is bad: v1.1.0, v1.2.0, and what the
// branch has got since.
type history struct {
	repo            *git.Repo
	good, bad, head string
}

func newHistory(t *testing.T, later map[string]string) history {
	t.Helper()
	repo := gittest.Serve(t).Clone(t, map[string]string{
		"CHANGELOG.md": "# Changelog\n\n## [Unreleased]\n\n## [1.1.0] - 2026-01-01\n\n- One.\n", "version.txt": "1.1.0\n", "code.txt": "good\n",
	})
	h := history{repo: repo}
	h.good = h.commit(t, nil)
	h.bad = h.commit(t, map[string]string{
		"CHANGELOG.md": "# Changelog\n\n## [Unreleased]\n\n## [1.2.0] - 2026-02-02\n\n- Two, 3x faster.\n\n## [1.1.0] - 2026-01-01\n\n- One.\n",
		"version.txt":  "1.2.0\n", "code.txt": "bad\n", "new.txt": "of 1.2.0\n", "benchmark_results/20260202_000000/manifest.json": "{}\n",
	})
	h.head = h.bad
	if later != nil {
		h.head = h.commit(t, later)
	}
	return h
}

func (h history) commit(t *testing.T, files map[string]string) string {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(h.repo.Root, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	gittest.Git(t, h.repo.Root, "add", "-A")
	gittest.Git(t, h.repo.Root, "commit", "-q", "--allow-empty", "-m", "more")
	return gittest.Git(t, h.repo.Root, "rev-parse", "HEAD")
}

func (h history) draft() Draft {
	return Draft{
		Version: version.Version{Major: 1, Minor: 2, Patch: 1}, Date: "2026-03-03", Head: h.head, Name: "Ann", Email: "ann@example.com",
		Supersede: &Supersede{Version: "1.2.0", Commit: h.bad, Good: "1.1.0", GoodCommit: h.good, Reason: "it loses\n data."},
	}
}

func (h history) prepare(t *testing.T) (*Prepared, error) {
	t.Helper()
	p := Project{Dir: ".", VersionFiles: []version.Rule{{Path: "version.txt"}}, WithdrawClaims: func(text []byte, _ string) ([]byte, error) {
		return []byte(strings.Replace(string(text), "3x faster", "3x faster (withdrawn)", 1)), nil
	}}
	return Prepare(t.Context(), h.repo, p, h.draft(), t.TempDir())
}

func TestASupersedingVersionHasTheGoodFilesAndWhatCameLater(t *testing.T) {
	h := newHistory(t, map[string]string{"later.txt": "later\n"})
	prepared, err := h.prepare(t)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"code.txt": "good\n", "later.txt": "later\n", "version.txt": "1.2.1\n", "benchmark_results/20260202_000000/manifest.json": "{}\n",
		"CHANGELOG.md": "# Changelog\n\n## [Unreleased]\n\n## [1.2.1] - 2026-03-03\n\n### Withdrawn\n\n- 1.2.0 is withdrawn: it loses data. What it changed since 1.1.0 is taken back.\n\n" +
			"## [1.2.0] - 2026-02-02 [YANKED]\n\n- Two, 3x faster (withdrawn).\n\n## [1.1.0] - 2026-01-01\n\n- One.\n",
	}
	got := map[string]string{}
	for name := range strings.Lines(gittest.Git(t, prepared.Src, "ls-tree", "-r", "--name-only", prepared.Commit)) {
		name = strings.TrimSpace(name)
		text, err := os.ReadFile(filepath.Join(prepared.Src, name))
		if err != nil {
			t.Fatal(err)
		}
		got[name] = string(text)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the superseding version has\n%q\nwant\n%q", got, want)
	}
	if parent := gittest.Git(t, prepared.Src, "rev-parse", prepared.Commit+"^@"); parent != h.head {
		t.Errorf("it follows %s, the branch is at %s", parent, h.head)
	}
}

func TestTheSameDraftGivesTheSameCommitAndTouchesNoWorkTree(t *testing.T) {
	h := newHistory(t, nil)
	before := gittest.Git(t, h.repo.Root, "for-each-ref") + gittest.Git(t, h.repo.Root, "status", "--porcelain", "--branch")
	first, err := h.prepare(t)
	if err != nil {
		t.Fatal(err)
	}
	second, err := h.prepare(t)
	if err != nil {
		t.Fatal(err)
	}
	if first.Commit != second.Commit {
		t.Errorf("commits %s and %s", first.Commit, second.Commit)
	}
	if after := gittest.Git(t, h.repo.Root, "for-each-ref") + gittest.Git(t, h.repo.Root, "status", "--porcelain", "--branch"); after != before {
		t.Errorf("before\n%s\nafter\n%s", before, after)
	}
}

func TestFilesThatDoNotComeBackAreNamed(t *testing.T) {
	h := newHistory(t, map[string]string{"code.txt": "bad, mended by hand\n"})
	var conflict *RevertError
	if _, err := h.prepare(t); !errors.As(err, &conflict) || !reflect.DeepEqual(conflict.Files, []string{"code.txt"}) {
		t.Errorf("got %v", err)
	}
}

func TestAnEntryGoesUnderTheUnreleasedHeading(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"empty", "## [Unreleased]\n\n## [1.0.0] - 2026-01-01\n", "## [Unreleased]\n\n### Withdrawn\n\n- x\n\n## [1.0.0] - 2026-01-01\n"},
		{"before what is there", "## [Unreleased]\n\n### Added\n\n- a\n", "## [Unreleased]\n\n### Withdrawn\n\n- x\n\n### Added\n\n- a\n"},
		{"D01: CRLF", "## [Unreleased]\r\n\r\n- a\r\n", "## [Unreleased]\r\n\r\n### Withdrawn\r\n\r\n- x\r\n\r\n- a\r\n"},
		{"no final line end", "## [Unreleased]", "## [Unreleased]\n\n### Withdrawn\n\n- x\n"},
	} {
		got, err := addEntry([]byte(tt.in), "- x")
		if err != nil || string(got) != tt.want {
			t.Errorf("%s: %q, %v, want %q", tt.name, got, err, tt.want)
		}
	}
}
