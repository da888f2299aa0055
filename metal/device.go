package metal

import (
	"context"
	"errors"
	"time"
)

// A Device runs kernels. Its methods may be called from any goroutine; work is
// done one command buffer after the other.
type Device interface {
	// Info says what the device is and can do.
	Info() Info

	// NewBuffer returns memory of n bytes, n > 0, that host and device share.
	// The caller releases it, after the last Run that uses it.
	NewBuffer(n int) (Buffer, error)

	// Run executes the dispatches as one command buffer, each after the one
	// before it, and waits for the end. It returns how long the device worked
	// on them, 0 where it keeps no time. A cancelled context is noticed before
	// the work is committed; a GPU does not stop in the middle.
	Run(ctx context.Context, work ...Dispatch) (time.Duration, error)

	// Close releases the device. Buffers must have been released before.
	Close() error
}

// A Buffer is memory that host and device share.
type Buffer interface {
	// Float32s is the memory as numbers. It must not be used after Release, nor
	// while a Run that binds the buffer is under way.
	Float32s() []float32

	// Release gives the memory back. A second call does nothing.
	Release()
}

// Info is what a device says of itself.
type Info struct {
	Name        string // as the system calls it, "Apple M2 Pro"
	SIMDReduce  bool   // simdgroup reductions work: GPU family Apple7 and later
	MaxThreads  int    // the largest threadgroup
	Paravirtual bool   // a virtual machine's GPU: its times say nothing of the real one
}

// ErrNoDevice says that this machine has no Metal device.
var ErrNoDevice = errors.New("no Metal device")

// A Size is a number of threads or threadgroups in each dimension. It has the
// layout of MTLSize.
type Size struct{ X, Y, Z uint }

// Count is the number of things in a Size.
func (s Size) Count() int { return int(s.X * s.Y * s.Z) }

// A Dispatch is one execution of a kernel. The grid is always whole
// threadgroups: Metal's other form, dispatchThreads, cuts threadgroups down to
// the grid, and a grid of one thread a row then runs threadgroups of one.
type Dispatch struct {
	Kernel  string
	Buffers []Buffer // bound to buffer(0), buffer(1), ...
	Params  []byte   // bound to the index after the last buffer, at most 4096 bytes
	Scratch []int    // bytes of threadgroup(0), threadgroup(1), ...
	Groups  Size     // threadgroups in the grid
	Threads Size     // threads in a threadgroup
}
