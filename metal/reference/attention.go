package reference

import "math"

// An AttentionShape has the dimensions of the attention of one token over
// cached keys and values, [KVHeads, Capacity, Dim], of which Length positions
// are filled.
type AttentionShape struct {
	Heads, KVHeads, Dim, Capacity, Length int
	Scale                                 float64
}

// Attention returns softmax(Scale * q*k) * v for every head of query.
//
// The bound: a score is a sum of Dim products, its error changes a probability
// by twice as much, and the sum over Length positions is corrected each time a
// block has a larger score.
func Attention(query, keys, values []float32, s AttentionShape) Want {
	out := make([]float64, s.Heads*s.Dim)
	for h := range s.Heads {
		cache := h / (s.Heads / s.KVHeads) * s.Capacity * s.Dim
		weights := s.weights(query[h*s.Dim:(h+1)*s.Dim], keys[cache:])
		for p, w := range weights {
			for d := range s.Dim {
				out[h*s.Dim+d] += w * float64(values[cache+p*s.Dim+d])
			}
		}
	}
	scoreError := float64(s.Dim+2) * epsilon32 * math.Abs(s.Scale) * largest(query) * s.largestFilled(keys) * math.Sqrt(float64(s.Dim))
	roundings := sumRoundings(s.Length) + float64(s.Length)/4 + 32
	return Want{out, Bound{Abs: s.largestFilled(values) * (4*scoreError + roundings*epsilon32)}}
}

// largestFilled is the largest magnitude at the filled positions of a cache;
// what lies behind them may be anything.
func (s AttentionShape) largestFilled(cache []float32) float64 {
	m := 0.0
	for h := range s.KVHeads {
		first := h * s.Capacity * s.Dim
		m = max(m, largest(cache[first:first+s.Length*s.Dim]))
	}
	return m
}

// weights are the probabilities of the positions for one head's query.
func (s AttentionShape) weights(q, keys []float32) []float64 {
	w, top, total := make([]float64, s.Length), math.Inf(-1), 0.0
	for p := range w {
		w[p] = s.Scale * dot(q, keys[p*s.Dim:(p+1)*s.Dim])
		top = max(top, w[p])
	}
	for p, score := range w {
		w[p] = math.Exp(score - top)
		total += w[p]
	}
	for p := range w {
		w[p] /= total
	}
	return w
}

func dot(x, y []float32) float64 {
	s := 0.0
	for i, v := range x {
		s += float64(v) * float64(y[i])
	}
	return s
}
