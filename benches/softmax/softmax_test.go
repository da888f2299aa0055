package softmax

import (
	"fmt"
	"slices"
	"testing"

	"github.com/cupel-dev/cupel/benches/measure"
	"github.com/cupel-dev/cupel/metal/cpu"
	"github.com/cupel-dev/cupel/metal/reference"
	"github.com/cupel-dev/cupel/metal/workload"
)

type shape struct{ batch, rows, cols int }

func (s shape) String() string { return fmt.Sprintf("%dx%dx%d", s.batch, s.rows, s.cols) }

func (s shape) len() int { return s.batch * s.rows * s.cols }

// minimumBytes is what a softmax moves at least: every float32 in and out once.
func (s shape) minimumBytes() int64 { return 2 * 4 * int64(s.len()) }

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
			b.Run(fmt.Sprintf("device=cpu/impl=%s/shape=%v", impl.name, s), func(b *testing.B) {
				y := make([]float32, s.len())
				measure.CPU(b, measure.Operation{
					Run: impl.prepare(y, x, s.cols), Check: func() error { return want.Check(y) }, Bytes: s.minimumBytes()})
			})
		}
		b.Run(fmt.Sprintf("device=cpu/impl=copy/shape=%v", s), func(b *testing.B) {
			y := make([]float32, s.len())
			same := reference.Exactly(x)
			measure.CPU(b, measure.Operation{
				Run: func() { copy(y, x) }, Check: func() error { return same.Check(y) }, Bytes: s.minimumBytes()})
		})
		b.Run(fmt.Sprintf("device=cpu/impl=exp/shape=%v", s), func(b *testing.B) {
			y, below := make([]float32, s.len()), belowZero(x)
			exps := reference.Exp(below)
			measure.CPU(b, measure.Operation{
				Run: func() { cpu.Exp(y, below) }, Check: func() error { return exps.Check(y) }, Bytes: s.minimumBytes()})
		})
		v := workload.Values{Rows: s.batch * s.rows, Cols: s.cols, Sigma: 2}
		b.Run(fmt.Sprintf("device=metal/impl=threepass/shape=%v", s), func(b *testing.B) { measure.Metal(b, workload.SoftmaxThreePass(v)) })
		b.Run(fmt.Sprintf("device=metal/impl=fused/shape=%v", s), func(b *testing.B) { measure.Metal(b, workload.Softmax(v)) })
	}
}

// belowZero shifts x so that its largest value is 0, as a softmax does.
func belowZero(x []float32) []float32 {
	y, top := make([]float32, len(x)), slices.Max(x)
	for i, v := range x {
		y[i] = v - top
	}
	return y
}
