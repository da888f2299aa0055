package mlx

import (
	"slices"
	"testing"

	"github.com/cupel-dev/cupel/benches/measure"
	"github.com/cupel-dev/cupel/metal/cpu"
	"github.com/cupel-dev/cupel/metal/reference"
	"github.com/cupel-dev/cupel/metal/workload"
)

const epsilon = 1e-5

// A comparison is one operation on its three devices.
type comparison struct {
	name   string // of the benchmark, without the device
	params string
	bytes  int64
	flops  int64
	run    func()
	result []float32
	want   reference.Want
	metal  workload.Workload
	mlx    exchange
}

func (c comparison) bench(b *testing.B) {
	b.Run("device=cpu/"+c.params, func(b *testing.B) {
		measure.CPU(b, measure.Operation{Run: c.run, Check: func() error { return c.want.Check(c.result) }, Bytes: c.bytes, FLOPs: c.flops})
	})
	b.Run("device=metal/"+c.params, func(b *testing.B) { measure.Metal(b, c.metal) })
	b.Run("device=mlx/"+c.params, func(b *testing.B) {
		c.run()
		if err := c.want.Check(c.result); err != nil {
			b.Fatalf("our own result: %v", err)
		}
		c.mlx.Ours, c.mlx.Bound = c.result, c.want.Bound
		benchMLX(b, c.mlx)
	})
}

func rows(name string, v workload.Values, metal workload.Workload, want func(x, weight, bias []float32) reference.Want, run func(y, x, weight, bias []float32)) comparison {
	x, y := reference.Normal(1, v.Rows*v.Cols, 1), make([]float32, v.Rows*v.Cols)
	weight, bias := reference.Normal(2, v.Cols, 1), reference.Normal(3, v.Cols, 1)
	return comparison{
		name: name, params: v.String(), bytes: 2 * 4 * int64(len(x)), result: y,
		run: func() { run(y, x, weight, bias) }, want: want(x, weight, bias), metal: metal,
		mlx: exchange{Operation: name, Params: map[string]float64{"epsilon": epsilon}, Inputs: []array{
			{"x", []int{v.Rows, v.Cols}, x}, {"weight", []int{v.Cols}, weight}, {"bias", []int{v.Cols}, bias}}},
	}
}

func BenchmarkSoftmax(b *testing.B) {
	for _, v := range []workload.Values{{Rows: 256, Cols: 512, Sigma: 1}, {Rows: 64, Cols: 1024, Sigma: 1}} {
		rows("softmax", v, workload.Softmax(v),
			func(x, _, _ []float32) reference.Want { return reference.Softmax(x, v.Cols) },
			func(y, x, _, _ []float32) { cpu.Softmax(y, x, v.Cols) }).bench(b)
	}
}

func BenchmarkRMSNorm(b *testing.B) {
	v := workload.Values{Rows: 64, Cols: 1024, Sigma: 1}
	rows("rms_norm", v, workload.RMSNorm(v),
		func(x, weight, _ []float32) reference.Want { return reference.RMSNorm(x, weight, epsilon) },
		func(y, x, weight, _ []float32) { cpu.RMSNorm(y, x, weight, epsilon) }).bench(b)
}

func BenchmarkLayerNorm(b *testing.B) {
	v := workload.Values{Rows: 64, Cols: 1024, Sigma: 1}
	rows("layer_norm", v, workload.LayerNorm(v),
		func(x, weight, bias []float32) reference.Want { return reference.LayerNorm(x, weight, bias, epsilon) },
		func(y, x, weight, bias []float32) { cpu.LayerNorm(y, x, weight, bias, epsilon) }).bench(b)
}

// One token at three widths, then one width at five ranks.
var loras = []workload.LoraShape{
	{Tokens: 1, In: 512, Rank: 8, Out: 512}, {Tokens: 1, In: 1024, Rank: 8, Out: 1024}, {Tokens: 1, In: 2048, Rank: 8, Out: 2048},
	{Tokens: 64, In: 1024, Rank: 4, Out: 1024}, {Tokens: 64, In: 1024, Rank: 8, Out: 1024}, {Tokens: 64, In: 1024, Rank: 16, Out: 1024},
	{Tokens: 64, In: 1024, Rank: 32, Out: 1024}, {Tokens: 64, In: 1024, Rank: 64, Out: 1024},
}

func BenchmarkLora(b *testing.B) {
	for _, s := range loras {
		lora(s).bench(b)
	}
}

func lora(s workload.LoraShape) comparison {
	const scale = 2
	l := &cpu.Lora{In: s.In, Rank: s.Rank, Out: s.Out, Scale: scale,
		A: reference.Normal(1, s.In*s.Rank, 0.02), B: reference.Normal(2, s.Rank*s.Out, 0.02)}
	x, base := reference.Normal(3, s.Tokens*s.In, 1), reference.Normal(4, s.Tokens*s.Out, 1)
	y, hidden := make([]float32, len(base)), make([]float32, s.Rank)
	return comparison{
		name: "lora", params: s.String(), result: y,
		bytes: 4 * int64(len(x)+len(l.A)+len(l.B)+2*len(y)), flops: 2 * int64(s.Tokens*s.Rank*(s.In+s.Out)),
		run:   func() { copy(y, base); l.Fused(y, hidden, x) },
		want:  reference.Lora(base, x, l.A, l.B, s.In, s.Rank, s.Out, scale),
		metal: workload.Lora(s),
		mlx: exchange{Operation: "lora", Params: map[string]float64{"scale": scale}, Inputs: []array{
			{"x", []int{s.Tokens, s.In}, x}, {"a", []int{s.In, s.Rank}, l.A}, {"b", []int{s.Rank, s.Out}, l.B}, {"base", []int{s.Tokens, s.Out}, base}}},
	}
}

func TestOurSideOfEveryComparisonIsRight(t *testing.T) {
	for _, s := range loras {
		c := lora(s)
		c.run()
		if err := c.want.Check(c.result); err != nil {
			t.Errorf("lora %v: %v", s, err)
		}
	}
}

func TestParseResult(t *testing.T) {
	for _, c := range []struct {
		name, output string
		want         float64
		ok           bool
	}{
		{"a line of the common format", "Benchmarklora 1200 1234.5 ns/op\n", 1234.5, true},
		{"lines around it", "note: first\nBenchmarklora\t12\t99 ns/op\nPASS\n", 99, true},
		{"another unit", "Benchmarklora 1 99 ms/op\n", 0, false},
		{"no result", "PASS\n", 0, false},
		{"a time that is not positive", "Benchmarklora 1 0 ns/op\n", 0, false},
		{"two results", "Benchmarklora 1 5 ns/op\nBenchmarklora 1 6 ns/op\n", 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := parseResult(c.output, "lora")
			if (err == nil) != c.ok || got != c.want {
				t.Errorf("got %g, %v, want %g", got, err, c.want)
			}
		})
	}
}

func FuzzParseResult(f *testing.F) {
	f.Add("Benchmarklora 1200 1234.5 ns/op\n")
	f.Add("Benchmarklora\tNaN\tInf ns/op")
	f.Fuzz(func(t *testing.T, output string) {
		if got, err := parseResult(output, "lora"); err == nil && !(got > 0) {
			t.Errorf("%q gives %g", output, got)
		}
	})
}

func TestEncodeIsLittleEndianFloat32(t *testing.T) {
	if got, want := encode([]float32{1, -2}), []byte{0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0}; !slices.Equal(got, want) {
		t.Errorf("got % x, want % x", got, want)
	}
}
