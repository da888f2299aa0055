// Package workload has the operations of package metal with seeded inputs and
// their float64 reference, ready to run on any device: to prove a device or a
// kernel, and to be timed after that.
package workload

import (
	"context"
	"fmt"
	"math"

	"github.com/cupel-dev/cupel/metal"
	"github.com/cupel-dev/cupel/metal/reference"
)

// A Workload is one operation with its inputs and what must come out.
type Workload struct {
	Name   string   // with parameters: "softmax/impl=fused/rows=3/cols=513"
	Bytes  int64    // that any implementation must move between memory and device
	FLOPs  int64    // that the operation asks for; 0 where bytes are what matters
	tensor []tensor // the buffers
	work   workFunc // the dispatches over them
}

type workFunc func(ops metal.Ops, b []metal.Buffer) ([]metal.Dispatch, error)

// A tensor is one buffer: its first values, or how many it will receive, and
// what it must hold after the work.
type tensor struct {
	name  string
	start []float32
	want  *reference.Want
}

func input(name string, start []float32) tensor { return tensor{name: name, start: start} }

// output is poisoned: a value that no kernel writes stays NaN.
func output(name string, want reference.Want) tensor {
	return tensor{name, poison(len(want.Values)), &want}
}

// updated is read and written.
func updated(name string, start []float32, want reference.Want) tensor {
	return tensor{name, start, &want}
}

// scratch is written and read again by the work alone.
func scratch(name string, n int) tensor { return tensor{name: name, start: poison(n)} }

func poison(n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(math.NaN())
	}
	return x
}

// A Bound workload lives in a device's buffers.
type Bound struct {
	Work    []metal.Dispatch
	tensors []tensor
	buffers []metal.Buffer
}

// Bind puts the workload into buffers of the device and makes its dispatches.
func (w Workload) Bind(device metal.Device, ops metal.Ops) (*Bound, error) {
	b := &Bound{tensors: w.tensor}
	for _, t := range w.tensor {
		buffer, err := device.NewBuffer(4 * len(t.start))
		if err != nil {
			b.Release()
			return nil, fmt.Errorf("%s: buffer for %s: %w", w.Name, t.name, err)
		}
		b.buffers = append(b.buffers, buffer)
	}
	b.Reset()
	work, err := w.work(ops, b.buffers)
	if err != nil {
		b.Release()
		return nil, fmt.Errorf("%s: %w", w.Name, err)
	}
	b.Work = work
	return b, nil
}

// Reset gives every buffer its first values again.
func (b *Bound) Reset() {
	for i, t := range b.tensors {
		copy(b.buffers[i].Float32s(), t.start)
	}
}

// Check compares what one execution of the work left behind with the
// reference.
func (b *Bound) Check() error {
	for i, t := range b.tensors {
		if t.want == nil {
			continue
		}
		if err := t.want.Check(b.buffers[i].Float32s()); err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
	}
	return nil
}

// Release gives the buffers back.
func (b *Bound) Release() {
	for _, buffer := range b.buffers {
		buffer.Release()
	}
}

// Prove runs the workload once on the device and checks its results.
func (w Workload) Prove(ctx context.Context, device metal.Device, ops metal.Ops) error {
	b, err := w.Bind(device, ops)
	if err != nil {
		return err
	}
	defer b.Release()
	if _, err := device.Run(ctx, b.Work...); err != nil {
		return fmt.Errorf("%s: %w", w.Name, err)
	}
	if err := b.Check(); err != nil {
		return fmt.Errorf("%s: %w", w.Name, err)
	}
	return nil
}
