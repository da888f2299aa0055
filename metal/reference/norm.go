package reference

import "math"

// RMSNorm returns x / sqrt(mean(x*x) + epsilon) * weight for every row of
// len(weight) values. The bound counts the roundings of the sum, about
// sqrt(cols), and eight of everything else.
func RMSNorm(x, weight []float32, epsilon float64) Want {
	y, cols := make([]float64, len(x)), len(weight)
	for r := 0; r+cols <= len(x); r += cols {
		squares := 0.0
		for _, v := range x[r : r+cols] {
			squares += float64(v) * float64(v)
		}
		inverse := 1 / math.Sqrt(squares/float64(cols)+epsilon)
		for i, v := range x[r : r+cols] {
			y[r+i] = float64(v) * inverse * float64(weight[i])
		}
	}
	return Want{y, Bound{Abs: 1e-37, Rel: sumRoundings(cols) * epsilon32}}
}

// LayerNorm returns (x-mean) / sqrt(variance + epsilon) * weight + bias for
// every row of len(weight) values. x-mean may cancel, so the bound is the
// rounding error of the row's largest value, carried to the result; a variance
// computed as mean(x*x) - mean*mean is outside it.
func LayerNorm(x, weight, bias []float32, epsilon float64) Want {
	y, cols, worst := make([]float64, len(x)), len(weight), 0.0
	for r := 0; r+cols <= len(x); r += cols {
		row := widen(x[r : r+cols])
		mean := sum(row) / float64(cols)
		variance := 0.0
		for _, v := range row {
			variance += (v - mean) * (v - mean) / float64(cols)
		}
		inverse := 1 / math.Sqrt(variance+epsilon)
		for i, v := range row {
			y[r+i] = (v-mean)*inverse*float64(weight[i]) + float64(bias[i])
		}
		worst = max(worst, largest(x[r:r+cols])*inverse)
	}
	scale := worst*largest(weight) + largest(bias)
	return Want{y, Bound{Abs: sumRoundings(cols) * epsilon32 * scale}}
}

// sumRoundings is how many units of rounding error a float32 sum of n values
// with a few operations after it has: at random, they grow as the root of n.
func sumRoundings(n int) float64 { return 8 + 2*math.Sqrt(float64(n)) }

func sum(x []float64) float64 {
	s := 0.0
	for _, v := range x {
		s += v
	}
	return s
}

// largest is the largest magnitude in x.
func largest(x []float32) float64 {
	m := 0.0
	for _, v := range x {
		m = max(m, math.Abs(float64(v)))
	}
	return m
}
