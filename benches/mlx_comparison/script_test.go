package mlx

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/cupel-dev/cupel/metal/cpu"
	"github.com/cupel-dev/cupel/metal/reference"
)

// runBaseline runs the script on a softmax of ours, with the lazy stand-in for
// MLX in testdata unless MLX is to be missing.
func runBaseline(t *testing.T, missing bool, env ...string) (stdout, stderr string, code int) {
	t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil && os.Getenv("CUPEL_REQUIRE_TOOLS") == "1" {
		t.Fatal(err)
	}
	if err != nil {
		t.Skip(err)
	}
	script, err := findScript()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	x, y := reference.Normal(1, 3*7, 1), make([]float32, 3*7)
	cpu.Softmax(y, x, 7)
	e := exchange{Operation: "softmax", Params: map[string]float64{}, Ours: y, Bound: reference.Softmax(x, 7).Bound,
		Inputs: []array{{"x", []int{3, 7}, x}}}
	if err := e.write(dir); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), python, script, "--time", "1ms", dir)
	cmd.Env = append(os.Environ(), env...)
	path := "testdata"
	if missing {
		path = filepath.Join("testdata", "without")
	}
	cmd.Env = append(cmd.Env, "PYTHONPATH="+path, "PYTHONDONTWRITEBYTECODE=1")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err = cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

func TestBaselinePrintsTheCommonFormat(t *testing.T) {
	out, errs, code := runBaseline(t, false)
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, errs)
	}
	if _, err := parseResult(out, "softmax"); err != nil {
		t.Error(err)
	}
}

// The seed's baseline built a hundred graphs and evaluated the last.
func TestBaselineEvaluatesEveryOutputThatItTimes(t *testing.T) {
	counter := filepath.Join(t.TempDir(), "evaluated")
	out, errs, code := runBaseline(t, false, "EVALUATED="+counter)
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, errs)
	}
	timed, err := strconv.Atoi(strings.Fields(out)[1])
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(counter)
	if err != nil {
		t.Fatal(err)
	}
	evaluated, err := strconv.Atoi(string(text))
	if err != nil {
		t.Fatal(err)
	}
	if evaluated <= timed {
		t.Errorf("%d outputs evaluated, %d timed and more before that", evaluated, timed)
	}
}

func TestBaselineRefusesADifferentResult(t *testing.T) {
	out, errs, code := runBaseline(t, false, "WRONG=1")
	if code != 1 || out != "" || !strings.Contains(errs, "softmax: value 1 is ") {
		t.Errorf("exit code %d, stdout %q, stderr %q: want 1, nothing, and the value", code, out, errs)
	}
}

func TestBaselineWithoutMLX(t *testing.T) {
	out, errs, code := runBaseline(t, true)
	if code != exitNoMLX || out != "" || !strings.Contains(errs, "not installed") {
		t.Errorf("exit code %d, stdout %q, stderr %q: want %d and why", code, out, errs, exitNoMLX)
	}
}
