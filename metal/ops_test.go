package metal

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

// memory is a Buffer without a device: dispatches are data.
type memory []float32

func (m memory) Float32s() []float32 { return m }
func (m memory) Release()            {}

func floats(n int) memory { return make(memory, n) }

var simd = Ops{SIMDReduce: true, MaxThreads: 1024}

// One threadgroup a row, of whole simdgroups, and no thread without work where
// the row is long: a grid of one thread a row is the fault that no test of
// values can see.
func TestRowsGetAThreadgroupEach(t *testing.T) {
	for _, c := range []struct {
		ops        Ops
		rows, cols int
		threads    uint
		slots      int
	}{
		{simd, 256, 512, 128, 16},
		{simd, 1, 1, 32, 4},
		{simd, 3, 513, 160, 20},
		{simd, 2, 4096, 1024, 128},
		{simd, 2, 100_000, 1024, 128},
		{Ops{SIMDReduce: true, MaxThreads: 512}, 2, 4096, 512, 64},
		{Ops{SIMDReduce: true, MaxThreads: 1024, Threads: 100}, 2, 4096, 128, 16},
		{Ops{MaxThreads: 1024, Threads: 100}, 2, 4096, 100, 400},
		{Ops{MaxThreads: 1024}, 256, 512, 128, 512},
	} {
		t.Run(fmt.Sprintf("%dx%d with %+v", c.rows, c.cols, c.ops), func(t *testing.T) {
			d, err := c.ops.Softmax(floats(c.rows*c.cols), floats(c.rows*c.cols), c.rows, c.cols)
			if err != nil {
				t.Fatal(err)
			}
			if d.Groups != (Size{uint(c.rows), 1, 1}) || d.Threads != (Size{c.threads, 1, 1}) {
				t.Errorf("%v threadgroups of %v, want %d of %d", d.Groups, d.Threads, c.rows, c.threads)
			}
			if !slices.Equal(d.Scratch, []int{c.slots}) {
				t.Errorf("scratch %v, want %d", d.Scratch, c.slots)
			}
		})
	}
}

func TestGridsCoverTheirResult(t *testing.T) {
	product, err := simd.MatMul(floats(17*33), floats(17*5), floats(5*33), 17, 5, 33)
	if err != nil {
		t.Fatal(err)
	}
	if product.Groups != (Size{3, 2, 1}) || product.Threads != (Size{16, 16, 1}) {
		t.Errorf("matmul 17x33: %v of %v, want tiles of 16: {3 2 1} of {16 16 1}", product.Groups, product.Threads)
	}
	sum, err := simd.Add(floats(257), floats(257), floats(257), 257)
	if err != nil {
		t.Fatal(err)
	}
	if sum.Groups != (Size{2, 1, 1}) || sum.Threads != (Size{256, 1, 1}) {
		t.Errorf("257 values: %v of %v, want {2 1 1} of {256 1 1}", sum.Groups, sum.Threads)
	}
	shape := AttentionShape{Heads: 3, KVHeads: 1, Dim: 100, Capacity: 10, Length: 10, Scale: 1}
	one, err := simd.Attention(floats(300), floats(300), floats(1000), floats(1000), shape)
	if err != nil {
		t.Fatal(err)
	}
	if one.Groups.X != 3 || one.Threads.X != 128 {
		t.Errorf("attention: %v of %v, want a threadgroup a head with a thread a component", one.Groups, one.Threads)
	}
}

func TestParamsHaveMetalsLayout(t *testing.T) {
	d, err := simd.RMSNorm(floats(6), floats(6), floats(3), 2, 3, 0.5)
	if err != nil {
		t.Fatal(err)
	}
	want := binary.LittleEndian.AppendUint32([]byte{2, 0, 0, 0, 3, 0, 0, 0}, math.Float32bits(0.5))
	if !slices.Equal(d.Params, want) {
		t.Errorf("got % x, want % x", d.Params, want)
	}
}

func TestOpsRefuseWhatDoesNotFit(t *testing.T) {
	attention := AttentionShape{Heads: 4, KVHeads: 2, Dim: 8, Capacity: 6, Length: 6}
	attend := func(change func(*AttentionShape)) error {
		s := attention
		change(&s)
		_, err := simd.Attention(floats(4096*4), floats(4096*4), floats(1<<18), floats(1<<18), s)
		return err
	}
	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"a short buffer", second(simd.Softmax(floats(6), floats(5), 2, 3)), "softmax: in needs 6 values, its buffer has 5"},
		{"no rows", second(simd.Softmax(floats(6), floats(6), 0, 3)), "softmax: in has no values"},
		{"a short weight", second(simd.LayerNorm(floats(6), floats(6), floats(2), floats(3), 2, 3, 0)), "layer norm: weight needs 3"},
		{"a device with small threadgroups", second(Ops{MaxThreads: 64}.MatMul(floats(1), floats(1), floats(1), 1, 1, 1)), "needs threadgroups of 256"},
		{"heads that do not divide", attend(func(s *AttentionShape) { s.Heads = 3 }), "3 heads are no multiple of 2"},
		{"an empty cache", attend(func(s *AttentionShape) { s.Length = 0 }), "length 0 is outside 1 to 6"},
		{"more positions than there is room for", attend(func(s *AttentionShape) { s.Length = 7 }), "length 7 is outside 1 to 6"},
		{"a head larger than a threadgroup", attend(func(s *AttentionShape) { s.Dim = 2000 }), "a head of 2000 values"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
				t.Errorf("got %v, want %q", c.err, c.want)
			}
		})
	}
}

func second(_ Dispatch, err error) error { return err }

func TestProgramNamesFilesAndLines(t *testing.T) {
	got := Program([]SourceFile{{"a.metal", "A\n"}, {"b.metal", "B\n"}}, true)
	const want = "#define SIMD_REDUCE 1\n#line 1 \"a.metal\"\nA\n#line 1 \"b.metal\"\nB\n"
	if got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestSourcesAreAllOfTheKernels(t *testing.T) {
	files, err := Sources()
	if err != nil {
		t.Fatal(err)
	}
	entries, err := kernelFiles.ReadDir("kernels")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != len(entries) {
		t.Errorf("%d files in the program, %d in kernels/", len(files), len(entries))
	}
}
