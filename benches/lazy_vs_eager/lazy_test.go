package lazy

import (
	"fmt"
	"testing"

	"github.com/cupel-dev/cupel/benches/measure"
	"github.com/cupel-dev/cupel/metal/cpu"
	"github.com/cupel-dev/cupel/metal/reference"
	"github.com/cupel-dev/cupel/metal/workload"
)

var sizes = []int{64, 1 << 10, 1 << 14, 1 << 18, 1 << 20}

// A chain is silu(x + bias) * gate with everything that its forms need.
type chain struct {
	x, bias, gate, sum, out []float32
	graph                   Graph
}

func newChain(n int) *chain {
	return &chain{
		x: reference.Normal(1, n, 1), bias: reference.Normal(2, n, 1), gate: reference.Normal(3, n, 1),
		sum: make([]float32, n), out: make([]float32, n),
	}
}

func (c *chain) eager() {
	copy(c.sum, c.x)
	cpu.Add(c.sum, c.bias)
	copy(c.out, c.sum)
	cpu.SiLU(c.out)
	cpu.Multiply(c.out, c.gate)
}

func (c *chain) lazy() {
	g := &c.graph
	g.Reset()
	sum := g.Add(g.Input(c.x), g.Input(c.bias))
	g.Eval(c.out, g.Multiply(g.SiLU(sum), g.Input(c.gate)))
}

func (c *chain) fused() { cpu.GatedSiLU(c.out, c.x, c.bias, c.gate) }

func BenchmarkChain(b *testing.B) {
	for _, n := range sizes {
		c := newChain(n)
		want := reference.GatedSiLU(c.x, c.bias, c.gate)
		for _, impl := range []struct {
			name string
			run  func()
		}{{"eager", c.eager}, {"lazy", c.lazy}, {"fused", c.fused}} {
			b.Run(fmt.Sprintf("impl=%s/n=%d", impl.name, n), func(b *testing.B) {
				clear(c.out)
				measure.CPU(b, measure.Operation{Run: impl.run, Bytes: 4 * 4 * int64(n), Check: func() error { return want.Check(c.out) }})
			})
		}
	}
	const large = 1 << 20
	b.Run(fmt.Sprintf("impl=metal-separate/n=%d", large), func(b *testing.B) { measure.Metal(b, workload.GatedSiLUSeparate(large)) })
	b.Run(fmt.Sprintf("impl=metal-fused/n=%d", large), func(b *testing.B) { measure.Metal(b, workload.GatedSiLU(large)) })
}

func BenchmarkBuild(b *testing.B) {
	for _, ops := range []int{10, 100} {
		b.Run(fmt.Sprintf("ops=%d", ops), func(b *testing.B) {
			var g Graph
			x := make([]float32, 1)
			var last Node
			build := func() {
				g.Reset()
				last = g.Input(x)
				for range ops {
					last = g.Add(last, last)
				}
			}
			measure.CPU(b, measure.Operation{Run: build, Check: func() error {
				if int(last) != ops {
					return fmt.Errorf("%d operations were built, want %d", last, ops)
				}
				return nil
			}})
		})
	}
}

func TestGraphIsTheSameAsEagerCalls(t *testing.T) {
	for _, n := range []int{0, 1, 7, blockValues, blockValues + 1, 3*blockValues - 1} {
		c := newChain(n)
		want := reference.GatedSiLU(c.x, c.bias, c.gate)
		for name, run := range map[string]func(){"eager": c.eager, "lazy": c.lazy, "fused": c.fused, "lazy again": c.lazy} {
			clear(c.out)
			run()
			if err := want.Check(c.out); err != nil {
				t.Errorf("%s, %d values: %v", name, n, err)
			}
		}
	}
}

func TestGraphSharesANode(t *testing.T) {
	var g Graph
	x := g.Input([]float32{1, 2, 3})
	double := g.Add(x, x)
	got := make([]float32, 3)
	g.Eval(got, g.Multiply(double, double))
	if got[0] != 4 || got[1] != 16 || got[2] != 36 {
		t.Errorf("(x+x)*(x+x) of 1 2 3 is %v, want 4 16 36", got)
	}
}
