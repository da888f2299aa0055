package workload

import (
	"fmt"
	"math"

	"github.com/cupel-dev/cupel/metal"
	"github.com/cupel-dev/cupel/metal/reference"
)

// MatMul is the product of an m by k and a k by n matrix.
func MatMul(m, k, n int) Workload {
	a, b := reference.Normal(1, m*k, 1), reference.Normal(2, k*n, 1)
	return Workload{
		Name:  fmt.Sprintf("matmul/m=%d/k=%d/n=%d", m, k, n),
		Bytes: 4 * int64(m*k+k*n+m*n), FLOPs: 2 * int64(m) * int64(k) * int64(n),
		tensor: []tensor{input("a", a), input("b", b), output("out", reference.MatMul(a, b, k, n))},
		work: func(ops metal.Ops, t []metal.Buffer) ([]metal.Dispatch, error) {
			return one(ops.MatMul(t[2], t[0], t[1], m, k, n))
		},
	}
}

// A LoraShape has the dimensions of a low-rank adapter.
type LoraShape struct{ Tokens, In, Rank, Out int }

const loraScale = 2

func (s LoraShape) String() string {
	return fmt.Sprintf("tokens=%d/in=%d/rank=%d/out=%d", s.Tokens, s.In, s.Rank, s.Out)
}

func (s LoraShape) metal() metal.LoraShape {
	return metal.LoraShape{Tokens: s.Tokens, In: s.In, Rank: s.Rank, Out: s.Out, Scale: loraScale}
}

func (s LoraShape) workload(impl string, more []tensor, work workFunc) Workload {
	x, base := reference.Normal(3, s.Tokens*s.In, 1), reference.Normal(4, s.Tokens*s.Out, 1)
	a, b := reference.Normal(1, s.In*s.Rank, 0.02), reference.Normal(2, s.Rank*s.Out, 0.02)
	want := reference.Lora(base, x, a, b, s.In, s.Rank, s.Out, loraScale)
	return Workload{
		Name:   "lora/impl=" + impl + "/" + s.String(),
		Bytes:  4 * int64(len(x)+len(a)+len(b)+2*len(base)),
		FLOPs:  2 * int64(s.Tokens) * int64(s.Rank) * int64(s.In+s.Out),
		tensor: append([]tensor{updated("y", base, want), input("x", x), input("A", a), input("B", b)}, more...),
		work:   work,
	}
}

// Lora is the low-rank adapter in one kernel.
func Lora(s LoraShape) Workload {
	return s.workload("fused", nil, func(ops metal.Ops, b []metal.Buffer) ([]metal.Dispatch, error) {
		return one(ops.Lora(b[0], b[1], b[2], b[3], s.metal()))
	})
}

// LoraSeparate is the low-rank adapter as two products and a scaled addition.
func LoraSeparate(s LoraShape) Workload {
	more := []tensor{scratch("hidden", s.Tokens*s.Rank), scratch("product", s.Tokens*s.Out)}
	return s.workload("separate", more, func(ops metal.Ops, b []metal.Buffer) ([]metal.Dispatch, error) {
		return ops.LoraSeparate(b[0], b[4], b[5], b[1], b[2], b[3], s.metal())
	})
}

// An AttentionShape has the dimensions of the attention of one token.
type AttentionShape struct{ Heads, KVHeads, Dim, Capacity, Length int }

// Attention is the attention of one token over a cache. Positions beyond the
// filled ones hold NaN.
func Attention(s AttentionShape) Workload {
	scale := float32(1 / math.Sqrt(float64(s.Dim)))
	query := reference.Normal(1, s.Heads*s.Dim, 1)
	keys, values := s.cache(2), s.cache(3)
	want := reference.Attention(query, keys, values, reference.AttentionShape{
		Heads: s.Heads, KVHeads: s.KVHeads, Dim: s.Dim, Capacity: s.Capacity, Length: s.Length, Scale: float64(scale)})
	return Workload{
		Name:   fmt.Sprintf("attention/heads=%d/kvheads=%d/dim=%d/length=%d", s.Heads, s.KVHeads, s.Dim, s.Length),
		Bytes:  4 * int64(2*s.KVHeads*s.Length*s.Dim+2*len(query)),
		FLOPs:  4 * int64(s.Heads*s.Length*s.Dim),
		tensor: []tensor{input("query", query), input("keys", keys), input("values", values), output("out", want)},
		work: func(ops metal.Ops, b []metal.Buffer) ([]metal.Dispatch, error) {
			return one(ops.Attention(b[3], b[0], b[1], b[2], metal.AttentionShape{
				Heads: s.Heads, KVHeads: s.KVHeads, Dim: s.Dim, Capacity: s.Capacity, Length: s.Length, Scale: scale}))
		},
	}
}

func (s AttentionShape) cache(seed uint64) []float32 {
	x := poison(s.KVHeads * s.Capacity * s.Dim)
	for h := range s.KVHeads {
		copy(x[h*s.Capacity*s.Dim:], reference.Normal(seed+10*uint64(h), s.Length*s.Dim, 1))
	}
	return x
}
