package lazy

import (
	"fmt"
	"slices"
	"testing"

	"github.com/cupel-dev/cupel/benches/measure"
	"github.com/cupel-dev/cupel/metal/cpu"
	"github.com/cupel-dev/cupel/metal/reference"
	"github.com/cupel-dev/cupel/metal/workload"
)

var sizes = []int{64, 1 << 10, 1 << 14, 1 << 18, 1 << 20}

// A chain is elementwise operations in three forms, with its inputs.
type chain struct {
	in    [][]float32
	want  reference.Want
	eager func(out []float32, in, between [][]float32)
	lazy  func(g *Graph, in []Node) Node
	fused func(out []float32, in [][]float32)
}

// between is how many results a chain has before its last.
const between = 3

func gatedSiLU(n int) chain {
	in := normal(3, n) // x, bias, gate
	return chain{
		in, reference.GatedSiLU(in[0], in[1], in[2]),
		func(out []float32, in, between [][]float32) {
			cpu.Add(between[0], in[0], in[1])
			cpu.SiLU(between[1], between[0])
			cpu.Multiply(out, between[1], in[2])
		},
		func(g *Graph, in []Node) Node { return g.Multiply(g.SiLU(g.Add(in[0], in[1])), in[2]) },
		func(out []float32, in [][]float32) { cpu.GatedSiLU(out, in[0], in[1], in[2]) },
	}
}

func gatedResidual(n int) chain {
	in := normal(5, n) // residual, gate, x, scale, shift
	return chain{
		in, reference.GatedResidual(in[0], in[1], in[2], in[3], in[4]),
		func(out []float32, in, between [][]float32) {
			cpu.Multiply(between[0], in[2], in[3])
			cpu.Add(between[1], between[0], in[4])
			cpu.Multiply(between[2], in[1], between[1])
			cpu.Add(out, in[0], between[2])
		},
		func(g *Graph, in []Node) Node {
			return g.Add(in[0], g.Multiply(in[1], g.Add(g.Multiply(in[2], in[3]), in[4])))
		},
		func(out []float32, in [][]float32) { cpu.GatedResidual(out, in[0], in[1], in[2], in[3], in[4]) },
	}
}

func normal(count, n int) [][]float32 {
	in := make([][]float32, count)
	for i := range in {
		in[i] = reference.Normal(uint64(1+i), n, 1)
	}
	return in
}

// forms are the functions that write the chain to out, by name.
func (c chain) forms(out []float32) []form {
	var results [between][]float32
	for i := range results {
		results[i] = make([]float32, len(out))
	}
	var g Graph
	nodes := make([]Node, len(c.in))
	return []form{
		{"eager", func() { c.eager(out, c.in, results[:]) }},
		{"lazy", func() {
			g.Reset()
			for i, values := range c.in {
				nodes[i] = g.Input(values)
			}
			g.Eval(out, c.lazy(&g, nodes))
		}},
		{"fused", func() { c.fused(out, c.in) }},
	}
}

type form struct {
	name string
	run  func()
}

func BenchmarkGatedSiLU(b *testing.B) {
	benchmarkChain(b, gatedSiLU, workload.GatedSiLUSeparate, workload.GatedSiLU)
}

func BenchmarkGatedResidual(b *testing.B) {
	benchmarkChain(b, gatedResidual, workload.GatedResidualSeparate, workload.GatedResidual)
}

func benchmarkChain(b *testing.B, of func(n int) chain, separate, fused func(n int) workload.Workload) {
	for _, n := range sizes {
		c, out := of(n), make([]float32, n)
		for _, form := range c.forms(out) {
			b.Run(fmt.Sprintf("device=cpu/impl=%s/n=%d", form.name, n), func(b *testing.B) {
				clear(out)
				measure.CPU(b, measure.Operation{
					Run: form.run, Bytes: 4 * int64(len(c.in)+1) * int64(n), Check: func() error { return c.want.Check(out) }})
			})
		}
	}
	const large = 1 << 20
	b.Run(fmt.Sprintf("device=metal/impl=separate/n=%d", large), func(b *testing.B) { measure.Metal(b, separate(large)) })
	b.Run(fmt.Sprintf("device=metal/impl=fused/n=%d", large), func(b *testing.B) { measure.Metal(b, fused(large)) })
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
		for name, c := range map[string]chain{"gated SiLU": gatedSiLU(n), "gated residual": gatedResidual(n)} {
			out := make([]float32, n)
			forms := c.forms(out)
			for _, form := range append(forms, forms[1]) { // lazy again, with a graph that was used
				clear(out)
				form.run()
				if err := c.want.Check(out); err != nil {
					t.Errorf("%s, %s, %d values: %v", name, form.name, n, err)
				}
			}
		}
	}
}

func TestGraphSharesANode(t *testing.T) {
	var g Graph
	x := g.Input([]float32{1, 2, 3})
	double := g.Add(x, x)
	square := g.Multiply(double, double)
	for _, c := range []struct {
		name string
		node Node
		want []float32
	}{
		{"(x+x)*(x+x)", square, []float32{4, 16, 36}},
		{"a product that a sum uses twice", g.Add(square, square), []float32{8, 32, 72}},
		{"a product that a sum uses once", g.Add(x, g.Multiply(x, double)), []float32{3, 10, 21}},
		{"a node that a sum took in before", square, []float32{4, 16, 36}},
	} {
		got := make([]float32, 3)
		g.Eval(got, c.node)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s of 1 2 3 is %v, want %v", c.name, got, c.want)
		}
	}
}

func TestGraphFusesAProductAndItsSum(t *testing.T) {
	var g Graph
	x := g.Input([]float32{1})
	g.Add(g.Multiply(x, x), x) // not asked for below
	product := g.Multiply(x, x)
	g.fuse(g.Add(x, product))
	var ops []operation
	for _, n := range g.plan {
		ops = append(ops, n.op)
	}
	if want := []operation{input, nothing, nothing, nothing, multiplyAdd}; !slices.Equal(ops, want) {
		t.Errorf("plan is %v, want %v", ops, want)
	}
}
