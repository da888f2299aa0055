package stats

import "math"

// CV returns the coefficient of variation, the sample standard deviation (with
// n-1) over the absolute mean: 0.02 is 2 %. Fewer than two values and a mean of
// zero have none.
func CV(xs []float64) (cv float64, ok bool) {
	if len(xs) < 2 || !finite(xs) {
		return 0, false
	}
	m := mean(xs)
	if m == 0 {
		return 0, false
	}
	var sum float64
	for _, x := range xs {
		d := x/m - 1 // relative first, so that the squares do not overflow
		sum += d * d
	}
	return number(math.Sqrt(sum / float64(len(xs)-1)))
}

// Bimodal reports whether positive values fall into two clusters, and the gap:
// the ratio of the clusters' medians, above 1. The rule is our own: of five
// values or more, each cluster has at least two, and the widest step between
// neighbours, which parts them, is at least three times the range of the wider
// cluster. Five normal values pass it in 3 of 100 cases, six in 1, ten in none.
func Bimodal(xs []float64) (gap float64, ok bool) {
	s, ok := sorted(xs)
	if !ok || len(s) < 5 || s[0] <= 0 {
		return 0, false
	}
	split := 2
	for i := 3; i <= len(s)-2; i++ {
		if s[i]-s[i-1] > s[split]-s[split-1] {
			split = i
		}
	}
	step := s[split] - s[split-1]
	widest := max(s[split-1]-s[0], s[len(s)-1]-s[split])
	if step == 0 || step < 3*widest {
		return 0, false
	}
	return number(medianSorted(s[split:]) / medianSorted(s[:split]))
}

// mean divides first, so that the sum of finite values is finite.
func mean(xs []float64) float64 {
	n := float64(len(xs))
	var m float64
	for _, x := range xs {
		m += x / n
	}
	return m
}

// stddev returns the sample standard deviation (with n-1), 0 for one value.
func stddev(xs []float64) float64 {
	if len(xs) < 2 {
		return 0
	}
	m := mean(xs)
	var sum float64
	for _, x := range xs {
		sum += (x - m) * (x - m)
	}
	return math.Sqrt(sum / float64(len(xs)-1))
}
