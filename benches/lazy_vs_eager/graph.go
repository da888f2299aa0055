// Package lazy is the suite that compares a lazy graph of elementwise
// operations with eager calls of the same: Go benchmarks
//
//	Chain/impl=IMPL/n=N
//
// of silu(x + bias) * gate over N values:
//
//   - eager: three calls, each over all values, with a result of its own;
//   - lazy: a [Graph] that is built and evaluated in every iteration, a block of
//     values at a time, so that what is between two operations stays in the
//     first-level cache;
//   - fused: one loop written by hand, what a compiler could make of the graph;
//   - metal-separate and metal-fused: the same on the GPU, where there is one.
//
// The smallest N at which lazy is faster than eager is where building a graph
// breaks even. Build/ops=K is the time to build a graph of K operations alone.
package lazy

import "github.com/cupel-dev/cupel/metal/cpu"

// A Graph is elementwise operations that have been asked for and not yet done.
// The zero value is an empty graph. Its inputs must have the same length and
// keep their values until Eval.
type Graph struct {
	nodes  []node
	blocks [][]float32 // scratch of the results, by node
}

// A Node is a value in a graph.
type Node int

type operation byte

const (
	input operation = iota
	add
	multiply
	silu
)

type node struct {
	op     operation
	a, b   Node
	values []float32 // of an input
}

// blockValues of a handful of nodes fit into the first-level cache.
const blockValues = 1024

// Reset empties the graph and keeps its memory.
func (g *Graph) Reset() { g.nodes = g.nodes[:0] }

// Input is a value that is there already.
func (g *Graph) Input(values []float32) Node { return g.node(node{op: input, values: values}) }

// Add is a + b.
func (g *Graph) Add(a, b Node) Node { return g.node(node{op: add, a: a, b: b}) }

// Multiply is a * b.
func (g *Graph) Multiply(a, b Node) Node { return g.node(node{op: multiply, a: a, b: b}) }

// SiLU is a / (1 + e**-a).
func (g *Graph) SiLU(a Node) Node { return g.node(node{op: silu, a: a}) }

func (g *Graph) node(n node) Node {
	g.nodes = append(g.nodes, n)
	return Node(len(g.nodes) - 1)
}

// Eval writes the value of want to dst, which is as long as the inputs.
func (g *Graph) Eval(dst []float32, want Node) {
	for len(g.blocks) < len(g.nodes) {
		g.blocks = append(g.blocks, make([]float32, blockValues))
	}
	for at := 0; at < len(dst); at += blockValues {
		end := min(at+blockValues, len(dst))
		for n := range want {
			g.compute(g.blocks[n][:end-at], n, at)
		}
		g.compute(dst[at:end], want, at)
	}
}

// compute writes one block of a node's value, from position at on, to out.
func (g *Graph) compute(out []float32, n Node, at int) {
	node := g.nodes[n]
	switch node.op {
	case input:
		return // read where it is
	case add:
		copy(out, g.block(node.a, at, len(out)))
		cpu.Add(out, g.block(node.b, at, len(out)))
	case multiply:
		copy(out, g.block(node.a, at, len(out)))
		cpu.Multiply(out, g.block(node.b, at, len(out)))
	case silu:
		copy(out, g.block(node.a, at, len(out)))
		cpu.SiLU(out)
	}
}

func (g *Graph) block(n Node, at, length int) []float32 {
	if g.nodes[n].op == input {
		return g.nodes[n].values[at : at+length]
	}
	return g.blocks[n][:length]
}
