package smoke

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/config"
	"github.com/cupel-dev/cupel/internal/report"
)

func TestACalibrationIsFoundAgainForTheSameSuitesOnly(t *testing.T) {
	cache := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	s := bench.Suite{Name: "fake", Format: "gobench", Run: []string{self}, Env: map[string]string{"SMOKE_TEST_BENCHMARKS": "A=100/0 B=200/0"}}
	o := CalibrateOptions{Config: config.Default(), Cache: cache, Pairs: LeastPairs, Seed: 1}
	o.Config.Suites = []bench.Suite{s}
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
	floors, err := ReadFloors(t.Context(), cache, o.Config.Suites)
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
	o := CalibrateOptions{Config: config.Default(), Cache: t.TempDir(), Pairs: LeastPairs, Seed: 1}
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
	o.Config.Suites = []bench.Suite{{Name: "flaky", Format: "gobench", Run: []string{"sh", "-c", script}}}
	if _, _, err := Calibrate(t.Context(), o); err == nil || !strings.Contains(err.Error(), "sh exited with code 9") {
		t.Errorf("error %v", err)
	}
}

// TestACalibrationGoesByTheProjectsRules: which metrics have noise, and which way they
// improve.
func TestACalibrationGoesByTheProjectsRules(t *testing.T) {
	for name, tc := range map[string]struct {
		rules []bench.MetricRule
		want  string // of the error; "" where there is none
	}{
		"no rule":        {nil, "calibrate: s: A hits: direction is not known"},
		"a direction":    {[]bench.MetricRule{{Name: "hits", Better: bench.Higher}}, ""},
		"an exact count": {[]bench.MetricRule{{Name: "hits", Better: bench.Higher, Class: "exact"}}, "calibrate: s: A hits is exact"},
	} {
		o := CalibrateOptions{Config: config.Default(), Cache: t.TempDir(), Pairs: LeastPairs, Seed: 1}
		o.Checkout.Dir, o.Checkout.Out = t.TempDir(), t.TempDir()
		o.Config.Suites = []bench.Suite{{Name: "s", Format: "gobench", Run: []string{"echo", "BenchmarkA 100 5 hits"}, Metrics: tc.rules}}
		_, noises, err := Calibrate(t.Context(), o)
		switch {
		case tc.want == "" && (err != nil || len(noises) != 1):
			t.Errorf("%s: %v, %v", name, noises, err)
		case tc.want != "" && (err == nil || !strings.HasPrefix(err.Error(), tc.want)):
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
	}
}

// TestWhatLaterRunsLackIsNotCounted: its few pairs would be all that is looked at of
// the others.
func TestWhatLaterRunsLackIsNotCounted(t *testing.T) {
	u := &suite{name: "s"}
	for _, name := range []string{"A", "B", "C"} {
		u.series = append(u.series, newSeries("s", name, key{bench.Benchmark{Name: name}, "time"}, bench.Time, bench.MetricRule{}))
	}
	for pair := range 2 * Looks {
		for _, s := range u.series {
			s.add(100, 100)
		}
		if pair == 2 {
			u.series[0].end(report.NotComparable, "a later run of base lacks it")
			u.series[2].end(report.Failed, "a later run of head lacks it")
		}
	}
	r, err := recordingOf("calibration", 0, []*suite{u})
	if err != nil || len(r.Benchmarks) != 1 || r.Len() != 2*Looks {
		t.Errorf("%+v, %v", r, err)
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
