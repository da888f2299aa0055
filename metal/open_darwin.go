package metal

import (
	"fmt"

	"github.com/ebitengine/purego"
	"github.com/ebitengine/purego/objc"
)

// Open returns the system's GPU with the kernels compiled. The error is
// [ErrNoDevice] where there is none, and a [*CompileError] where the system's
// compiler refuses a kernel.
func Open() (Device, error) {
	m, err := loadMetal()
	if err != nil {
		return nil, err
	}
	return openGPU(m)
}

// system is the Objective-C runtime of this process. Frameworks stay loaded:
// unloading one crashes.
type system struct {
	msgSend
	createDevice func() objc.ID
	copyDevices  func() objc.ID
}

func loadMetal() (*system, error) {
	// The default device of a command-line tool needs CoreGraphics.
	for _, name := range []string{"Foundation", "CoreGraphics"} {
		if _, err := openFramework(name); err != nil {
			return nil, err
		}
	}
	framework, err := openFramework("Metal")
	if err != nil {
		return nil, err
	}
	libobjc, err := purego.Dlopen("/usr/lib/libobjc.A.dylib", purego.RTLD_GLOBAL|purego.RTLD_NOW)
	if err != nil {
		return nil, fmt.Errorf("load the Objective-C runtime: %w", err)
	}
	address, err := purego.Dlsym(libobjc, "objc_msgSend")
	if err != nil {
		return nil, fmt.Errorf("find objc_msgSend: %w", err)
	}
	s := &system{msgSend: bindMsgSend(address)}
	purego.RegisterLibFunc(&s.createDevice, framework, "MTLCreateSystemDefaultDevice")
	purego.RegisterLibFunc(&s.copyDevices, framework, "MTLCopyAllDevices")
	return s, nil
}

func openFramework(name string) (uintptr, error) {
	handle, err := purego.Dlopen("/System/Library/Frameworks/"+name+".framework/"+name, purego.RTLD_GLOBAL|purego.RTLD_NOW)
	if err != nil {
		return 0, fmt.Errorf("load framework %s: %w", name, err)
	}
	return handle, nil
}

func (s *system) class(name string) id { return id(objc.GetClass(name)) }

func (s *system) selector(name string) selector { return selector(objc.RegisterName(name)) }

// systemDevice is the default device, or else the first of all: a process
// without a window server has a list but no default.
func (s *system) systemDevice() id {
	if d := s.createDevice(); d != 0 {
		return id(d)
	}
	devices := id(s.copyDevices())
	if devices == 0 {
		return 0
	}
	release := s.selector("release")
	defer s.send(devices, release)
	if s.send(devices, s.selector("count")) == 0 {
		return 0
	}
	first := id(s.send(devices, s.selector("objectAtIndex:"), 0))
	return id(s.send(first, s.selector("retain")))
}
