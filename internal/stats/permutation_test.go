package stats

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestSignFlip(t *testing.T) {
	for _, tc := range []struct {
		name string
		logs []float64
		want float64
	}{
		// Oracle: counting by hand, of 2^n.
		{"all on one side", []float64{1, 2, 3, 4, 5}, 2.0 / 32},
		{"n = 3", []float64{1, 2, -3}, 1},
		{"the smallest goes against", []float64{-1, 2, 3, 4, 5}, 4.0 / 32},
		{"no difference at all", []float64{0, 0, 0, 0}, 1},
		{"one pair", []float64{1}, 1},
		// Oracle: Darwin's maize, in eighths of an inch; Fisher, "The Design of
		// Experiments", section 21, counted 1,726 of 32,768.
		{"Darwin's maize", []float64{49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48}, 1726.0 / 32768},
	} {
		t.Run(tc.name, func(t *testing.T) {
			base := make([]float64, len(tc.logs))
			head := make([]float64, len(tc.logs))
			for i, l := range tc.logs {
				base[i], head[i] = 1, math.Exp(l)
			}
			if p, ok := SignFlip(base, head, 1); !ok || math.Abs(p-tc.want) > 1e-12 {
				t.Errorf("p = %v, %v; want %v", p, ok, tc.want)
			}
		})
	}
}

func TestDrawnSignFlipsMeetTheNormalLimit(t *testing.T) {
	d := make([]float64, 200)
	for i := range d {
		d[i] = 0.01 * normalUpper((float64(i)+0.5)/200)
	}
	base, head := make([]float64, 200), make([]float64, 200)
	for i := range d {
		base[i], head[i] = 1, math.Exp(d[i]+0.0014)
	}
	p, ok := SignFlip(base, head, 1)
	var squares float64
	logs, _ := logRatios(base, head)
	for _, x := range logs {
		squares += x * x
	}
	want := 2 * normalCDF(-math.Abs(mean(logs))*200/math.Sqrt(squares))
	if !ok || math.Abs(p-want) > 0.005 {
		t.Errorf("p = %v, %v; want about %v", p, ok, want)
	}
	slices.Reverse(base)
	slices.Reverse(head)
	if again, _ := SignFlip(base, head, 1); again != p {
		t.Errorf("p = %v, in reverse order %v", p, again)
	}
	if swapped, _ := SignFlip(head, base, 2); math.Abs(swapped-p) > 0.01 {
		t.Errorf("p = %v, arms swapped %v", p, swapped)
	}
}

func TestDrawnSignFlipsAreNeverZero(t *testing.T) {
	base, head := evenPairs(200, 0.5, 0.01)
	if p, ok := SignFlip(base, head, 1); !ok || p != 1.0/(flips+1) {
		t.Errorf("p = %v, %v; want 1 in %d", p, ok, flips+1)
	}
}

// Under no difference p is at most alpha in at most alpha of sets.
func TestSignFlipHoldsItsLevel(t *testing.T) {
	rng := rand.New(rand.NewPCG(51, 52))
	const sets = 1000
	small := 0
	for range sets {
		base, head := disturbedPairs(rng, 10)
		if p, _ := SignFlip(base, head, 1); p <= 0.05 {
			small++
		}
	}
	if share := float64(small) / sets; share > 0.05+3*math.Sqrt(0.05*0.95/sets) {
		t.Errorf("p <= 0.05 in %v of sets", share)
	}
}

// Oracle: the definition, by hand; R's p.adjust(c(0.01, 0.02, 0.03, 0.04,
// 0.05), "holm") gives 0.05, 0.08, 0.09, 0.09, 0.09.
func TestHolm(t *testing.T) {
	for _, tc := range []struct{ ps, want []float64 }{
		{[]float64{0.01, 0.02, 0.03, 0.04, 0.05}, []float64{0.05, 0.08, 0.09, 0.09, 0.09}},
		{[]float64{0.5, 0.001}, []float64{0.5, 0.002}},
		{[]float64{0.9, 0.8}, []float64{1, 1}},
		{[]float64{math.NaN(), 0.01}, []float64{1, 0.02}},
		{nil, nil},
	} {
		got := Holm(tc.ps)
		if len(got) != len(tc.want) {
			t.Fatalf("Holm(%v) = %v", tc.ps, got)
		}
		for i := range got {
			if math.Abs(got[i]-tc.want[i]) > 1e-12 {
				t.Errorf("Holm(%v) = %v, want %v", tc.ps, got, tc.want)
			}
		}
	}
}

func BenchmarkSignFlip(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, n := range []int{16, 200} {
		base, head := disturbedPairs(rng, n)
		b.Run(sizeName(n), func(b *testing.B) {
			for b.Loop() {
				SignFlip(base, head, 1)
			}
		})
	}
}
