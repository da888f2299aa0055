package metal

import (
	"fmt"
	"math"
	"runtime"
	"strings"
	"unsafe"
)

// A fakeObjC behaves as the Objective-C runtime with Metal does: it counts
// references, frees what an autorelease pool held, and answers nil where a
// message is told to fail.
type fakeObjC struct {
	names   []string // of selectors, by number
	objects map[id]*object
	pools   []id
	next    id
	faults  []string // misuse, in the order in which it happened

	failing int                // fails so many failable messages from now, 0 for none
	sent    int                // failable messages so far
	answers map[string]uintptr // instead of the usual ones
	start   float64
	end     float64

	encoded []string // what an encoder was told, in words
	pins    runtime.Pinner
}

type object struct {
	class      string
	references int
	pool       id // frees it, 0 for none
	text       string
	memory     []byte
	open       bool // an encoder before endEncoding
}

func newFakeObjC() *fakeObjC {
	return &fakeObjC{names: []string{""}, objects: map[id]*object{}, next: 1 << 40, start: 100, end: 100.5, answers: map[string]uintptr{}}
}

func (f *fakeObjC) fault(format string, args ...any) {
	f.faults = append(f.faults, fmt.Sprintf(format, args...))
}

// owned makes an object that whoever asked must release.
func (f *fakeObjC) owned(class string) id {
	f.next++
	f.objects[f.next] = &object{class: class, references: 1}
	return f.next
}

// autoreleased makes an object that the pool of the moment releases.
func (f *fakeObjC) autoreleased(class string) id {
	x := f.owned(class)
	if len(f.pools) == 0 {
		f.fault("%s made outside a pool: it is never freed", class)
		return x
	}
	f.objects[x].pool = f.pools[len(f.pools)-1]
	return x
}

// fails says whether this message is the one to fail.
func (f *fakeObjC) fails() bool {
	f.sent++
	return f.sent == f.failing
}

func (f *fakeObjC) systemDevice() id {
	if f.fails() {
		return 0
	}
	return f.owned("MTLDevice")
}

func (f *fakeObjC) class(name string) id {
	for x, o := range f.objects {
		if o.class == "class "+name {
			return x
		}
	}
	return f.owned("class " + name)
}

func (f *fakeObjC) selector(name string) selector {
	f.names = append(f.names, name)
	return selector(len(f.names) - 1)
}

func (f *fakeObjC) sendFloat(to id, s selector) float64 {
	if f.names[s] == "GPUStartTime" {
		return f.start
	}
	return f.end
}

func (f *fakeObjC) sendSizes(to id, _ selector, groups, threads Size) {
	f.encoded = append(f.encoded, fmt.Sprintf("dispatch %v of %v", groups, threads))
}

func (f *fakeObjC) send(to id, s selector, args ...uintptr) uintptr {
	name := f.names[s]
	o := f.objects[to]
	if to == 0 {
		return 0 // a message to nil is allowed and answers 0
	}
	if o == nil {
		f.fault("%s sent to an object that was freed", name)
		return 0
	}
	if answer, ok := f.answers[name]; ok {
		return answer
	}
	if makes := creates(name, o.class); makes != "" {
		return f.create(name, makes, args)
	}
	return f.act(name, to, o, args)
}

// creates is the class of what a message makes, "" where it makes nothing.
func creates(name, class string) string {
	switch name {
	case "alloc", "new":
		return strings.TrimPrefix(class, "class ")
	case "newCommandQueue", "newLibraryWithSource:options:error:", "newFunctionWithName:",
		"newComputePipelineStateWithFunction:error:", "newBufferWithLength:options:":
		return strings.TrimRight(strings.TrimPrefix(name, "new"), ":")
	case "commandBuffer", "computeCommandEncoder", "localizedDescription", "error":
		return name
	default:
		return ""
	}
}

func (f *fakeObjC) create(name, class string, args []uintptr) uintptr {
	fallible := name != "alloc" && class != "NSAutoreleasePool" && name != "localizedDescription" && name != "error"
	if fallible && f.fails() {
		if strings.HasSuffix(name, "error:") {
			f.report((*id)(foreign(args[len(args)-1])))
		}
		return 0
	}
	switch {
	case class == "NSAutoreleasePool":
		x := f.owned(class)
		f.pools = append(f.pools, x)
		return uintptr(x)
	case name == "alloc" || strings.HasPrefix(name, "new"):
		x := f.owned(class)
		if name == "newBufferWithLength:options:" {
			f.objects[x].memory = make([]byte, args[0])
		}
		return uintptr(x)
	default:
		x := f.autoreleased(class)
		f.objects[x].open = name == "computeCommandEncoder"
		f.objects[x].text = "softmax.metal:12:3: error: not today"
		return uintptr(x)
	}
}

func (f *fakeObjC) report(nserror *id) { *nserror = f.autoreleased("NSError") }

// act answers a message that makes no object.
func (f *fakeObjC) act(name string, to id, o *object, args []uintptr) uintptr {
	switch name {
	case "release":
		f.free(to)
	case "drain":
		f.drain(to)
	case "initWithBytes:length:encoding:":
		o.text = string(unsafe.Slice((*byte)(foreign(args[0])), args[1]))
		return uintptr(to)
	case "name":
		return f.named("Apple M9")
	case "UTF8String":
		return f.address([]byte(o.text + "\x00"))
	case "contents":
		return f.address(o.memory)
	case "supportsFamily:", "respondsToSelector:":
		return 0xabcd01 // a BOOL: only the lowest byte counts
	case "maxTotalThreadsPerThreadgroup":
		return 1024
	case "status":
		return statusCompleted
	case "endEncoding":
		o.open = false
	default:
		f.encoded = append(f.encoded, f.words(name, args))
	}
	return 0
}

func (f *fakeObjC) named(text string) uintptr {
	x := f.autoreleased("NSString")
	f.objects[x].text = text
	return uintptr(x)
}

func (f *fakeObjC) address(memory []byte) uintptr {
	f.pins.Pin(&memory[0])
	return uintptr(unsafe.Pointer(&memory[0]))
}

func (f *fakeObjC) words(name string, args []uintptr) string {
	switch name {
	case "setBytes:length:atIndex:":
		return fmt.Sprintf("params %x at %d", unsafe.Slice((*byte)(foreign(args[0])), args[1]), args[2])
	case "setBuffer:offset:atIndex:":
		return fmt.Sprintf("buffer of %d bytes at %d", len(f.objects[id(args[0])].memory), args[2])
	case "setThreadgroupMemoryLength:atIndex:":
		return fmt.Sprintf("scratch of %d bytes at %d", args[0], args[1])
	default:
		return strings.Trim(name, ":")
	}
}

func (f *fakeObjC) free(x id) {
	o := f.objects[x]
	if o.references--; o.references > 0 {
		return
	}
	if o.open {
		f.fault("an encoder freed before endEncoding: Metal aborts")
	}
	delete(f.objects, x)
}

func (f *fakeObjC) drain(pool id) {
	if n := len(f.pools); n == 0 || f.pools[n-1] != pool {
		f.fault("a pool drained out of order")
		return
	}
	f.pools = f.pools[:len(f.pools)-1]
	for x, o := range f.objects {
		if o.pool == pool {
			f.free(x)
		}
	}
	f.free(pool)
}

// alive counts the objects that are left, by class.
func (f *fakeObjC) alive() map[string]int {
	left := map[string]int{}
	for _, o := range f.objects {
		if !strings.HasPrefix(o.class, "class ") {
			left[o.class]++
		}
	}
	return left
}

var nan = math.NaN()
