// Package measure times an operation in a Go benchmark once its result is
// known to be right, on the CPU and on the system's GPU. It decides nothing
// about what is measured; the suites beside it do.
package measure

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/cupel-dev/cupel/metal"
	"github.com/cupel-dev/cupel/metal/workload"
)

// An Operation is what one iteration runs.
type Operation struct {
	Run   func()
	Check func() error // of what one Run left behind
	Bytes int64        // that any implementation must move; 0 reports none
	FLOPs int64        // that the operation asks for; 0 reports none
}

// CPU times o after one run of it was checked, and checks again at the end.
func CPU(b *testing.B, o Operation) {
	b.Helper()
	check := func(when string) {
		if err := o.Check(); err != nil {
			b.Fatalf("%s timing: %v", when, err)
		}
	}
	o.Run()
	check("before")
	for b.Loop() {
		o.Run()
	}
	report(b, o.Bytes, o.FLOPs, b.Elapsed()/time.Duration(b.N))
	check("after")
}

// report adds the rates that follow from the time of one operation.
func report(b *testing.B, bytes, flops int64, took time.Duration) {
	if took <= 0 {
		return
	}
	if bytes > 0 {
		b.ReportMetric(float64(bytes)/float64(took.Nanoseconds()), "GB/s")
	}
	if flops > 0 {
		b.ReportMetric(float64(flops)/float64(took.Nanoseconds()), "GFLOP/s")
	}
}

// openDevice opens the system's GPU once; compiling the kernels takes longer
// than most benchmarks.
var openDevice = sync.OnceValues(metal.Open)

// Metal times w on the system's GPU: ns/op is the GPU's own time of one
// operation, without what a command buffer costs, which is overhead-ns. It
// skips where there is no GPU, and fails where a result is wrong or faster than
// the chip's memory.
func Metal(b *testing.B, w workload.Workload) {
	b.Helper()
	device, err := openDevice()
	if err != nil {
		b.Skip(err)
	}
	bound, err := w.Bind(device, metal.OpsFor(device.Info()))
	if err != nil {
		b.Fatal(err)
	}
	defer bound.Release()
	prove(b, device, bound, "before")
	var best metal.Timing
	for b.Loop() {
		t, err := metal.Time(b.Context(), device, bound.Work)
		if err != nil {
			b.Fatal(err)
		}
		if best.PerWork == 0 || t.PerWork < best.PerWork {
			best = t
		}
	}
	prove(b, device, bound, "after")
	b.ReportMetric(float64(best.PerWork.Nanoseconds()), "ns/op")
	b.ReportMetric(float64(best.Overhead.Nanoseconds()), "overhead-ns")
	report(b, w.Bytes, w.FLOPs, best.PerWork)
	if err := roofline(b, device.Info(), w, best.PerWork); err != nil {
		b.Fatal(err)
	}
}

func prove(b *testing.B, device metal.Device, bound *workload.Bound, when string) {
	b.Helper()
	bound.Reset()
	if _, err := device.Run(context.WithoutCancel(b.Context()), bound.Work...); err != nil {
		b.Fatalf("%s timing: %v", when, err)
	}
	if err := bound.Check(); err != nil {
		b.Fatalf("%s timing: %v", when, err)
	}
}

// roofline reports how much of the chip's bandwidth w used, where the chip is
// known.
func roofline(b *testing.B, info metal.Info, w workload.Workload, took time.Duration) error {
	chip, known := metal.ChipOf(info.Name)
	if !known {
		b.Logf("%s: no roofline is known", info.Name)
		return nil
	}
	fraction, err := chip.Fraction(w.Bytes, w.Bytes, took)
	if err != nil {
		return fmt.Errorf("%s: %w", w.Name, err)
	}
	b.ReportMetric(100*fraction, "%roofline")
	return nil
}
