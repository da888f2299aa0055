package host

import (
	"context"
	"time"
)

// linux reads a Linux machine: its file tree, and the two things that are only
// in system calls.
type linux struct {
	tree     tree
	affinity func() []int         // the CPUs that this process may run on; none where that is not known
	own      func() time.Duration // CPU time of this process
}

func (l linux) probes() []probe {
	t := l.tree
	once := func(f func() Finding) func(context.Context) Finding {
		return func(context.Context) Finding { return f() }
	}
	return []probe{
		{name: "power", quick: true, once: once(t.power)},
		{name: "low-power", quick: true, once: once(t.lowPower)},
		{name: "thermal", quick: true, over: t.thermal},
		{name: "governor", once: once(t.governor)},
		{name: "turbo", once: once(t.turbo)},
		{name: "load", quick: true, over: judgeLoad},
		{name: "busy", quick: true, over: judgeBusy},
		{name: "memory", over: t.memory},
		{name: "swap", over: t.swap},
		{name: "quota", once: once(func() Finding { return t.quota(l.affinity()) })},
		{name: "steal", quick: true, over: judgeSteal},
		{name: "virtual", once: once(t.virtual)},
		{name: "clock", once: once(t.clock)},
	}
}

func (l linux) counters() counters {
	return counters{
		at:       time.Now(),
		cpu:      read(l.tree.cpuTicks()),
		own:      l.own(),
		stall:    read(l.tree.stalled()),
		swapped:  read(l.tree.swapped()),
		throttle: read(l.tree.throttles()),
	}
}

func (l linux) processes(context.Context) ([]Process, error) { return l.tree.processes() }

func (l linux) lookup(_ context.Context, pid int) (Process, error) { return l.tree.lookup(pid) }

func (l linux) describe(context.Context) Description { return l.tree.describe() }
