package reference

import (
	"math"
	"slices"
)

// MatMul returns the product of x, with k values a row, and w, with k rows of
// n values.
func MatMul(x, w []float32, k, n int) Want {
	return Want{
		Values: product(widen(x), widen(w), k, n),
		Bound:  sumBound(k, slices.Max(product(magnitudes(x), magnitudes(w), k, n))),
	}
}

// Lora returns base + scale * x*A*B, with A of in rows and rank columns, and
// B of rank rows and out columns.
func Lora(base, x, a, b []float32, in, rank, out int, scale float64) Want {
	lora := func(wide func([]float32) []float64, scale float64) []float64 {
		y := product(product(wide(x), wide(a), in, rank), wide(b), rank, out)
		for i, v := range wide(base) {
			y[i] = v + scale*y[i]
		}
		return y
	}
	return Want{lora(widen, scale), sumBound(in+rank+2, slices.Max(lora(magnitudes, math.Abs(scale))))}
}

// sumBound is the rounding error of a float32 sum of k products whose absolute
// values add up to at most magnitude (Higham, Accuracy and Stability of
// Numerical Algorithms, section 3.1).
func sumBound(k int, magnitude float64) Bound {
	return Bound{Abs: float64(k+1) * epsilon32 * magnitude}
}

func product(x, w []float64, k, n int) []float64 {
	y := make([]float64, len(x)/k*n)
	for r := range len(x) / k {
		row := y[r*n : (r+1)*n]
		for i, v := range x[r*k : (r+1)*k] {
			for j := range row {
				row[j] += v * w[i*n+j]
			}
		}
	}
	return y
}

func widen(x []float32) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}

func magnitudes(x []float32) []float64 {
	y := widen(x)
	for i, v := range y {
		y[i] = math.Abs(v)
	}
	return y
}
