package stats

import "math"

// Ratio returns head/base for values that are not negative. No change is ratio
// 1, also for 0 against 0; any other ratio to zero does not exist.
func Ratio(base, head float64) (ratio float64, ok bool) {
	switch {
	case !(base >= 0 && head >= 0):
		return 0, false
	case base == 0 && head == 0:
		return 1, true
	case base == 0:
		return 0, false
	}
	return number(head / base)
}

// GeomeanRatio returns the geometric mean of the ratios head[i]/base[i], and
// over how many pairs it was taken: those whose [Ratio] exists and is not zero.
// There is none where no pair is left, or for slices of unequal length.
func GeomeanRatio(base, head []float64) (ratio float64, used int, ok bool) {
	if len(base) != len(head) {
		return 0, 0, false
	}
	var sum float64
	for i := range base {
		if r, ok := Ratio(base[i], head[i]); ok && r > 0 {
			sum += math.Log(r)
			used++
		}
	}
	if used == 0 {
		return 0, 0, false
	}
	ratio, ok = number(math.Exp(sum / float64(used)))
	return ratio, used, ok
}

// logRatios returns ln(head[i]/base[i]) of every pair. There are none where a
// value is not positive, or for slices of unequal length.
func logRatios(base, head []float64) (ratios []float64, ok bool) {
	b, okBase := logs(base)
	h, okHead := logs(head)
	if !okBase || !okHead || len(b) != len(h) {
		return nil, false
	}
	for i := range h {
		h[i] -= b[i] // not the logarithm of the quotient, which may overflow
	}
	return h, true
}

// logs returns the logarithms of xs, none where a value is not positive.
func logs(xs []float64) (ys []float64, ok bool) {
	if len(xs) == 0 || !finite(xs) {
		return nil, false
	}
	ys = make([]float64, len(xs))
	for i, x := range xs {
		if x <= 0 {
			return nil, false
		}
		ys[i] = math.Log(x)
	}
	return ys, true
}
