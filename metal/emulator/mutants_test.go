package emulator_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/cupel-dev/cupel/metal"
	"github.com/cupel-dev/cupel/metal/emulator"
	"github.com/cupel-dev/cupel/metal/workload"
)

// A mutant is a kernel with a known fault, and how the fault must be found:
// as a wrong value, or as a fault of that kind.
type mutant struct {
	name     string
	file     string
	old, new string
	tree     bool // in the variant without simdgroup reductions
	threads  int
	mode     emulator.Mode
	found    emulator.FaultKind // "" is a wrong value
	on       workload.Workload
}

const wrongValue = emulator.FaultKind("")

var (
	rows    = workload.Values{Rows: 4, Cols: 300, Sigma: 2}
	oddRows = workload.Values{Rows: 3, Cols: 301, Sigma: 2}
	adapter = workload.LoraShape{Tokens: 3, In: 100, Rank: 6, Out: 70}
	heads   = workload.AttentionShape{Heads: 2, KVHeads: 1, Dim: 32, Capacity: 120, Length: 100}
)

const barrier = "threadgroup_barrier(mem_flags::mem_threadgroup);"

var mutants = []mutant{
	{name: "no barrier between writing and reading the slots", file: "reduce",
		old: "{ slots[at.simdgroup] = value; }\n    " + barrier + "\n    float sum", new: "{ slots[at.simdgroup] = value; }\n    float sum",
		threads: 96, mode: emulator.Isolated, found: wrongValue, on: workload.RMSNorm(rows)},
	{name: "no barrier before the slots are written again", file: "reduce",
		old: "largest = max(largest, slots[i]); }\n    " + barrier, new: "largest = max(largest, slots[i]); }",
		threads: 96, mode: emulator.Races, found: emulator.DataRace, on: workload.Softmax(rows)},
	{name: "a barrier that orders no memory", file: "reduce",
		old: barrier + "\n    float largest", new: "threadgroup_barrier(mem_flags::mem_none);\n    float largest",
		threads: 96, mode: emulator.Races, found: emulator.DataRace, on: workload.Softmax(rows)},
	{name: "one slot too many", file: "reduce",
		old: "for (uint i = 0; i < at.simdgroups; i++)", new: "for (uint i = 0; i <= at.simdgroups; i++)",
		threads: 96, mode: emulator.Memory, found: emulator.MemoryError, on: workload.RMSNorm(rows)},
	{name: "a simdgroup operation in a branch", file: "reduce",
		old: "value = simd_sum(value);", new: "if (at.lane < 16) { value = simd_sum(value); }",
		threads: 96, mode: emulator.Isolated, found: emulator.Stopped, on: workload.RMSNorm(rows)},
	{name: "a tree for powers of two only", file: "reduce",
		old: "const uint lower = (live + 1) / 2;\n        if (at.thread_index < live / 2) { slots[at.thread_index] +=", tree: true,
		new:     "const uint lower = live / 2;\n        if (at.thread_index < live / 2) { slots[at.thread_index] +=",
		threads: 100, mode: emulator.Isolated, found: wrongValue, on: workload.RMSNorm(rows)},
	{name: "no barrier between two folds of the tree", file: "reduce",
		old: "live = lower;\n        " + barrier + "\n    }\n    const float sum", new: "live = lower;\n    }\n    const float sum", tree: true,
		threads: 64, mode: emulator.Isolated, found: wrongValue, on: workload.RMSNorm(rows)},

	{name: "no maximum subtracted", file: "softmax",
		old: "y4[i] = exp(x4[i] - row_largest)", new: "y4[i] = exp(x4[i])",
		mode: emulator.Isolated, found: wrongValue, on: workload.Softmax(rows)},
	{name: "the running sum not corrected", file: "softmax",
		old: "sum = sum * exp(largest - next) + exp(x[i] - next);", new: "sum = sum + exp(x[i] - next);",
		threads: 32, mode: emulator.Isolated, found: wrongValue, on: workload.Softmax(oddRows)},
	{name: "the largest value starts at zero", file: "softmax",
		old: "float largest = -FLT_MAX;\n    float sum", new: "float largest = 0.0f;\n    float sum",
		mode: emulator.Isolated, found: wrongValue, on: workload.SoftmaxMasked(rows)},
	{name: "a lane taken for a simdgroup", file: "softmax",
		old: "uint simdgroup             [[simdgroup_index_in_threadgroup]],", new: "uint simdgroup             [[thread_index_in_simdgroup]],",
		threads: 96, mode: emulator.Isolated, found: wrongValue, on: workload.Softmax(rows)},
	{name: "a constant stride", file: "softmax",
		old: "i < quads; i += threads) {\n", new: "i < quads; i += 256) {\n",
		threads: 32, mode: emulator.Isolated, found: wrongValue, on: workload.Softmax(rows)},
	{name: "16-byte loads of rows that are not aligned", file: "softmax",
		old: "p.cols % 4 == 0 ? p.cols / 4 : 0", new: "p.cols / 4",
		mode: emulator.Memory, found: emulator.MemoryError, on: workload.Softmax(oddRows)},
	{name: "every thread stores the row's maximum", file: "softmax",
		old: "if (thread_index == 0) { maxima[row] = largest; }", new: "maxima[row] = largest;",
		threads: 64, mode: emulator.Races, found: emulator.DataRace, on: workload.SoftmaxThreePass(rows)},
	{name: "threadgroups that share a result", file: "softmax",
		old: "if (thread_index == 0) { sums[row] = sum; }", new: "if (thread_index == 0) { sums[0] = sum; }",
		threads: 64, mode: emulator.Races, found: emulator.DataRace, on: workload.SoftmaxThreePass(rows)},

	{name: "no epsilon", file: "norm",
		old: "rsqrt(squares / float(p.cols) + p.epsilon);\n    for (uint i = thread_index; i < p.cols; i += threads) { y[i] = x", new: "rsqrt(squares / float(p.cols));\n    for (uint i = thread_index; i < p.cols; i += threads) { y[i] = x",
		mode: emulator.Isolated, found: wrongValue, on: workload.RMSNorm(workload.Values{Rows: 2, Cols: 40, Sigma: 1e-3})},
	{name: "a variance that cancels", file: "norm",
		old: "const float d = x[i] - mean;\n        squares = fma(d, d, squares);\n    }\n    squares = group_sum(squares, slots, at);", new: "squares = fma(x[i], x[i], squares);\n    }\n    squares = group_sum(squares, slots, at) - mean * mean * float(p.cols);",
		mode: emulator.Isolated, found: wrongValue, on: workload.LayerNorm(workload.Values{Rows: 2, Cols: 300, Mean: 1e3, Sigma: 1})},
	{name: "a barrier that not all threads reach", file: "norm",
		old: "const float mean = group_sum(sum, slots, at) / float(p.cols);", new: "const float mean = (thread_index < 33 ? group_sum(sum, slots, at) : 0.0f) / float(p.cols);",
		threads: 96, mode: emulator.Isolated, found: emulator.Stopped, on: workload.LayerNorm(rows)},

	{name: "no barrier before a tile is replaced", file: "matmul",
		old: "sum); }\n        " + barrier, new: "sum); }",
		mode: emulator.Isolated, found: wrongValue, on: workload.MatMul(16, 40, 16)},
	{name: "a tile that is not cut at the edge", file: "matmul",
		old: "row < p.m && ak < p.k ?", new: "row < p.m ?",
		mode: emulator.Memory, found: emulator.MemoryError, on: workload.MatMul(5, 33, 7)},
	{name: "threads outside the result return early", file: "matmul",
		old: "float sum = 0.0f;", new: "if (row >= p.m) { return; }\n    float sum = 0.0f;",
		mode: emulator.Isolated, found: emulator.Stopped, on: workload.MatMul(5, 33, 7)},

	{name: "no scale", file: "lora",
		old: "if (lane == 0) { hidden[r] = sum * p.scale; }", new: "if (lane == 0) { hidden[r] = sum; }",
		mode: emulator.Isolated, found: wrongValue, on: workload.Lora(adapter)},
	{name: "no barrier between the phases", file: "lora",
		old: "#endif\n    " + barrier, new: "#endif\n",
		threads: 64, mode: emulator.Races, found: emulator.DataRace, on: workload.Lora(adapter)},
	{name: "hidden values that some lanes do not add to", file: "lora",
		old: "for (uint i = lane; i < p.in;", new: "for (uint i = lane + 1; i < p.in;",
		mode: emulator.Isolated, found: wrongValue, on: workload.Lora(adapter)},

	{name: "a store one value behind the end", file: "elementwise",
		old: "if (i < p.n) { out[i] = x[i] + y[i]; }", new: "if (i <= p.n) { out[i] = x[i] + y[i]; }",
		mode: emulator.Memory, found: emulator.MemoryError, on: workload.Add(100)},
	{name: "a sign", file: "elementwise",
		old: "exp(-x)", new: "exp(x)",
		mode: emulator.Isolated, found: wrongValue, on: workload.GatedSiLU(100)},
	{name: "one bias for all", file: "elementwise",
		old: "bias[i]", new: "bias[0]",
		mode: emulator.Isolated, found: wrongValue, on: workload.GatedSiLU(100)},

	{name: "a gate before the shift", file: "elementwise",
		old: "fma(gate[i], fma(x[i], scale[i], shift[i]), residual[i])", new: "fma(gate[i], x[i] * scale[i], shift[i] + residual[i])",
		mode: emulator.Isolated, found: wrongValue, on: workload.GatedResidual(100)},

	{name: "earlier values not corrected", file: "attention",
		old: "component *= correction;", new: "",
		threads: 32, mode: emulator.Isolated, found: wrongValue, on: workload.Attention(heads)},
	{name: "weights in the memory of the slots", file: "attention",
		old: "group_sum(weight, slots, at)", new: "group_sum(weight, weights, at)",
		threads: 64, mode: emulator.Isolated, found: wrongValue, on: workload.Attention(heads)},
	{name: "positions that are not filled", file: "attention",
		old: "min(threads, p.length - first)", new: "threads",
		threads: 32, mode: emulator.Isolated, found: wrongValue, on: workload.Attention(heads)},
	{name: "every head reads the first cache", file: "attention",
		old: "keys + size_t(kv_head)", new: "keys + size_t(0)",
		mode: emulator.Isolated, found: wrongValue, on: workload.Attention(workload.AttentionShape{Heads: 4, KVHeads: 2, Dim: 16, Capacity: 20, Length: 20})},

	{name: "one correction for both moments", file: "adamw",
		old: "sqrt(s / p.correction2)", new: "sqrt(s / p.correction1)",
		mode: emulator.Isolated, found: wrongValue, on: workload.AdamWStep(50)},
	{name: "no weight decay", file: "adamw",
		old: "(step + p.decay * weight[i])", new: "step",
		mode: emulator.Isolated, found: wrongValue, on: workload.AdamWStep(50)},
}

