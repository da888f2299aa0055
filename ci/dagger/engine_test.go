package dagger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/random"

	"github.com/cupel-dev/cupel/ci"
)

// The tests of this file need a real engine. They run where one is named in
// the environment, and with selftest:dagger; elsewhere each is skipped by name.

// noEngine says why the tests cannot run; "" where they can.
func noEngine(t *testing.T) string {
	if os.Getenv("CUPEL_SELFTEST") == "" && os.Getenv("_EXPERIMENTAL_DAGGER_RUNNER_HOST") == "" {
		return "left to selftest:dagger"
	}
	e, err := ci.Open(t.Context(), Engine, ci.Settings{})
	if err != nil && os.Getenv("CUPEL_REQUIRE_TOOLS") == "1" {
		t.Fatal(err)
	}
	if err != nil {
		return "left to selftest:dagger, on a machine with an engine: " + err.Error()
	}
	about := e.About()
	t.Logf("engine %s; %s", about.Version, strings.Join(about.Notes, "; "))
	if err := e.Close(); err != nil {
		t.Error(err)
	}
	return ""
}

type engineTest struct {
	name string
	run  func(*testing.T, *lab)
}

// allImages are those that can be made of a host.
var allImages = []string{"go", "rust", "shellcheck"}

func TestEngine(t *testing.T) {
	tests := append(pipelineTests(), stepTests...)
	if reason := noEngine(t); reason != "" {
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) { t.Skip(reason) })
		}
		t.Skip(reason)
	}
	l := newLab(t, allImages...)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { tt.run(t, l) })
	}
}

// pipelineTests are all pipelines on all projects, with the images from layouts
// and from the registry.
func pipelineTests() []engineTest {
	projects := []struct {
		name  string
		image string
		make  func(*testing.T, *lab) string
	}{
		{"this repository", "go", func(t *testing.T, l *lab) string { return l.clone(t) }},
		{"small Go project", "go", func(t *testing.T, _ *lab) string { return committed(t, smallGo) }},
		{"small Rust project", "rust", func(t *testing.T, _ *lab) string { return committed(t, smallRust) }},
	}
	var tests []engineTest
	for _, p := range projects {
		for _, pipeline := range []string{"lint", "test", "audit", "package"} {
			for _, from := range []string{"layout", "registry"} {
				if from == "registry" && p.name == "this repository" {
					continue // its images are those of the small project
				}
				run := func(t *testing.T, l *lab) {
					if l.layouts[p.image] == "" {
						t.Skip("left to selftest:dagger, on a machine with the toolchain of the image " + p.image)
					}
					dir := p.make(t, l)
					l.useImages(t, dir, from == "registry")
					l.pipeline(t, dir, pipeline)
				}
				tests = append(tests, engineTest{strings.Join([]string{p.name, pipeline, from}, "/"), run})
			}
		}
	}
	return tests
}

// pipeline runs one pipeline with the engine and holds its end.
func (l *lab) pipeline(t *testing.T, dir, pipeline string) {
	t.Helper()
	code, out := l.run(t, dir, "ci:"+pipeline, "-engine="+Engine)
	switch {
	case !strings.Contains(out, "engine: "+Engine):
		t.Errorf("another engine ran:\n%s", out)
	case pipeline == "audit" && code == 2 && strings.Contains(out, "cargo-audit could not"):
		t.Log("the database of Rust's advisories is out of reach, and the audit says so:\n", out)
	case code != 0:
		t.Errorf("exit %d:\n%s%s", code, out, logs(out))
	}
	if pipeline == "package" && code == 0 {
		l.samePackages(t, dir)
	}
}

// logs are those that a report names; the lab keeps none.
func logs(report string) string {
	var all strings.Builder
	for line := range strings.Lines(report) {
		if _, file, ok := strings.Cut(strings.TrimSpace(line), "all of it: "); ok {
			text, _ := os.ReadFile(file) // what cannot be read is missing in what is printed
			fmt.Fprintf(&all, "--- %s\n%s", filepath.Base(file), text)
		}
	}
	return all.String()
}

