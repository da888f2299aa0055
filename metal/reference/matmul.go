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

// LoraBackward returns the gradients of A and B for a loss whose gradient at
// the adapter's output is dy: x^T * (scale * dy * B^T), and
// scale * (x*A)^T * dy.
func LoraBackward(x, a, b, dy []float32, in, rank, out int, scale float64) (wantA, wantB Want) {
	tokens := len(x) / in
	gradients := func(wide func([]float32) []float64, scale float64) (ga, gb []float64) {
		hidden := product(wide(x), wide(a), in, rank)
		slope := product(wide(dy), transpose(wide(b), rank, out), out, rank)
		ga = product(transpose(wide(x), tokens, in), slope, tokens, rank)
		gb = product(transpose(hidden, tokens, rank), wide(dy), tokens, out)
		for i := range ga {
			ga[i] *= scale
		}
		for i := range gb {
			gb[i] *= scale
		}
		return ga, gb
	}
	ga, gb := gradients(widen, scale)
	mostA, mostB := gradients(magnitudes, math.Abs(scale))
	return Want{ga, sumBound(tokens+out+2, slices.Max(mostA))}, Want{gb, sumBound(tokens+in+2, slices.Max(mostB))}
}

// transpose returns the columns of x, rows by cols, as rows.
func transpose(x []float64, rows, cols int) []float64 {
	y := make([]float64, len(x))
	for r := range rows {
		for c := range cols {
			y[c*rows+r] = x[r*cols+c]
		}
	}
	return y
}
