package reference

import "math/rand/v2"

// Normal returns n normally distributed values with mean 0 and the standard
// deviation sigma, the same for the same seed.
func Normal(seed uint64, n int, sigma float64) []float32 {
	rng := rand.New(rand.NewPCG(seed, 0))
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(rng.NormFloat64() * sigma)
	}
	return x
}
