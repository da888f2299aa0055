package stats

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Oracle: Wilcoxon's table of the signed-rank statistic (one-sided 0.025 and
// 0.005). With distinct times the weights are the ranks 1..n, doubled.
func TestSignCutOfRanksIsWilcoxonsTable(t *testing.T) {
	for _, tc := range []struct {
		n     int
		alpha float64
		want  int
	}{
		{6, 0.025, 0}, {8, 0.025, 3}, {10, 0.025, 8}, {15, 0.025, 25}, {20, 0.025, 52}, {30, 0.025, 137}, {50, 0.025, 434},
		{8, 0.005, 0}, {10, 0.005, 3}, {20, 0.005, 37}, {50, 0.005, 373},
	} {
		cut, ok := signCut(doubledRanks(ranks(tc.n)), tc.alpha)
		if !ok || cut/2 != tc.want {
			t.Errorf("n = %d at %v: %d, %v; want %d", tc.n, tc.alpha, cut/2, ok, tc.want)
		}
	}
	if cut, ok := signCut(doubledRanks(ranks(5)), 0.025); ok {
		t.Errorf("five pairs at 0.025: %d; the smallest tail is 1/32", cut)
	}
}

// Oracle: every subset.
func TestSignCutCountsEverySubset(t *testing.T) {
	rng := rand.New(rand.NewPCG(31, 32))
	for range 200 {
		weights := doubledRanks(tied(rng, 1+rng.IntN(10)))
		alpha := rng.Float64() / 2
		cut, ok := signCut(weights, alpha)
		atMost := subsetTail(weights, cut)
		next := subsetTail(weights, cut+1)
		if ok && (atMost > alpha || next <= alpha) || !ok && subsetTail(weights, 0) <= alpha {
			t.Fatalf("weights %v at %v: %d, %v with tail %v, next %v", weights, alpha, cut, ok, atMost, next)
		}
	}
}

// Oracle: every pattern of signs. The lower bound passes the true median 0 in
// exactly the share of patterns that signCut promises, and the upper bound
// mirrors it.
func TestWeightedBoundsFailAsOftenAsTheyMay(t *testing.T) {
	rng := rand.New(rand.NewPCG(63, 64))
	const n = 9
	for range 20 {
		weights := doubledRanks(tied(rng, n))
		alpha := 0.01 + 0.3*rng.Float64()
		cut, ok := signCut(weights, alpha)
		above, below := 0, 0
		for signs := range 1 << n {
			xs := make([]float64, n)
			for i := range xs {
				xs[i] = float64(i+1) * float64(2*(signs>>i&1)-1)
			}
			low, high, bounded := weightedBounds(xs, weights, alpha)
			if bounded != ok {
				t.Fatalf("bounded %v, cut %v", bounded, ok)
			}
			if low > 0 {
				above++
			}
			if high < 0 {
				below++
			}
		}
		if want := int(subsetTail(weights, cut) * (1 << n)); ok && (above != want || below != want) {
			t.Errorf("weights %v at %v: low fails in %d, high in %d of %d, want %d", weights, alpha, above, below, 1<<n, want)
		}
	}
}

func subsetTail(weights []int, cut int) float64 {
	count := 0
	for mask := range 1 << len(weights) {
		total := 0
		for i, w := range weights {
			total += w * (mask >> i & 1)
		}
		if total <= cut {
			count++
		}
	}
	return float64(count) / float64(int(1)<<len(weights))
}

func TestSignCutBeyondTheLimitIsNoBolder(t *testing.T) {
	for _, n := range []int{signLimit + 1, 200, 400} {
		weights := doubledRanks(ranks(n))
		for _, alpha := range []float64{0.025, 1e-3, 1e-4, 1e-5} {
			approximate, _ := signCut(weights, alpha)
			exact, _ := signCutExact(weights, alpha)
			if approximate > exact+1 || float64(exact-approximate) > 0.1*float64(exact) {
				t.Errorf("n = %d at %v: %d, exact %d", n, alpha, approximate, exact)
			}
		}
	}
}

func TestWeightedMedian(t *testing.T) {
	for _, tc := range []struct {
		name    string
		xs      []float64
		weights []int
		want    float64
	}{
		{"equal weights", []float64{3, 1, 2}, []int{2, 2, 2}, 2},
		{"equal weights, even", []float64{4, 1, 2, 3}, []int{2, 2, 2, 2}, 2.5},
		{"the heavy one", []float64{1, 2, 9}, []int{1, 1, 3}, 9},
		{"one value", []float64{7}, []int{2}, 7},
	} {
		if got := weightedMedian(tc.xs, tc.weights); got != tc.want {
			t.Errorf("%s: %v, want %v", tc.name, got, tc.want)
		}
	}
}

func TestCalmRanksForgetWhichArmWasSlow(t *testing.T) {
	base, head := []float64{10, 12, 30, 11}, []float64{10, 25, 10, 10.5}
	forth, back := calmRanks(base, head), calmRanks(head, base)
	want := []int{8, 3, 3, 6} // 12·25 and 30·10 took equally long
	for i := range want {
		if forth[i] != want[i] || back[i] != want[i] {
			t.Fatalf("ranks %v, swapped %v; want %v", forth, back, want)
		}
	}
}

// Each bound fails as often as it may, for noise that is skewed, disturbed and
// different from pair to pair; four standard errors.
func TestCoverageOfWeightedBounds(t *testing.T) {
	rng := rand.New(rand.NewPCG(33, 34))
	const sets, alpha = 6000, 0.025
	for _, n := range []int{10, 40, 150} {
		above, below := 0, 0
		for range sets {
			base, head := disturbedPairs(rng, n)
			ratios, _ := logRatios(base, head)
			low, high, _ := weightedBounds(ratios, calmRanks(base, head), alpha)
			if low > 0 {
				above++
			}
			if high < 0 {
				below++
			}
		}
		for _, failures := range []int{above, below} {
			if share := float64(failures) / sets; share > alpha+4*math.Sqrt(alpha*(1-alpha)/sets) || share < alpha/2 {
				t.Errorf("n = %d: a bound at %v fails in %v of sets", n, alpha, share)
			}
		}
	}
}

// disturbedPairs is A/A noise on a machine that is loaded now and then, for
// about ten pairs at a time: slower, and slower by more in one arm or the other.
func disturbedPairs(rng *rand.Rand, n int) (base, head []float64) {
	load := 0.0
	for range n {
		if rng.Float64() < 0.1 {
			load = max(0, rng.NormFloat64()) * 0.3
		}
		run := func() float64 { return math.Exp(0.01*rng.NormFloat64() + load*(1+rng.ExpFloat64())) }
		base = append(base, run())
		head = append(head, run())
	}
	return base, head
}
