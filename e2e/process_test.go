package e2e

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cupel-dev/cupel/internal/channel/oci/registrytest"
	"github.com/cupel-dev/cupel/internal/forge/forgetest"
	"github.com/cupel-dev/cupel/internal/release"
)

// everyChannel publishes everywhere.
const everyChannel = `
[[publish]]
kind = "oci"
repository = "HOST/team/app"
[[publish]]
kind = "gomodule"
[[publish]]
kind = "cargo"
registry = "local"
index = "http://INDEX"
[[publish]]
kind = "npm"
registry = "http://INDEX"
[[publish]]
kind = "command"
id = "mirror"
class = "pointer"
title = "point the mirror at it"
probe = ["./mirror", "probe", "{tag}"]
do = ["./mirror", "set", "{tag}"]
undo = ["./mirror", "set", "{previous}"]
[[publish]]
kind = "github"
repository = "team/app"
[[publish]]
kind = "webhook"
secret = "ANNOUNCE_URL"
[[publish]]
kind = "discussion"
repository = "team/app"
category = "News"
`

// TestTheReleaseProcessShowsThePlan keeps RELEASE_PROCESS.md in step with what a
// dry run prints: -update rewrites its table.
func TestTheReleaseProcessShowsThePlan(t *testing.T) {
	if _, err := exec.LookPath("cargo"); err != nil {
		t.Skip("cargo says which crates a project has")
	}
	root := repositoryRoot(t)
	name := filepath.Join(root, "RELEASE_PROCESS.md")
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(text), "<!-- plan -->\n")
	shown, tail, okEnd := strings.Cut(rest, "<!-- /plan -->")
	if !ok || !okEnd {
		t.Fatal("RELEASE_PROCESS.md has no region of the plan")
	}
	want := planTable(planEverywhere(t, compileCupel(t, root)))
	if *update {
		if err := os.WriteFile(name, []byte(head+"<!-- plan -->\n"+want+"<!-- /plan -->"+tail), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if shown != want {
		t.Errorf("RELEASE_PROCESS.md shows\n%s\nand the plan is\n%s\n(go test ./e2e -run ReleaseProcess -update)", shown, want)
	}
}

// planEverywhere is the plan of a release to every kind of channel.
func planEverywhere(t *testing.T, bin string) release.Document {
	t.Helper()
	registry, hub := registrytest.New(t), forgetest.New(t)
	hub.Repository("team/app")
	nothing := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(nothing.Close)
	j := newJob(t, bin, t.TempDir(),
		"GOPROXY=off", "GITHUB_API_URL="+hub.URL, "RUSTUP_HOME="+rustupHome(), "ANNOUNCE_URL=https://news.example.org/hook")
	j.origin(filepath.Join(t.TempDir(), "app.git"))
	j.write("cupel.toml", strings.NewReplacer("HOST", registry.Host, "INDEX", strings.TrimPrefix(nothing.URL, "http://")).Replace(everyChannel))
	j.write("CHANGELOG.md", "# Changelog\n\n## [Unreleased]\n\n- All.\n")
	j.write("go.mod", "module example.org/team/app\n\ngo 1.24\n")
	j.write("main.go", "package main\n\nfunc main() {}\n")
	j.write("package.json", "{\"name\": \"app\", \"version\": \"1.1.0\"}\n")
	j.write("Cargo.toml", "[package]\nname = \"app\"\nversion = \"1.1.0\"\nedition = \"2021\"\n")
	j.write("src/lib.rs", "")
	j.git("add", "-A")
	j.git("commit", "-q", "-m", "first")
	j.git("push", "-q", "-u", "origin", "main")
	file := filepath.Join(t.TempDir(), "plan.json")
	out, _ := j.cupel(nil, "release", "v1.2.0", "-dryRun", "-json="+file) // its gates find no registry, and say so
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var plan release.Document
	if err := json.Unmarshal([]byte(strings.ReplaceAll(string(text), registry.Host, "registry.example.org")), &plan); err != nil {
		t.Fatal(err)
	}
	return plan
}

// planTable is a plan as the document shows it.
func planTable(d release.Document) string {
	var b strings.Builder
	b.WriteString("| step | class | what | taken back |\n|---|---|---|---|\n")
	for _, s := range d.Steps {
		if s.ID == d.PointOfNoReturn {
			b.WriteString("| | | **the point of no return** | |\n")
		}
		class := s.Class
		if class == "" {
			class = "check"
		}
		b.WriteString("| `" + s.ID + "` | " + class + " | " + s.Title + " | " + s.Undo + " |\n")
	}
	return b.String()
}
