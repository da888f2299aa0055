package softmax

import (
	"fmt"
	"testing"

	"github.com/cupel-dev/cupel/metal/cpu"
	"github.com/cupel-dev/cupel/metal/reference"
)

type shape struct{ batch, rows, cols int }

func (s shape) String() string { return fmt.Sprintf("%dx%dx%d", s.batch, s.rows, s.cols) }

func (s shape) len() int { return s.batch * s.rows * s.cols }

// The first two are the seed project's, the last is larger than a core's cache.
var shapes = []shape{{2, 128, 512}, {1, 128, 1024}, {4, 16, 1024}, {8, 64, 4096}}

// An implementation returns the operation that writes the softmax of x to y.
type implementation struct {
	name    string
	prepare func(y, x []float32, cols int) func()
}

var implementations = []implementation{
	{"naive", func(y, x []float32, cols int) func() {
		exps, maxima, sums := intermediates(x, cols)
		return func() { cpu.SoftmaxNaive(y, exps, maxima, sums, x, cols) }
	}},
	{"threepass", func(y, x []float32, cols int) func() {
		exps, maxima, sums := intermediates(x, cols)
		return func() { cpu.SoftmaxThreePass(y, exps, maxima, sums, x, cols) }
	}},
	{"fused", func(y, x []float32, cols int) func() {
		return func() { cpu.Softmax(y, x, cols) }
	}},
}

func intermediates(x []float32, cols int) (exps, maxima, sums []float32) {
	rows := len(x) / cols
	return make([]float32, len(x)), make([]float32, rows), make([]float32, rows)
}

func BenchmarkSoftmax(b *testing.B) {
	for _, s := range shapes {
		x := reference.Normal(1, s.len(), 2)
		want := reference.Softmax(x, s.cols)
		for _, impl := range implementations {
			b.Run(fmt.Sprintf("impl=%s/shape=%v", impl.name, s), func(b *testing.B) {
				y := make([]float32, s.len())
				measure(b, impl.prepare(y, x, s.cols), y, want)
			})
		}
		b.Run(fmt.Sprintf("impl=copy/shape=%v", s), func(b *testing.B) {
			y := make([]float32, s.len())
			b.SetBytes(minimumBytes(y))
			for b.Loop() {
				copy(y, x)
			}
		})
	}
}

// measure times run, which writes y, once y is known to be right.
func measure(b *testing.B, run func(), y []float32, want reference.Want) {
	run()
	if err := want.Check(y); err != nil {
		b.Fatalf("before timing: %v", err)
	}
	b.SetBytes(minimumBytes(y))
	for b.Loop() {
		run()
	}
	if err := want.Check(y); err != nil {
		b.Fatalf("after timing: %v", err)
	}
}

// minimumBytes is what a softmax into y moves: every float32 in and out once.
func minimumBytes(y []float32) int64 { return int64(len(y)) * 4 * 2 }
