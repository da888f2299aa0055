package ci

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cupel-dev/cupel/internal/git/gittest"
)

func TestHostStepSeesItsInputsAndItsEnvironmentAlone(t *testing.T) {
	t.Setenv("LEAKED", "secret of the caller")
	src := repository(t, map[string]string{"in/a.txt": "a", "out/b.txt": "b", "x.log": "", ".gitignore": "*.log\n"})
	step := shell("look", `mkdir result && { find . -type f | sort; pwd; env; } >result/seen`)
	step.Inputs, step.Outputs, step.Env = []string{"in/**"}, []string{"result"}, map[string]string{"OWN": "1"}
	o := Options{Source: src, Env: map[string]string{"GIVEN": "2"}, Outputs: t.TempDir()}
	if r := onHost(t, o, step); r.Exit() != 0 {
		t.Fatalf("%+v", r.Steps)
	}
	text, err := os.ReadFile(filepath.Join(o.Outputs, "look", "result", "seen"))
	if err != nil {
		t.Fatal(err)
	}
	seen := string(text)
	for _, want := range []string{"./in/a.txt\n", "OWN=1\n", "GIVEN=2\n", "PATH="} {
		if !strings.Contains(seen, want) {
			t.Errorf("%q is missing in:\n%s", want, seen)
		}
	}
	for _, unwanted := range []string{"b.txt", "x.log", "LEAKED", src.Root} {
		if strings.Contains(seen, unwanted) {
			t.Errorf("%q is in:\n%s", unwanted, seen)
		}
	}
}

func TestHostStepLeavesTheProjectUntouched(t *testing.T) {
	src := repository(t, map[string]string{"a.txt": "before"})
	if r := onHost(t, Options{Source: src}, shell("write", "echo after >a.txt; touch new")); r.Exit() != 0 {
		t.Fatalf("%+v", r.Steps)
	}
	text, err := os.ReadFile(filepath.Join(src.Root, "a.txt"))
	if err != nil || string(text) != "before" {
		t.Errorf("a.txt holds %q, %v", text, err)
	}
	if _, err := os.Stat(filepath.Join(src.Root, "new")); err == nil {
		t.Error("the step wrote into the project")
	}
}

func TestHostStepThatCannotRunIsNoFinding(t *testing.T) {
	for _, tt := range []struct {
		name, want string
		step       Step
	}{
		{"program that is not installed", "no-such-program is not installed here", Step{Name: "a", Image: "go", Run: []string{"no-such-program"}}},
		{"output that is not there", "the step left none", func() Step { s := shell("a", "true"); s.Outputs = []string{"dist"}; return s }()},
		{"input that matches nothing", "matches no file", func() Step { s := shell("a", "true"); s.Inputs = []string{"*.rs"}; return s }()},
		{"directory without inputs", `dir "sub": none of the step's inputs lies there`, func() Step { s := shell("a", "true"); s.Dir = "sub"; return s }()},
		{"disk that is full", "the disk is full", shell("a", "echo 'write x: no space left on device' >&2; exit 1")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := onHost(t, Options{}, tt.step)
			if got := r.Steps[0]; got.Status != Unknown || !strings.Contains(got.Reason, tt.want) || r.Exit() != 2 {
				t.Errorf("got %+v, want %q", got, tt.want)
			}
		})
	}
}

func TestCachesOutliveAStepOnTheHost(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	fill, use := shell("fill", `echo kept >"$STORE/file"`), shell("use", `grep kept "$STORE/file"`)
	fill.Caches = []Cache{{Name: "store", Path: "/cache/store", Env: "STORE"}}
	use.Caches, use.Needs = fill.Caches, []string{"fill"}
	if r := onHost(t, Options{}, fill, use); r.Exit() != 0 {
		t.Errorf("%+v", r.Steps)
	}
}

// A directory above the checkout belongs to somebody else, and a relative TMPDIR is
// relative to where Cupel runs.
func TestNothingAboveTheCheckoutReachesAStep(t *testing.T) {
	above := t.TempDir()
	gittest.Write(t, above, map[string]string{"go.work": "go 1.24\n\nuse ./nothing\n", "tmp/a": ""})
	if out, err := exec.Command("git", "-C", above, "init", "-q").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Chdir(above)
	t.Setenv("TMPDIR", "tmp")
	src := repository(t, map[string]string{"go.mod": "module example.com/x\n\ngo 1.24\n"})
	if r := onHost(t, Options{Source: src}, shell("look", `test -d "$HOME" && test -d "$TMPDIR" && test "$(go list -m)" = example.com/x && ! git rev-parse`)); r.Exit() != 0 {
		t.Errorf("%+v", r.Steps)
	}
	src = repository(t, map[string]string{"go.work": "go 1.24\n\nuse ./b\n", "b/go.mod": "module example.com/b\n\ngo 1.24\n"})
	if r := onHost(t, Options{Source: src}, shell("own", `test "$(go list -m)" = example.com/b`)); r.Exit() != 0 {
		t.Errorf("the project's own workspace: %+v", r.Steps)
	}
}

// The go command counts in a process that outlives it, below the home directory.
func TestNothingIsLeftOfAStep(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	step := shell("go", "go version && go env GOTELEMETRY >telemetry/mode; mkdir sealed && touch sealed/a && chmod 500 sealed")
	step.Run[2] = "mkdir telemetry && " + step.Run[2]
	step.Outputs = []string{"telemetry"}
	o := Options{Source: repository(t, map[string]string{"a": ""}), Outputs: t.TempDir()}
	if r := onHost(t, o, step); r.Exit() != 0 {
		t.Fatalf("%+v", r.Steps)
	}
	if mode, err := os.ReadFile(filepath.Join(o.Outputs, "go", "telemetry", "mode")); err != nil || string(mode) != "off\n" {
		t.Errorf("telemetry is %q, %v", mode, err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "cupel-*")); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}
