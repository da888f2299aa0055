package pack

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

const (
	mainGo   = "package main\n\nfunc main() {}\n"
	withMage = "go 1.24\n\ntool github.com/magefile/mage\n"
)

func files(texts ...string) fstest.MapFS {
	fsys := make(fstest.MapFS)
	for i := 0; i < len(texts); i += 2 {
		fsys[texts[i]] = &fstest.MapFile{Data: []byte(texts[i+1])}
	}
	return fsys
}

func TestFind(t *testing.T) {
	for _, test := range []struct {
		name  string
		files fstest.MapFS
		want  Project
	}{
		{"a program at the top", files("go.mod", "module example.com/tool/v2\n", "main.go", mainGo),
			Project{Name: "tool", Kind: Go, Mains: []string{"."}}},
		{"programs in cmd", files("go.mod", "module gopkg.in/x.v3\n", "x.go", "package x\n", "cmd/b/b.go", mainGo, "cmd/a/a.go", mainGo, "cmd/lib/l.go", "package lib\n", "cmd/README.md", ""),
			Project{Name: "x", Kind: Go, Mains: []string{"./cmd/a", "./cmd/b"}}},
		{"a test and a script are no programs", files("go.mod", "module m\n"+withMage, "a_test.go", mainGo, "gen.go", "//go:build ignore\n\n"+mainGo, "magefiles/m.go", mainGo),
			Project{Name: "m", Kind: Mage, Mains: []string{"./magefiles"}}},
		{"a program counts more than a magefile", files("go.mod", "module m\n"+withMage, "magefiles/m.go", mainGo, "cmd/a/a.go", mainGo),
			Project{Name: "m", Kind: Go, Mains: []string{"./cmd/a"}}},
		{"a magefile at the top", files("go.mod", "module m\n"+withMage, "magefile.go", "//go:build mage\n\n"+mainGo),
			Project{Name: "m", Kind: Mage, Mains: []string{"."}}},
		{"a crate", files("Cargo.toml", "[package]\nname = \"grain\"\ndescription = \"two\\n lines\"\nlicense = \"MIT\"\nrepository = { workspace = true }\n"),
			Project{Name: "grain", Kind: Rust, Description: "two lines", License: "MIT"}},
	} {
		got, err := Find(test.files)
		if err != nil || got.Name != test.want.Name || got.Kind != test.want.Kind || !slices.Equal(got.Mains, test.want.Mains) ||
			got.Description != test.want.Description || got.License != test.want.License || got.Source != "" {
			t.Errorf("%s: got %+v, %v; want %+v", test.name, got, err, test.want)
		}
	}
}

// A program may be for some platforms alone, need cgo, or be another module's.
func TestFindTellsTheProgramsOfEachPlatform(t *testing.T) {
	const cgo = "package main\n\nimport \"C\"\n\nfunc main() {}\n"
	p, err := Find(files("go.mod", "module example.com/m\n", "cmd/all/a.go", mainGo, "cmd/gui/g.go", cgo, "cmd/own/go.mod", "module o\n", "cmd/own/o.go", mainGo,
		"cmd/probe/p_linux.go", mainGo, "cmd/metal/m.go", "//go:build darwin && arm64\n\n"+mainGo))
	if err != nil {
		t.Fatal(err)
	}
	builds, err := Plan(p, "1.0.0")
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range builds {
		want := map[string]string{"linux": "./cmd/all ./cmd/probe", "windows": "./cmd/all", "darwin": "./cmd/all"}[b.Platform.OS]
		if b.Platform == (Platform{"darwin", "arm64"}) {
			want += " ./cmd/metal"
		}
		if got := strings.Join(b.Run[6:], " "); got != want {
			t.Errorf("%s: %s, want %s", b.Platform, got, want)
		}
	}
	var left []string
	for _, l := range p.omissions() {
		left = append(left, l.Name+": "+l.Why)
	}
	got := strings.Join(left, "\n")
	for _, want := range []string{"./cmd/gui: it needs cgo", "./cmd/own: a Go module of its own", "./cmd/probe for windows/amd64: it has no files for that", "./cmd/metal for darwin/amd64: "} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in:\n%s", want, got)
		}
	}
	if builds, err := Plan(Project{Name: "t", Kind: Go, Mains: []string{"."}, Only: map[string][]Platform{".": {{"linux", "arm64"}}}}, "1.0.0"); err != nil || len(builds) != 1 || builds[0].Platform != (Platform{"linux", "arm64"}) {
		t.Errorf("a program for one platform: %d builds, %v", len(builds), err)
	}
}

