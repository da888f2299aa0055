package claim

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestCutIsNeverAboveAndRaiseNeverBelow(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 20000 {
		v := math.Exp(40 * (rng.Float64() - 0.5))
		if rng.IntN(10) == 0 {
			v = math.Exp(700 * rng.Float64())
		}
		scale := []float64{1, 0.01, 1e3, 1e6, 1e9}[rng.IntN(5)]
		decimals := rng.IntN(4)
		down, up := valueOf(cut(v, scale, decimals))*scale, valueOf(raise(v, scale, decimals))*scale
		one := math.Pow10(-decimals)*scale + v*1e-12
		if !(down <= v && down >= v-one) || !(up >= v && up <= v+one) {
			t.Fatalf("%v in units of %v with %d decimals: cut to %v, raised to %v", v, scale, decimals, down, up)
		}
	}
}

func TestCutAndRaiseOfDecimals(t *testing.T) {
	for _, test := range []struct {
		v, scale  float64
		decimals  int
		cut, rise string
	}{
		{3.25, 1, 1, "3.2", "3.3"}, {3.35, 1, 1, "3.3", "3.4"}, {3.2, 1, 1, "3.2", "3.2"}, {0.29, 0.01, 0, "28", "29"},
		{0.4, 0.01, 0, "40", "40"}, {1.3356e6, 1e6, 1, "1.3", "1.4"}, {99.99, 1, 0, "99", "100"}, {0, 1, 2, "0.00", "0.00"},
	} {
		if got := cut(test.v, test.scale, test.decimals); got != test.cut {
			t.Errorf("cut(%v, %v, %d) is %s, want %s", test.v, test.scale, test.decimals, got, test.cut)
		}
		if got := raise(test.v, test.scale, test.decimals); got != test.rise {
			t.Errorf("raise(%v, %v, %d) is %s, want %s", test.v, test.scale, test.decimals, got, test.rise)
		}
	}
}
