package cpu_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/quick"

	"github.com/cupel-dev/cupel/metal/cpu"
	"github.com/cupel-dev/cupel/metal/reference"
)

var inf = float32(math.Inf(1))

// softmaxes are the implementations, each on a result poisoned with NaN.
var softmaxes = map[string]func(x []float32, cols int) []float32{
	"fused": func(x []float32, cols int) []float32 {
		y := poisoned(len(x))
		cpu.Softmax(y, x, cols)
		return y
	},
	"three-pass": func(x []float32, cols int) []float32 {
		y, rows := poisoned(len(x)), len(x)/cols
		cpu.SoftmaxThreePass(y, poisoned(len(x)), poisoned(rows), poisoned(rows), x, cols)
		return y
	},
	"naive": func(x []float32, cols int) []float32 {
		y, rows := poisoned(len(x)), len(x)/cols
		cpu.SoftmaxNaive(y, poisoned(len(x)), poisoned(rows), poisoned(rows), x, cols)
		return y
	},
}

func poisoned(n int) []float32 { return slices.Repeat([]float32{float32(math.NaN())}, n) }

func TestSoftmaxMatchesTheFloat64Reference(t *testing.T) {
	for name, softmax := range softmaxes {
		for _, c := range []struct {
			rows, cols int
			sigma      float64
		}{
			{256, 512, 1}, {7, 513, 1}, {3, 1, 1}, {5, 7, 30}, {4, 511, 80}, {2, 4099, 1}, {16, 1024, 1e4}, {1, 1024, 1e-30},
		} {
			t.Run(fmt.Sprintf("%s/%dx%d/sigma=%g", name, c.rows, c.cols, c.sigma), func(t *testing.T) {
				x := reference.Normal(1, c.rows*c.cols, c.sigma)
				if err := reference.Softmax(x, c.cols).Check(softmax(x, c.cols)); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// One float32 sum over such a row would stagnate; sums of blocks do not.
func TestSoftmaxOfALongRow(t *testing.T) {
	x := reference.Normal(1, 100_003, 5)
	if err := reference.Softmax(x, len(x)).Check(softmaxes["fused"](x, len(x))); err != nil {
		t.Error(err)
	}
}

func TestSoftmaxOfExtremeRows(t *testing.T) {
	nan, top := float32(math.NaN()), float32(math.MaxFloat32)
	for name, softmax := range softmaxes {
		for _, c := range []struct {
			name string
			row  []float32
			want []float32
		}{
			{"one value is certain", []float32{-7}, []float32{1}},
			{"the largest floats do not overflow", []float32{top, top, -top}, []float32{.5, .5, 0}},
			{"a row masked with the smallest float is uniform", []float32{-top, -top, -top, -top}, []float32{.25, .25, .25, .25}},
			{"minus infinity has no probability", []float32{0, -inf, 0, -inf}, []float32{.5, 0, .5, 0}},
			{"NaN fills its row", []float32{1, nan, 2}, []float32{nan, nan, nan}},
			{"NaN first fills its row", []float32{nan, 1}, []float32{nan, nan}},
			{"infinity fills its row with NaN", []float32{inf, 1}, []float32{nan, nan}},
			{"a difference beyond float32 is zero", []float32{200, 0, -200}, []float32{1, 0, 0}},
		} {
			t.Run(name+"/"+c.name, func(t *testing.T) {
				if got := softmax(c.row, len(c.row)); !sameOrNaN(got, c.want) {
					t.Errorf("got %v, want %v", got, c.want)
				}
			})
		}
	}
}

func sameOrNaN(a, b []float32) bool {
	return slices.EqualFunc(a, b, func(x, y float32) bool { return x == y || x != x && y != y })
}

// A maximum that grows from block to block makes every earlier block wrong
// until it is corrected.
func TestSoftmaxCorrectsEarlierBlocks(t *testing.T) {
	for _, step := range []float32{1e-3, -1e-3, 0.05} {
		x := make([]float32, 5000)
		for i := range x {
			x[i] = float32(i) * step
		}
		if err := reference.Softmax(x, len(x)).Check(softmaxes["fused"](x, len(x))); err != nil {
			t.Errorf("values that change by %g: %v", step, err)
		}
	}
}

func TestSoftmaxInPlace(t *testing.T) {
	x := reference.Normal(3, 3*700, 4)
	want := softmaxes["fused"](x, 700)
	cpu.Softmax(x, x, 700)
	if !slices.Equal(x, want) {
		t.Error("the result differs when dst is src")
	}
}

// Softmax is invariant under a shift of its row, and its row sums to one.
func TestSoftmaxProperties(t *testing.T) {
	holds := func(seed uint64, size uint16) bool {
		rng := rand.New(rand.NewPCG(seed, 1))
		x := reference.Normal(seed, int(size%3000)+1, math.Exp(rng.Float64()*8-4))
		y := softmaxes["fused"](x, len(x))
		sum := 0.0
		for _, p := range y {
			sum += float64(p)
		}
		shifted := slices.Clone(x)
		for i := range shifted {
			shifted[i] += 64
		}
		return math.Abs(sum-1) < 1e-5 && reference.Softmax(shifted, len(x)).Check(softmaxes["fused"](shifted, len(x))) == nil
	}
	if err := quick.Check(holds, &quick.Config{MaxCount: 300}); err != nil {
		t.Error(err)
	}
}

func FuzzSoftmax(f *testing.F) {
	f.Add(float32(0), float32(1), float32(-1), uint16(3))
	f.Add(inf, float32(0), -inf, uint16(513))
	f.Add(float32(math.NaN()), float32(88.8), float32(-87.4), uint16(1100))
	f.Fuzz(func(t *testing.T, a, b, c float32, size uint16) {
		x := make([]float32, int(size%2048)+1)
		for i := range x {
			x[i] = []float32{a, b, c}[i%3]
		}
		// A row of -Inf alone is 0/0, NaN, on both sides.
		if err := reference.Softmax(x, len(x)).Check(softmaxes["fused"](x, len(x))); err != nil {
			t.Error(err)
		}
	})
}
