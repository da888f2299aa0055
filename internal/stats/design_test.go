package stats

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestJudge(t *testing.T) {
	design := Design{Threshold: 0.02, Alpha: 0.005, Benchmarks: 5, Looks: 1}
	for _, tc := range []struct {
		name     string
		pairs    int
		slowdown float64
		sd       float64
		want     Verdict
	}{
		{"no change", 60, 0, 0.005, Unchanged},
		{"slower", 60, 0.05, 0.01, Regression},
		{"faster", 60, -0.05, 0.01, Improvement},
		{"slower by less than the threshold", 60, 0.01, 0.005, Unchanged},
		{"surely slower, but by about the threshold", 200, 0.015, 0.03, Inconclusive},
		{"too noisy to say", 20, 0.05, 0.3, Inconclusive},
		{"identical values", 60, 0, 0, Unchanged},
	} {
		t.Run(tc.name, func(t *testing.T) {
			base, head := evenPairs(tc.pairs, tc.slowdown, tc.sd)
			got, err := design.Judge(base, head, 1)
			if err != nil || got.Verdict != tc.want || !got.Bounded || got.Pairs != tc.pairs {
				t.Errorf("%+v, %v; want %s", got, err, tc.want)
			}
			if got.Low > got.Ratio || got.Ratio > got.High || got.MDE < design.Threshold {
				t.Errorf("%+v: not in order", got)
			}
		})
	}
}

// evenPairs spreads normal noise evenly over n log ratios, so that a verdict
// depends on no seed. All pairs take equally long.
func evenPairs(n int, slowdown, sd float64) (base, head []float64) {
	for i := range n {
		half := sd / 2 * normalUpper((float64(i)+0.5)/float64(n))
		base = append(base, 1000*math.Exp(-half))
		head = append(head, 1000*(1+slowdown)*math.Exp(half))
	}
	return base, head
}

func TestTooFewPairsAreInconclusive(t *testing.T) {
	design := Design{Threshold: 0.02, Alpha: 0.005, Benchmarks: 5, Looks: 5}
	base, head := evenPairs(9, 1, 0.001)
	got, err := design.Judge(base, head, 5)
	if err != nil || got.Bounded || got.Verdict != Inconclusive || math.Abs(got.Ratio-2) > 0.01 {
		t.Errorf("nine pairs: %+v, %v; want inconclusive, twice the time, no interval", got, err)
	}
	base, head = evenPairs(12, 1, 0.001)
	if got, err = design.Judge(base, head, 5); err != nil || got.Verdict != Regression {
		t.Errorf("twelve pairs: %+v, %v; want a regression", got, err)
	}
}

// Weights alone would call this a regression in half of all trials: base is
// noisy, head is quiet, and neither is slower.
func TestAnArmThatOnlyBecameQuieterIsNoRegression(t *testing.T) {
	rng := rand.New(rand.NewPCG(49, 50))
	for range 500 {
		base, head := make([]float64, 200), make([]float64, 200)
		for i := range base {
			base[i], head[i] = math.Exp(0.04*rng.NormFloat64()), math.Exp(0.01*rng.NormFloat64())
		}
		if got, err := smokeDesign.Judge(base, head, smokeDesign.Looks); err != nil || got.Verdict != Inconclusive && got.Verdict != Unchanged {
			t.Fatalf("%+v, %v", got, err)
		}
	}
}

