package training

import (
	"fmt"
	"math"
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

// product is the FLOPs of the adapter's two products.
func (s shape) product() int64 { return 2 * int64(s.tokens) * int64(s.rank) * int64(s.in+s.out) }

func (s shape) backward() int64 { return 2*s.product() + 2*int64(s.tokens)*int64(s.rank)*int64(s.in) }

func (s shape) adapter() *cpu.Lora {
	return &cpu.Lora{In: s.in, Rank: s.rank, Out: s.out, Scale: 2,
		A: reference.Normal(1, s.in*s.rank, 0.05), B: reference.Normal(2, s.rank*s.out, 0.05)}
}

var (
	shapes    = []shape{{64, 512, 8, 512}, {64, 1024, 16, 1024}}
	optimizer = cpu.AdamW{Rate: 1e-3, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, Decay: 0.01}
)

func BenchmarkLora(b *testing.B) {
	for _, s := range shapes {
		l, x := s.adapter(), reference.Normal(3, s.tokens*s.in, 1)
		b.Run("pass=forward/"+s.String(), func(b *testing.B) {
			zero := make([]float32, s.tokens*s.out)
			want := reference.Lora(zero, x, l.A, l.B, s.in, s.rank, s.out, 2)
			y, hidden := make([]float32, len(zero)), make([]float32, s.rank)
			measure.CPU(b, measure.Operation{FLOPs: s.product(),
				Run:   func() { clear(y); l.Fused(y, hidden, x) },
				Check: func() error { return want.Check(y) }})
		})
		b.Run("pass=backward/"+s.String(), func(b *testing.B) {
			dy, hidden := reference.Normal(4, s.tokens*s.out, 1), make([]float32, 2*s.rank)
			wantA, wantB := reference.LoraBackward(x, l.A, l.B, dy, s.in, s.rank, s.out, 2)
			g := cpu.LoraGradient{A: make([]float32, len(l.A)), B: make([]float32, len(l.B))}
			measure.CPU(b, measure.Operation{FLOPs: s.backward(),
				Run: func() { l.Backward(g, hidden, x, dy) },
				Check: func() error {
					if err := wantA.Check(g.A); err != nil {
						return fmt.Errorf("gradient of A: %w", err)
					}
					return wantB.Check(g.B)
				}})
		})
	}
}

func BenchmarkAdamW(b *testing.B) {
	const n = 512 * 512
	b.Run(fmt.Sprintf("device=cpu/n=%d", n), func(b *testing.B) {
		weight, grad := reference.Normal(1, n, 1), reference.Normal(2, n, 0.1)
		mean, square := make([]float32, n), make([]float32, n)
		wide := reference.AdamW{Rate: float64(optimizer.Rate), Beta1: float64(optimizer.Beta1), Beta2: float64(optimizer.Beta2),
			Epsilon: float64(optimizer.Epsilon), Decay: float64(optimizer.Decay)}
		step := 0
		next := func() { step++; optimizer.Step(weight, grad, mean, square, step) }
		measure.CPU(b, measure.Operation{Bytes: 7 * 4 * n, Run: next, Check: func() error {
			want, _, _ := reference.AdamWStep(weight, grad, mean, square, step+1, wide) // every step follows from the last
			next()
			return want.Check(weight)
		}})
	})
	b.Run(fmt.Sprintf("device=metal/n=%d", n), func(b *testing.B) { measure.Metal(b, workload.AdamWStep(n)) })
}

func BenchmarkStep(b *testing.B) {
	for _, s := range shapes {
		b.Run(s.String(), func(b *testing.B) {
			t := NewTrainer(s.adapter(), optimizer, s.tokens)
			x, target := reference.Normal(3, s.tokens*s.in, 1), reference.Normal(5, s.tokens*s.out, 1)
			first := t.Step(x, target)
			last := first
			measure.CPU(b, measure.Operation{FLOPs: s.product() + s.backward(),
				Run: func() { last = t.Step(x, target) },
				Check: func() error {
					if !(last < first) || math.IsInf(last, 0) {
						return fmt.Errorf("the error went from %g to %g: it must fall", first, last)
					}
					return nil
				}})
		})
	}
}

// An adapter learns what another adapter does.
func TestTrainerLearnsAnAdapter(t *testing.T) {
	s := shape{32, 16, 4, 12}
	teacher := &cpu.Lora{In: s.in, Rank: s.rank, Out: s.out, Scale: 1,
		A: reference.Normal(7, s.in*s.rank, 0.5), B: reference.Normal(8, s.rank*s.out, 0.5)}
	x, target := reference.Normal(9, s.tokens*s.in, 1), make([]float32, s.tokens*s.out)
	teacher.Fused(target, make([]float32, s.rank), x)
	fast := optimizer
	fast.Rate, fast.Decay = 0.02, 0
	trainer := NewTrainer(s.adapter(), fast, s.tokens)
	first := trainer.Step(x, target)
	last := first
	for range 500 {
		last = trainer.Step(x, target)
	}
	if last > first/100 {
		t.Errorf("the error went from %g to %g in 500 steps, want a hundredth", first, last)
	}
}