// The tests of the kernels bite: every known fault is found, in the way that
// is meant to find it, and the kernel without it passes the same.
func TestMutantsAreCaught(t *testing.T) {
	tools := newToolchain(t)
	for _, m := range mutants {
		t.Run(m.file+"/"+m.name, func(t *testing.T) {
			t.Parallel()
			device := build(t, tools, mutated(t, m), m.mode, !m.tree)
			if err := run(t, device, m); !m.caught(err) {
				t.Errorf("not caught as %q in mode %s: %v", m.found, m.mode, err)
			}
		})
	}
}

func TestKernelsWithoutMutationPassWhatCatchesMutants(t *testing.T) {
	tools := newToolchain(t)
	type variant struct {
		mode emulator.Mode
		tree bool
	}
	devices := map[variant]*emulator.Device{}
	for _, m := range mutants {
		v := variant{m.mode, m.tree}
		if devices[v] == nil {
			devices[v] = build(t, tools, sources(t), m.mode, !m.tree)
		}
		if err := run(t, devices[v], m); err != nil {
			t.Errorf("%s/%s: %v", m.file, m.name, err)
		}
	}
}

// seeds: ThreadSanitizer remembers few accesses, so one order of threads may
// hide a race from it.
const seeds = 4

func run(t *testing.T, device *emulator.Device, m mutant) error {
	for seed := range uint64(seeds) {
		ops := metal.OpsFor(device.Info())
		ops.Threads = m.threads
		if err := m.on.Prove(t.Context(), device.Seeded(seed), ops); err != nil {
			return err
		}
	}
	return nil
}

