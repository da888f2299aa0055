package metal

import (
	"runtime"
	"strings"
	"unsafe"
)

// An id is an Objective-C object, 0 is nil.
type id uintptr

// A selector is the registered name of a message.
type selector uintptr

// A messenger is the Objective-C runtime, as far as Metal needs it. Arguments
// are integers, booleans as 0 and 1, objects, and addresses of memory that the
// caller has pinned.
type messenger interface {
	systemDevice() id // owned by the caller
	class(name string) id
	selector(name string) selector
	send(to id, s selector, args ...uintptr) uintptr
	sendFloat(to id, s selector) float64
	sendSizes(to id, s selector, groups, threads Size)
}

// selectors are registered once: the name of a message is a string, and
// encoding a dispatch takes a dozen messages.
type selectors struct {
	alloc, new, release, drain, respondsToSelector                             selector
	initWithBytes, utf8String, localizedDescription, name, supportsFamily      selector
	newCommandQueue, newLibrary, newFunction, newPipeline, newBuffer, contents selector
	setMathMode, setFastMath, maxThreads, commandBuffer, computeEncoder        selector
	setPipeline, setBuffer, setBytes, setScratch, dispatch, endEncoding        selector
	commit, wait, status, err, gpuStart, gpuEnd                                selector
}

func registerSelectors(m messenger) selectors {
	return selectors{
		alloc: m.selector("alloc"), new: m.selector("new"), release: m.selector("release"), drain: m.selector("drain"),
		respondsToSelector: m.selector("respondsToSelector:"),
		initWithBytes:      m.selector("initWithBytes:length:encoding:"), utf8String: m.selector("UTF8String"),
		localizedDescription: m.selector("localizedDescription"), name: m.selector("name"),
		supportsFamily: m.selector("supportsFamily:"), newCommandQueue: m.selector("newCommandQueue"),
		newLibrary:  m.selector("newLibraryWithSource:options:error:"),
		newFunction: m.selector("newFunctionWithName:"), newPipeline: m.selector("newComputePipelineStateWithFunction:error:"),
		newBuffer: m.selector("newBufferWithLength:options:"), contents: m.selector("contents"),
		setMathMode: m.selector("setMathMode:"), setFastMath: m.selector("setFastMathEnabled:"),
		maxThreads:    m.selector("maxTotalThreadsPerThreadgroup"),
		commandBuffer: m.selector("commandBuffer"), computeEncoder: m.selector("computeCommandEncoder"),
		setPipeline: m.selector("setComputePipelineState:"), setBuffer: m.selector("setBuffer:offset:atIndex:"),
		setBytes: m.selector("setBytes:length:atIndex:"), setScratch: m.selector("setThreadgroupMemoryLength:atIndex:"),
		dispatch: m.selector("dispatchThreadgroups:threadsPerThreadgroup:"), endEncoding: m.selector("endEncoding"),
		commit: m.selector("commit"), wait: m.selector("waitUntilCompleted"), status: m.selector("status"),
		err: m.selector("error"), gpuStart: m.selector("GPUStartTime"), gpuEnd: m.selector("GPUEndTime"),
	}
}

// foundation has the few things of Objective-C itself that every call to Metal
// needs.
type foundation struct {
	messenger
	sel selectors
}

// pool runs f inside an autorelease pool. Pools belong to a thread, so the
// goroutine keeps its thread from the pool's beginning to its end.
func (o foundation) pool(f func() error) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	p := id(o.send(o.class("NSAutoreleasePool"), o.sel.new))
	defer o.send(p, o.sel.drain)
	return f()
}

func (o foundation) release(objects ...id) {
	for _, x := range objects {
		if x != 0 {
			o.send(x, o.sel.release)
		}
	}
}

const utf8Encoding = 4 // NSUTF8StringEncoding

// newString returns an NSString that the caller releases, 0 where text is not
// UTF-8.
func (o foundation) newString(text string) id {
	var pins runtime.Pinner
	defer pins.Unpin()
	bytes := []byte(text + "\x00") // never empty, so that it has an address
	pins.Pin(&bytes[0])
	s := o.send(o.class("NSString"), o.sel.alloc)
	return id(o.send(id(s), o.sel.initWithBytes, uintptr(unsafe.Pointer(&bytes[0])), uintptr(len(text)), utf8Encoding))
}

// text is a copy of an NSString, "" of nil.
func (o foundation) text(s id) string {
	if s == 0 {
		return ""
	}
	address := o.send(s, o.sel.utf8String)
	if address == 0 {
		return ""
	}
	var b strings.Builder
	for p := (*byte)(foreign(address)); *p != 0; p = (*byte)(unsafe.Add(unsafe.Pointer(p), 1)) {
		b.WriteByte(*p)
	}
	return b.String()
}

// description is the text of an NSError.
func (o foundation) description(err id) string {
	if err == 0 {
		return "no reason given"
	}
	return o.text(id(o.send(err, o.sel.localizedDescription)))
}

// foreign is the pointer to memory that Go does not own.
func foreign(address uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&address)) }
