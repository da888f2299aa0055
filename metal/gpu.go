package metal

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"time"
	"unsafe"
)

// A CompileError is what the Metal compiler says of the kernels: one line a
// complaint, with file, line and column as in kernels/.
type CompileError struct{ Text string }

func (e *CompileError) Error() string { return "compile kernels: " + e.Text }

// A CommandError says that the GPU did not complete a command buffer.
type CommandError struct {
	Status uint // MTLCommandBufferStatus
	Text   string
}

func (e *CommandError) Error() string {
	return fmt.Sprintf("run kernels: command buffer ended with status %d: %s", e.Status, e.Text)
}

// ErrGPUTime says that a command buffer's times are 0 or run backwards, so
// nothing is known of how long it took.
var ErrGPUTime = errors.New("the GPU reported no valid time")

var errClosed = errors.New("the Metal device is closed")

// A gpu is a Device through Metal. It owns device, queue, library and
// pipelines: what Metal returns from new, alloc and copy is released once, and
// everything else belongs to an autorelease pool.
type gpu struct {
	foundation
	info Info

	mu                     sync.Mutex
	device, queue, library id
	pipelines              map[string]pipeline
}

type pipeline struct {
	state      id
	maxThreads int
}

const (
	familyApple7    = 1007 // MTLGPUFamilyApple7
	maxThreads      = 1024 // of a threadgroup, on every Apple GPU
	mathModeSafe    = 0    // MTLMathModeSafe
	statusCompleted = 4    // MTLCommandBufferStatusCompleted
	storageShared   = 0    // MTLResourceStorageModeShared
	maxParamBytes   = 4096 // of setBytes:length:atIndex:
	scratchUnit     = 16   // setThreadgroupMemoryLength:atIndex: takes multiples
)

// openGPU prepares the system's device and compiles the kernels.
func openGPU(m messenger) (Device, error) {
	files, err := Sources()
	if err != nil {
		return nil, err
	}
	g := &gpu{foundation: foundation{m, registerSelectors(m)}, pipelines: map[string]pipeline{}}
	err = g.pool(func() error { return g.open(files) })
	if err != nil {
		return nil, errors.Join(err, g.Close())
	}
	return g, nil
}

func (g *gpu) open(files []SourceFile) error {
	if g.device = g.systemDevice(); g.device == 0 {
		return ErrNoDevice
	}
	name := g.text(id(g.send(g.device, g.sel.name)))
	g.info = Info{
		Name:        name,
		SIMDReduce:  g.truth(g.device, g.sel.supportsFamily, familyApple7),
		MaxThreads:  maxThreads,
		Paravirtual: strings.Contains(name, "Paravirtual"),
	}
	if g.queue = id(g.send(g.device, g.sel.newCommandQueue)); g.queue == 0 {
		return fmt.Errorf("open %s: no command queue", name)
	}
	return g.compile(Program(files, g.info.SIMDReduce))
}

// truth is a message that answers BOOL, of which only the lowest byte counts.
func (g *gpu) truth(to id, s selector, args ...uintptr) bool {
	return g.send(to, s, args...)&0xff != 0
}

func (g *gpu) compile(program string) error {
	options := id(g.send(g.class("MTLCompileOptions"), g.sel.new))
	source := g.newString(program)
	defer g.release(options, source)
	if options == 0 || source == 0 {
		return errors.New("compile kernels: no memory for options and source")
	}
	// Safe math everywhere: the older name where the newer one is unknown.
	if g.truth(options, g.sel.respondsToSelector, uintptr(g.sel.setMathMode)) {
		g.send(options, g.sel.setMathMode, mathModeSafe)
	} else {
		g.send(options, g.sel.setFastMath, 0)
	}
	var reason string
	g.library, reason = g.create(g.device, g.sel.newLibrary, uintptr(source), uintptr(options))
	if g.library == 0 {
		return &CompileError{reason}
	}
	return nil
}

// create sends a message whose last argument receives an NSError, and returns
// the new object or the reason why there is none.
func (g *gpu) create(to id, s selector, args ...uintptr) (id, string) {
	var pins runtime.Pinner
	defer pins.Unpin()
	nserror := new(id)
	pins.Pin(nserror)
	object := id(g.send(to, s, append(args, uintptr(unsafe.Pointer(nserror)))...))
	if object == 0 {
		return 0, g.description(*nserror)
	}
	return object, ""
}

// pipeline returns the compiled kernel, made at its first use.
func (g *gpu) pipeline(kernel string) (pipeline, error) {
	if p, ok := g.pipelines[kernel]; ok {
		return p, nil
	}
	name := g.newString(kernel)
	function := id(g.send(g.library, g.sel.newFunction, uintptr(name)))
	defer g.release(name, function)
	if function == 0 {
		return pipeline{}, fmt.Errorf("prepare kernel %s: the library has none of this name", kernel)
	}
	state, reason := g.create(g.device, g.sel.newPipeline, uintptr(function))
	if state == 0 {
		return pipeline{}, fmt.Errorf("prepare kernel %s: %s", kernel, reason)
	}
	p := pipeline{state, int(g.send(state, g.sel.maxThreads))}
	g.pipelines[kernel] = p
	return p, nil
}

// Info implements [Device].
func (g *gpu) Info() Info { return g.info }

// NewBuffer implements [Device].
func (g *gpu) NewBuffer(n int) (Buffer, error) {
	if n <= 0 {
		return nil, fmt.Errorf("new buffer: %d bytes, must be more than 0", n)
	}
	b := &gpuBuffer{gpu: g}
	err := g.pool(func() error {
		b.object = id(g.send(g.device, g.sel.newBuffer, uintptr(n), storageShared))
		if b.object == 0 {
			return fmt.Errorf("new buffer: %s has no memory for %d bytes", g.info.Name, n)
		}
		address := g.send(b.object, g.sel.contents)
		if address == 0 {
			g.release(b.object)
			return fmt.Errorf("new buffer: %d bytes without an address", n)
		}
		b.values = unsafe.Slice((*float32)(foreign(address)), n/float32Bytes)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return b, nil
}

// A gpuBuffer is Metal's memory; Go's collector knows nothing of it.
type gpuBuffer struct {
	gpu    *gpu
	object id
	values []float32
}

func (b *gpuBuffer) Float32s() []float32 { return b.values }

func (b *gpuBuffer) Release() {
	b.gpu.release(b.object)
	b.object, b.values = 0, nil
}

// Close implements [Device].
func (g *gpu) Close() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, p := range g.pipelines {
		g.release(p.state)
	}
	g.release(g.library, g.queue, g.device)
	g.pipelines, g.library, g.queue, g.device = nil, 0, 0, 0
	return nil
}

// Run implements [Device].
func (g *gpu) Run(ctx context.Context, work ...Dispatch) (time.Duration, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.queue == 0 {
		return 0, errClosed
	}
	var took time.Duration
	err := g.pool(func() (err error) {
		took, err = g.run(ctx, work)
		return err
	})
	return took, err
}
