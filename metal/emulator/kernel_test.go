package emulator

import (
	"strings"
	"testing"

	"github.com/cupel-dev/cupel/metal"
)

func TestParseKernels(t *testing.T) {
	const source = `// kernel void comment(device float* x [[buffer(0)]]) {}
kernel void one(
    device const float4* in  [[buffer(0)]],
    constant Params& p       [[ buffer(1) ]],
    threadgroup float* slots [[threadgroup(0)]], // notes, with commas
    uint2 place              [[thread_position_in_grid]])
{
}
inline float helper(float x) { return x; }
kernel void two() {}
`
	kernels, err := parseKernels(metal.SourceFile{Name: "k.metal", Text: source})
	if err != nil {
		t.Fatal(err)
	}
	if len(kernels) != 2 || kernels[0].name != "one" || kernels[1].name != "two" {
		t.Fatalf("got %+v, want the kernels one and two", kernels)
	}
	want := []paramDecl{
		{"device const float4*", "in", "buffer", 0}, {"constant Params&", "p", "buffer", 1},
		{"threadgroup float*", "slots", "threadgroup", 0}, {"uint2", "place", "thread_position_in_grid", 0},
	}
	for i, p := range kernels[0].params {
		if p != want[i] {
			t.Errorf("parameter %d is %+v, want %+v", i, p, want[i])
		}
	}
}

func TestUnitRefuses(t *testing.T) {
	for _, c := range []struct{ name, source, want string }{
		{"a parameter without an attribute", "kernel void k(uint i) {}", `k.metal: kernel k: parameter "uint i" has no attribute`},
		{"an attribute that it does not know", "kernel void k(uint i [[thread_execution_width]]) {}", "does not know the attribute thread_execution_width"},
		{"a buffer that is left out", "kernel void k(device float* x [[buffer(1)]]) {}", "x is buffer(1), the next one must be 0"},
		{"threadgroup memory that is left out", "kernel void k(threadgroup float* x [[threadgroup(1)]]) {}", "x is threadgroup(1), the next one must be 0"},
		{"positions of two types", "kernel void k(uint a [[thread_position_in_grid]], uint3 b [[threads_per_threadgroup]]) {}", "Metal wants one type for all"},
		{"a position that is no uint", "kernel void k(int a [[thread_position_in_grid]]) {}", "must be a uint, uint2 or uint3, not int"},
		{"an index that is no uint", "kernel void k(ushort a [[thread_index_in_simdgroup]]) {}", "must be a uint, not ushort"},
		{"a list that does not end", "kernel void k(device float* x [[buffer(0)]]", "the parameter list does not end"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := unit([]metal.SourceFile{{Name: "k.metal", Text: c.source}}, true)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestUnitKeepsLines(t *testing.T) {
	got, err := unit([]metal.SourceFile{{Name: "k.metal", Text: "/* a\n b */\nkernel void k(device float* x [[buffer(0)]]) {}\n"}}, true)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(got, "#line 1 \"k.metal\"\n    \n     \nkernel void k(device float* x              ) {}\n") {
		t.Errorf("comments and attributes must leave every line and column in place:\n%s", got)
	}
}

func FuzzParseKernels(f *testing.F) {
	f.Add("kernel void k(device float* x [[buffer(0)]], uint i [[thread_position_in_grid]]) { x[i] = 0; }")
	f.Add("kernel void k((((")
	f.Add("kernel void k(uint i [[buffer(99999999999999999999)]]) {}")
	f.Fuzz(func(t *testing.T, text string) {
		kernels, err := parseKernels(metal.SourceFile{Name: "f", Text: text})
		if err != nil {
			return
		}
		for _, k := range kernels {
			if k.name == "" {
				t.Error("a kernel without a name")
			}
		}
	})
}
