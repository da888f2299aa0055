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
			" sh go tool -modfile=tools/go.mod actionlint .github/workflows/ci.yml",
		}},
		{"Rust with a lock", "lint", map[string]string{"Cargo.toml": "", "Cargo.lock": ""}, []string{
			"rustup component add rustfmt", " sh cargo fmt --all --check\n",
			"rustup component add clippy", " sh cargo clippy --workspace --all-targets --locked -- -D warnings\n",
			"left out gofmt, vet, tidy, golangci-lint: there is no go.mod",
		}},
		{"both tested", "test", map[string]string{"go.mod": mod, "a.go": "", "Cargo.toml": ""}, []string{
			"go-test [go]: go test -timeout=30m ./...", "cargo-test [rust]: cargo test --workspace\n",
			"left out tests in Go: there is no *_test.go: packages are compiled, and nothing is tested",
		}},
		{"module with tools alone", "test", map[string]string{"go.mod": mod, "Cargo.toml": "", "testdata/a.go": "", "vendor/b/b.go": "", "_x/c.go": "", "sub/go.mod": "", "sub/d.go": ""}, []string{
			"cargo-test [rust]: ", "left out go test: go.mod has no package of its own", "left out sub: a Go module of its own",
		}},
		{"module with tools alone, linted", "lint", map[string]string{"go.mod": mod}, []string{"tidy [go]: ", "left out vet, golangci-lint: go.mod has no package of its own"}},
		{"module with tools alone, audited", "audit", map[string]string{"go.mod": mod}, []string{"left out govulncheck: go.mod has no package of its own"}},
		{"modules below the top", "lint", map[string]string{"a/go.mod": mod, "testdata/go.mod": mod, "b/Cargo.toml": ""}, []string{
			"left out gofmt, vet, tidy, golangci-lint: there is no go.mod at the top: run Cupel in a\n",
			"left out cargo fmt, clippy: there is no Cargo.toml at the top: run Cupel in b\n",
		}},
		{"both audited", "audit", map[string]string{"go.mod": mod, "a.go": "", "Cargo.lock": "", "Cargo.toml": ""}, []string{
			"govulncheck [go]: go run -mod=mod golang.org/x/vuln/cmd/govulncheck@v", " -format=json ./...", "cargo-audit [rust]: sh -c",
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
			if err := made.check(Images("", nil)); err != nil {
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
}

func TestASecretThatCannotBeKeptIsRefused(t *testing.T) {
	p := &Project{Source: repository(t, map[string]string{"Makefile": ""}), Config: config.CI{Steps: []config.Step{
		{Pipeline: "test", Name: "make", Image: "go", Run: []string{"make"}, Secrets: []string{"TOKEN"}},
	}}}
	for value, want := range map[string]string{
		"none": "TOKEN is not in the environment", "": "TOKEN is empty", "äöü": "TOKEN has fewer than 4 characters", "äöüß": "",
	} {
		p.Lookup = func(string) (string, bool) { return value, value != "none" }
		_, err := p.Pipeline("test")
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", value, err, want)
		}
	}
}

func TestAPasswordInAVariableIsASecret(t *testing.T) {
	const address = "https://ann:s3cr3t@example.com"
	p := &Project{Source: repository(t, map[string]string{"go.mod": "module example.com/x\n\ngo 1.26\n", "a.go": ""}), Config: config.CI{
		Database: address, Steps: []config.Step{{Pipeline: "audit", Name: "own", Image: "go", Run: []string{"true"}, Env: map[string]string{"INDEX": address, "PLAIN": "1"}}},
	}}
	made, err := p.Pipeline("audit")
	if err != nil {
		t.Fatal(err)
	}
	want := []Secret{{"GOVULNDB", address}, {"INDEX", address}}
	if !slices.Equal(made.Secrets(), want) || made.Steps[1].Env["PLAIN"] != "1" {
		t.Errorf("got %v", made.Secrets())
	}
}

func TestADatabaseOfVulnerabilitiesIsGivenInAVariable(t *testing.T) {
	p := &Project{Source: repository(t, map[string]string{"go.mod": "module example.com/x\n\ngo 1.26\n", "a.go": ""}), Config: config.CI{Database: "http://localhost:1/db"}}
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

func TestModulesBelowTheTopAreNamedWhereNothingElseIsRecognised(t *testing.T) {
	p := &Project{Source: repository(t, map[string]string{"a/go.mod": "", "b/go.mod": ""})}
	if _, err := p.Pipeline("test"); err == nil || !strings.Contains(err.Error(), "; there is no go.mod at the top: run Cupel in a, b") {
		t.Errorf("got %v", err)
	}
}

// It reads its configuration, and the inputs of the project's own actions, only in
// a repository; and it may be a tool of any module of the project.
func TestActionlintSeesTheProject(t *testing.T) {
	for _, mod := range toolsModules {
		files := map[string]string{".github/workflows/ci.yml": "", ".github/actionlint.yml": "", "action/action.yml": "", "go.mod": "module example.com/x\n\ngo 1.26\n", "a.go": "package a\n"}
		files[mod] = "module example.com/x\n\ngo 1.26\n\ntool github.com/rhysd/actionlint/cmd/actionlint\n"
		p := &Project{Source: repository(t, files)}
		made, err := p.Pipeline("lint")
		if err != nil {
			t.Fatal(err)
		}
		step := made.Steps[len(made.Steps)-1]
		if step.Name != "actionlint" || step.Inputs != nil {
			t.Errorf("%s: %s with the inputs %q", mod, step.Name, step.Inputs)
		}
		step.Run = append(step.Run[:4:4], "sh", "-c", "test -d .git && test -f action/action.yml")
		if r := onHost(t, Options{Source: p.Source}, step); r.Exit() != 0 {
			t.Errorf("%s: %+v", mod, r.Steps)
		}
	}
}

func TestFormIsThatOfTheProjectsOwnFiles(t *testing.T) {
	src := repository(t, map[string]string{
		"go.mod": "module example.com/x\n\ngo 1.26\n", "a b.go": "", "sub/go.mod": "", "sub/c.go": "", "testdata/broken.go": "", "vendor/d/d.go": "", ".hidden/e.go": "", "tool": "", "run.sh": "",
	})
	for name, target := range map[string]string{"link.sh": "tool", "gone.sh": "nowhere", "link.go": "tool"} {
		if err := os.Symlink(target, filepath.Join(src.Root, name)); err != nil {
			t.Fatal(err)
		}
	}
	made, err := (&Project{Source: sourceOf(t, src.Root)}).Pipeline("lint")
	if err != nil {
		t.Fatal(err)
	}
	inputs := make(map[string]string)
	for _, s := range made.Steps {
		inputs[s.Name] = strings.Join(s.Inputs, ", ")
	}
	if inputs["gofmt"] != "a b.go, sub/c.go" || inputs["shellcheck"] != "run.sh" {
		t.Errorf("got %q", inputs)
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
		{"a.go\nb c.go\n", 0, "not formatted: a.go, b c.go ("},
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
	table := Images(dir, map[string]string{"go": "./images/go", "rust": "localhost:5000/rust:1"})
	if table["go"].Path != filepath.Join(dir, "images", "go") || table["rust"].Ref != "localhost:5000/rust:1" {
		t.Errorf("got %+v", table)
	}
	for name, ref := range pinned {
		if _, digest, ok := strings.Cut(ref, "@sha256:"); !ok || len(digest) != 64 {
			t.Errorf("%s is not pinned: %s", name, ref)
		}
	}
}
