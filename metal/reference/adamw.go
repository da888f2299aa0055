package reference

import "math"

// An AdamW has the hyperparameters of the optimizer.
type AdamW struct {
	Rate, Beta1, Beta2, Epsilon, Decay float64
}

// AdamWStep returns the weights and moments after step (from 1) of AdamW
// (Loshchilov and Hutter, Decoupled Weight Decay Regularization, 2019,
// algorithm 2). The bound of the weights is the rounding error of the moments,
// which may cancel, carried through the quotient.
func AdamWStep(weight, grad, mean, square []float32, step int, a AdamW) (w, m, s Want) {
	n := len(weight)
	w.Values, m.Values, s.Values = make([]float64, n), make([]float64, n), make([]float64, n)
	c1, c2 := 1-math.Pow(a.Beta1, float64(step)), 1-math.Pow(a.Beta2, float64(step))
	worst := 0.0
	for i := range n {
		g := float64(grad[i])
		m.Values[i] = a.Beta1*float64(mean[i]) + (1-a.Beta1)*g
		s.Values[i] = a.Beta2*float64(square[i]) + (1-a.Beta2)*g*g
		denominator := math.Sqrt(s.Values[i]/c2) + a.Epsilon
		update := m.Values[i]/c1/denominator + a.Decay*float64(weight[i])
		w.Values[i] = float64(weight[i]) - a.Rate*update
		momentError := 4 * epsilon32 * (math.Abs(float64(mean[i])) + math.Abs(g))
		worst = max(worst, momentError/c1/denominator+16*epsilon32*math.Abs(update))
	}
	m.Bound = Bound{Abs: 4 * epsilon32 * (largest(mean) + largest(grad))}
	s.Bound = Bound{Abs: 1e-37, Rel: 8 * epsilon32}
	w.Bound = Bound{Abs: a.Rate*worst + 4*epsilon32*largest(weight)}
	return w, m, s
}
