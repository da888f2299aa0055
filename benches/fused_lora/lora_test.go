package lora

import (
	"fmt"
	"testing"

	"github.com/cupel-dev/cupel/benches/measure"
	"github.com/cupel-dev/cupel/metal/cpu"
	"github.com/cupel-dev/cupel/metal/reference"
	"github.com/cupel-dev/cupel/metal/workload"
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
		b.Run("device=cpu/impl=separate/"+s.String(), func(b *testing.B) {
			hidden, product := make([]float32, s.tokens*s.rank), make([]float32, s.tokens*s.out)
			onCPU(b, s, adapter, x, func(y []float32) { adapter.Separate(y, hidden, product, x) })
		})
		b.Run("device=cpu/impl=fused/"+s.String(), func(b *testing.B) {
			hidden := make([]float32, s.rank)
			onCPU(b, s, adapter, x, func(y []float32) { adapter.Fused(y, hidden, x) })
		})
		gpu := workload.LoraShape{Tokens: s.tokens, In: s.in, Rank: s.rank, Out: s.out}
		b.Run("device=metal/impl=separate/"+s.String(), func(b *testing.B) { measure.Metal(b, workload.LoraSeparate(gpu)) })
		b.Run("device=metal/impl=fused/"+s.String(), func(b *testing.B) { measure.Metal(b, workload.Lora(gpu)) })
	}
}

// onCPU times run, which adds the adapter's output to y.
func onCPU(b *testing.B, s shape, l *cpu.Lora, x []float32, run func(y []float32)) {
	base := reference.Normal(4, s.tokens*s.out, 1)
	want := reference.Lora(base, x, l.A, l.B, s.in, s.rank, s.out, float64(l.Scale))
	y := make([]float32, len(base))
	measure.CPU(b, measure.Operation{
		Run:   func() { copy(y, base); run(y) },
		Check: func() error { return want.Check(y) },
		Bytes: 4 * int64(len(x)+len(l.A)+len(l.B)+2*len(y)),
		FLOPs: 2 * int64(s.tokens*s.rank*(s.in+s.out)),
	})
}
