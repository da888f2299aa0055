package inference

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/cupel-dev/cupel/benches/measure"
	"github.com/cupel-dev/cupel/metal/cpu"
	"github.com/cupel-dev/cupel/metal/reference"
	"github.com/cupel-dev/cupel/metal/workload"
)

var size = Size{Width: 256, Heads: 4, KVHeads: 2, Hidden: 688, Capacity: 1024}

func weights(s Size) Weights {
	seed := uint64(0)
	matrix := func(in, out int) []float32 {
		seed++
		return reference.Normal(seed, in*out, 1/math.Sqrt(float64(in)))
	}
	ones := func() []float32 { return slices.Repeat([]float32{1}, s.Width) }
	return Weights{
		Query: matrix(s.Width, s.Width), Key: matrix(s.Width, s.kvWidth()), Value: matrix(s.Width, s.kvWidth()), Output: matrix(s.Width, s.Width),
		Gate: matrix(s.Width, s.Hidden), Up: matrix(s.Width, s.Hidden), Down: matrix(s.Hidden, s.Width),
		AttentionNorm: ones(), FeedNorm: ones(),
	}
}

// blockBound: each of a dozen operations is off by some tens of float32
// roundings of values of magnitude one, and passes the error on unamplified
// because the weights keep magnitudes.
var blockBound = reference.Bound{Abs: 2e-5, Rel: 2e-5}

func BenchmarkPrefill(b *testing.B) {
	for _, tokens := range []int{16, 64} {
		b.Run(fmt.Sprintf("tokens=%d", tokens), func(b *testing.B) {
			block := NewBlock(size, weights(size))
			in := reference.Normal(100, tokens*size.Width, 1)
			want := reference.Want{Values: wholeBlock(size, block.Weights, in), Bound: blockBound}
			x := make([]float32, len(in))
			measure.CPU(b, measure.Operation{
				Run:   func() { block.Truncate(0); copy(x, in); block.Prefill(x) },
				Check: func() error { return want.Check(x) }})
			tokensPerSecond(b, tokens)
		})
	}
}

func BenchmarkDecode(b *testing.B) {
	for _, context := range []int{64, 1000} {
		b.Run(fmt.Sprintf("context=%d", context), func(b *testing.B) {
			block := NewBlock(size, weights(size))
			in := reference.Normal(100, context*size.Width, 1)
			block.Prefill(slices.Clone(in))
			last := in[(context-1)*size.Width:]
			whole := wholeBlock(size, block.Weights, in)
			want := reference.Want{Values: whole[len(whole)-size.Width:], Bound: blockBound}
			x := make([]float32, size.Width)
			measure.CPU(b, measure.Operation{
				Run:   func() { block.Truncate(context - 1); copy(x, last); block.Decode(x) },
				Check: func() error { return want.Check(x) }})
			tokensPerSecond(b, 1)
		})
	}
}

func tokensPerSecond(b *testing.B, tokens int) {
	b.ReportMetric(float64(tokens)/(b.Elapsed()/time.Duration(b.N)).Seconds(), "tok/s")
}

func BenchmarkAttention(b *testing.B) {
	const heads, kvHeads, dim = 14, 2, 64
	for _, context := range []int{512, 2048} {
		b.Run(fmt.Sprintf("device=cpu/context=%d", context), func(b *testing.B) {
			a := cpu.Attention{Heads: heads, KVHeads: kvHeads, Dim: dim, Capacity: context, Scale: 0.125}
			query := reference.Normal(1, heads*dim, 1)
			keys, values := reference.Normal(2, kvHeads*context*dim, 1), reference.Normal(3, kvHeads*context*dim, 1)
			want := reference.Attention(query, keys, values, reference.AttentionShape{
				Heads: heads, KVHeads: kvHeads, Dim: dim, Capacity: context, Length: context, Scale: 0.125})
			out, scores := make([]float32, heads*dim), make([]float32, context)
			measure.CPU(b, measure.Operation{
				Run:   func() { a.Decode(out, query, keys, values, scores, context) },
				Check: func() error { return want.Check(out) },
				Bytes: 4 * 2 * kvHeads * int64(context) * dim, FLOPs: 4 * heads * int64(context) * dim})
		})
		b.Run(fmt.Sprintf("device=metal/context=%d", context), func(b *testing.B) {
			measure.Metal(b, workload.Attention(workload.AttentionShape{Heads: heads, KVHeads: kvHeads, Dim: dim, Capacity: context, Length: context}))
		})
	}
}

func BenchmarkSample(b *testing.B) {
	const u = 0.4
	var s cpu.Sampler
	for _, vocabulary := range []int{1_000, 10_000, 32_000, 100_000} {
		logits := reference.Normal(1, vocabulary, 3)
		for _, m := range []struct {
			name   string
			sample func() int
			want   int
		}{
			{"greedy", func() int { return cpu.Greedy(logits) }, reference.Sample(logits, 1, 1, u)},
			{"topk40", func() int { return s.TopK(logits, 40, u) }, reference.Sample(logits, 40, 1, u)},
			{"topp0.9", func() int { return s.TopP(logits, 0.9, u) }, reference.Sample(logits, vocabulary, 0.9, u)},
		} {
			b.Run(fmt.Sprintf("method=%s/vocab=%d", m.name, vocabulary), func(b *testing.B) {
				got := 0
				measure.CPU(b, measure.Operation{Run: func() { got = m.sample() }, Check: func() error {
					if got != m.want {
						return fmt.Errorf("drew token %d, the reference %d", got, m.want)
					}
					return nil
				}})
			})
		}
	}
}

func TestBlockMatchesTheFloat64Reference(t *testing.T) {
	for _, s := range []Size{size, {Width: 24, Heads: 3, KVHeads: 1, Hidden: 17, Capacity: 9}, {Width: 8, Heads: 4, KVHeads: 4, Hidden: 5, Capacity: 9}} {
		b := NewBlock(s, weights(s))
		in := reference.Normal(100, 9*s.Width, 1)
		want := reference.Want{Values: wholeBlock(s, b.Weights, in), Bound: blockBound}
		got := slices.Clone(in)
		b.Prefill(got)
		if err := want.Check(got); err != nil {
			t.Errorf("%+v: %v", s, err)
		}
		again := slices.Clone(in[4*s.Width : 5*s.Width])
		b.Truncate(4)
		b.Decode(again)
		if !slices.Equal(again, got[4*s.Width:5*s.Width]) {
			t.Errorf("%+v: the fifth token differs when the cache was cut back to four", s)
		}
	}
}
