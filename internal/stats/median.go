package stats

import "math"

// Median returns the middle value of xs, the mean of the middle two for an
// even number of values, as benchstat does.
func Median(xs []float64) (median float64, ok bool) {
	s, ok := sorted(xs)
	if !ok {
		return 0, false
	}
	return medianSorted(s), true
}

// Quantile returns the value below which the fraction q of xs lies, with q in
// [0, 1]: definition 7 of Hyndman and Fan, "Sample Quantiles in Statistical
// Packages" (1996), which interpolates between the order statistics around
// (n-1)q. Its quantile 0.5 is the [Median].
func Quantile(xs []float64, q float64) (value float64, ok bool) {
	s, ok := sorted(xs)
	if !ok || !(q >= 0 && q <= 1) {
		return 0, false
	}
	whole, fraction := math.Modf(q * float64(len(s)-1))
	i := int(whole)
	if fraction == 0 {
		return s[i], true
	}
	return s[i]*(1-fraction) + s[i+1]*fraction, true
}

// MAD returns the median of the absolute deviations from the median, in the
// unit of xs and not scaled to a standard deviation (Hampel 1974).
func MAD(xs []float64) (mad float64, ok bool) {
	m, ok := Median(xs)
	if !ok {
		return 0, false
	}
	deviations := make([]float64, len(xs))
	for i, x := range xs {
		deviations[i] = math.Abs(x - m)
	}
	return Median(deviations)
}

func medianSorted(s []float64) float64 {
	n := len(s)
	if n%2 == 1 {
		return s[n/2]
	}
	return midpoint(s[n/2-1], s[n/2])
}

// midpoint halves first where the sum would overflow.
func midpoint(a, b float64) float64 {
	if sum := a + b; !math.IsInf(sum, 0) {
		return sum / 2
	}
	return a/2 + b/2
}
