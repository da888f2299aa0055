package ci

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cupel-dev/cupel/internal/config"
)

func described(p Pipeline) string {
	var b strings.Builder
	for _, s := range p.Steps {
		b.WriteString(s.Name + " [" + s.Image + "]: " + strings.Join(s.Run, " ") + "\n")
	}
	for _, left := range p.Left {
		b.WriteString("left out " + left.Name + ": " + left.Why + "\n")
	}
	return b.String()
}

func TestPipelinesHoldWhatAProjectHas(t *testing.T) {
	const mod = "module example.com/x\n\ngo 1.26\n"
	for _, tt := range []struct {
		name, pipeline string
		files          map[string]string
		want           []string
	}{
		{"Go alone", "lint", map[string]string{"go.mod": mod, "a.go": "package a\n"}, []string{
			"gofmt [go]: gofmt -l .", "vet [go]: go vet ./...", "tidy [go]: go mod tidy -diff",
			"left out golangci-lint: no go.mod names it", "left out cargo fmt, clippy: there is no Cargo.toml",
			"left out shellcheck: there is no *.sh file", "left out actionlint: there is no workflow",
		}},
		{"tools module", "lint", map[string]string{
			"go.mod": mod, "a.go": "package a\n", "tools/go.mod": mod + "tool (\n\tgithub.com/golangci/golangci-lint/v2/cmd/golangci-lint\n\tgithub.com/rhysd/actionlint/cmd/actionlint\n)\n",
			"run.sh": "", ".github/workflows/ci.yml": "",
		}, []string{
			"golangci-lint [go]: go tool -modfile=tools/go.mod golangci-lint run ./...", "shellcheck [shellcheck]: shellcheck -- run.sh",
			"actionlint [go]: go tool -modfile=tools/go.mod actionlint .github/workflows/ci.yml",
		}},
		{"Rust with a lock", "lint", map[string]string{"Cargo.toml": "", "Cargo.lock": ""}, []string{
			"rustup component add rustfmt", " sh cargo fmt --all --check\n",
			"rustup component add clippy", " sh cargo clippy --workspace --all-targets --locked -- -D warnings\n",
			"left out gofmt, vet, tidy, golangci-lint: there is no go.mod",
		}},
		{"both tested", "test", map[string]string{"go.mod": mod, "Cargo.toml": ""}, []string{
			"go-test [go]: go test -timeout=30m ./...", "cargo-test [rust]: cargo test --workspace\n",
		}},
		{"both audited", "audit", map[string]string{"go.mod": mod, "Cargo.lock": "", "Cargo.toml": ""}, []string{
			"govulncheck [go]: go run golang.org/x/vuln/cmd/govulncheck@v", " -format=json ./...", "cargo-audit [rust]: sh -c",
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := &Project{Source: repository(t, tt.files)}
			made, err := p.Pipeline(tt.pipeline)
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range tt.want {
				if !strings.Contains(described(made), want) {
					t.Errorf("%q is missing in:\n%s", want, described(made))
				}
			}
			images, err := Images("", nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := made.check(images); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestProjectAddsItsOwnSteps(t *testing.T) {
	p := &Project{
		Source: repository(t, map[string]string{"Makefile": ""}),
		Config: config.CI{Steps: []config.Step{
			{Pipeline: "test", Name: "make", Image: "go", Run: []string{"make", "test"}, Secrets: []string{"TOKEN"}},
			{Pipeline: "lint", Name: "other", Image: "go", Run: []string{"true"}},
		}},
		Lookup: func(name string) (string, bool) { return "value of " + name, true },
	}
	made, err := p.Pipeline("test")
	if err != nil {
		t.Fatal(err)
	}
	if len(made.Steps) != 1 || made.Steps[0].Name != "make" || made.Steps[0].Secrets[0].Value != "value of TOKEN" {
		t.Errorf("got %+v", made.Steps)
	}
	p.Lookup = func(string) (string, bool) { return "", false }
	if _, err := p.Pipeline("test"); err == nil || !strings.Contains(err.Error(), "TOKEN is not in the environment") {
		t.Errorf("secret that is not there: %v", err)
	}
}

func TestADatabaseOfVulnerabilitiesIsGivenInAVariable(t *testing.T) {
	p := &Project{Source: repository(t, map[string]string{"go.mod": "module example.com/x\n\ngo 1.26\n"}), Config: config.CI{Database: "http://localhost:1/db"}}
	made, err := p.Pipeline("audit")
	if err != nil {
		t.Fatal(err)
	}
	s := made.Steps[0]
	if s.Env["GOVULNDB"] != "http://localhost:1/db" || !strings.Contains(strings.Join(s.Run, " "), `-db="$GOVULNDB" -format=json ./... sh go run`) {
		t.Errorf("got %q with %v", s.Run, s.Env)
	}
}

func TestProjectThatIsNotRecognisedIsRefused(t *testing.T) {
	p := &Project{Source: repository(t, map[string]string{"README.md": ""})}
	for _, name := range []string{"test", "audit"} {
		if _, err := p.Pipeline(name); err == nil || !strings.Contains(err.Error(), "neither a go.mod nor a Cargo.toml") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestActionlintSeesTheModuleThatNamesIt(t *testing.T) {
	for _, mod := range toolsModules {
		files := map[string]string{".github/workflows/ci.yml": "", "go.mod": "module example.com/x\n\ngo 1.26\n", "a.go": "package a\n"}
		sum := strings.TrimSuffix(mod, "mod") + "sum"
		files[mod], files[sum] = "module example.com/x\n\ngo 1.26\n\ntool github.com/rhysd/actionlint/cmd/actionlint\n", ""
		p := &Project{Source: repository(t, files)}
		made, err := p.Pipeline("lint")
		if err != nil {
			t.Fatal(err)
		}
		step := made.Steps[len(made.Steps)-1]
		if step.Name != "actionlint" || !slices.Contains(step.Inputs, mod) || !slices.Contains(step.Inputs, sum) || slices.Contains(step.Inputs, "a.go") {
			t.Errorf("%s: %s with the inputs %q", mod, step.Name, step.Inputs)
		}
	}
}

// The official image of Rust has neither rustfmt nor clippy.
func TestAComponentIsAddedToTheImageAndToNothingElse(t *testing.T) {
	step := withComponent("clippy", Step{Name: "clippy", Image: "rust", Run: []string{"sh", "-c", "echo checked; exit 3"}})
	for _, tt := range []struct {
		name, rustup, home, want string
		exit                     int
	}{
		{"official image", "exit 0", "/usr/local/rustup", "added checked", 3},
		{"official image without a network", "exit 1", "/usr/local/rustup", "added", noComponent},
		{"another toolchain", "exit 0", "/home/x/.rustup", "checked", 3},
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "rustup"), []byte("#!/bin/sh\necho added\n"+tt.rustup+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(step.Run[0], step.Run[1:]...)
		cmd.Env = []string{"PATH=" + dir + ":" + os.Getenv("PATH"), "RUSTUP_HOME=" + tt.home}
		out, _ := cmd.CombinedOutput()
		if got := strings.Join(strings.Fields(string(out)), " "); got != tt.want || cmd.ProcessState.ExitCode() != tt.exit {
			t.Errorf("%s: %q, exit %d, want %q and %d", tt.name, got, cmd.ProcessState.ExitCode(), tt.want, tt.exit)
		}
	}
	var unable *Unable
	var finding *Finding
	if !errors.As(step.Judge(nil, noComponent), &unable) || !errors.As(step.Judge(nil, 3), &finding) || step.Judge(nil, 0) != nil {
		t.Error("a component that is missing is no finding, and cargo's own codes are")
	}
}

func TestGofmtIsJudgedByWhatItNames(t *testing.T) {
	for _, tt := range []struct {
		stdout string
		exit   int
		want   string
	}{
		{"", 0, ""},
		{"a.go\nb.go\n", 0, "not formatted: a.go, b.go"},
		{"", 2, "gofmt cannot read every file"},
	} {
		err := judgeGofmt([]byte(tt.stdout), tt.exit)
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q, exit %d: got %v, want %q", tt.stdout, tt.exit, err, tt.want)
		}
	}
}

func TestImagesArePinnedAndCanBeReplaced(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"images/go/oci-layout": "{}"})
	table, err := Images(dir, map[string]string{"go": "./images/go", "rust": "localhost:5000/rust:1"})
	if err != nil {
		t.Fatal(err)
	}
	if table["go"].Path == "" || table["rust"].Ref != "localhost:5000/rust:1" {
		t.Errorf("got %+v", table)
	}
	for name, ref := range pinned {
		if _, digest, ok := strings.Cut(ref, "@sha256:"); !ok || len(digest) != 64 {
			t.Errorf("%s is not pinned: %s", name, ref)
		}
	}
	if _, err := Images(dir, map[string]string{"go": "./missing"}); err == nil || !strings.Contains(err.Error(), "[ci.images] go") {
		t.Errorf("a layout that is not there: %v", err)
	}
}
