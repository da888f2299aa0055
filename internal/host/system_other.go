//go:build !linux && !darwin

package host

import (
	"context"
	"fmt"
	"runtime"
)

func thisSystem() system { return unreadable{} }

// unreadable is a system that Cupel knows no probe for.
type unreadable struct{}

func errUnreadable() error { return fmt.Errorf("not read on %s", runtime.GOOS) }

func (unreadable) probes() []probe {
	once := func(context.Context) Finding { return unread(errUnreadable()) }
	var probes []probe
	for _, name := range []string{"power", "low-power", "thermal", "load", "busy"} {
		probes = append(probes, probe{name: name, quick: true, once: once})
	}
	for _, name := range []string{"memory", "swap", "virtual", "clock"} {
		probes = append(probes, probe{name: name, once: once})
	}
	return probes
}

func (unreadable) counters() counters { return counters{} }

func (unreadable) processes(context.Context) ([]Process, error) { return nil, errUnreadable() }

func (unreadable) lookup(context.Context, int) (Process, error) { return Process{}, errUnreadable() }

func (unreadable) describe(context.Context) Description { return Description{} }
