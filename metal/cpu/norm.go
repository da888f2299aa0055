package cpu

import "math"

// RMSNorm writes x / sqrt(mean(x*x) + epsilon) * weight to dst for every row x
// of src, len(weight) values each. dst may be src.
func RMSNorm(dst, src, weight []float32, epsilon float32) {
	cols := len(weight)
	for at := 0; at+cols <= len(src); at += cols {
		x, y := src[at:at+cols], dst[at:at+cols]
		inverse := inverseRoot(dot(x, x)/float32(cols) + epsilon)
		for i, w := range weight {
			y[i] = x[i] * inverse * w
		}
	}
}

// LayerNorm writes (x-mean) / sqrt(variance + epsilon) * weight + bias to dst
// for every row x of src, len(weight) values each. dst may be src. The variance
// is the mean of (x-mean)**2; mean(x*x) - mean**2 would cancel.
func LayerNorm(dst, src, weight, bias []float32, epsilon float32) {
	cols := len(weight)
	for at := 0; at+cols <= len(src); at += cols {
		x, y := src[at:at+cols], dst[at:at+cols]
		mean := total(x) / float32(cols)
		squares := float32(0)
		for i, v := range x {
			d := v - mean
			y[i] = d
			squares += d * d
		}
		inverse := inverseRoot(squares/float32(cols) + epsilon)
		for i, w := range weight {
			y[i] = y[i]*inverse*w + bias[i]
		}
	}
}

func inverseRoot(x float32) float32 { return float32(1 / math.Sqrt(float64(x))) }
