package stats

import (
	"math"
	"math/rand/v2"
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

func TestBimodal(t *testing.T) {
	for _, tc := range []struct {
		name string
		xs   []float64
		gap  float64 // 0 for one cluster
	}{
		{"B03, base", []float64{3.6e6, 7.9e6, 3.6e6, 7.9e6, 3.6e6}, 2.194},
		{"B03, both arms", []float64{3.6e6, 7.9e6, 3.6e6, 7.9e6, 3.6e6, 7.9e6, 3.6e6, 7.9e6, 7.9e6, 3.6e6}, 2.194},
		{"one outlier is no cluster (B01)", []float64{13.5820, 3.0887, 3.2543, 3.0916, 3.3333}, 0},
		{"spread evenly", []float64{1, 2, 3, 4, 5, 6}, 0},
		{"all equal", []float64{4, 4, 4, 4, 4}, 0},
		{"too few", []float64{1, 1, 9, 9}, 0},
		{"zero has no ratio", []float64{0, 0, 9, 9, 9}, 0},
	} {
		gap, ok := Bimodal(tc.xs)
		if ok != (tc.gap > 0) || math.Abs(gap-tc.gap) > 0.0005 {
			t.Errorf("%s: %v, %v; want %v", tc.name, gap, ok, tc.gap)
		}
	}
}

func TestBimodalIsRareInOneClusterAndSureInTwo(t *testing.T) {
	rng := rand.New(rand.NewPCG(61, 62))
	const sets = 4000
	for _, tc := range []struct {
		n              int
		single, double float64 // at most, at least
	}{{5, 0.05, 0.6}, {6, 0.02, 0.75}, {10, 0.002, 0.95}, {20, 0.001, 0.95}} {
		one, two := 0, 0
		for range sets {
			xs := normals(rng, tc.n)
			for i := range xs {
				xs[i] += 100
			}
			if _, ok := Bimodal(xs); ok {
				one++
			}
			for i := range xs {
				xs[i] += 20 * float64(rng.IntN(2)) // in five draws of 16, one cluster gets less than two
			}
			if _, ok := Bimodal(xs); ok {
				two++
			}
		}
		if float64(one) > tc.single*sets || float64(two) < tc.double*sets {
			t.Errorf("n = %d: two clusters seen in %d of %d single ones and in %d of %d double ones", tc.n, one, sets, two, sets)
		}
	}
}
