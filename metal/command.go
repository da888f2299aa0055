package metal

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"time"
	"unsafe"
)

// run encodes work into one command buffer and waits for it.
func (g *gpu) run(ctx context.Context, work []Dispatch) (time.Duration, error) {
	// All pipelines first: an encoder must not be left open on an error.
	states := make([]id, len(work))
	for i, d := range work {
		p, err := g.pipeline(d.Kernel)
		if err != nil {
			return 0, err
		}
		if err := d.fits(p); err != nil {
			return 0, err
		}
		states[i] = p.state
	}
	buffer := id(g.send(g.queue, g.sel.commandBuffer))
	if buffer == 0 {
		return 0, errors.New("run kernels: no command buffer")
	}
	encoder := id(g.send(buffer, g.sel.computeEncoder))
	if encoder == 0 {
		return 0, errors.New("run kernels: no encoder")
	}
	for i, d := range work {
		g.encode(encoder, states[i], d)
	}
	g.send(encoder, g.sel.endEncoding)
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	g.send(buffer, g.sel.commit)
	g.send(buffer, g.sel.wait)
	if status := uint(g.send(buffer, g.sel.status)); status != statusCompleted {
		return 0, &CommandError{status, g.description(id(g.send(buffer, g.sel.err)))}
	}
	return gpuTime(g.sendFloat(buffer, g.sel.gpuStart), g.sendFloat(buffer, g.sel.gpuEnd))
}

// gpuTime is the time between two readings in seconds of the host's clock.
func gpuTime(start, end float64) (time.Duration, error) {
	took := time.Duration(math.Round((end - start) * float64(time.Second)))
	if !(start > 0 && end > start) || took <= 0 {
		return 0, fmt.Errorf("%w: from %g s to %g s", ErrGPUTime, start, end)
	}
	return took, nil
}

// fits checks what Metal answers with an exception, which ends the process.
func (d Dispatch) fits(p pipeline) error {
	switch {
	case d.Threads.Count() < 1 || d.Groups.Count() < 1:
		return fmt.Errorf("run kernel %s: an empty grid", d.Kernel)
	case d.Threads.Count() > p.maxThreads:
		return fmt.Errorf("run kernel %s: %d threads in a threadgroup, this GPU allows %d", d.Kernel, d.Threads.Count(), p.maxThreads)
	case len(d.Params) > maxParamBytes:
		return fmt.Errorf("run kernel %s: %d bytes of parameters, Metal takes %d", d.Kernel, len(d.Params), maxParamBytes)
	}
	for i, b := range d.Buffers {
		if own, ok := b.(*gpuBuffer); !ok || own.object == 0 {
			return fmt.Errorf("run kernel %s: buffer %d is released or another device's", d.Kernel, i)
		}
	}
	return nil
}

func (g *gpu) encode(encoder, state id, d Dispatch) {
	g.send(encoder, g.sel.setPipeline, uintptr(state))
	for i, b := range d.Buffers {
		if own, ok := b.(*gpuBuffer); ok { // fits has seen that it is
			g.send(encoder, g.sel.setBuffer, uintptr(own.object), 0, uintptr(i))
		}
	}
	if len(d.Params) > 0 {
		var pins runtime.Pinner
		pins.Pin(&d.Params[0])
		g.send(encoder, g.sel.setBytes, uintptr(unsafe.Pointer(&d.Params[0])), uintptr(len(d.Params)), uintptr(len(d.Buffers)))
		pins.Unpin()
	}
	for i, n := range d.Scratch {
		g.send(encoder, g.sel.setScratch, uintptr(roundUp(n, scratchUnit)), uintptr(i))
	}
	g.sendSizes(encoder, g.sel.dispatch, d.Groups, d.Threads)
}
