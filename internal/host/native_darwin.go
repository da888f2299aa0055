package host

import (
	"errors"
	"fmt"
	"runtime"

	"github.com/ebitengine/purego"
	"github.com/ebitengine/purego/objc"
	"golang.org/x/sys/unix"
)

// This file calls the frameworks of macOS. A library is opened and never
// closed: closing one that has started threads ends the process. Objective-C
// runs on one thread, inside an autorelease pool of that thread.

const (
	libSystem      = "/usr/lib/libSystem.B.dylib"
	coreFoundation = "/System/Library/Frameworks/CoreFoundation.framework/CoreFoundation"
	ioKit          = "/System/Library/Frameworks/IOKit.framework/IOKit"
	foundation     = "/System/Library/Frameworks/Foundation.framework/Foundation"
	coreGraphics   = "/System/Library/Frameworks/CoreGraphics.framework/CoreGraphics"
	metal          = "/System/Library/Frameworks/Metal.framework/Metal"
)

// A library binds functions until one of them is missing.
type library struct {
	handle uintptr
	err    error
}

func openLibrary(path string) *library {
	handle, err := purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_GLOBAL)
	return &library{handle, err}
}

// bind sets the function that f points to. purego panics for a missing symbol,
// so it is looked up first.
func (l *library) bind(f any, name string) {
	if l.err != nil {
		return
	}
	symbol, err := purego.Dlsym(l.handle, name)
	if err != nil {
		l.err = err
		return
	}
	purego.RegisterFunc(f, symbol)
}

// nativeNotifyState reads the state of a notification (notify(3)).
func nativeNotifyState(name string) (uint64, error) {
	var (
		register func(name string, token *int32) uint32
		state    func(token int32, state *uint64) uint32
		cancel   func(token int32) uint32
	)
	lib := openLibrary(libSystem)
	lib.bind(&register, "notify_register_check")
	lib.bind(&state, "notify_get_state")
	lib.bind(&cancel, "notify_cancel")
	if lib.err != nil {
		return 0, lib.err
	}
	var token int32
	if status := register(name, &token); status != 0 {
		return 0, fmt.Errorf("notify_register_check %s: status %d", name, status)
	}
	defer cancel(token)
	var value uint64
	if status := state(token, &value); status != 0 {
		return 0, fmt.Errorf("notify_get_state %s: status %d", name, status)
	}
	return value, nil
}

// nativeCPUTicks reads HOST_CPU_LOAD_INFO: user, system, idle, nice
// (mach/host_info.h, mach/machine.h).
func nativeCPUTicks() (cpuTicks, error) {
	var (
		self       func() uint32
		statistics func(host uint32, flavor int32, info *uint32, count *uint32) int32
	)
	lib := openLibrary(libSystem)
	lib.bind(&self, "mach_host_self")
	lib.bind(&statistics, "host_statistics")
	if lib.err != nil {
		return cpuTicks{}, lib.err
	}
	const hostCPULoadInfo = 3
	var ticks [4]uint32
	count := uint32(len(ticks))
	if status := statistics(self(), hostCPULoadInfo, &ticks[0], &count); status != 0 {
		return cpuTicks{}, fmt.Errorf("host_statistics: status %d", status)
	}
	busy := ticks[0] + ticks[1] + ticks[3]
	return cpuTicks{busy: busy, total: busy + ticks[2]}, nil
}

// pooled runs f on a locked thread with an autorelease pool.
func pooled(f func() error) error {
	if lib := openLibrary(foundation); lib.err != nil {
		return lib.err
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	pool := objc.ID(objc.GetClass("NSAutoreleasePool")).Send(objc.RegisterName("new"))
	defer pool.Send(objc.RegisterName("drain"))
	return f()
}

// nativeLowPower asks NSProcessInfo, which knows low-power mode from macOS 12 on.
func nativeLowPower() (on bool, err error) {
	err = pooled(func() error {
		info := objc.ID(objc.GetClass("NSProcessInfo")).Send(objc.RegisterName("processInfo"))
		enabled := objc.RegisterName("isLowPowerModeEnabled")
		if !objc.Send[bool](info, objc.RegisterName("respondsToSelector:"), enabled) {
			return errors.New("NSProcessInfo does not know low-power mode")
		}
		on = objc.Send[bool](info, enabled)
		return nil
	})
	return on, err
}

// nativeGPU is the name of the default Metal device, "" where there is none.
// Programs without a window need CoreGraphics for a default device.
func nativeGPU() string {
	var device func() objc.ID
	_ = openLibrary(coreGraphics)
	lib := openLibrary(metal)
	lib.bind(&device, "MTLCreateSystemDefaultDevice")
	if lib.err != nil {
		return ""
	}
	var name string
	_ = pooled(func() error {
		gpu := device()
		if gpu == 0 {
			return nil
		}
		defer gpu.Send(objc.RegisterName("release"))
		if s := gpu.Send(objc.RegisterName("name")); s != 0 {
			name = objc.Send[string](s, objc.RegisterName("UTF8String"))
		}
		return nil
	})
	return name
}

// foundationTypes are the functions of CoreFoundation that power sources and
// assertions need. All references are of type uintptr; 0 is NULL.
type foundationTypes struct {
	release    func(ref uintptr)
	makeString func(allocator uintptr, text string, encoding uint32) uintptr
	getString  func(ref uintptr, buffer *byte, size int, encoding uint32) bool
	count      func(array uintptr) int
	at         func(array uintptr, index int) uintptr
	value      func(dictionary, key uintptr) uintptr
	getNumber  func(number uintptr, kind int, value *int32) bool
	getBool    func(boolean uintptr) bool
}

const (
	utf8Encoding = 0x08000100 // kCFStringEncodingUTF8
	int32Number  = 3          // kCFNumberSInt32Type
)

func openFoundationTypes() (foundationTypes, error) {
	var cf foundationTypes
	lib := openLibrary(coreFoundation)
	lib.bind(&cf.release, "CFRelease")
	lib.bind(&cf.makeString, "CFStringCreateWithCString")
	lib.bind(&cf.getString, "CFStringGetCString")
	lib.bind(&cf.count, "CFArrayGetCount")
	lib.bind(&cf.at, "CFArrayGetValueAtIndex")
	lib.bind(&cf.value, "CFDictionaryGetValue")
	lib.bind(&cf.getNumber, "CFNumberGetValue")
	lib.bind(&cf.getBool, "CFBooleanGetValue")
	return cf, lib.err
}

// lookup finds a value of a dictionary, 0 for none.
func (cf foundationTypes) lookup(dictionary uintptr, key string) uintptr {
	ref := cf.makeString(0, key, utf8Encoding)
	if ref == 0 {
		return 0
	}
	defer cf.release(ref)
	return cf.value(dictionary, ref)
}

func (cf foundationTypes) text(ref uintptr) string {
	var buffer [128]byte
	if ref == 0 || !cf.getString(ref, &buffer[0], len(buffer), utf8Encoding) {
		return ""
	}
	return unix.ByteSliceToString(buffer[:])
}

func (cf foundationTypes) number(ref uintptr) (n int32, ok bool) {
	ok = ref != 0 && cf.getNumber(ref, int32Number, &n)
	return n, ok
}

func (cf foundationTypes) flag(ref uintptr) bool { return ref != 0 && cf.getBool(ref) }
