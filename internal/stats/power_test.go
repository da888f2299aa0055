package stats

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestMDE(t *testing.T) {
	for _, tc := range []struct {
		n    int
		want float64 // at a CV of 1
	}{
		// Oracle: the t tables; research/benchmarking.md gives 2.02 for five.
		{5, (2.306 + 0.889) * math.Sqrt(2.0/5)},
		{10, (2.101 + 0.862) * math.Sqrt(2.0/10)},
		{2, 4.303 + 1.061},
	} {
		if got, ok := MDE(0.01, tc.n); !ok || math.Abs(got-0.01*tc.want) > 1e-5 {
			t.Errorf("n = %d: %v, %v; want %v", tc.n, got, ok, 0.01*tc.want)
		}
	}
	if five, _ := MDE(1, 5); math.Abs(five-2.02) > 0.005 {
		t.Errorf("five runs a side: %v times the CV, want 2.02", five)
	}
	for _, bad := range []struct {
		cv float64
		n  int
	}{{0.1, 1}, {math.NaN(), 5}, {-1, 5}, {math.Inf(1), 5}, {math.MaxFloat64, 2}} {
		if got, ok := MDE(bad.cv, bad.n); ok {
			t.Errorf("MDE(%v, %d) = %v", bad.cv, bad.n, got)
		}
	}
}

// A two-sided t test at 5 % finds an effect of the MDE in 80 % of simulated
// comparisons of five runs with five.
func TestMDEIsFoundInFourOfFive(t *testing.T) {
	rng := rand.New(rand.NewPCG(53, 54))
	const trials, n, cv = 5000, 5, 0.02
	effect, _ := MDE(cv, n)
	found := 0
	for range trials {
		x, y := normals(rng, n), normals(rng, n)
		pooled := math.Sqrt((stddev(x)*stddev(x) + stddev(y)*stddev(y)) / 2)
		difference := effect/cv + mean(y) - mean(x)
		if math.Abs(difference) > studentUpper(0.025, 2*n-2)*pooled*math.Sqrt(2.0/n) {
			found++
		}
	}
	if share := float64(found) / trials; math.Abs(share-0.8) > 0.03 {
		t.Errorf("found in %v of trials", share)
	}
}

func TestRunsNeeded(t *testing.T) {
	base := []float64{100, 100, 100, 100, 100}
	head := []float64{108, 112, 110, 107, 113}
	if now, _ := PairedRatio(base, head, 0.95); now.Low > 1.08 {
		t.Fatalf("%+v: the example is settled already", now)
	}
	runs, ok := RunsNeeded(base, head, 1.08, 0.95)
	if !ok || runs <= 5 || runs > 30 {
		t.Errorf("1.08: %d, %v; want a few more than five", runs, ok)
	}
	// Repeating what was seen until there are that many runs does settle it.
	var manyBase, manyHead []float64
	for len(manyBase) < runs {
		manyBase = append(manyBase, base...)
		manyHead = append(manyHead, head...)
	}
	if then, _ := PairedRatio(manyBase, manyHead, 0.95); then.Low < 1.07 {
		t.Errorf("with %d runs: %+v", len(manyBase), then)
	}
	if runs, ok := RunsNeeded(base, head, 1.01, 0.95); !ok || runs != 5 {
		t.Errorf("1.01: %d, %v; five are enough", runs, ok)
	}
	for name, ratio := range map[string]float64{"more than the center": 1.2, "hardly less than it": 1.0998, "zero": 0, "NaN": math.NaN()} {
		if runs, ok := RunsNeeded(base, head, ratio, 0.95); ok {
			t.Errorf("%s: %d runs", name, runs)
		}
	}
	if _, ok := RunsNeeded(base[:1], head[:1], 1, 0.95); ok {
		t.Error("one run tells no spread")
	}
}