func TestFindSaysWhatIsMissing(t *testing.T) {
	for _, test := range []struct {
		name  string
		files fstest.MapFS
		none  bool
		want  string
	}{
		{"an empty project", files(), true, "no program to package"},
		{"a library", files("go.mod", "module m\n", "m.go", "package m\n"), true, "no program to package"},
		{"a magefile without mage", files("go.mod", "module m\n", "magefiles/m.go", mainGo), true, "no program to package"},
		{"cgo alone", files("go.mod", "module m\n", "main.go", "package main\n\nimport \"C\"\n\nfunc main() {}\n"), true, ".: it needs cgo"},
		{"a workspace", files("Cargo.toml", "[workspace]\nmembers = []\n"), true, "Cargo.toml has no [package]"},
		{"no go.mod", files("go.mod", "mod ule"), false, "go.mod:1"},
		{"no module", files("go.mod", "go 1.24\n"), false, "go.mod names no module"},
		{"no TOML", files("Cargo.toml", "["), false, "read Cargo.toml"},
	} {
		_, err := Find(test.files)
		if err == nil || errors.Is(err, ErrNoProgram) != test.none || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error is %v, want %q", test.name, err, test.want)
		}
	}
}

func TestPlan(t *testing.T) {
	linux, windows := Platform{"linux", "arm64"}, Platform{"windows", "amd64"}
	for _, test := range []struct {
		name     string
		project  Project
		platform Platform
		output   string
		run      string
	}{
		{"go", Project{Name: "t", Kind: Go, Mains: []string{"./cmd/a", "./cmd/b"}}, linux, ".cupel/linux_arm64",
			"go build -ldflags|-s -w -X main.version=1.2.3-rc.1|-o .cupel/linux_arm64/ ./cmd/a ./cmd/b"},
		{"magefiles", Project{Name: "t", Kind: Mage, Mains: []string{"./magefiles"}}, windows, ".cupel/windows_amd64",
			"go tool mage -compile ../.cupel/windows_amd64/t.exe -goos windows -goarch amd64 -ldflags|-s -w -X main.version=1.2.3-rc.1|"},
		{"magefile.go", Project{Name: "t", Kind: Mage, Mains: []string{"."}}, linux, ".cupel/linux_arm64",
			"go tool mage -compile .cupel/linux_arm64/t -goos linux -goarch arm64 -ldflags|-s -w -X main.version=1.2.3-rc.1|"},
	} {
		builds, err := Plan(test.project, "1.2.3-rc.1", test.platform)
		if err != nil || len(builds) != 1 {
			t.Fatalf("%s: %d builds, %v", test.name, len(builds), err)
		}
		b := builds[0]
		if got := strings.ReplaceAll(strings.Join(b.Run, "|"), "|", " "); got != strings.TrimSuffix(strings.ReplaceAll(test.run, "|", " "), " ") {
			t.Errorf("%s: command is %s", test.name, got)
		}
		if b.Output != test.output || b.Env["CGO_ENABLED"] != "0" || b.Env["GOFLAGS"] != "-trimpath -buildvcs=false" {
			t.Errorf("%s: output %s, environment %v", test.name, b.Output, b.Env)
		}
		if _, set := b.Env["GOOS"]; set == (test.project.Kind == Mage) {
			t.Errorf("%s: GOOS is set: %v", test.name, set)
		}
	}
	builds, err := Plan(Project{Name: "t", Kind: Go, Mains: []string{"."}}, "1.0.0")
	if err != nil || len(builds) != len(Platforms()) {
		t.Errorf("without platforms: %d builds, %v", len(builds), err)
	}
	builds, err = Plan(Project{Name: "t", Kind: Rust}, "1.0.0", linux, windows)
	if err != nil || len(builds) != 1 || !strings.Contains(strings.Join(builds[0].Run, " "), "cargo install --locked") || !strings.HasSuffix(builds[0].Output, "/bin") {
		t.Errorf("rust: %+v, %v", builds, err)
	}
}

func TestPlanRefuses(t *testing.T) {
	for _, test := range []struct {
		project Project
		version string
		want    string
	}{
		{Project{Name: "../t", Kind: Rust}, "1.0.0", `project name "../t"`},
		{Project{Name: "", Kind: Rust}, "1.0.0", `project name ""`},
		{Project{Name: "t", Kind: Rust}, "1.0 -X main.evil=1", "1.0 -X"},
		{Project{Name: "t", Kind: Rust}, "v1.0.0", "v1.0.0"},
		{Project{Name: "t", Kind: Go}, "1.0.0", "no main package"},
		{Project{Name: "t", Kind: Go, Mains: []string{".", "./cmd/a", "./cmd/t"}}, "1.0.0", "the programs of . and ./cmd/t are both called t"},
		{Project{Name: "t", Kind: Rust}, "1.0.0-" + strings.Repeat("a", 250), "too long for the names of files"},
	} {
		if _, err := Plan(test.project, test.version); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v %s: error is %v, want %q", test.project, test.version, err, test.want)
		}
	}
}
