package host

import (
	"context"
	"fmt"
	"os"
	"strconv"

	"github.com/cupel-dev/cupel/internal/process"
)

// keepAwake holds an assertion until ctx ends; done is closed when it is gone.
func keepAwake(ctx context.Context) (done chan struct{}) {
	done = make(chan struct{})
	release, err := nativeAssertion()
	go func() {
		defer close(done)
		if err == nil {
			<-ctx.Done()
			release()
			return
		}
		// -w: it ends with this process, however that ends.
		_, _ = process.Run(ctx, process.Command{
			Args: []string{"caffeinate", "-i", "-w", strconv.Itoa(os.Getpid())},
		})
	}()
	return done
}

// nativeAssertion makes a power assertion (IOPMLib.h), which macOS drops when
// the process ends.
func nativeAssertion() (release func(), err error) {
	var (
		create func(kind uintptr, level uint32, name uintptr, id *uint32) int32
		drop   func(id uint32) int32
	)
	cf, err := openFoundationTypes()
	if err != nil {
		return nil, err
	}
	lib := openLibrary(ioKit)
	lib.bind(&create, "IOPMAssertionCreateWithName")
	lib.bind(&drop, "IOPMAssertionRelease")
	if lib.err != nil {
		return nil, lib.err
	}
	kind := cf.makeString(0, "PreventUserIdleSystemSleep", utf8Encoding)
	defer cf.release(kind)
	name := cf.makeString(0, "Cupel is measuring", utf8Encoding)
	defer cf.release(name)
	const on = 255 // kIOPMAssertionLevelOn
	var id uint32
	if status := create(kind, on, name, &id); status != 0 {
		return nil, fmt.Errorf("IOPMAssertionCreateWithName: status %#x", uint32(status))
	}
	return func() { drop(id) }, nil
}
