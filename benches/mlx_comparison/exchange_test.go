package mlx

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/cupel-dev/cupel/metal/reference"
)

// An exchange is what scripts/mlx_baseline.py needs to repeat an operation in
// MLX: its inputs, and our result with how far another may be from it.
type exchange struct {
	Operation string
	Params    map[string]float64
	Inputs    []array
	Ours      []float32
	Bound     reference.Bound
}

type array struct {
	name   string
	shape  []int
	values []float32
}

// caseFile is the JSON of an exchange; numbers lie beside it, NAME.f32 each,
// little-endian.
type caseFile struct {
	Operation string             `json:"operation"`
	Params    map[string]float64 `json:"params"`
	Shapes    map[string][]int   `json:"shapes"` // of the inputs
	Abs       float64            `json:"abs"`
	Rel       float64            `json:"rel"`
}

func (e exchange) write(dir string) error {
	file := caseFile{e.Operation, e.Params, map[string][]int{}, 2 * e.Bound.Abs, 2 * e.Bound.Rel} // both sides may be off
	arrays := append([]array{{name: "ours", values: e.Ours}}, e.Inputs...)
	for _, a := range arrays {
		if a.shape != nil {
			file.Shapes[a.name] = a.shape
		}
		if err := os.WriteFile(filepath.Join(dir, a.name+".f32"), encode(a.values), 0o600); err != nil {
			return err
		}
	}
	text, err := json.Marshal(file)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "case.json"), text, 0o600)
}

func encode(values []float32) []byte {
	b := make([]byte, 0, 4*len(values))
	for _, v := range values {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return b
}

// exitNoMLX is the script's exit code where MLX is not installed.
const exitNoMLX = 3

// benchMLX times e in MLX: ns/op is what the script measured, over as long as
// -test.benchtime says.
func benchMLX(b *testing.B, e exchange) {
	b.Helper()
	script, err := findScript()
	if err != nil {
		b.Skip(err)
	}
	python, err := exec.LookPath("python3")
	if err != nil {
		b.Skip("MLX is left out: ", err)
	}
	dir := b.TempDir()
	if err := e.write(dir); err != nil {
		b.Fatalf("write the inputs for MLX: %v", err)
	}
	best := math.Inf(1)
	for b.Loop() {
		took, err := runScript(b, python, script, dir, e.Operation)
		if errors.Is(err, errNoMLX) {
			b.Skip(err)
		}
		if err != nil {
			b.Fatal(err)
		}
		best = min(best, took)
	}
	b.ReportMetric(best, "ns/op")
}

var errNoMLX = errors.New("MLX is left out: it is not installed (pip install mlx)")

func runScript(b *testing.B, python, script, dir, operation string) (float64, error) {
	cmd := exec.CommandContext(b.Context(), python, script, "--time", flag.Lookup("test.benchtime").Value.String(), dir)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit) && exit.ExitCode() == exitNoMLX:
		return 0, errNoMLX
	case err != nil:
		return 0, fmt.Errorf("run %s: %w\n%s", filepath.Base(script), err, bytes.TrimSpace(stderr.Bytes()))
	}
	return parseResult(string(out), operation)
}

// parseResult finds the one result of operation in the common format,
// "BenchmarkNAME N VALUE ns/op".
func parseResult(output, operation string) (float64, error) {
	found := 0.0
	for line := range strings.Lines(output) {
		f := strings.Fields(line)
		if len(f) != 4 || f[0] != "Benchmark"+operation || f[3] != "ns/op" {
			continue
		}
		value, err := strconv.ParseFloat(f[2], 64)
		if err != nil || !(value > 0) || math.IsInf(value, 0) || found != 0 {
			return 0, fmt.Errorf("read the time of %s in MLX: %q", operation, strings.TrimSpace(line))
		}
		found = value
	}
	if found == 0 {
		return 0, fmt.Errorf("read the time of %s in MLX: no result in %q", operation, output)
	}
	return found, nil
}

// findScript looks where the suite is run from: the repository's root, or this
// folder, as go test does.
func findScript() (string, error) {
	const name = "scripts/mlx_baseline.py"
	for _, root := range []string{".", "../.."} {
		path := filepath.Join(root, filepath.FromSlash(name))
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("MLX is left out: %s is neither here nor two folders up", name)
}
