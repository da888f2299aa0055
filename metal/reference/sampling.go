package reference

import (
	"math"
	"slices"
)

// Sample draws from the keep largest logits, or as many of them as hold p of
// their probability: the token at which the sum of probabilities, largest
// first, exceeds u. It sorts everything.
func Sample(logits []float32, keep int, p, u float64) int {
	order := make([]int, len(logits))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case logits[a] > logits[b]:
			return -1
		case logits[a] < logits[b]:
			return 1
		default:
			return a - b
		}
	})
	order = order[:min(keep, len(order))]
	probability := func(i int) float64 { return math.Exp(float64(logits[i]) - float64(logits[order[0]])) }
	whole, kept, n := 0.0, 0.0, 0
	for _, i := range order {
		whole += probability(i)
	}
	for n < len(order) && kept < p*whole {
		kept += probability(order[n])
		n++
	}
	sum := 0.0
	for _, i := range order[:n] {
		if sum += probability(i); sum > u*kept {
			return i
		}
	}
	return order[n-1]
}
