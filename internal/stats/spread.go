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
