package stats

import (
	"math"
	"testing"
)

// FuzzFinite: whatever the finite input, no public function returns a NaN or
// an infinity, and none changes its arguments or panics.
func FuzzFinite(f *testing.F) {
	f.Add(1.0, 2.0, 3.0, 4.0, 0.95, uint8(5))
	f.Add(math.MaxFloat64, -math.MaxFloat64, math.SmallestNonzeroFloat64, 0.0, 1e-300, uint8(60))
	f.Add(math.MaxFloat64, math.SmallestNonzeroFloat64, math.MaxFloat64, math.SmallestNonzeroFloat64, 1-1e-16, uint8(2))
	f.Add(5e-324, 5e-324, 1e308, 1e308, 0.5, uint8(130))
	f.Add(math.MaxFloat64, -math.MaxFloat64, math.SmallestNonzeroFloat64, 1.0, 1e-300, uint8(4)) // once an infinite mean
	f.Fuzz(func(t *testing.T, a, b, c, d, p float64, n uint8) {
		values := []float64{a, b, c, d}
		if !finite(values) {
			t.Skip()
		}
		x, y := make([]float64, 1+int(n)%140), make([]float64, 1+int(n)%140)
		for i := range x {
			x[i], y[i] = values[i%4], values[(i+i/4+1)%4]
		}
		check := func(name string, results ...float64) {
			if !finite(results) {
				t.Errorf("%s of %v and %v at %v: %v", name, x, y, p, results)
			}
		}
		describe(check, x, y, p)
		compare(check, x, y, p)
	})
}

func describe(check func(string, ...float64), x, y []float64, p float64) {
	median, _ := Median(x)
	quantile, _ := Quantile(x, p)
	mad, _ := MAD(x)
	cv, _ := CV(x)
	gap, _ := Bimodal(x)
	ratio, _ := Ratio(x[0], y[0])
	geomean, _, _ := GeomeanRatio(x, y)
	interval, _ := MedianInterval(x, p)
	check("Median", median)
	check("Quantile", quantile)
	check("MAD", mad)
	check("CV", cv)
	check("Bimodal", gap)
	check("Ratio", ratio)
	check("GeomeanRatio", geomean)
	check("MedianInterval", interval.Low, interval.High, interval.Coverage)
}

func compare(check func(string, ...float64), x, y []float64, p float64) {
	test, _ := MannWhitney(x, y)
	paired, _ := PairedRatio(x, y, p)
	unpaired, _ := UnpairedRatio(x, y, p)
	flip, _ := SignFlip(x[:min(12, len(x))], y[:min(12, len(y))], 1)
	effect, _ := MDE(x[0], len(y))
	_, _ = RunsNeeded(x, y, p, 0.95)
	decision, _ := Design{Threshold: p, Alpha: p, Benchmarks: 1, Looks: 2}.Judge(x, y, 2)
	check("MannWhitney", test.U, test.P, test.Less, test.Greater, test.MinP)
	check("PairedRatio", paired.Ratio, paired.Low, paired.High)
	check("UnpairedRatio", unpaired.Ratio, unpaired.Low, unpaired.High)
	check("SignFlip", flip)
	check("MDE", effect)
	check("Holm", Holm(x)...)
	check("Judge", decision.Ratio, decision.Low, decision.High, decision.Coverage, decision.MDE)
}
