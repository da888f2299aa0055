package reference

import "math"

// Softmax returns the softmax of every row of x, cols values each.
//
// The bound holds for a float32 exponential off by at most 5e-7, 4 units in the
// last place as Metal allows, whose argument
// x-m is rounded once: with |x-m| up to 87, where the result leaves the normal
// float32, that rounding alone is 87 * 2**-24 of the result. The sum of cols
// exponentials adds about sqrt(cols) roundings. Probabilities below 1e-30 may
// be flushed to zero.
func Softmax(x []float32, cols int) Want {
	y := make([]float64, len(x))
	for r := 0; r+cols <= len(x); r += cols {
		largest := math.Inf(-1)
		for _, v := range x[r : r+cols] {
			largest = math.Max(largest, float64(v))
		}
		sum := 0.0
		for i, v := range x[r : r+cols] {
			y[r+i] = math.Exp(float64(v) - largest)
			sum += y[r+i]
		}
		for i := range cols {
			y[r+i] /= sum
		}
	}
	return Want{y, Bound{Abs: 1e-30, Rel: 6e-6 + math.Sqrt(float64(cols))*epsilon32}}
}

// Exp returns e**v of every value of x. The bound holds for values up to 0, a
// softmax's, and for an exponential off by at most 5e-7; below 1e-30 it may be
// flushed to zero.
func Exp(x []float32) Want {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = math.Exp(float64(v))
	}
	return Want{y, Bound{Abs: 1e-30, Rel: 1e-6}}
}

// Exactly returns x itself, which a copy must equal.
func Exactly(x []float32) Want {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return Want{Values: y}
}

// epsilon32 is the largest relative error of one float32 rounding.
const epsilon32 = 1.0 / (1 << 24)
