package stats

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// Oracle: binomial tails in whole numbers; the ranks for 95 % are those of the
// table in Conover, "Practical Nonparametric Statistics" (sign test).
func TestMedianInterval(t *testing.T) {
	for _, tc := range []struct {
		n          int
		confidence float64
		low, high  int // ranks; 0 for no interval
		coverage   float64
	}{
		{1, 0.95, 0, 0, 0},
		{5, 0.95, 0, 0, 0}, // benchstat: "need >= 6 samples for confidence interval"
		{5, 0.93, 1, 5, 1 - 2.0/32},
		{5, 1 - 2.0/32, 1, 5, 1 - 2.0/32}, // exactly what is asked for
		{6, 0.95, 1, 6, 1 - 2.0/64},
		{8, 0.95, 1, 8, 1 - 2.0/256},
		{9, 0.95, 2, 8, 1 - 20.0/512},
		{10, 0.95, 2, 9, 1 - 22.0/1024},
		{20, 0.95, 6, 15, 0.95861},
		{2, 0.5, 1, 2, 0.5},
		{1, 0.5, 0, 0, 0},
	} {
		interval, ok := MedianInterval(ranks(tc.n), tc.confidence)
		if ok != (tc.low > 0) || interval.Low != float64(tc.low) || interval.High != float64(tc.high) ||
			math.Abs(interval.Coverage-tc.coverage) > 5e-6 {
			t.Errorf("n = %d at %v: %+v, %v; want ranks %d to %d with %v", tc.n, tc.confidence, interval, ok, tc.low, tc.high, tc.coverage)
		}
	}
}

// Oracle: the sum of binomial coefficients, in big integers.
func TestMedianRankIsExact(t *testing.T) {
	for n := 1; n <= 300; n += 1 + n/9 {
		for _, alpha := range []float64{0.25, 0.025, 0.001, 1e-5} {
			r, tail := medianRank(n, alpha)
			exact := binomialTail(n, r)
			if math.Abs(tail-exact) > 1e-9*exact || exact > alpha*(1+1e-8) {
				t.Errorf("n = %d, alpha = %v: rank %d with tail %v, exact %v", n, alpha, r, tail, exact)
			}
			if r < n/2 && binomialTail(n, r+1) <= alpha {
				t.Errorf("n = %d, alpha = %v: rank %d is not the largest", n, alpha, r)
			}
		}
	}
}

// binomialTail is P(B < r), B binomial with n trials of 1/2.
func binomialTail(n, r int) float64 {
	sum := new(big.Int)
	for k := range r {
		sum.Add(sum, new(big.Int).Binomial(int64(n), int64(k)))
	}
	tail, _ := new(big.Rat).SetFrac(sum, new(big.Int).Lsh(big.NewInt(1), uint(n))).Float64()
	return tail
}

// The interval covers as often as it says, for a distribution that is far
// from normal: 20,000 sets, four standard errors.
func TestCoverageOfMedianInterval(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	const sets = 20000
	for _, n := range []int{6, 10, 25} {
		covered, claimed := 0, 0.0
		for range sets {
			xs := make([]float64, n)
			for i := range xs {
				xs[i] = math.Exp(2 * rng.NormFloat64()) // median 1
			}
			interval, _ := MedianInterval(xs, 0.95)
			claimed = interval.Coverage
			if interval.Low <= 1 && 1 <= interval.High {
				covered++
			}
		}
		got := float64(covered) / sets
		if math.Abs(got-claimed) > 4*math.Sqrt(claimed*(1-claimed)/sets) {
			t.Errorf("n = %d: covers %v, says %v", n, got, claimed)
		}
	}
}

func TestMedianIntervalGrowsWithConfidence(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 100 {
		xs := normals(rng, 30)
		last, ok := MedianInterval(xs, 0.5)
		for _, confidence := range []float64{0.6, 0.8, 0.95, 0.99, 0.9999} {
			next, stillOK := MedianInterval(xs, confidence)
			if !ok || !stillOK || next.Low > last.Low || next.High < last.High || next.Coverage < confidence {
				t.Fatalf("at %v: %+v after %+v", confidence, next, last)
			}
			last = next
		}
	}
}

// ranks returns 1..n.
func ranks(n int) []float64 {
	xs := make([]float64, n)
	for i := range xs {
		xs[i] = float64(i + 1)
	}
	return xs
}

func BenchmarkMedianInterval200(b *testing.B) {
	xs := normals(rand.New(rand.NewPCG(1, 1)), 200)
	for b.Loop() {
		MedianInterval(xs, 0.999)
	}
}
