// Package lazy is the suite that compares a lazy graph of elementwise
// operations with eager calls of the same, over N values: Go benchmarks
//
//	GatedSiLU/device=DEVICE/impl=IMPL/n=N      silu(x + bias) * gate
//	GatedResidual/device=DEVICE/impl=IMPL/n=N  residual + gate * (x * scale + shift)
//
// The first is bound by its exponential, the second by the passes over memory.
// IMPL is, on the CPU:
//
//   - eager: a call an operation, each over all values and into a result of its
//     own;
//   - lazy: a [Graph] that is built and evaluated in every iteration, a block of
//     values at a time, so that what is between two operations stays in the
//     first-level cache;
//   - fused: one loop written by hand, what a compiler could make of the graph;
//
// and on the GPU, where there is one, separate and fused: a kernel an operation
// and one for the chain.
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
	plan   []node      // what Eval makes of them
	uses   []int       // of each node's result in the plan
	blocks [][]float32 // scratch of the results, by node
}

// A Node is a value in a graph.
type Node int

type operation byte

const (
	nothing operation = iota // its result is not needed
	input
	add
	multiply
	multiplyAdd // a * b + c
	silu
)

// operands is how many of a, b and c an operation reads.
var operands = [...]int{add: 2, multiply: 2, multiplyAdd: 3, silu: 1}

type node struct {
	op      operation
	a, b, c Node
	values  []float32 // of an input
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
	g.fuse(want)
	for len(g.blocks) < len(g.plan) {
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

// fuse plans how to compute want: without what it does not need, and with a
// product that only a sum uses in one operation with the sum.
func (g *Graph) fuse(want Node) {
	g.plan = append(g.plan[:0], g.nodes[:want+1]...)
	g.uses = append(g.uses[:0], make([]int, len(g.plan))...)
	g.uses[want]++
	for n := want; n >= 0; n-- {
		node := &g.plan[n]
		if g.uses[n] == 0 {
			node.op = nothing
		}
		for _, operand := range node.operands() {
			g.uses[operand]++
		}
	}
	for n := range g.plan {
		sum := &g.plan[n]
		if sum.op != add {
			continue
		}
		if !g.absorbs(sum.a) {
			sum.a, sum.b = sum.b, sum.a
		}
		if g.absorbs(sum.a) {
			product := &g.plan[sum.a]
			*sum = node{op: multiplyAdd, a: product.a, b: product.b, c: sum.b}
			product.op = nothing
		}
	}
}

// absorbs reports whether n is a product that is used once.
func (g *Graph) absorbs(n Node) bool { return g.plan[n].op == multiply && g.uses[n] == 1 }

func (n *node) operands() []Node {
	all := [...]Node{n.a, n.b, n.c}
	return all[:operands[n.op]]
}

// compute writes one block of a node's value, from position at on, to out.
func (g *Graph) compute(out []float32, n Node, at int) {
	node := &g.plan[n]
	switch node.op {
	case nothing, input: // an input is read where it is
	case add:
		cpu.Add(out, g.block(node.a, at, len(out)), g.block(node.b, at, len(out)))
	case multiply:
		cpu.Multiply(out, g.block(node.a, at, len(out)), g.block(node.b, at, len(out)))
	case multiplyAdd:
		cpu.MultiplyAdd(out, g.block(node.a, at, len(out)), g.block(node.b, at, len(out)), g.block(node.c, at, len(out)))
	case silu:
		cpu.SiLU(out, g.block(node.a, at, len(out)))
	}
}

func (g *Graph) block(n Node, at, length int) []float32 {
	if g.plan[n].op == input {
		return g.plan[n].values[at : at+length]
	}
	return g.blocks[n][:length]
}