// run runs cupel in a project.
func (l *lab) run(t *testing.T, dir string, args ...string) (int, string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), l.cupel, args...)
	cmd.Dir, cmd.Env = dir, l.env
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

// samePackages packages again on the host, and holds that the bytes are equal.
// The host compiles with the toolchain that the image was made of.
func (l *lab) samePackages(t *testing.T, dir string) {
	t.Helper()
	engine := filepath.Join(t.TempDir(), "dist")
	if err := os.CopyFS(engine, os.DirFS(filepath.Join(dir, "dist"))); err != nil {
		t.Fatal(err)
	}
	if code, out := l.run(t, dir, "ci:package", "-engine="+ci.HostEngine); code != 0 {
		t.Fatalf("on the host: exit %d:\n%s", code, out)
	}
	compared := 0
	err := filepath.WalkDir(filepath.Join(dir, "dist"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(filepath.Join(dir, "dist"), path)
		if err != nil {
			return err
		}
		host, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		compared++
		if other, err := os.ReadFile(filepath.Join(engine, rel)); err != nil || !bytes.Equal(host, other) {
			t.Errorf("%s differs from the engine's: %v", rel, err)
		}
		return nil
	})
	if err != nil || compared == 0 {
		t.Errorf("%d packages compared, %v", compared, err)
	}
}

// stepTests are the rules of one step, held by the engine.
var stepTests = []engineTest{
	{"a step that fails", func(t *testing.T, l *lab) {
		report := l.steps(t, nil, shell("bad", "echo what went wrong; exit 7"), shell("good", "true"))
		bad := report.Steps[0]
		if bad.Status != ci.Failed || bad.Exit != 7 || !slices.Contains(bad.Tail, "what went wrong") || report.Steps[1].Status != ci.Passed {
			t.Errorf("got %+v", report.Steps)
		}
	}},
	{"a step that is cancelled", func(t *testing.T, l *lab) {
		ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
		defer cancel()
		report := l.steps(t, ctx, shell("slow", "sleep 600"))
		if got := report.Steps[0]; got.Status != ci.Cancelled || report.Exit() != 2 {
			t.Errorf("got %+v", got)
		}
	}},
	{"a step that fills the disk", func(t *testing.T, l *lab) {
		report := l.steps(t, nil, shell("full", "cat /etc/passwd >/dev/full"))
		if got := report.Steps[0]; got.Status != ci.Unknown || !strings.Contains(got.Reason, "disk is full") {
			t.Errorf("got %+v", got)
		}
	}},
	{"a secret over two writes", engineHidesSecrets},
	{"inputs without what git ignores", func(t *testing.T, l *lab) {
		src := project(t, map[string]string{"kept": "k", "sub/kept": "k", "target/big": "t", ".gitignore": "/target/\n"})
		l.prints(t, src, "find . -type f | sort", "./.gitignore\n./kept\n./sub/kept\n")
	}},
	{"an environment of its own", func(t *testing.T, l *lab) {
		t.Setenv("LEAKED", "from the caller")
		l.prints(t, project(t, map[string]string{"a": ""}), `echo "${LEAKED-nothing}"`, "nothing\n")
	}},
	{"a cache that outlives the session", func(t *testing.T, l *lab) {
		word := fmt.Sprint(time.Now().UnixNano())
		for _, script := range []string{"echo " + word + ` >"$STORE/word"`, "grep " + word + ` "$STORE/word"`} {
			step := shell("cache", script)
			step.Caches = []ci.Cache{{Name: "selftest", Path: "/cache/selftest", Env: "STORE"}}
			if report := l.steps(t, nil, step); report.Exit() != 0 {
				t.Fatalf("%s: %+v", script, report.Steps)
			}
		}
	}},
	{"an image without the platform", engineWithoutPlatform},
	{"a registry that limits", func(t *testing.T, l *lab) { l.badRegistry(t, http.StatusTooManyRequests, "429") }},
	{"a registry that fails", func(t *testing.T, l *lab) { l.badRegistry(t, http.StatusInternalServerError, "5xx") }},
}

