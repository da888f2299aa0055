package stats

import (
	"cmp"
	"slices"
)

// order returns the indices of xs, from the smallest value to the largest.
func order(xs []float64) []int {
	indices := make([]int, len(xs))
	for i := range indices {
		indices[i] = i
	}
	slices.SortStableFunc(indices, func(i, j int) int { return cmp.Compare(xs[i], xs[j]) })
	return indices
}

// doubledRanks returns twice the midrank of every value: equal values share the
// mean of their ranks, and twice that is whole.
func doubledRanks(xs []float64) []int {
	indices := order(xs)
	ranks := make([]int, len(xs))
	for first := 0; first < len(indices); {
		next := first
		for next < len(indices) && xs[indices[next]] == xs[indices[first]] {
			next++
		}
		for _, i := range indices[first:next] {
			ranks[i] = first + 1 + next // the first rank plus the last
		}
		first = next
	}
	return ranks
}
