package cpu

// A Lora is a low-rank adapter of a linear layer (Hu et al., LoRA: Low-Rank
// Adaptation of Large Language Models, 2021): it adds Scale * x*A*B to the
// layer's output.
type Lora struct {
	In, Rank, Out int
	A             []float32 // In rows of Rank values
	B             []float32 // Rank rows of Out values
	Scale         float32   // alpha / rank
}

// Fused adds the adapter's output for the rows of x to y, one token at a time
// in two phases: hidden = Scale * x*A, Rank values that stay in the
// first-level cache, then y += hidden*B. hidden is scratch of Rank values.
func (l *Lora) Fused(y, hidden, x []float32) {
	for t := 0; (t+1)*l.In <= len(x); t++ {
		clear(hidden)
		rowTimes(hidden, x[t*l.In:(t+1)*l.In], l.A)
		Scale(hidden, l.Scale)
		rowTimes(y[t*l.Out:(t+1)*l.Out], hidden, l.B)
	}
}

// Separate computes the same as [Lora.Fused] as four operations over all
// tokens, each with a result of its own, as an eager tensor library runs it:
// two matrix products, a scale and an addition. hidden has Rank values a
// token, product as many as y.
func (l *Lora) Separate(y, hidden, product, x []float32) {
	MatMul(hidden, x, l.A, l.In, l.Rank)
	MatMul(product, hidden, l.B, l.Rank, l.Out)
	Scale(product, l.Scale)
	Add(y, y, product)
}

// A LoraGradient holds the gradients of an adapter's A and B.
type LoraGradient struct{ A, B []float32 }

// Backward sets g to the gradients of a loss whose gradient at the adapter's
// output is dy, for the inputs x. hidden is scratch of two times Rank values.
//
// With h = x*A: B's gradient is the sum of Scale * h^T * dy over the tokens,
// that of A the sum of x^T * (Scale * dy * B^T).
func (l *Lora) Backward(g LoraGradient, hidden, x, dy []float32) {
	clear(g.A)
	clear(g.B)
	h, dh := hidden[:l.Rank], hidden[l.Rank:2*l.Rank]
	for t := 0; (t+1)*l.In <= len(x); t++ {
		in, out := x[t*l.In:(t+1)*l.In], dy[t*l.Out:(t+1)*l.Out]
		clear(h)
		rowTimes(h, in, l.A)
		for r := range h {
			dh[r] = l.Scale * dot(out, l.B[r*l.Out:(r+1)*l.Out])
			axpy(g.B[r*l.Out:(r+1)*l.Out], l.Scale*h[r], out)
		}
		for i, v := range in {
			axpy(g.A[i*l.Rank:(i+1)*l.Rank], v, dh)
		}
	}
}
