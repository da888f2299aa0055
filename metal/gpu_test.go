package metal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func openFake(t *testing.T) (*fakeObjC, Device) {
	t.Helper()
	f := newFakeObjC()
	d, err := openGPU(f)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.pins.Unpin)
	return f, d
}

// use goes through everything a device does, closes it, and returns the first
// error.
func use(f *fakeObjC) error {
	d, err := openGPU(f)
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }()
	in, err := d.NewBuffer(4 * 96)
	if err != nil {
		return err
	}
	defer in.Release()
	out, err := d.NewBuffer(4 * 96)
	if err != nil {
		return err
	}
	defer out.Release()
	work, err := OpsFor(d.Info()).Softmax(out, in, 3, 32)
	if err != nil {
		return err
	}
	_, err = d.Run(context.Background(), work, work)
	return err
}

func TestEverythingIsReleasedOnce(t *testing.T) {
	f := newFakeObjC()
	defer f.pins.Unpin()
	if err := use(f); err != nil {
		t.Fatal(err)
	}
	if left := f.alive(); len(left) > 0 || len(f.faults) > 0 {
		t.Errorf("left %v, faults %q", left, f.faults)
	}
}

// Whatever message fails, the error says so, nothing leaks, nothing is freed
// twice, and no encoder is left open.
func TestEveryFailureIsAnErrorAndLeaksNothing(t *testing.T) {
	whole := newFakeObjC()
	defer whole.pins.Unpin()
	if err := use(whole); err != nil {
		t.Fatal(err)
	}
	for n := 1; n <= whole.sent; n++ {
		t.Run(fmt.Sprintf("message %d", n), func(t *testing.T) {
			f := newFakeObjC()
			defer f.pins.Unpin()
			f.failing = n
			if err := use(f); err == nil {
				t.Error("no error")
			}
			if left := f.alive(); len(left) > 0 || len(f.faults) > 0 {
				t.Errorf("left %v, faults %q", left, f.faults)
			}
		})
	}
}

func TestOpen(t *testing.T) {
	t.Run("says what the device is", func(t *testing.T) {
		_, d := openFake(t)
		if want := (Info{Name: "Apple M9", SIMDReduce: true, MaxThreads: 1024}); d.Info() != want {
			t.Errorf("got %+v, want %+v", d.Info(), want)
		}
	})
	t.Run("no device is its own error", func(t *testing.T) {
		f := newFakeObjC()
		f.failing = 1
		if _, err := openGPU(f); !errors.Is(err, ErrNoDevice) {
			t.Errorf("got %v, want ErrNoDevice", err)
		}
	})
	t.Run("a kernel that does not compile is named with its line", func(t *testing.T) {
		f := newFakeObjC()
		defer f.pins.Unpin()
		for f.failing = 1; ; f.failing++ {
			f.sent = 0
			_, err := openGPU(f)
			var compile *CompileError
			if errors.As(err, &compile) {
				if !strings.Contains(compile.Text, "softmax.metal:12:3: error") {
					t.Errorf("got %q", compile.Text)
				}
				return
			}
			if err == nil {
				t.Fatal("no message failed as a compiler does")
			}
		}
	})
	t.Run("family Apple5 has no simdgroup reductions", func(t *testing.T) {
		f := newFakeObjC()
		defer f.pins.Unpin()
		f.answers["supportsFamily:"] = 0x100 // a BOOL of NO with rubbish above it
		d, err := openGPU(f)
		if err != nil {
			t.Fatal(err)
		}
		if d.Info().SIMDReduce {
			t.Error("taken for Apple7")
		}
	})
}

