package lora

import (
	"fmt"
	"testing"

	"github.com/cupel-dev/cupel/metal/cpu"
	"github.com/cupel-dev/cupel/metal/reference"
)

type shape struct{ tokens, in, rank, out int }

func (s shape) String() string {
	return fmt.Sprintf("tokens=%d/in=%d/rank=%d/out=%d", s.tokens, s.in, s.rank, s.out)
}

// The first is the seed project's; the second decodes one token; the others
// vary the rank.
var shapes = []shape{{128, 512, 8, 512}, {1, 2048, 8, 2048}, {64, 1024, 16, 1024}, {64, 1024, 64, 1024}}

func BenchmarkLora(b *testing.B) {
	for _, s := range shapes {
		adapter := &cpu.Lora{In: s.in, Rank: s.rank, Out: s.out, Scale: 2,
			A: reference.Normal(1, s.in*s.rank, 0.02), B: reference.Normal(2, s.rank*s.out, 0.02)}
		x := reference.Normal(3, s.tokens*s.in, 1)
		b.Run("impl=separate/"+s.String(), func(b *testing.B) {
			hidden, product := make([]float32, s.tokens*s.rank), make([]float32, s.tokens*s.out)
			measure(b, s, adapter, x, func(y []float32) { adapter.Separate(y, hidden, product, x) })
		})
		b.Run("impl=fused/"+s.String(), func(b *testing.B) {
			hidden := make([]float32, s.rank)
			measure(b, s, adapter, x, func(y []float32) { adapter.Fused(y, hidden, x) })
		})
	}
}

// measure times run, which adds the adapter's output to y, once it is known to
// be right.
func measure(b *testing.B, s shape, l *cpu.Lora, x []float32, run func(y []float32)) {
	base := reference.Normal(4, s.tokens*s.out, 1)
	want := reference.Lora(base, x, l.A, l.B, s.in, s.rank, s.out, float64(l.Scale))
	check := func(when string) {
		y := append([]float32(nil), base...)
		run(y)
		if err := want.Check(y); err != nil {
			b.Fatalf("%s timing: %v", when, err)
		}
	}
	check("before")
	y := make([]float32, s.tokens*s.out)
	b.SetBytes(4 * int64(len(x)+len(l.A)+len(l.B)+2*len(y)))
	for b.Loop() {
		run(y)
	}
	flops := 2 * float64(s.tokens*s.rank*(s.in+s.out))
	b.ReportMetric(flops*float64(b.N)/b.Elapsed().Seconds(), "FLOP/s")
	check("after")
}