func TestJudgeRefusesWhatItCannotJudge(t *testing.T) {
	good := Design{Threshold: 0.02, Alpha: 0.005, Benchmarks: 1, Looks: 2}
	one := []float64{1}
	for _, tc := range []struct {
		name       string
		design     Design
		base, head []float64
		look       int
	}{
		{"no design", Design{}, one, one, 1},
		{"no threshold", Design{0, 0.005, 1, 1}, one, one, 1},
		{"alpha of 1", Design{0.02, 1, 1, 1}, one, one, 1},
		{"NaN alpha", Design{0.02, math.NaN(), 1, 1}, one, one, 1},
		{"no benchmarks", Design{0.02, 0.005, 0, 1}, one, one, 1},
		{"look 0", good, one, one, 0},
		{"a look too many", good, one, one, 3},
		{"no pairs", good, nil, nil, 1},
		{"half a pair", good, one, nil, 1},
		{"a time of zero", good, []float64{0}, one, 1},
		{"NaN", good, one, []float64{math.NaN()}, 1},
	} {
		if got, err := tc.design.Judge(tc.base, tc.head, tc.look); err == nil {
			t.Errorf("%s: %+v, no error", tc.name, got)
		}
	}
	if got, err := good.Judge([]float64{math.SmallestNonzeroFloat64}, []float64{math.MaxFloat64}, 1); err != nil || math.IsInf(got.Ratio, 0) {
		t.Errorf("extreme pair: %+v, %v", got, err)
	}
}

func TestLevelsOfAllLooksSpendAlpha(t *testing.T) {
	design := Design{Threshold: 0.02, Alpha: 0.005, Benchmarks: 4, Looks: 5}
	var spent float64
	for look := 1; look <= design.Looks; look++ {
		spent += design.level(look)
	}
	if want := 0.005 / 4; math.Abs(spent-want) > 1e-15 {
		t.Errorf("spent %v, want %v", spent, want)
	}
}

// Properties: swapping the arms swaps the verdict and gives reciprocals; the
// order of pairs and the unit do not matter; a smaller Alpha never narrows the
// interval, and more benchmarks do not either.
func TestJudgeProperties(t *testing.T) {
	rng := rand.New(rand.NewPCG(35, 36))
	swapped := map[Verdict]Verdict{Regression: Improvement, Improvement: Regression, Unchanged: Unchanged, Inconclusive: Inconclusive}
	for range 300 {
		design := Design{Threshold: 0.02, Alpha: 0.05, Benchmarks: 1 + rng.IntN(5), Looks: 2}
		base, head := disturbedPairs(rng, 20+rng.IntN(120))
		for i := range head {
			head[i] *= 1.03
		}
		got, _ := design.Judge(base, head, 2)
		back, _ := design.Judge(head, base, 2)
		if back.Verdict != swapped[got.Verdict] || !near(back.Low, 1/got.High) || !near(back.Ratio, 1/got.Ratio) {
			t.Fatalf("%+v, swapped %+v", got, back)
		}
		stricter := design
		stricter.Alpha /= 10
		if strict, _ := stricter.Judge(base, head, 2); strict.Bounded && (strict.Low > got.Low || strict.High < got.High) {
			t.Fatalf("%+v, at a tenth of alpha %+v", got, strict)
		}
		rng.Shuffle(len(base), func(i, j int) {
			base[i], base[j] = base[j], base[i]
			head[i], head[j] = head[j], head[i]
		})
		for i := range base {
			base[i] *= 1024
			head[i] *= 1024
		}
		if again, _ := design.Judge(base, head, 2); again.Verdict != got.Verdict || !near(again.Low, got.Low) || !near(again.High, got.High) {
			t.Fatalf("%+v, shuffled and in another unit %+v", got, again)
		}
	}
}

// The chance of any alarm at any look stays within Alpha, without help from
// the threshold, for independent pairs of disturbed noise. Looks at the same
// data are dependent, and so are benchmarks of one run; neither may matter.
func TestFalseAlarmsOfAllLooksAndBenchmarksStayWithinAlpha(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(37, 38))
	const suites = 500
	for _, benchmarks := range []int{1, 5} {
		design := Design{Threshold: 1e-9, Alpha: 0.05, Benchmarks: benchmarks, Looks: 5}
		alarms := 0
		for range suites {
			alarmed := false
			for range benchmarks {
				base, head := disturbedPairs(rng, 100)
				alarmed = alarmed || alarmsAtAnyLook(t, design, base, head)
			}
			if alarmed {
				alarms++
			}
		}
		share := float64(alarms) / suites
		t.Logf("%d benchmarks: %.2f %% of suite runs raise an alarm, allowed 5 %%", benchmarks, 100*share)
		if share > 0.05+3*math.Sqrt(0.05*0.95/suites) || share < 0.01 {
			t.Errorf("%d benchmarks: an alarm in %v of suite runs", benchmarks, share)
		}
	}
}

