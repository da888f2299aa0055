//go:build linux || darwin

package emulator

import (
	"context"
	"runtime"
	"sync"
	"unsafe"

	"github.com/ebitengine/purego"

	"github.com/cupel-dev/cupel/metal"
)

// A library runs dispatches in this process, one at a time: the runtime keeps
// the state of one.
type library struct {
	mu       sync.Mutex
	handle   uintptr
	dispatch func(*dispatch) string
}

// dispatch has the layout of emulator::Dispatch in shim/runtime.h.
type dispatch struct {
	kernel          *byte
	buffers         *unsafe.Pointer
	bufferBytes     *uint64
	scratchBytes    *uint64
	bufferCount     uint64
	scratchCount    uint64
	seed            uint64
	groups, threads [3]uint32
}

func openLibrary(path string) (*library, error) {
	handle, err := purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return nil, err
	}
	l := &library{handle: handle}
	purego.RegisterLibFunc(&l.dispatch, handle, "emulator_run")
	return l, nil
}

func (l *library) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dispatch == nil {
		return nil
	}
	l.dispatch = nil
	return purego.Dlclose(l.handle)
}

func (l *library) run(_ context.Context, d metal.Dispatch, seed uint64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dispatch == nil {
		return errClosed
	}
	var pins runtime.Pinner
	defer pins.Unpin()
	args := arguments(d)
	addresses, lengths := make([]unsafe.Pointer, len(args)+1), make([]uint64, len(args)+1)
	for i, arg := range args {
		addresses[i], lengths[i] = unsafe.Pointer(unsafe.SliceData(arg)), uint64(len(arg))
		pins.Pin(unsafe.SliceData(arg))
	}
	scratch := make([]uint64, len(d.Scratch)+1)
	for i, n := range d.Scratch {
		scratch[i] = uint64(n)
	}
	call := &dispatch{
		kernel: &append([]byte(d.Kernel), 0)[0], buffers: &addresses[0], bufferBytes: &lengths[0], scratchBytes: &scratch[0],
		bufferCount: uint64(len(args)), scratchCount: uint64(len(d.Scratch)), seed: seed,
		groups: sizes(d.Groups.X, d.Groups.Y, d.Groups.Z), threads: sizes(d.Threads.X, d.Threads.Y, d.Threads.Z),
	}
	for _, p := range []any{call, call.kernel, call.buffers, call.bufferBytes, call.scratchBytes} {
		pins.Pin(p)
	}
	if wrong := l.dispatch(call); wrong != "" {
		return &Fault{Kernel: d.Kernel, Kind: Stopped, Report: wrong}
	}
	return nil
}
