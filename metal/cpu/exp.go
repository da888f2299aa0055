package cpu

import "math"

// exp32 and expSum compute e**x as 2**k * e**r, with k the integer nearest to
// x/ln 2 and r = x - k*ln 2, |r| <= ln(2)/2 (Cody and Waite, Software Manual
// for the Elementary Functions, chapter 6). The polynomial for e**r is the
// Taylor series to r**6; it is off by less than 2**-22 of the result.
const (
	log2e = 1.44269504088896340736
	// ln 2 in two parts: the high one has 11 bits, so k*ln2High is exact.
	ln2High = 0.693359375
	ln2Low  = -2.12194440054690583e-4
	// Adding 1.5 * 2**23 leaves the nearest integer in the lowest bits.
	rounder = 12582912

	// Below expMin the result would be subnormal and counts as zero; above
	// expMax it exceeds the largest float32.
	expMin = -87.33654
	expMax = 88.72283

	e2 = 1.0 / 2
	e3 = 1.0 / 6
	e4 = 1.0 / 24
	e5 = 1.0 / 120
	e6 = 1.0 / 720
)

// exp32 returns e**x with a relative error below 3e-7. NaN stays NaN, and a
// result below the smallest normal float32 is zero.
func exp32(x float32) float32 {
	switch {
	case x < expMin:
		return 0
	case x > expMax:
		return float32(math.Inf(1))
	}
	t := x*log2e + rounder
	k := t - rounder
	r := x - k*ln2High - k*ln2Low
	p := 1 + r + r*r*(e2+r*(e3+r*(e4+r*(e5+r*e6))))
	// In float64, because 2**128 is no float32 where the result still is.
	return float32(float64(p) * math.Float64frombits(uint64(int64(k)+1023)<<52))
}

// Exp sets dst[i] to e**src[i], for src[i] <= 0 as in a softmax, and returns the
// sum of dst. It is the part of [Softmax] that computes.
func Exp(dst, src []float32) float32 { return expSum(dst, src, 0) }

// expSum sets dst[i] to e**(src[i]-shift) and returns the sum of dst. It
// expects src[i] <= shift, the shift of a softmax; NaN goes into the sum.
func expSum(dst, src []float32, shift float32) float32 {
	dst = dst[:len(src)]
	var even, odd float32
	for i, v := range src {
		x := v - shift
		if x < expMin {
			dst[i] = 0
			continue
		}
		t := x*log2e + rounder
		k := t - rounder
		r := x - k*ln2High - k*ln2Low
		p := 1 + r + r*r*(e2+r*(e3+r*(e4+r*(e5+r*e6))))
		e := p * math.Float32frombits((math.Float32bits(t)+127)<<23)
		dst[i] = e
		even, odd = odd, even+e
	}
	return even + odd
}
