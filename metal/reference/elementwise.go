package reference

import "math"

// Map returns f of every index below n, for one operation that rounds a few
// times, as +, * and fma do, and is not ill-conditioned at the inputs.
func Map(n int, f func(i int) float64) Want {
	y := make([]float64, n)
	for i := range y {
		y[i] = f(i)
	}
	return Want{y, Bound{Abs: 1e-37, Rel: 4 * epsilon32}}
}

// AddScaled returns x + factor*y. Where the two cancel, the error is that of
// the larger one.
func AddScaled(x, y []float32, factor float64) Want {
	want := Map(len(x), func(i int) float64 { return float64(x[i]) + factor*float64(y[i]) })
	want.Bound = Bound{Abs: 4 * epsilon32 * (largest(x) + math.Abs(factor)*largest(y))}
	return want
}

// SiLU returns x / (1 + e**-x).
func SiLU(x []float32) Want {
	want := Map(len(x), func(i int) float64 { return silu(float64(x[i])) })
	want.Bound = siluBound(largest(x))
	return want
}

// GatedSiLU returns silu(x + bias) * gate.
func GatedSiLU(x, bias, gate []float32) Want {
	want := Map(len(x), func(i int) float64 {
		return silu(float64(x[i])+float64(bias[i])) * float64(gate[i])
	})
	want.Bound = siluBound(largest(x) + largest(bias))
	return want
}

// GatedResidual returns residual + gate * (x * scale + shift). Where terms
// cancel, the error is that of the larger one.
func GatedResidual(residual, gate, x, scale, shift []float32) Want {
	want := Map(len(x), func(i int) float64 {
		return float64(residual[i]) + float64(gate[i])*(float64(x[i])*float64(scale[i])+float64(shift[i]))
	})
	inner := largest(x)*largest(scale) + largest(shift)
	want.Bound = Bound{Abs: 4 * epsilon32 * (largest(residual) + largest(gate)*inner)}
	return want
}

func silu(x float64) float64 { return x / (1 + math.Exp(-x)) }

// siluBound: an argument up to magnitude is rounded once, and its exponential
// is off by that rounding in absolute terms. Below -87 the exponential
// overflows float32 and the result, less than 1e-35, is zero.
func siluBound(magnitude float64) Bound {
	return Bound{Abs: 1e-35 * max(1, magnitude), Rel: (20 + magnitude) * epsilon32}
}
