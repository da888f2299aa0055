package stats

import (
	"math"
	"testing"
)

// Oracle: the printed tables of Student's t and of the normal distribution
// (Abramowitz and Stegun, tables 26.10 and 26.5).
func TestUpperQuantiles(t *testing.T) {
	for _, tc := range []struct{ p, df, want float64 }{
		{0.025, 1, 12.706}, {0.025, 4, 2.776}, {0.025, 9, 2.262}, {0.025, 120, 1.980},
		{0.005, 1, 63.657}, {0.005, 4, 4.604}, {0.005, 8, 3.355}, {0.005, 30, 2.750},
		{0.20, 8, 0.889}, {0.5, 3, 0},
	} {
		if got := studentUpper(tc.p, tc.df); math.Abs(got-tc.want) > 0.0006 {
			t.Errorf("t of %v with %v degrees = %.4f, want %.3f", tc.p, tc.df, got, tc.want)
		}
	}
	for _, tc := range []struct{ p, want float64 }{{0.5, 0}, {0.025, 1.95996}, {0.001, 3.09023}, {1e-6, 4.75342}} {
		if got := normalUpper(tc.p); math.Abs(got-tc.want) > 5e-6 {
			t.Errorf("z of %v = %.5f, want %.5f", tc.p, got, tc.want)
		}
	}
}

// Oracle: the closed forms for 1 and 2 degrees of freedom, and the normal
// distribution as the limit.
func TestStudentTailInClosedForm(t *testing.T) {
	for _, x := range []float64{0, 0.1, 1, 2.5, 10, 60, 1000} {
		cauchy := 0.5 - math.Atan(x)/math.Pi
		two := 0.5 - x/(2*math.Sqrt(2+x*x))
		if got := studentTail(x, 1); math.Abs(got-cauchy) > 1e-12 {
			t.Errorf("tail at %v with 1 degree = %v, want %v", x, got, cauchy)
		}
		if got := studentTail(x, 2); math.Abs(got-two) > 1e-12 {
			t.Errorf("tail at %v with 2 degrees = %v, want %v", x, got, two)
		}
	}
	if got, want := studentTail(2, 1e6), 1-normalCDF(2); math.Abs(got-want) > 1e-6 {
		t.Errorf("tail at 2 with a million degrees = %v, want %v", got, want)
	}
}
