package stats

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestQuantile(t *testing.T) {
	ten := []float64{10, 9, 8, 7, 6, 5, 4, 3, 2, 1}
	// Oracle: quantile(1:10, q, type = 7) of R, as printed in its manual's
	// formula: 1 + 9q.
	for _, q := range []float64{0, 0.1, 0.25, 0.5, 0.75, 1} {
		got, ok := Quantile(ten, q)
		if want := 1 + 9*q; !ok || math.Abs(got-want) > 1e-12 {
			t.Errorf("Quantile(1..10, %v) = %v, %v; want %v", q, got, ok, want)
		}
	}
}

func TestMedianAndMAD(t *testing.T) {
	for _, tc := range []struct {
		name        string
		xs          []float64
		median, mad float64
	}{
		{"one value", []float64{7}, 7, 0},
		{"two values have their mean", []float64{1, 4}, 2.5, 1.5},
		{"an outlier moves neither far (B01, new)", []float64{13.5820, 3.0887, 3.2543, 3.0916, 3.3333}, 3.2543, 0.1627},
		{"B01, base", []float64{3.0903, 3.0868, 3.3333, 3.0883, 3.3354}, 3.0903, 0.0035},
		{"no overflow", []float64{math.MaxFloat64, math.MaxFloat64}, math.MaxFloat64, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			median, ok := Median(tc.xs)
			if !ok || median != tc.median {
				t.Errorf("Median = %v, %v; want %v", median, ok, tc.median)
			}
			mad, ok := MAD(tc.xs)
			if !ok || math.Abs(mad-tc.mad) > 1e-9 {
				t.Errorf("MAD = %v, %v; want %v", mad, ok, tc.mad)
			}
		})
	}
}

func TestNoResultWithoutFiniteValues(t *testing.T) {
	one := []float64{1}
	for _, xs := range [][]float64{nil, {}, {math.NaN()}, {1, math.Inf(1)}} {
		_, median := Median(xs)
		_, quantile := Quantile(xs, 0.5)
		_, mad := MAD(xs)
		_, cv := CV(xs)
		_, interval := MedianInterval(xs, 0.5)
		_, rank := MannWhitney(xs, one)
		_, rankY := MannWhitney(one, xs)
		_, logs := logRatios(xs, xs)
		if median || quantile || mad || cv || interval || rank || rankY || logs {
			t.Errorf("%v: a result exists", xs)
		}
	}
	for _, q := range []float64{-0.1, 1.1, math.NaN()} {
		if _, ok := Quantile(one, q); ok {
			t.Errorf("Quantile at %v exists", q)
		}
		if _, ok := MedianInterval([]float64{1, 2, 3, 4, 5, 6, 7, 8}, q); ok {
			t.Errorf("MedianInterval at confidence %v exists", q)
		}
	}
}

// Properties: order of the values does not matter, the arguments stay as they
// are, and location and scale carry over.
func TestDescriptionsFollowTheirValues(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		xs := normals(rng, 1+rng.IntN(30))
		before := slices.Clone(xs)
		shuffled := slices.Clone(xs)
		rng.Shuffle(len(xs), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		scaled := make([]float64, len(xs))
		for i, x := range xs {
			scaled[i] = 4*x + 8
		}
		q := rng.Float64()

		value, _ := Quantile(xs, q)
		again, _ := Quantile(shuffled, q)
		moved, _ := Quantile(scaled, q)
		mad, _ := MAD(xs)
		madMoved, _ := MAD(scaled)
		if value != again || math.Abs(moved-(4*value+8)) > 1e-9 || math.Abs(madMoved-4*mad) > 1e-9 {
			t.Fatalf("quantile %v of %v: %v, shuffled %v, moved %v; MAD %v, moved %v", q, xs, value, again, moved, mad, madMoved)
		}
		if !slices.Equal(xs, before) {
			t.Fatal("an argument was changed")
		}
	}
}

func normals(rng *rand.Rand, n int) []float64 {
	xs := make([]float64, n)
	for i := range xs {
		xs[i] = rng.NormFloat64()
	}
	return xs
}
