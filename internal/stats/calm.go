package stats

import (
	"math"
	"slices"
)

// signLimit is the number of pairs up to which signCut counts sign patterns
// instead of approximating.
const signLimit = 50

// calmRanks ranks pairs by how long they took: the slowest has rank 1, the
// fastest rank n, and ranks are doubled so that ties stay whole. A machine that
// is disturbed is slow, and its ratios are worth less. The rank depends on the
// product of both times only: swapping the arms of a pair does not change it,
// and a slowdown of head moves all pairs alike, so that the sign test that it
// weights stays exact. (Ranks within each arm are sharper still, but fail twice
// as often as they may.)
func calmRanks(base, head []float64) []int {
	calm := make([]float64, len(base))
	for i := range base {
		calm[i] = -math.Log(base[i]) - math.Log(head[i])
	}
	return doubledRanks(calm)
}

// weightedMedian returns the value that splits the weight in half.
func weightedMedian(xs []float64, weights []int) float64 {
	total := sum(weights)
	below := 0
	indices := order(xs)
	for k, i := range indices {
		below += weights[i]
		if 2*below == total {
			return midpoint(xs[i], xs[indices[k+1]])
		}
		if 2*below > total {
			return xs[i]
		}
	}
	return 0 // no values
}

// weightedBounds returns bounds below and above the median that each fail with
// a probability of at most alpha, none where the pairs are too few.
//
// It inverts a sign test with the given weights: where the median is θ, each
// value is above θ by a fair coin, and the weight above θ is distributed as
// Wilcoxon's signed-rank statistic is. Unlike that statistic it does not need
// the values to be symmetric, because the weights are not taken from them.
func weightedBounds(xs []float64, weights []int, alpha float64) (low, high float64, ok bool) {
	cut, ok := signCut(weights, alpha)
	if !ok {
		return 0, 0, false
	}
	indices := order(xs)
	low = firstBeyond(xs, weights, indices, cut)
	slices.Reverse(indices)
	high = firstBeyond(xs, weights, indices, cut)
	return low, high, true
}

// firstBeyond returns the first value, in the given order, with which the
// weight exceeds cut.
func firstBeyond(xs []float64, weights, indices []int, cut int) float64 {
	passed := 0
	for _, i := range indices {
		passed += weights[i]
		if passed > cut {
			return xs[i]
		}
	}
	return xs[indices[len(indices)-1]]
}

// signCut returns the largest weight that a random subset of the weights has
// at most, with a probability of at most alpha, for alpha below 1/2.
func signCut(weights []int, alpha float64) (cut int, ok bool) {
	if len(weights) <= signLimit {
		return signCutExact(weights, alpha)
	}
	var squares float64
	for _, w := range weights {
		squares += float64(w) * float64(w)
	}
	// The step of doubled ranks is 2; half of it corrects for continuity. The
	// exact tail is lighter than the normal one, so this errs towards caution.
	cut = int(math.Floor((float64(sum(weights))-normalUpper(alpha)*math.Sqrt(squares))/2 - 1))
	return cut, cut >= 0
}

func signCutExact(weights []int, alpha float64) (cut int, ok bool) {
	// p[s] is the probability that the subset of the weights so far has sum s,
	// for the lower half of all sums; a tail of less than 1/2 ends there.
	p := make([]float64, sum(weights)/2+1)
	p[0] = 1
	top := 0
	for _, w := range weights {
		top = min(top+w, len(p)-1)
		for s := top; s >= 0; s-- {
			p[s] /= 2
			if s >= w {
				p[s] += p[s-w] / 2
			}
		}
	}
	var tail float64
	for s := range p {
		tail += p[s]
		if tail > alpha {
			return s - 1, s > 0
		}
	}
	return 0, false
}

func sum(xs []int) int {
	total := 0
	for _, x := range xs {
		total += x
	}
	return total
}
