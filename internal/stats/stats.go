// Package stats turns the values of benchmark runs into medians, intervals,
// tests and decisions: numbers in, numbers out.
//
// The run is the unit of replication, so n is always a number of runs or of
// pairs of runs, never of iterations inside one. Every procedure names its
// source. Where one assumes more than independent runs, what that costs was
// measured; the tests named TestCoverage hold the figures.
//
// A result that does not exist (the interval of a median of three values, a
// ratio to zero) comes back as ok == false, never as NaN, zero or infinity.
// Input that is empty or not finite has no result either. No function changes
// its arguments.
//
// The package knows no benchmarks, units or files, and draws no conclusions
// about machines.
package stats

import (
	"math"
	"slices"
)

// sorted returns a sorted copy of xs, or false where xs is empty or holds a
// value that is not finite.
func sorted(xs []float64) ([]float64, bool) {
	if len(xs) == 0 || !finite(xs) {
		return nil, false
	}
	s := slices.Clone(xs)
	slices.Sort(s)
	return s, true
}

func finite(xs []float64) bool {
	return !slices.ContainsFunc(xs, func(x float64) bool { return math.IsNaN(x) || math.IsInf(x, 0) })
}

// number returns x as a result, or false where it overflowed.
func number(x float64) (float64, bool) {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return 0, false
	}
	return x, true
}
