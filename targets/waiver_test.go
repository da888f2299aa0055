package targets

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cupel-dev/cupel/internal/checkout"
	"github.com/cupel-dev/cupel/internal/config"
	"github.com/cupel-dev/cupel/internal/git"
)

// TestI05AWaiverHoldsAsLongAsWhatIsMeasuredDoes: the baseline of a waiver is
// base's where nothing differs that a measurement depends on, in a project at
// the top of its repository and in one below.
func TestI05AWaiverHoldsAsLongAsWhatIsMeasuredDoes(t *testing.T) {
	for name, tc := range map[string]struct {
		project string
		change  map[string]string // from the top of the repository
		want    bool
	}{
		"nothing":                        {".", nil, true},
		"a document":                     {".", map[string]string{"docs/a.md": "more"}, true},
		"a source":                       {".", map[string]string{"work.go": "package work // slower"}, false},
		"a new source":                   {".", map[string]string{"new.go": "package work"}, false},
		"the waiver itself":              {".", map[string]string{"cupel.toml": "[[suite]]\nname = \"a\"\n[[waiver]]\nlimit = \"9%\"\n"}, true},
		"how it is measured":             {".", map[string]string{"cupel.toml": "[[suite]]\nname = \"b\"\n"}, false},
		"a source, in a project below":   {"sub", map[string]string{"sub/work.go": "package work // slower"}, false},
		"a document, in a project below": {"sub", map[string]string{"sub/a.md": "more"}, true},
		"a source beside the project":    {"sub", map[string]string{"work.go": "package work // slower"}, false},
		"the first waiver of a project":  {"sub", map[string]string{"sub/cupel.toml": "[[waiver]]\nlimit = \"9%\"\n"}, true},
		"the first suite of a project":   {"sub", map[string]string{"sub/cupel.toml": "[[suite]]\nname = \"b\"\n"}, false},
	} {
		repo := repository(t, map[string]string{"work.go": "package work", "sub/work.go": "package work", "docs/a.md": "text", "cupel.toml": "[[suite]]\nname = \"a\"\n"})
		repository(t, tc.change, repo)
		got, err := sameSubject(t.Context(), repo, filepath.Join(repo.Root, tc.project), config.Default(), "HEAD~1", "HEAD")
		if got != tc.want || err != nil {
			t.Errorf("%s: %v, %v; want %v", name, got, err, tc.want)
		}
	}
}

func TestI05ABaselineThatIsNotHereIsNoBaseline(t *testing.T) {
	repo := repository(t, map[string]string{"a": "a"})
	var unknown *checkout.BaseError
	if same, err := sameSubject(t.Context(), repo, repo.Root, config.Default(), strings.Repeat("3f2a91c", 5), "HEAD"); same || !errors.As(err, &unknown) {
		t.Errorf("%v, %v", same, err)
	}
}

// repository commits files, in a new repository or in the one that is given.
func repository(t *testing.T, files map[string]string, in ...*git.Repo) *git.Repo {
	t.Helper()
	dir := t.TempDir()
	run := func(args ...string) {
		cmd := exec.Command("git", args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1",
			"GIT_AUTHOR_NAME=Ann", "GIT_AUTHOR_EMAIL=ann@example.com", "GIT_COMMITTER_NAME=Ann", "GIT_COMMITTER_EMAIL=ann@example.com")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	if len(in) > 0 {
		dir = in[0].Root
	} else {
		run("init", "-q", "-b", "main")
	}
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	run("add", "-A")
	run("commit", "-q", "--allow-empty", "-m", "commit")
	repo, err := git.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return repo
}
