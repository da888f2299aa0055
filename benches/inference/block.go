// Package inference is the suite that measures the inference of one
// transformer block and of sampling on the CPU: Go benchmarks
//
//	Prefill/tokens=T
//	Decode/context=C
//	Attention/device=DEVICE/context=C
//	Sample/method=METHOD/vocab=V
//
// in float32 on one goroutine. The block is that of LLaMA (Touvron et al.,
// 2023): RMS norm, attention with rotary positions and a key-value cache, and a
// gated SiLU network. tok/s is tokens a second through this one block. A decode
// appends to a cache of C positions and attends over all of them; it is the
// work of one token, not of an empty cache.
package inference

import (
	"math"

	"github.com/cupel-dev/cupel/metal/cpu"
)

// A Size has the dimensions of a block. Width is Heads times the dimension of
// a head, which is even.
type Size struct{ Width, Heads, KVHeads, Hidden, Capacity int }

func (s Size) headDim() int { return s.Width / s.Heads }

func (s Size) kvWidth() int { return s.KVHeads * s.headDim() }

// Weights are a block's matrices, rows of inputs by columns of outputs, and its
// norms.
type Weights struct {
	Query, Key, Value, Output []float32
	Gate, Up, Down            []float32
	AttentionNorm, FeedNorm   []float32
}

// A Block is one layer of a transformer with its cache.
type Block struct {
	Size      Size
	Weights   Weights
	attention cpu.Attention

	keys, values []float32
	length       int // positions in the cache

	normed, query, key, value, attended, projected []float32
	gate, up, zero, scores                         []float32
}

// NewBlock returns a block with an empty cache.
func NewBlock(s Size, w Weights) *Block {
	floats := func(n int) []float32 { return make([]float32, n) }
	return &Block{
		Size: s, Weights: w,
		attention: cpu.Attention{Heads: s.Heads, KVHeads: s.KVHeads, Dim: s.headDim(), Capacity: s.Capacity,
			Scale: float32(1 / math.Sqrt(float64(s.headDim())))},
		keys: floats(s.Capacity * s.kvWidth()), values: floats(s.Capacity * s.kvWidth()),
		normed: floats(s.Width), query: floats(s.Width), key: floats(s.kvWidth()), value: floats(s.kvWidth()),
		attended: floats(s.Width), projected: floats(s.Width),
		gate: floats(s.Hidden), up: floats(s.Hidden), zero: floats(s.Hidden), scores: floats(s.Capacity),
	}
}

// Truncate forgets all but the first length positions.
func (b *Block) Truncate(length int) { b.length = min(b.length, length) }

const normEpsilon = 1e-5

// Decode adds one token, Width values, to the cache and replaces it by the
// block's output for it. The cache must have room.
func (b *Block) Decode(x []float32) {
	s, w := b.Size, b.Weights
	cpu.RMSNorm(b.normed, x, w.AttentionNorm, normEpsilon)
	cpu.MatMul(b.query, b.normed, w.Query, s.Width, s.Width)
	cpu.MatMul(b.key, b.normed, w.Key, s.Width, s.kvWidth())
	cpu.MatMul(b.value, b.normed, w.Value, s.Width, s.kvWidth())
	rotate(b.query, s.headDim(), b.length)
	rotate(b.key, s.headDim(), b.length)
	b.attention.Append(b.keys, b.values, b.key, b.value, b.length)
	b.length++
	b.attention.Decode(b.attended, b.query, b.keys, b.values, b.scores, b.length)
	cpu.MatMul(b.projected, b.attended, w.Output, s.Width, s.Width)
	cpu.Add(x, x, b.projected)

	cpu.RMSNorm(b.normed, x, w.FeedNorm, normEpsilon)
	cpu.MatMul(b.gate, b.normed, w.Gate, s.Width, s.Hidden)
	cpu.MatMul(b.up, b.normed, w.Up, s.Width, s.Hidden)
	cpu.GatedSiLU(b.gate, b.gate, b.zero, b.up)
	cpu.MatMul(b.projected, b.gate, w.Down, s.Hidden, s.Width)
	cpu.Add(x, x, b.projected)
}

// Prefill decodes tokens one after the other, len(x)/Width of them.
func (b *Block) Prefill(x []float32) {
	for at := 0; at+b.Size.Width <= len(x); at += b.Size.Width {
		b.Decode(x[at : at+b.Size.Width])
	}
}

// rotate turns pairs of a head's values by angles that grow with the position
// (Su et al., RoFormer, 2021).
func rotate(x []float32, dim, position int) {
	for i := range dim / 2 {
		angle := float64(position) * math.Pow(10000, -2*float64(i)/float64(dim))
		sin, cos := math.Sincos(angle)
		for h := 0; h < len(x); h += dim {
			a, b := float64(x[h+2*i]), float64(x[h+2*i+1])
			x[h+2*i] = float32(a*cos - b*sin)
			x[h+2*i+1] = float32(a*sin + b*cos)
		}
	}
}