func alarmsAtAnyLook(t *testing.T, d Design, base, head []float64) bool {
	t.Helper()
	for look := 1; look <= d.Looks; look++ {
		n := len(base) * look / d.Looks
		decision, err := d.Judge(base[:n], head[:n], look)
		if err != nil {
			t.Fatal(err)
		}
		if decision.Verdict != Inconclusive {
			return decision.Verdict == Regression
		}
	}
	return false
}

// What a neighbour's influence costs: pairs whose log ratios are autocorrelated
// by 0.2, several times what was recorded (-0.06 to 0.01).
func TestFalseAlarmsOfAutocorrelatedPairs(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(39, 40))
	const suites = 1000
	design := Design{Threshold: 0.02, Alpha: 0.005, Benchmarks: 1, Looks: 5}
	alarms := 0
	for range suites {
		base, head := make([]float64, 200), exps(ar1(rng, 200, 0.2, 0.05))
		for i := range base {
			base[i] = 1
		}
		if alarmsAtAnyLook(t, design, base, head) {
			alarms++
		}
	}
	if share := float64(alarms) / suites; share > 0.005 {
		t.Errorf("an alarm in %v of runs, want at most 0.005", share)
	}
}

// A slowdown of the size that MDE names is found in about 80 % of trials, for
// normal noise.
func TestMDEOfADecisionIsFoundInFourOfFive(t *testing.T) {
	rng := rand.New(rand.NewPCG(41, 42))
	const trials = 2000
	for _, design := range []Design{
		{Threshold: 0.02, Alpha: 0.005, Benchmarks: 5, Looks: 1},
		{Threshold: 0.001, Alpha: 0.05, Benchmarks: 1, Looks: 3},
	} {
		found, mde := 0, medianMDE(t, rng, design)
		for range trials {
			base, head := normalPairs(rng, 150, 0.03, mde)
			if decision, _ := design.Judge(base, head, design.Looks); decision.Verdict == Regression {
				found++
			}
		}
		if share := float64(found) / trials; share < 0.7 || share > 0.9 {
			t.Errorf("%+v: a slowdown of its MDE, %.4f, is found in %v of trials", design, mde, share)
		}
	}
}

func medianMDE(t *testing.T, rng *rand.Rand, d Design) float64 {
	t.Helper()
	var mdes []float64
	for range 200 {
		base, head := normalPairs(rng, 150, 0.03, 0)
		decision, err := d.Judge(base, head, d.Looks)
		if err != nil {
			t.Fatal(err)
		}
		mdes = append(mdes, decision.MDE)
	}
	median, _ := Median(mdes)
	return median
}

func normalPairs(rng *rand.Rand, n int, sd, slowdown float64) (base, head []float64) {
	for range n {
		base = append(base, math.Exp(sd*rng.NormFloat64()))
		head = append(head, (1+slowdown)*math.Exp(sd*rng.NormFloat64()))
	}
	return base, head
}

func BenchmarkJudge(b *testing.B) {
	design := Design{Threshold: 0.02, Alpha: 0.005, Benchmarks: 5, Looks: 5}
	for _, n := range []int{40, 100, 200} {
		base, head := disturbedPairs(rand.New(rand.NewPCG(1, 1)), n)
		b.Run(sizeName(n), func(b *testing.B) {
			for b.Loop() {
				if _, err := design.Judge(base, head, 5); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
