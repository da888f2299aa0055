package stats

import (
	"math"
	"slices"
)

// exactLimit is the number of values, both samples together, up to which
// [MannWhitney] counts labellings instead of approximating. Beyond it the
// approximation is within 0.003 of the exact one-sided p.
const exactLimit = 60

// A RankTest is the result of [MannWhitney]. All probabilities are in (0, 1].
type RankTest struct {
	U       float64 // how many of the n·m pairs have x > y, ties counting one half
	P       float64 // two-sided: twice the smaller of Less and Greater, at most 1
	Less    float64 // one-sided, for "x is smaller"
	Greater float64 // one-sided, for "x is greater"
	MinP    float64 // the smallest P that samples of these sizes can reach
	Exact   bool
}

// MannWhitney tests whether one of two unpaired samples tends to be greater
// than the other (Mann and Whitney 1947). With up to 60 values it is exact, with
// and without ties: the permutation distribution of the midrank sum is counted
// by the shift algorithm of Streitberg and Röhmel (1986). With more it takes
// the normal approximation, corrected for ties and continuity (Lehmann,
// "Nonparametrics", section 1.4). Samples that are equal throughout give p = 1.
//
// It holds its level only for independent runs: blocks of base and head on a
// machine that drifts are not.
func MannWhitney(x, y []float64) (test RankTest, ok bool) {
	if len(x) == 0 || len(y) == 0 || !finite(x) || !finite(y) {
		return RankTest{}, false
	}
	n, m := len(x), len(y)
	weights := doubledRanks(slices.Concat(x, y))
	sum := 0 // twice the rank sum of x
	for _, w := range weights[:n] {
		sum += w
	}
	test = RankTest{
		U:     float64(sum-n*(n+1)) / 2,
		MinP:  min(1, 2/choose(n+m, n)),
		Exact: n+m <= exactLimit,
	}
	if test.Exact {
		test.Less, test.Greater = exactTails(weights, n, sum)
	} else {
		test.Less, test.Greater = normalTails(weights, n, sum)
	}
	test.P = min(1, 2*min(test.Less, test.Greater))
	return test, true
}

// exactTails returns the fractions of all ways to choose n of the doubled ranks
// whose sum is at most and at least the given one.
func exactTails(weights []int, n, sum int) (atMost, atLeast float64) {
	ways := countSums(weights, n)
	var below, above float64
	for s, count := range ways {
		if s <= sum {
			below += count
		}
		if s >= sum {
			above += count
		}
	}
	all := below + above - ways[sum]
	return below / all, above / all
}

// countSums returns how many choices of n of the weights have each sum. Counts
// are exact up to 2^53.
func countSums(weights []int, n int) []float64 {
	weights = slices.Sorted(slices.Values(weights))
	top := 0
	for _, w := range weights[len(weights)-n:] {
		top += w
	}
	ways := make([][]float64, n+1) // by number of chosen weights, and sum
	for k := range ways {
		ways[k] = make([]float64, top+1)
	}
	ways[0][0] = 1
	largest := make([]int, n+1) // sum so far of k weights
	for i, w := range weights {
		for k := min(n, i+1); k >= 1; k-- {
			largest[k] = largest[k-1] + w
			for s := largest[k]; s >= w; s-- {
				ways[k][s] += ways[k-1][s-w]
			}
		}
	}
	return ways[n]
}

// normalTails approximates exactTails.
func normalTails(weights []int, n, sum int) (atMost, atLeast float64) {
	total := float64(len(weights))
	center := float64(n) * (total + 1) // of the doubled rank sum
	var squares float64
	for _, w := range weights {
		d := float64(w) - (total + 1)
		squares += d * d
	}
	// Variance of a sum drawn without replacement; ties are in it already.
	sigma := math.Sqrt(float64(n) * (total - float64(n)) * squares / (total * (total - 1)))
	if sigma == 0 {
		return 1, 1
	}
	d := float64(sum) - center
	return normalCDF((d + 1) / sigma), normalCDF((1 - d) / sigma)
}

// choose returns the binomial coefficient n over k, rounded above 2^53.
func choose(n, k int) float64 {
	c := 1.0
	for i := 1; i <= k; i++ {
		c = c * float64(n-k+i) / float64(i)
	}
	return c
}
