package metal

import "fmt"

type matMulParams struct{ M, K, N uint32 }

// MatMul writes the product of a, m rows of k values, and b, k rows of n, to
// out.
func (o Ops) MatMul(out, a, b Buffer, m, k, n int) (Dispatch, error) {
	if err := check("matmul", operand{"a", a, m * k}, operand{"b", b, k * n}, operand{"out", out, m * n}); err != nil {
		return Dispatch{}, err
	}
	if o.MaxThreads < tile*tile {
		return Dispatch{}, fmt.Errorf("matmul: needs threadgroups of %d threads, the device allows %d", tile*tile, o.MaxThreads)
	}
	const tileBytes = tile * tile * float32Bytes
	return Dispatch{
		Kernel: "matmul", Buffers: []Buffer{a, b, out}, Params: pack(matMulParams{uint32(m), uint32(k), uint32(n)}),
		Scratch: []int{tileBytes, tileBytes},
		Groups:  Size{uint(divideUp(n, tile)), uint(divideUp(m, tile)), 1},
		Threads: Size{tile, tile, 1},
	}, nil
}

// A LoraShape has the dimensions of a low-rank adapter: A has In rows of Rank
// values, B has Rank rows of Out.
type LoraShape struct {
	Tokens, In, Rank, Out int
	Scale                 float32
}

type loraParams struct {
	Tokens, In, Rank, Out uint32
	Scale                 float32
}

func (s LoraShape) check(y, x, a, b Buffer) error {
	return check("lora", operand{"x", x, s.Tokens * s.In}, operand{"A", a, s.In * s.Rank},
		operand{"B", b, s.Rank * s.Out}, operand{"y", y, s.Tokens * s.Out})
}

// Lora adds Scale * x*A*B to y in one kernel, one threadgroup a token: the
// hidden values of a token stay in threadgroup memory.
func (o Ops) Lora(y, x, a, b Buffer, s LoraShape) (Dispatch, error) {
	if err := s.check(y, x, a, b); err != nil {
		return Dispatch{}, err
	}
	threads := o.rowThreads(max(s.In, s.Out))
	params := loraParams{uint32(s.Tokens), uint32(s.In), uint32(s.Rank), uint32(s.Out), s.Scale}
	return perRow("lora_fused", s.Tokens, threads, params, []int{s.Rank * float32Bytes, o.slots(threads)}, x, a, b, y), nil
}

// LoraSeparate is [Ops.Lora] as an eager library does it: two products, and
// the scaled addition. hidden has Rank values a token, product Out.
func (o Ops) LoraSeparate(y, hidden, product, x, a, b Buffer, s LoraShape) ([]Dispatch, error) {
	if err := s.check(y, x, a, b); err != nil {
		return nil, err
	}
	first, err := o.MatMul(hidden, x, a, s.Tokens, s.In, s.Rank)
	if err != nil {
		return nil, fmt.Errorf("lora: %w", err)
	}
	second, err := o.MatMul(product, hidden, b, s.Tokens, s.Rank, s.Out)
	if err != nil {
		return nil, fmt.Errorf("lora: %w", err)
	}
	sum, err := o.AddScaled(y, y, product, s.Tokens*s.Out, s.Scale)
	if err != nil {
		return nil, fmt.Errorf("lora: %w", err)
	}
	return []Dispatch{first, second, sum}, nil
}

// An AttentionShape has the dimensions of the attention of one token: keys and
// values are [KVHeads, Capacity, Dim], of which Length positions are filled.
// Heads is a multiple of KVHeads.
type AttentionShape struct {
	Heads, KVHeads, Dim, Capacity, Length int
	Scale                                 float32 // of a score, commonly 1/sqrt(Dim)
}

type attentionParams struct {
	Heads, KVHeads, Dim, Capacity, Length uint32
	Scale                                 float32
}

// Attention writes the attention of one token's query, Heads*Dim values, over
// the cached keys and values to out.
func (o Ops) Attention(out, query, keys, values Buffer, s AttentionShape) (Dispatch, error) {
	cache := s.KVHeads * s.Capacity * s.Dim
	err := check("attention", operand{"query", query, s.Heads * s.Dim}, operand{"out", out, s.Heads * s.Dim},
		operand{"keys", keys, cache}, operand{"values", values, cache})
	switch {
	case err != nil:
		return Dispatch{}, err
	case s.Heads%s.KVHeads != 0:
		return Dispatch{}, fmt.Errorf("attention: %d heads are no multiple of %d key-value heads", s.Heads, s.KVHeads)
	case s.Length < 1 || s.Length > s.Capacity:
		return Dispatch{}, fmt.Errorf("attention: length %d is outside 1 to %d", s.Length, s.Capacity)
	case s.Dim > o.MaxThreads:
		return Dispatch{}, fmt.Errorf("attention: a head of %d values needs as many threads, the device allows %d", s.Dim, o.MaxThreads)
	}
	threads := max(uint(roundUp(s.Dim, simdWidth)), o.rowThreads(s.Length*valuesPerThread))
	threads = min(threads, uint(o.MaxThreads))
	params := attentionParams{uint32(s.Heads), uint32(s.KVHeads), uint32(s.Dim), uint32(s.Capacity), uint32(s.Length), s.Scale}
	return perRow("attention_decode", s.Heads, threads, params,
		[]int{int(threads) * float32Bytes, o.slots(threads)}, query, keys, values, out), nil
}
