package stats

import (
	"math"
	"testing"
)

func TestCV(t *testing.T) {
	for _, tc := range []struct {
		name string
		xs   []float64
		want float64
		ok   bool
	}{
		// sd(2, 4, 4, 4, 5, 5, 7, 9) = sqrt(32/7), mean 5: the textbook sample.
		{"textbook", []float64{2, 4, 4, 4, 5, 5, 7, 9}, math.Sqrt(32.0/7) / 5, true},
		{"a negative mean counts by its size", []float64{-1, -3}, math.Sqrt2 / 2, true},
		// cases.md says 79 %, which is the same spread with n in place of n-1.
		{"B01, new: a spread that no verdict may rest on", []float64{13.5820, 3.0887, 3.2543, 3.0916, 3.3333}, 0.88193, true},
		{"equal values", []float64{3, 3, 3}, 0, true},
		{"one value has no spread", []float64{3}, 0, false},
		{"mean zero", []float64{-1, 1}, 0, false},
		{"huge values", []float64{1e300, 3e300}, math.Sqrt2 / 2, true},
		{"a mean too small to divide by", []float64{-1, 1, 5e-324}, 0, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, ok := CV(tc.xs)
			if ok != tc.ok || math.Abs(got-tc.want) > 5e-5 {
				t.Errorf("CV = %v, %v; want %v, %v", got, ok, tc.want, tc.ok)
			}
		})
	}
}
