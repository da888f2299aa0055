package stats

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
)

// Oracle: the values of cases.md, and benchstat (golang.org/x/perf, 2026) run
// on the same samples. Where sizes differ and values tie, P is what benchstat
// prints too: twice the smaller tail.
func TestMannWhitney(t *testing.T) {
	for _, tc := range []struct {
		name string
		x, y []float64
		p    float64
		minP float64
	}{
		{"B01", []float64{3.0903, 3.0868, 3.3333, 3.0883, 3.3354}, []float64{13.5820, 3.0887, 3.2543, 3.0916, 3.3333}, 0.452, 0.008},
		{"B03", []float64{3.6e6, 7.9e6, 3.6e6, 7.9e6, 3.6e6}, []float64{7.9e6, 3.6e6, 7.9e6, 7.9e6, 3.6e6}, 1.000, 0.008},
		{"B04, n = 1", []float64{100}, []float64{150}, 1.000, 1.000},
		{"B04, n = 2", []float64{100, 101}, []float64{150, 151}, 0.333, 0.333},
		{"B04, n = 3", []float64{100, 101, 102}, []float64{150, 151, 152}, 0.100, 0.100},
		{"B04, n = 4", []float64{100, 101, 102, 103}, []float64{150, 151, 152, 153}, 0.029, 0.029},
		{"B04, n = 5, both constant", []float64{100, 100, 100, 100, 100}, []float64{101, 101, 101, 101, 101}, 0.008, 0.008},
		{"B04, all equal", []float64{9, 9, 9, 9, 9}, []float64{9, 9, 9, 9, 9}, 1.000, 0.008},
		{"B05, 2 of 70", []float64{0, 0, 0, 0}, []float64{5, 5, 5, 5}, 0.029, 0.029},
		{"benchstat, ties, 7 and 9", []float64{1, 2, 2, 3, 3, 3, 7}, []float64{2, 3, 3, 4, 8, 8, 8, 9, 9}, 0.026, 0.000},
		{"benchstat, ties, 5 and 8", []float64{1, 1, 1, 1, 2}, []float64{1, 2, 2, 2, 2, 2, 3, 3}, 0.048, 0.002},
		{"benchstat, ties, 4 and 6", []float64{10, 10, 10, 11}, []float64{10, 12, 12, 12, 12, 13}, 0.048, 0.010},
		{"benchstat, 12 and 11", ranks(12), []float64{5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, 0.036, 0.000},
	} {
		t.Run(tc.name, func(t *testing.T) {
			test, ok := MannWhitney(tc.x, tc.y)
			if !ok || !test.Exact || math.Abs(test.P-tc.p) > 0.0005 || math.Abs(test.MinP-tc.minP) > 0.0005 {
				t.Errorf("P = %.4f, MinP = %.4f, exact %v; want %.3f and %.3f", test.P, test.MinP, test.Exact, tc.p, tc.minP)
			}
		})
	}
}

// B05, exact: 24.5 is the largest U that these values can have, and two of the
// 252 labellings have it.
func TestMannWhitneyKeepsTheDirection(t *testing.T) {
	test, _ := MannWhitney([]float64{5, 6, 7, 8, 9}, []float64{1, 2, 3, 4, 5})
	if test.U != 24.5 || test.Less != 1 || math.Abs(test.Greater-2.0/252) > 1e-12 {
		t.Errorf("%+v; want U 24.5, less 1, greater 2/252", test)
	}
}

// B05; oracle: SciPy's asymptotic values as quoted there.
func TestNormalTailsCorrectForTiesAndContinuity(t *testing.T) {
	less, _ := approximate([]float64{1, 2, 3, 4, 5}, []float64{3, 4, 5, 6, 7})
	if math.Abs(2*less-0.11385) > 5e-6 {
		t.Errorf("p = %.6f, want 0.11385", 2*less)
	}
	less, greater := approximate([]float64{5, 6, 7, 8, 9}, []float64{1, 2, 3, 4, 5})
	if math.Abs(greater-0.008) > 0.0005 || math.Abs(less-0.996) > 0.0005 {
		t.Errorf("greater %v, less %v; want 0.008 and 0.996", greater, less)
	}
}

// Oracle: every labelling, one by one.
func TestExactTailsCountEveryLabelling(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for range 300 {
		x, y := tied(rng, 1+rng.IntN(6)), tied(rng, 1+rng.IntN(6))
		test, _ := MannWhitney(x, y)
		less, greater := enumerate(x, y)
		if math.Abs(test.Less-less) > 1e-12 || math.Abs(test.Greater-greater) > 1e-12 {
			t.Fatalf("%v against %v: less %v, greater %v; enumeration has %v and %v", x, y, test.Less, test.Greater, less, greater)
		}
	}
}

// enumerate recomputes U, by comparing pairs, for every choice of len(x) values.
func enumerate(x, y []float64) (less, greater float64) {
	all := slices.Concat(x, y)
	observed := pairsWon(all, 1<<len(x)-1)
	var count, below, above float64
	for mask := range 1 << len(all) {
		if bits.OnesCount(uint(mask)) != len(x) {
			continue
		}
		count++
		switch u := pairsWon(all, mask); {
		case u == observed:
			below++
			above++
		case u < observed:
			below++
		default:
			above++
		}
	}
	return below / count, above / count
}

func pairsWon(all []float64, mask int) float64 {
	var u float64
	for i, a := range all {
		for j, b := range all {
			if mask>>i&1 == 0 || mask>>j&1 == 1 {
				continue
			}
			if a > b {
				u++
			} else if a == b {
				u += 0.5
			}
		}
	}
	return u
}

func tied(rng *rand.Rand, n int) []float64 {
	xs := make([]float64, n)
	for i := range xs {
		xs[i] = float64(rng.IntN(5))
	}
	return xs
}

// Properties: swapping the samples swaps the tails, and only order counts.
func TestMannWhitneyIsSymmetricAndOrdinal(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	for range 100 {
		x, y := tied(rng, 1+rng.IntN(40)), tied(rng, 1+rng.IntN(40))
		forth, _ := MannWhitney(x, y)
		back, _ := MannWhitney(y, x)
		if math.Abs(forth.Less-back.Greater) > 1e-9 || math.Abs(forth.P-back.P) > 1e-9 ||
			forth.U+back.U != float64(len(x)*len(y)) {
			t.Fatalf("%+v, swapped %+v", forth, back)
		}
		for i := range x {
			x[i] = math.Exp(x[i])
		}
		for i := range y {
			y[i] = math.Exp(y[i])
		}
		if again, _ := MannWhitney(x, y); again != forth {
			t.Fatalf("%+v, after a monotone change %+v", forth, again)
		}
	}
}

func TestApproximationMeetsTheExactDistribution(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	worst := 0.0
	for range 100 {
		x, y := normals(rng, exactLimit/2), normals(rng, exactLimit/2)
		for i := range x {
			x[i] = math.Round(10*x[i]) / 10
			y[i] = math.Round(10*(y[i]+0.3)) / 10
		}
		test, _ := MannWhitney(x, y)
		less, greater := approximate(x, y)
		worst = max(worst, math.Abs(less-test.Less), math.Abs(greater-test.Greater))
	}
	if worst > 0.003 {
		t.Errorf("one-sided p is off by %v at the limit, want at most 0.003", worst)
	}
}

func approximate(x, y []float64) (less, greater float64) {
	weights := doubledRanks(slices.Concat(x, y))
	sum := 0
	for _, w := range weights[:len(x)] {
		sum += w
	}
	return normalTails(weights, len(x), sum)
}

func TestMannWhitneyOfLargeEqualSamples(t *testing.T) {
	same := make([]float64, exactLimit)
	if test, ok := MannWhitney(same, same); !ok || test.Exact || test.P != 1 {
		t.Errorf("%+v, %v; want p = 1 by the approximation", test, ok)
	}
}

func BenchmarkMannWhitney(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, n := range []int{5, 10, 20, 30, 200} {
		x, y := normals(rng, n), normals(rng, n)
		b.Run(sizeName(n), func(b *testing.B) {
			for b.Loop() {
				MannWhitney(x, y)
			}
		})
	}
}

func sizeName(n int) string { return "n=" + strconv.Itoa(n) }