// steps runs steps with the engine and the image from the layout.
func (l *lab) steps(t *testing.T, ctx context.Context, steps ...ci.Step) *ci.Report {
	t.Helper()
	if ctx == nil {
		ctx = t.Context()
	}
	o := ci.Options{Source: project(t, map[string]string{"a": ""}), Images: map[string]ci.Image{"go": {Name: "go", Path: l.layouts["go"]}}}
	report, _ := runSteps(t, ctx, Engine, o, steps...)
	return report
}

// prints holds what a script prints in a container.
func (l *lab) prints(t *testing.T, src *ci.Source, script, want string) {
	t.Helper()
	o := ci.Options{Source: src, Images: map[string]ci.Image{"go": {Name: "go", Path: l.layouts["go"]}}}
	report, _ := runSteps(t, t.Context(), Engine, o, shell("print", script))
	text, err := os.ReadFile(report.Steps[0].Log)
	if err != nil || string(text) != want || report.Exit() != 0 {
		t.Errorf("printed %q, %v, %+v, want %q", text, err, report.Steps, want)
	}
}

func engineHidesSecrets(t *testing.T, l *lab) {
	step := shell("leak", `printf '%s' "$TOKEN" | head -c 9; printf '%s' "$TOKEN" | tail -c +10; exit 3`)
	step.Secrets = []ci.Secret{{Name: "TOKEN", Value: "first line of it\nand a second line"}}
	o := ci.Options{Source: project(t, map[string]string{"a": ""}), Images: map[string]ci.Image{"go": {Name: "go", Path: l.layouts["go"]}}}
	report, engineLog := runSteps(t, t.Context(), Engine, o, step)
	text, err := os.ReadFile(report.Steps[0].Log)
	if err != nil || report.Steps[0].Status != ci.Failed {
		t.Fatalf("%+v, %v", report.Steps[0], err)
	}
	for _, line := range strings.Split(step.Secrets[0].Value, "\n") {
		if strings.Contains(string(text)+engineLog+report.Steps[0].Reason, line) {
			t.Errorf("%q is shown", line)
		}
	}
}

func engineWithoutPlatform(t *testing.T, _ *lab) {
	img, err := random.Image(100, 1)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path, err := layout.Write(dir, empty.Index)
	if err != nil {
		t.Fatal(err)
	}
	if err := path.AppendImage(img, layout.WithPlatform(v1.Platform{OS: "linux", Architecture: "s390x"})); err != nil {
		t.Fatal(err)
	}
	o := ci.Options{Source: project(t, map[string]string{"a": ""}), Images: map[string]ci.Image{"go": {Name: "go", Path: dir}}}
	report, _ := runSteps(t, t.Context(), Engine, o, shell("one", "true"))
	if got := report.Steps[0]; got.Status != ci.Unknown || !strings.Contains(got.Reason, "no variant for the engine's platform") {
		t.Errorf("got %+v", got)
	}
}

// badRegistry pulls from a registry on localhost that answers with one status.
func (l *lab) badRegistry(t *testing.T, status int, want string) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
	defer server.Close()
	ref := strings.Replace(strings.TrimPrefix(server.URL, "http://"), "127.0.0.1", "localhost", 1) + "/go:1"
	o := ci.Options{Source: project(t, map[string]string{"a": ""}), Images: map[string]ci.Image{"go": {Name: "go", Ref: ref}}}
	report, _ := runSteps(t, t.Context(), Engine, o, shell("one", "true"))
	if got := report.Steps[0]; got.Status != ci.Unknown || !strings.Contains(got.Reason, want) {
		t.Errorf("got %+v, want %q", got, want)
	}
}
