package stats

import (
	"math"
	"testing"
)

// B06; oracle: benchstat's goldens zero.stdout and issue19565.stdout.
func TestGeomeanRatio(t *testing.T) {
	for _, tc := range []struct {
		name       string
		base, head []float64
		want       float64
		used       int
		ok         bool
	}{
		{"twice and half cancel", []float64{1, 2}, []float64{2, 1}, 1, 2, true},
		{"the one benchmark of both sides (issue19565)", []float64{100}, []float64{100}, 1, 1, true},
		{"zero against zero is no change (ZeroOverZero)", []float64{0, 0}, []float64{0, 0}, 1, 2, true},
		{"zero to something has no ratio (NonZeroOverZero)", []float64{0, 0}, []float64{100, 100}, 0, 0, false},
		{"a pair without ratio is left out and not counted", []float64{0, 10}, []float64{100, 40}, 4, 1, true},
		{"something to zero has no logarithm", []float64{8, 10}, []float64{0, 40}, 4, 1, true},
		{"not numbers are left out", []float64{math.NaN(), math.Inf(1), 1, 1}, []float64{1, 1, math.Inf(1), 9}, 9, 1, true},
		{"no pairs", nil, nil, 0, 0, false},
		{"unequal lengths", []float64{1}, nil, 0, 0, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, used, ok := GeomeanRatio(tc.base, tc.head)
			if ok != tc.ok || used != tc.used || math.Abs(got-tc.want) > 1e-12 {
				t.Errorf("GeomeanRatio = %v over %d, %v; want %v over %d, %v", got, used, ok, tc.want, tc.used, tc.ok)
			}
		})
	}
}

func TestRatio(t *testing.T) {
	for _, tc := range []struct {
		name       string
		base, head float64
		want       float64
		ok         bool
	}{
		{"no change at zero", 0, 0, 1, true},
		{"zero to something", 0, 5, 0, false},
		{"something to zero", 5, 0, 0, true},
		{"B13: +415.5 % is 5.155 times the time", 100, 515.5, 5.155, true},
		{"too large for a number", math.SmallestNonzeroFloat64, 1, 0, false},
		{"negative", -1, 1, 0, false},
		{"NaN", 5, math.NaN(), 0, false},
	} {
		if got, ok := Ratio(tc.base, tc.head); got != tc.want || ok != tc.ok {
			t.Errorf("%s: Ratio = %v, %v; want %v, %v", tc.name, got, ok, tc.want, tc.ok)
		}
	}
}

func TestLogRatiosNeedPositivePairs(t *testing.T) {
	logs, ok := logRatios([]float64{1, 2}, []float64{math.E, 2})
	if !ok || math.Abs(logs[0]-1) > 1e-15 || logs[1] != 0 {
		t.Errorf("logRatios = %v, %v; want [1 0]", logs, ok)
	}
	extreme, ok := logRatios([]float64{math.SmallestNonzeroFloat64}, []float64{math.MaxFloat64})
	if !ok || math.IsInf(extreme[0], 0) {
		t.Errorf("logRatios of extremes = %v, %v; want a finite value", extreme, ok)
	}
	for _, bad := range [][2][]float64{{{1, 0}, {1, 1}}, {{1}, {-1}}, {{1, 1}, {1}}, {{1}, {math.Inf(1)}}} {
		if _, ok := logRatios(bad[0], bad[1]); ok {
			t.Errorf("logRatios(%v, %v) exists", bad[0], bad[1])
		}
	}
}
