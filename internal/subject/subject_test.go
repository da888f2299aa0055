package subject_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/cupel-dev/cupel/internal/config"
	"github.com/cupel-dev/cupel/internal/git"
	"github.com/cupel-dev/cupel/internal/git/gittest"
	"github.com/cupel-dev/cupel/internal/subject"
)

const (
	cargoToml = `[package]
name = "app"
version = "1.0.0"

[dependencies]
fast = "0.3.0"

[package.metadata.cupel.official]
runs = 5
`
	cargoLock = `version = 3

[[package]]
name = "app"
version = "1.0.0"
dependencies = ["fast"]

[[package]]
name = "fast"
version = "0.3.0"
`
	claim = `
# What the README says.
[[package.metadata.cupel.claim]]
id = "fused"
baseline = "s: A"
contender = "s: B"
`
)

// TestWhatVoidsEvidence: a release and a claim leave the subject as it is, and
// whatever may change a number does not.
func TestWhatVoidsEvidence(t *testing.T) {
	released := map[string]string{
		"Cargo.toml":   "[package]\nname = \"app\"\nversion = \"1.1.0\"" + cargoToml[len("[package]\nname = \"app\"\nversion = \"1.0.0\""):],
		"Cargo.lock":   "version = 3\n\n[[package]]\nname = \"app\"\nversion = \"1.1.0\"" + cargoLock[len("version = 3\n\n[[package]]\nname = \"app\"\nversion = \"1.0.0\""):],
		"CHANGELOG.md": "## [1.1.0]\n",
	}
	for name, tt := range map[string]struct {
		edit map[string]string
		same bool
	}{
		"nothing":            {nil, true},
		"a release":          {released, true},
		"a claim":            {map[string]string{"Cargo.toml": cargoToml + claim}, true},
		"evidence":           {map[string]string{"benchmark_results/1/summary.json": "{}"}, true},
		"a line of source":   {map[string]string{"src/lib.rs": "fn f() { g() }\n"}, false},
		"a dependency":       {map[string]string{"Cargo.toml": cargoToml[:len(cargoToml)-1] + "\n[profile.bench]\nlto = true\n"}, false},
		"a locked version":   {map[string]string{"Cargo.lock": cargoLock + "\n[[package]]\nname = \"slow\"\nversion = \"0.1.0\"\n"}, false},
		"no readable number": {map[string]string{"Cargo.toml": "[package]\nname = \"app\"\nversion = \"one\"\n"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			dir := project(t)
			before := digest(t, dir)
			write(t, dir, tt.edit)
			if after := digest(t, dir); (after == before) != tt.same {
				t.Errorf("the subject is the same: %v, want %v", after == before, tt.same)
			}
		})
	}
}

// project is a crate in a repository.
func project(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, map[string]string{"Cargo.toml": cargoToml, "Cargo.lock": cargoLock, "src/lib.rs": "fn f() {}\n", "CHANGELOG.md": "## [1.0.0]\n"})
	gittest.Git(t, dir, "init", "-q")
	gittest.Git(t, dir, "add", ".")
	gittest.Git(t, dir, "-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-qm", "first")
	return dir
}

func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func digest(t *testing.T, dir string) string {
	t.Helper()
	repo, err := git.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	s, err := subject.Of(t.Context(), repo, dir, c, true)
	if err != nil {
		t.Fatal(err)
	}
	return s.Digest
}
