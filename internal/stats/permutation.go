package stats

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
)

const (
	flipLimit = 16    // pairs up to which SignFlip tries every pattern of signs
	flips     = 20000 // patterns drawn beyond it
)

// SignFlip tests whether base and head, measured in pairs, differ in their mean
// log ratio: the two-sided p is the share of all ways to swap arms within pairs
// that give a mean at least as far from zero (Fisher 1935). It is exact up to 16
// pairs; beyond, it draws 20,000 swaps from the seed and counts the observed one
// in, so that p is never too small (Phipson and Smyth 2010). It is exact for any
// noise, as long as the order within pairs was random, but a mean follows
// outliers: [Design.Judge] finds more.
func SignFlip(base, head []float64, seed uint64) (p float64, ok bool) {
	d, ok := logRatios(base, head)
	if !ok {
		return 0, false
	}
	slices.Sort(d) // so that the draw does not depend on the order of pairs
	observed := math.Abs(signedSum(d, 0)) * (1 - 1e-12)
	if n := len(d); n <= flipLimit {
		far := 0
		for signs := range uint64(1) << n {
			if math.Abs(signedSum(d, signs)) >= observed {
				far++
			}
		}
		return float64(far) / float64(uint64(1)<<n), true
	}
	rng := rand.New(rand.NewPCG(seed, 0))
	far := 1
	for range flips {
		if math.Abs(randomSum(d, rng)) >= observed {
			far++
		}
	}
	return float64(far) / (flips + 1), true
}

// signedSum adds the values, negated where their bit is set.
func signedSum(d []float64, signs uint64) float64 {
	var sum float64
	for i, x := range d {
		if signs>>i&1 == 1 {
			x = -x
		}
		sum += x
	}
	return sum
}

func randomSum(d []float64, rng *rand.Rand) float64 {
	var sum float64
	for len(d) > 0 {
		n := min(len(d), bits.UintSize)
		sum += signedSum(d[:n], rng.Uint64())
		d = d[n:]
	}
	return sum
}

// Holm adjusts p values that are judged together, in their order: an adjusted
// value at most alpha may be called significant, and the chance that any of the
// calls is false is at most alpha, however they depend on each other (Holm
// 1979). Values outside [0, 1] count as 1.
func Holm(ps []float64) []float64 {
	clean := make([]float64, len(ps))
	for i, p := range ps {
		clean[i] = 1
		if p >= 0 && p <= 1 {
			clean[i] = p
		}
	}
	adjusted := make([]float64, len(ps))
	largest := 0.0
	for rank, i := range order(clean) {
		largest = max(largest, min(1, float64(len(ps)-rank)*clean[i]))
		adjusted[i] = largest
	}
	return adjusted
}
