package cpu

import (
	"math"
	"testing"
)

// The oracle is math.Exp. Every 6101st float32 is tried: all exponents, both
// signs, infinities and NaN.
func TestExp32(t *testing.T) {
	worst := 0.0
	for bits := uint64(0); bits < 1<<32; bits += 6101 {
		x := math.Float32frombits(uint32(bits))
		got, want := float64(exp32(x)), math.Exp(float64(x))
		switch {
		case want != want:
			if got == got {
				t.Fatalf("exp32(NaN) = %g", got)
			}
		case want > math.MaxFloat32:
			if !math.IsInf(got, 1) {
				t.Fatalf("exp32(%g) = %g, want +Inf", x, got)
			}
		case want < 0x1p-126:
			if got > 0x1.01p-126 {
				t.Fatalf("exp32(%g) = %g, want 0", x, got)
			}
		default:
			worst = math.Max(worst, math.Abs(got-want)/want)
		}
	}
	if worst > 3e-7 {
		t.Errorf("relative error %.3g, the comment says 3e-7", worst)
	}
}

func TestExpSumIsTheSumOfExp32(t *testing.T) {
	x := []float32{0, -1, -2.5, -87, -90, float32(math.Inf(-1)), -1e-20}
	got := make([]float32, len(x))
	sum := expSum(got, x, 0)
	want := float32(0)
	for i, v := range x {
		if e := exp32(v); math.Abs(float64(got[i]-e)) > 1e-7*float64(e) {
			t.Errorf("expSum(%g) = %g, exp32 is %g", v, got[i], e)
		}
		want += got[i]
	}
	if math.Abs(float64(sum-want)) > 1e-6 {
		t.Errorf("the sum is %g, want %g", sum, want)
	}
}
