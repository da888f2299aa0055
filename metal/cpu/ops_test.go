package cpu_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/cupel-dev/cupel/metal/cpu"
	"github.com/cupel-dev/cupel/metal/reference"
)

func TestNormsMatchTheFloat64Reference(t *testing.T) {
	const epsilon = 1e-5
	for _, c := range []struct {
		rows, cols  int
		mean, sigma float64
	}{{4, 1024, 0, 1}, {3, 1, 0, 1}, {5, 513, 100, 1}, {2, 300, 1e4, 1}, {2, 7, 0, 1e-4}} {
		t.Run(fmt.Sprintf("%dx%d around %g", c.rows, c.cols, c.mean), func(t *testing.T) {
			x := reference.Normal(1, c.rows*c.cols, c.sigma)
			for i := range x {
				x[i] += float32(c.mean)
			}
			weight, bias := reference.Normal(2, c.cols, 1), reference.Normal(3, c.cols, 1)
			y := poisoned(len(x))
			cpu.RMSNorm(y, x, weight, epsilon)
			if err := reference.RMSNorm(x, weight, epsilon).Check(y); err != nil {
				t.Error("rms norm:", err)
			}
			cpu.LayerNorm(y, x, weight, bias, epsilon)
			if err := reference.LayerNorm(x, weight, bias, epsilon).Check(y); err != nil {
				t.Error("layer norm:", err)
			}
		})
	}
}

func TestGatedSiLUMatchesTheFloat64Reference(t *testing.T) {
	for _, sigma := range []float64{1, 60} {
		x, bias, gate := reference.Normal(1, 1001, sigma), reference.Normal(2, 1001, 1), reference.Normal(3, 1001, 1)
		want := reference.GatedSiLU(x, bias, gate)
		y := poisoned(1001)
		cpu.GatedSiLU(y, x, bias, gate)
		if err := want.Check(y); err != nil {
			t.Errorf("fused, sigma %g: %v", sigma, err)
		}
		cpu.Add(x, x, bias)
		cpu.SiLU(x, x)
		cpu.Multiply(x, x, gate)
		if err := want.Check(x); err != nil {
			t.Errorf("separate, sigma %g: %v", sigma, err)
		}
	}
}

func TestGatedResidualMatchesTheFloat64Reference(t *testing.T) {
	for _, n := range []int{1, 1001} {
		residual, gate, x := reference.Normal(1, n, 1), reference.Normal(2, n, 1), reference.Normal(3, n, 1)
		scale, shift := reference.Normal(4, n, 1), reference.Normal(5, n, 1)
		want := reference.GatedResidual(residual, gate, x, scale, shift)
		y := poisoned(n)
		cpu.GatedResidual(y, residual, gate, x, scale, shift)
		if err := want.Check(y); err != nil {
			t.Errorf("in one pass, %d values: %v", n, err)
		}
		cpu.MultiplyAdd(y, x, scale, shift)
		cpu.MultiplyAdd(y, gate, y, residual)
		if err := want.Check(y); err != nil {
			t.Errorf("in two passes, %d values: %v", n, err)
		}
		cpu.Multiply(y, x, scale)
		cpu.Add(y, y, shift)
		cpu.Multiply(y, gate, y)
		cpu.Add(y, residual, y)
		if err := want.Check(y); err != nil {
			t.Errorf("separate, %d values: %v", n, err)
		}
	}
}

