package subject_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

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
		"a release of npm":   {map[string]string{"package.json": "{\"name\": \"app\", \"version\": \"1.1.0\"}\n"}, true},
		"a script of npm":    {map[string]string{"package.json": "{\"name\": \"app\", \"version\": \"1.0.0\", \"main\": \"b.js\"}\n"}, false},
		"a release of Python, with a claim": {map[string]string{
			"pyproject.toml": "[project]\nname = \"app\"\nversion = \"1.1.0rc1\"\n\n# Accepted.\n\n[[tool.cupel.waiver]]\nlimit = \"9%\"\n",
		}, true},
		"a requirement of Python":        {map[string]string{"pyproject.toml": "[project]\nname = \"app\"\nversion = \"1.0.0\"\ndependencies = [\"numpy\"]\n"}, false},
		"a file of claims":               {map[string]string{"cupel.toml": "# What the README says.\n\n[[claim]]\nid = \"fused\"\n"}, true},
		"a file with a suite":            {map[string]string{"cupel.toml": "[[suite]]\nname = \"a\"\n"}, false},
		"another project's claim":        {map[string]string{"sub/cupel.toml": "[[claim]]\nid = \"fused\"\n"}, false},
		"a release and a line of source": {map[string]string{"Cargo.toml": released["Cargo.toml"], "src/lib.rs": "fn f() { g() }\n"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			dir := project(t)
			before := digest(t, dir)
			write(t, dir, tt.edit)
			if after := digest(t, dir); (after == before) != tt.same {
				t.Errorf("the digest is the same: %v, want %v", after == before, tt.same)
			}
			commit(t, dir, "second")
			repo := open(t, dir)
			for _, order := range [][2]string{{"HEAD~1", "HEAD"}, {"HEAD", "HEAD~1"}} {
				same, err := subject.Unchanged(t.Context(), repo, dir, config.Default(), order[0], order[1])
				if same != tt.same || err != nil {
					t.Errorf("from %s to %s nothing has changed: %v, want %v (%v)", order[0], order[1], same, tt.same, err)
				}
			}
		})
	}
}

// TestI04EvidenceAndAReleaseAreOutsideOfAnySubject: a project that excludes nothing
// has no evidence that voids itself.
func TestI04EvidenceAndAReleaseAreOutsideOfAnySubject(t *testing.T) {
	c, err := config.Load(fstest.MapFS{"cupel.toml": {Data: []byte("[subject]\nexclude = []\n")}})
	if err != nil {
		t.Fatal(err)
	}
	dir := project(t)
	write(t, dir, map[string]string{"benchmark_results/1/manifest.json": "{}\n", "CHANGELOG.md": "## [1.1.0]\n"})
	commit(t, dir, "release")
	if same, err := subject.Unchanged(t.Context(), open(t, dir), dir, c, "HEAD~1", "HEAD"); !same || err != nil {
		t.Errorf("evidence and a release change what is measured (%v)", err)
	}
	write(t, dir, map[string]string{"README.md": "text\n"})
	commit(t, dir, "document")
	if same, err := subject.Unchanged(t.Context(), open(t, dir), dir, c, "HEAD~1", "HEAD"); same || err != nil {
		t.Errorf("a document that is not excluded changes nothing (%v)", err)
	}
}

// TestADirectoryThatBecameAFileIsAChange, and no mistake.
func TestADirectoryThatBecameAFileIsAChange(t *testing.T) {
	dir := project(t)
	before := digest(t, dir)
	if err := os.RemoveAll(filepath.Join(dir, "src")); err != nil {
		t.Fatal(err)
	}
	write(t, dir, map[string]string{"src": "a file\n"})
	if digest(t, dir) == before {
		t.Error("the digest is the same")
	}
}

