package smoke

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cupel-dev/cupel/internal/bench"
)

func TestACalibrationIsFoundAgainForTheSameSuitesOnly(t *testing.T) {
	cache := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	s := bench.Suite{Name: "fake", Format: "gobench", Run: []string{self}, Env: map[string]string{"SMOKE_TEST_BENCHMARKS": "A=100/0 B=200/0"}}
	o := CalibrateOptions{Suites: []bench.Suite{s}, Cache: cache, Pairs: LeastPairs, Seed: 1}
	o.Checkout.Dir, o.Checkout.Out = t.TempDir(), t.TempDir()
	c, noises, err := Calibrate(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if len(noises) != 2 || c.Comparisons != relabellings || c.Pairs != LeastPairs {
		t.Errorf("%+v, %+v", c, noises)
	}
	for _, n := range noises {
		if !(n.Floor >= 0 && n.Floor < 0.05) {
			t.Errorf("%s differs from itself by %v, with noise of 0.5 %%", n.Name, n.Floor)
		}
	}
	floors, err := ReadFloors(t.Context(), cache, o.Suites)
	if err != nil || floors.of("fake", "A", "time") != noises[0].Floor {
		t.Errorf("%v, %v", floors, err)
	}
	s.Run = append(s.Run, "-test.cpu=1")
	if floors, err := ReadFloors(t.Context(), cache, []bench.Suite{s}); floors != nil || err != nil {
		t.Errorf("suites that run otherwise have %v, %v", floors, err)
	}
}

// TestACalibrationSaysWhyItFailed where all failures fall to one arm by chance,
// after it has measured: then no row says it.
func TestACalibrationSaysWhyItFailed(t *testing.T) {
	o := CalibrateOptions{Cache: t.TempDir(), Pairs: LeastPairs, Seed: 1}
	o.Checkout.Dir, o.Checkout.Out = t.TempDir(), t.TempDir()
	fails, n := " ", 0
	rng := rand.New(rand.NewPCG(o.Seed, 4)) // the order that Calibrate draws
	for pair := range 1 + baseFailures {
		rng.Perm(1)
		for _, i := range rng.Perm(2) {
			if n++; i == base && pair > 0 {
				fails += fmt.Sprint(n, " ")
			}
		}
	}
	script := "n=$(($(cat n 2>/dev/null || echo 0) + 1)); echo $n >n; echo 'BenchmarkA 100 5 ns/op'\n" +
		"case '" + fails + "' in *\" $n \"*) exit 9 ;; esac"
	o.Suites = []bench.Suite{{Name: "flaky", Format: "gobench", Run: []string{"sh", "-c", script}}}
	if _, _, err := Calibrate(t.Context(), o); err == nil || !strings.Contains(err.Error(), "sh exited with code 9") {
		t.Errorf("error %v", err)
	}
}

func TestABrokenCalibrationIsNoCalibration(t *testing.T) {
	cache := t.TempDir()
	name, _, err := calibrationFile(t.Context(), cache, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadFloors(t.Context(), cache, nil); err == nil || !strings.Contains(err.Error(), "remove it") {
		t.Errorf("error %v", err)
	}
}