func TestAttentionMatchesTheFloat64Reference(t *testing.T) {
	for _, a := range []cpu.Attention{{1, 1, 1, 1, 1}, {6, 2, 40, 300, 0.15}, {4, 4, 64, 33, 0.125}} {
		for _, length := range []int{1, a.Capacity/2 + 1, a.Capacity} {
			t.Run(fmt.Sprintf("%+v length %d", a, length), func(t *testing.T) {
				keys, values := poisoned(a.KVHeads*a.Capacity*a.Dim), poisoned(a.KVHeads*a.Capacity*a.Dim)
				for p := range length {
					a.Append(keys, values, reference.Normal(uint64(p), a.KVHeads*a.Dim, 1), reference.Normal(uint64(1000+p), a.KVHeads*a.Dim, 1), p)
				}
				query, out := reference.Normal(7, a.Heads*a.Dim, 1), poisoned(a.Heads*a.Dim)
				a.Decode(out, query, keys, values, poisoned(length), length)
				want := reference.Attention(query, keys, values, reference.AttentionShape{
					Heads: a.Heads, KVHeads: a.KVHeads, Dim: a.Dim, Capacity: a.Capacity, Length: length, Scale: float64(a.Scale)})
				if err := want.Check(out); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

func TestAdamWMatchesTheFloat64Reference(t *testing.T) {
	a := cpu.AdamW{Rate: 1e-3, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, Decay: 0.01}
	wide := reference.AdamW{Rate: float64(a.Rate), Beta1: float64(a.Beta1), Beta2: float64(a.Beta2), Epsilon: float64(a.Epsilon), Decay: float64(a.Decay)}
	weight, mean, square := reference.Normal(1, 500, 1), make([]float32, 500), make([]float32, 500)
	for step := 1; step <= 5; step++ {
		grad := reference.Normal(uint64(10+step), 500, 0.1)
		w, m, s := reference.AdamWStep(weight, grad, mean, square, step, wide)
		a.Step(weight, grad, mean, square, step)
		for name, err := range map[string]error{"weight": w.Check(weight), "mean": m.Check(mean), "square": s.Check(square)} {
			if err != nil {
				t.Errorf("step %d: %s: %v", step, name, err)
			}
		}
	}
}

// The oracle is the definition: the change of the loss dy*output for a small
// change of one weight, in float64 and exact, because the output is linear in
// each of A and B.
func TestLoraBackwardIsTheDerivative(t *testing.T) {
	const tokens, in, rank, out = 3, 7, 2, 5
	l := &cpu.Lora{In: in, Rank: rank, Out: out, Scale: 2, A: reference.Normal(1, in*rank, 1), B: reference.Normal(2, rank*out, 1)}
	x, dy := reference.Normal(3, tokens*in, 1), reference.Normal(4, tokens*out, 1)
	g := cpu.LoraGradient{A: poisoned(in * rank), B: poisoned(rank * out)}
	l.Backward(g, poisoned(2*rank), x, dy)

	loss := func(a, b []float32) float64 {
		sum := 0.0
		for i, v := range reference.Lora(make([]float32, tokens*out), x, a, b, in, rank, out, 2).Values {
			sum += v * float64(dy[i])
		}
		return sum
	}
	base := loss(l.A, l.B)
	for i := range l.A {
		a := slices.Clone(l.A)
		a[i] += 2
		step := float64(a[i]) - float64(l.A[i])
		if want := (loss(a, l.B) - base) / step; math.Abs(float64(g.A[i])-want) > 1e-4 {
			t.Errorf("A[%d]: gradient %g, want %g", i, g.A[i], want)
		}
	}
	for i := range l.B {
		b := slices.Clone(l.B)
		b[i] += 2
		step := float64(b[i]) - float64(l.B[i])
		if want := (loss(l.A, b) - base) / step; math.Abs(float64(g.B[i])-want) > 1e-4 {
			t.Errorf("B[%d]: gradient %g, want %g", i, g.B[i], want)
		}
	}
}

func TestSamplersDrawAsASortDoes(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var s cpu.Sampler
	agree, draws := 0, 0
	for _, vocabulary := range []int{1, 2, 50, 1000, 5000} {
		for range 40 {
			logits := reference.Normal(rng.Uint64(), vocabulary, 1+3*rng.Float64())
			u := rng.Float32()
			for _, k := range []int{1, 10, 40, 1 << 20} {
				draws++
				if s.TopK(logits, k, u) == reference.Sample(logits, k, 1, float64(u)) {
					agree++
				}
			}
			for _, p := range []float32{0.1, 0.9, 0.99} {
				draws++
				if s.TopP(logits, p, u) == reference.Sample(logits, len(logits), float64(p), float64(u)) {
					agree++
				}
			}
			if got, want := cpu.Greedy(logits), reference.Sample(logits, 1, 1, 0); got != want {
				t.Fatalf("greedy: %d, want %d", got, want)
			}
		}
	}
	// Where u falls on the border of two tokens to within float32, either is right.
	if draws-agree > draws/200 {
		t.Errorf("%d of %d draws differ from the sort's", draws-agree, draws)
	}
}

func TestSamplersOnDegenerateLogits(t *testing.T) {
	var s cpu.Sampler
	equal := make([]float32, 300)
	if got := s.TopK(equal, 10, 0.95); got != 9 {
		t.Errorf("of ten equal tokens u=0.95 draws %d, want the last, 9", got)
	}
	if got := s.TopP(equal, 0.5, 0.999); got != 149 {
		t.Errorf("of half of 300 equal tokens u=0.999 draws %d, want 149", got)
	}
	if got := cpu.Greedy(nil); got != -1 {
		t.Errorf("greedy of nothing is %d, want -1", got)
	}
	if got := cpu.Greedy(equal); got != 0 {
		t.Errorf("greedy of equals is %d, want the first", got)
	}
}
