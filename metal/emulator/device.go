package emulator

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
	"unsafe"

	"github.com/cupel-dev/cupel/metal"
)

// A Device is a [metal.Device] on the CPU. It keeps no time.
type Device struct {
	simdReduce bool
	seed       uint64
	kernels    runner
}

// A runner executes one dispatch: in this process or in one of its own.
type runner interface {
	run(ctx context.Context, d metal.Dispatch, seed uint64) error
	close() error
}

// A Fault is what the emulator found wrong with a dispatch.
type Fault struct {
	Kernel string
	Kind   FaultKind
	Report string // of the runtime or the sanitizer
}

func (f *Fault) Error() string { return fmt.Sprintf("%s: %s: %s", f.Kernel, f.Kind, f.Report) }

// A FaultKind is what sort of fault it is.
type FaultKind string

// The kinds of faults.
const (
	Stopped     FaultKind = "stopped"      // threads that do not meet, or a dispatch that does not fit its kernel
	DataRace    FaultKind = "data race"    // found in the mode Races
	MemoryError FaultKind = "memory error" // found in the mode Memory
	Crashed     FaultKind = "crashed"      // the process ended otherwise
)

func newDevice(path string, mode Mode, simdReduce bool) (*Device, error) {
	d := &Device{simdReduce: simdReduce, kernels: &process{path: path}}
	if mode.inProcess() {
		library, err := openLibrary(path)
		if err != nil {
			return nil, fmt.Errorf("load emulated kernels: %w", err)
		}
		d.kernels = library
	}
	return d, nil
}

// Seeded returns the device with another seed. 0 runs threads in their order
// and functions exactly; any other seed chooses an order and small errors, the
// same for the same seed. The two share the kernels: close one of them.
func (d *Device) Seeded(seed uint64) *Device {
	seeded := *d
	seeded.seed = seed
	return &seeded
}

// Info implements [metal.Device].
func (d *Device) Info() metal.Info {
	return metal.Info{Name: "emulator", SIMDReduce: d.simdReduce, MaxThreads: 1024}
}

// NewBuffer implements [metal.Device]. A new buffer holds zeros.
func (d *Device) NewBuffer(n int) (metal.Buffer, error) {
	if n <= 0 {
		return nil, fmt.Errorf("new buffer: %d bytes, must be more than 0", n)
	}
	return &buffer{values: aligned(n)}, nil
}

// Run implements [metal.Device]. The error is a [*Fault] where a kernel is
// wrong.
func (d *Device) Run(ctx context.Context, work ...metal.Dispatch) (time.Duration, error) {
	for _, dispatch := range work {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		if err := d.kernels.run(ctx, dispatch, d.seed); err != nil {
			return 0, err
		}
	}
	return 0, nil
}

// Close implements [metal.Device].
func (d *Device) Close() error { return d.kernels.close() }

type buffer struct{ values []float32 }

func (b *buffer) Float32s() []float32 { return b.values }
func (b *buffer) Release()            { b.values = nil }

// aligned returns n bytes as numbers, from an address that is a multiple of
// 16, as a float4 and every Metal buffer is.
func aligned(n int) []float32 {
	const line = 16 / 4
	length := (n + 3) / 4
	values := make([]float32, length+line-1)
	for skip := range line {
		if uintptr(unsafe.Pointer(&values[skip]))%16 == 0 {
			return values[skip : skip+length : skip+length]
		}
	}
	return values[:length:length]
}

// asBytes is the memory of values.
func asBytes(values []float32) []byte {
	if len(values) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&values[0])), 4*len(values))
}

// arguments are the memory that a dispatch binds, parameters last.
func arguments(d metal.Dispatch) [][]byte {
	args := make([][]byte, 0, len(d.Buffers)+1)
	for _, b := range d.Buffers {
		args = append(args, asBytes(b.Float32s()))
	}
	if d.Params != nil {
		args = append(args, d.Params)
	}
	return args
}

func sizes(lengths ...uint) (three [3]uint32) {
	for i, n := range lengths {
		three[i] = uint32(n)
	}
	return three
}

var errClosed = errors.New("the emulated device is closed")

// A process runs each dispatch in a process of its own.
type process struct {
	mu   sync.Mutex
	path string
}

func (p *process) close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	path := p.path
	p.path = ""
	if path == "" {
		return nil
	}
	return os.Remove(path)
}