func TestRunEncodesWhatTheDispatchSays(t *testing.T) {
	f, d := openFake(t)
	b, err := d.NewBuffer(12)
	if err != nil {
		t.Fatal(err)
	}
	f.encoded = nil
	took, err := d.Run(t.Context(), Dispatch{
		Kernel: "add", Buffers: []Buffer{b, b}, Params: []byte{1, 2, 3}, Scratch: []int{20},
		Groups: Size{7, 2, 1}, Threads: Size{32, 1, 1},
	})
	if err != nil || took.Seconds() != 0.5 {
		t.Fatalf("took %v, %v, want 500ms", took, err)
	}
	want := []string{
		"setComputePipelineState", "buffer of 12 bytes at 0", "buffer of 12 bytes at 1", "params 010203 at 2",
		"scratch of 32 bytes at 0", "dispatch {7 2 1} of {32 1 1}", "commit", "waitUntilCompleted",
	}
	if !slices.Equal(f.encoded, want) {
		t.Errorf("got  %q\nwant %q", f.encoded, want)
	}
}

func TestRunRefuses(t *testing.T) {
	f, d := openFake(t)
	_, other := openFake(t)
	buffer := func(d Device) Buffer {
		b, err := d.NewBuffer(16)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	released := buffer(d)
	released.Release()
	released.Release() // does nothing
	foreign := struct{ Buffer }{buffer(other)}
	good := Dispatch{Kernel: "add", Buffers: []Buffer{buffer(d)}, Groups: Size{1, 1, 1}, Threads: Size{32, 1, 1}}
	for _, c := range []struct {
		name   string
		change func(*Dispatch)
		want   string
	}{
		{"a threadgroup beyond the pipeline's limit", func(d *Dispatch) { d.Threads = Size{33, 32, 1} }, "1056 threads in a threadgroup, this GPU allows 1024"},
		{"an empty grid", func(d *Dispatch) { d.Groups.Y = 0 }, "an empty grid"},
		{"a released buffer", func(d *Dispatch) { d.Buffers = []Buffer{released} }, "buffer 0 is released"},
		{"another device's buffer", func(d *Dispatch) { d.Buffers = []Buffer{foreign} }, "another device's"},
		{"parameters that setBytes does not take", func(d *Dispatch) { d.Params = make([]byte, 4097) }, "4097 bytes of parameters"},
	} {
		t.Run(c.name, func(t *testing.T) {
			bad := good
			c.change(&bad)
			if _, err := d.Run(t.Context(), good, bad); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	if slices.Contains(f.encoded, "commit") {
		t.Error("refused work was committed")
	}
}

func TestRunFails(t *testing.T) {
	work := Dispatch{Kernel: "add", Groups: Size{1, 1, 1}, Threads: Size{1, 1, 1}}
	t.Run("a command buffer that did not complete", func(t *testing.T) {
		f, d := openFake(t)
		f.answers["status"] = 5
		var failed *CommandError
		if _, err := d.Run(t.Context(), work); !errors.As(err, &failed) || failed.Status != 5 || failed.Text == "" {
			t.Errorf("got %v", err)
		}
	})
	for _, c := range []struct {
		name       string
		start, end float64
	}{{"times of zero", 0, 0}, {"time that runs backwards", 5, 4}, {"no time between", 5, 5}, {"a time that is no number", 5, nan}} {
		t.Run(c.name, func(t *testing.T) {
			f, d := openFake(t)
			f.start, f.end = c.start, c.end
			if _, err := d.Run(t.Context(), work); !errors.Is(err, ErrGPUTime) {
				t.Errorf("got %v, want ErrGPUTime", err)
			}
		})
	}
	t.Run("a cancelled context commits nothing", func(t *testing.T) {
		f, d := openFake(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := d.Run(ctx, work); !errors.Is(err, context.Canceled) || slices.Contains(f.encoded, "commit") {
			t.Errorf("got %v, encoded %q", err, f.encoded)
		}
	})
	t.Run("a closed device", func(t *testing.T) {
		_, d := openFake(t)
		if err := errors.Join(d.Close(), d.Close()); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Run(t.Context(), work); err == nil {
			t.Error("a closed device ran a kernel")
		}
	})
}