// TestWhatCountsIsTheSameInAProjectBelow: what of a file counts goes by the project
// that the file is of.
func TestWhatCountsIsTheSameInAProjectBelow(t *testing.T) {
	for name, tt := range map[string]struct {
		edit map[string]string
		same bool
	}{
		"its release":           {map[string]string{"below/Cargo.toml": "[package]\nname = \"app\"\nversion = \"1.1.0\"\n"}, true},
		"its dependency":        {map[string]string{"below/Cargo.toml": "[package]\nname = \"app\"\nversion = \"1.0.0\"\n[dependencies]\na = \"1\"\n"}, false},
		"the release around it": {map[string]string{"Cargo.toml": "[package]\nname = \"app\"\nversion = \"1.1.0\"\n"}, false},
	} {
		dir := project(t)
		manifest := "[package]\nname = \"app\"\nversion = \"1.0.0\"\n"
		write(t, dir, map[string]string{"Cargo.toml": manifest, "below/Cargo.toml": manifest})
		commit(t, dir, "below")
		write(t, dir, tt.edit)
		commit(t, dir, "edit")
		same, err := subject.Unchanged(t.Context(), open(t, dir), filepath.Join(dir, "below"), config.Default(), "HEAD~1", "HEAD")
		if same != tt.same || err != nil {
			t.Errorf("%s: nothing has changed: %v, want %v (%v)", name, same, tt.same, err)
		}
	}
}

// TestOnlyRulesOfTheConfigurationLeaveANumberOut: and a link or the right to run a
// file is no number.
func TestOnlyRulesOfTheConfigurationLeaveANumberOut(t *testing.T) {
	dir := project(t)
	script := func(number string) map[string]string { return map[string]string{"bench.sh": "V=" + number + "\n"} }
	write(t, dir, script("1.0.0"))
	commit(t, dir, "script")
	write(t, dir, script("1.1.0"))
	commit(t, dir, "release")
	if err := os.Chmod(filepath.Join(dir, "bench.sh"), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, dir, script("1.2.0"))
	commit(t, dir, "release that can be run")
	if err := errors.Join(os.Rename(filepath.Join(dir, "bench.sh"), filepath.Join(dir, "b")), os.Symlink("b", filepath.Join(dir, "bench.sh"))); err != nil {
		t.Fatal(err)
	}
	commit(t, dir, "link")
	ruled := config.Default()
	ruled.Release.VersionFiles = []string{"bench.sh: V=(.+)"}
	for _, tt := range []struct {
		what, from, to string
		c              *config.Config
		same           bool
	}{
		{"a number by a rule", "HEAD~3", "HEAD~2", ruled, true},
		{"a number without one", "HEAD~3", "HEAD~2", config.Default(), false},
		{"the right to run it", "HEAD~2", "HEAD~1", ruled, false},
		{"a link", "HEAD~1", "HEAD", ruled, false},
	} {
		same, err := subject.Unchanged(t.Context(), open(t, dir), dir, tt.c, tt.from, tt.to)
		if same != tt.same || err != nil {
			t.Errorf("%s: nothing has changed: %v, want %v (%v)", tt.what, same, tt.same, err)
		}
	}
}

// project is a crate in a repository.
func project(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"Cargo.toml": cargoToml, "Cargo.lock": cargoLock, "src/lib.rs": "fn f() {}\n", "CHANGELOG.md": "## [1.0.0]\n",
		"package.json": "{\"name\": \"app\", \"version\": \"1.0.0\"}\n", "pyproject.toml": "[project]\nname = \"app\"\nversion = \"1.0.0\"\n",
	})
	gittest.Git(t, dir, "init", "-q")
	commit(t, dir, "first")
	return dir
}

func commit(t *testing.T, dir, message string) {
	t.Helper()
	gittest.Git(t, dir, "add", ".")
	gittest.Git(t, dir, "-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "--allow-empty", "-qm", message)
}

func open(t *testing.T, dir string) *git.Repo {
	t.Helper()
	repo, err := git.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return repo
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
	s, err := subject.Of(t.Context(), open(t, dir), dir, config.Default(), true)
	if err != nil {
		t.Fatal(err)
	}
	return s.Digest
}
