package stats

import "math"

// An Interval is a confidence interval, both ends included.
type Interval struct {
	Low, High float64
	Coverage  float64 // the confidence that it really has, at least the one asked for
}

// MedianInterval returns an interval that holds the median of the population
// with at least the given confidence, in (0, 1), whatever the distribution:
// the order statistics r and n+1-r, with the largest r whose binomial tail
// allows it (David and Nagaraja, "Order Statistics", 3rd edition, section 7.1).
// Both tails are equal, so that each end is a one-sided bound too; benchstat
// has unequal tails where that is shorter, n = 8 at 95 % for example.
//
// Too few values have no interval: at 95 % one needs 6 of them.
func MedianInterval(xs []float64, confidence float64) (interval Interval, ok bool) {
	s, ok := sorted(xs)
	if !ok || !(confidence > 0 && confidence < 1) {
		return Interval{}, false
	}
	r, tail := medianRank(len(s), (1-confidence)/2)
	if r == 0 {
		return Interval{}, false
	}
	return Interval{Low: s[r-1], High: s[len(s)-r], Coverage: 1 - 2*tail}, true
}

// medianRank returns the largest rank r whose order statistic, of n values, is
// above the median with a probability of at most alpha, and that probability:
// P(B < r) for B binomial with n trials of 1/2. Rank 0 means that there is none.
func medianRank(n int, alpha float64) (r int, tail float64) {
	lgN, _ := math.Lgamma(float64(n + 1))
	for r < n/2 {
		lgK, _ := math.Lgamma(float64(r + 1))
		lgRest, _ := math.Lgamma(float64(n - r + 1))
		p := math.Exp(lgN - lgK - lgRest - float64(n)*math.Ln2)
		if tail+p > alpha*(1+1e-9) { // Lgamma is not exact to the last digit
			break
		}
		tail += p
		r++
	}
	return r, tail
}