func (m mutant) caught(err error) bool {
	var fault *emulator.Fault
	if errors.As(err, &fault) {
		return fault.Kind == m.found
	}
	return err != nil && m.found == wrongValue
}

// mutated are the sources that the mutant needs, with its change in the first
// place that fits.
func mutated(t *testing.T, m mutant) []metal.SourceFile {
	var files []metal.SourceFile
	for _, f := range sources(t) {
		if f.Name == m.file+".metal" {
			text := strings.Replace(f.Text, m.old, m.new, 1)
			if text == f.Text {
				t.Fatalf("the kernel has no %q any more", m.old)
			}
			f.Text = text
		}
		files = append(files, f)
	}
	return slices.Clip(files)
}

func TestAddressSpaces(t *testing.T) {
	tools := newToolchain(t)
	for _, simdReduce := range []bool{true, false} {
		if err := tools.CheckAddressSpaces(t.Context(), sources(t), simdReduce); err != nil {
			t.Error(err)
		}
	}
	for _, c := range []struct{ name, old, new, want string }{
		{"a pointer without an address space", "device const float* x = in", "const float* x = in", "norm.metal"},
		{"a threadgroup pointer taken for a device one", "threadgroup float* slots   [[threadgroup(0)]]", "device float* slots   [[threadgroup(0)]]", "norm.metal"},
		{"a pointer moved to another address space", "device float* y = out", "threadgroup float* y = out", "norm.metal"},
		{"a store to a constant", "const float mean =", "p.epsilon = 0.0f; const float mean =", "norm.metal"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := mutant{file: "norm", old: c.old, new: c.new}
			err := tools.CheckAddressSpaces(t.Context(), mutated(t, m), true)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error in %s", err, c.want)
			}
		})
	}
}
