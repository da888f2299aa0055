package emulator_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/cupel-dev/cupel/metal"
	"github.com/cupel-dev/cupel/metal/emulator"
	"github.com/cupel-dev/cupel/metal/workload"
)

// newToolchain skips the test where there is no clang, and fails it there
// where tools are required.
func newToolchain(t testing.TB) *emulator.Toolchain {
	t.Helper()
	tools, err := emulator.NewToolchain()
	if err != nil && os.Getenv("CUPEL_REQUIRE_TOOLS") == "1" {
		t.Fatal(err)
	}
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() {
		if err := tools.Close(); err != nil {
			t.Error(err)
		}
	})
	return tools
}

func sources(t testing.TB) []metal.SourceFile {
	t.Helper()
	files, err := metal.Sources()
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func build(t testing.TB, tools *emulator.Toolchain, files []metal.SourceFile, mode emulator.Mode, simdReduce bool) *emulator.Device {
	t.Helper()
	device, err := tools.Build(t.Context(), files, mode, simdReduce)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := device.Close(); err != nil {
			t.Error(err)
		}
	})
	return device
}

// Every kernel gives the reference's values for every class of shape, with and
// without simdgroup reductions, in several sizes of threadgroup, whatever the
// order of threads.
func TestKernelsMatchTheFloat64Reference(t *testing.T) {
	tools := newToolchain(t)
	for _, c := range []struct {
		mode       emulator.Mode
		simdReduce bool
		threads    []int
	}{
		{emulator.Values, true, []int{0, 32, 96, 1024}},
		{emulator.Values, false, []int{0, 1, 100, 256}},
		{emulator.FastMath, true, []int{0}},
		{emulator.FastMath, false, []int{0}},
	} {
		device := build(t, tools, sources(t), c.mode, c.simdReduce)
		for _, threads := range c.threads {
			t.Run(fmt.Sprintf("%s/simd=%t/threads=%d", c.mode, c.simdReduce, threads), func(t *testing.T) {
				prove(t, device, threads, workload.All())
			})
		}
	}
}

func prove(t *testing.T, device *emulator.Device, threads int, all []workload.Workload) {
	for seed := range uint64(3) {
		seeded := device.Seeded(seed)
		ops := metal.OpsFor(seeded.Info())
		ops.Threads = threads
		for _, w := range all {
			if err := w.Prove(context.Background(), seeded, ops); err != nil {
				t.Errorf("seed %d: %v", seed, err)
			}
		}
	}
}
