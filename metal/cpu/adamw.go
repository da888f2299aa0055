package cpu

import "math"

// An AdamW is the optimizer of Loshchilov and Hutter, Decoupled Weight Decay
// Regularization, 2019, algorithm 2.
type AdamW struct {
	Rate, Beta1, Beta2, Epsilon, Decay float32
}

// Step updates weights and their moments, mean and square, from their
// gradients. step counts from 1.
func (a AdamW) Step(weight, grad, mean, square []float32, step int) {
	n := len(weight)
	grad, mean, square = grad[:n], mean[:n], square[:n]
	c1, c2 := correction(a.Beta1, step), correction(a.Beta2, step)
	for i, g := range grad {
		m := a.Beta1*mean[i] + (1-a.Beta1)*g
		s := a.Beta2*square[i] + (1-a.Beta2)*g*g
		mean[i], square[i] = m, s
		update := (m / c1) / (float32(math.Sqrt(float64(s/c2))) + a.Epsilon)
		weight[i] -= a.Rate * (update + a.Decay*weight[i])
	}
}

// correction is 1 - beta**step, the bias of a moment that began at zero.
func correction(beta float32, step int) float32 {
	return float32(1 - math.Pow(float64(beta), float64(step)))
}
