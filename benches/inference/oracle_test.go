package inference

import "math"

// wholeBlock is the block's output for all tokens at once, in float64 and
// without a cache: every token attends to itself and those before it.
func wholeBlock(s Size, w Weights, in []float32) []float64 {
	tokens := len(in) / s.Width
	x := make([]float64, len(in))
	for i, v := range in {
		x[i] = float64(v)
	}
	normed := norm64(x, w.AttentionNorm)
	query := turned(product64(normed, w.Query, s.Width), s.Width, s.headDim())
	key := turned(product64(normed, w.Key, s.Width), s.kvWidth(), s.headDim())
	value := product64(normed, w.Value, s.Width)
	attended := make([]float64, len(x))
	for t := range tokens {
		for h := range s.Heads {
			attend64(s, attended, query, key, value, t, h)
		}
	}
	add64(x, product64(attended, w.Output, s.Width))

	normed = norm64(x, w.FeedNorm)
	gate, up := product64(normed, w.Gate, s.Width), product64(normed, w.Up, s.Width)
	for i, g := range gate {
		gate[i] = g / (1 + math.Exp(-g)) * up[i]
	}
	add64(x, product64(gate, w.Down, s.Hidden))
	return x
}

func attend64(s Size, out, query, key, value []float64, t, h int) {
	dim, kv := s.headDim(), h/(s.Heads/s.KVHeads)
	weights, total := make([]float64, t+1), 0.0
	for p := range weights {
		score := 0.0
		for d := range dim {
			score += query[t*s.Width+h*dim+d] * key[p*s.kvWidth()+kv*dim+d]
		}
		weights[p] = math.Exp(score / math.Sqrt(float64(dim)))
		total += weights[p]
	}
	for p, weight := range weights {
		for d := range dim {
			out[t*s.Width+h*dim+d] += weight / total * value[p*s.kvWidth()+kv*dim+d]
		}
	}
}

func product64(x []float64, w []float32, k int) []float64 {
	n := len(w) / k
	y := make([]float64, len(x)/k*n)
	for r := range len(x) / k {
		for i := range k {
			for j := range n {
				y[r*n+j] += x[r*k+i] * float64(w[i*n+j])
			}
		}
	}
	return y
}

func norm64(x []float64, weight []float32) []float64 {
	y, cols := make([]float64, len(x)), len(weight)
	for r := 0; r < len(x); r += cols {
		squares := 0.0
		for _, v := range x[r : r+cols] {
			squares += v * v
		}
		for i, v := range x[r : r+cols] {
			y[r+i] = v / math.Sqrt(squares/float64(cols)+normEpsilon) * float64(weight[i])
		}
	}
	return y
}

// turned is the rotation of every token by its position, as complex numbers.
func turned(x []float64, width, dim int) []float64 {
	for at := 0; at < len(x); at += 2 {
		position, pair := at/width, at%dim/2
		angle := float64(position) / math.Pow(10000, float64(2*pair)/float64(dim))
		z := complex(x[at], x[at+1]) * complex(math.Cos(angle), math.Sin(angle))
		x[at], x[at+1] = real(z), imag(z)
	}
	return x
}

func add64(x, y []float64) {
	for i, v := range y {
		x[i] += v
	}
}
