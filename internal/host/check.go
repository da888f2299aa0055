package host

import (
	"cmp"
	"context"
	"os"
	"sync"
	"time"
)

// Options change how [Check] and [Quick] look.
type Options struct {
	Window time.Duration // between the two samples; 0 is [DefaultWindow]
}

// Check runs every probe of this operating system. It takes the window and
// little more. When ctx ends early, what was not read is unknown.
func Check(ctx context.Context, o Options) Report {
	return check(ctx, thisSystem(), o)
}

// Quick runs the probes that can change between two benchmark runs: power,
// low-power, thermal, load, busy and, where there is one, steal.
func Quick(ctx context.Context, o Options) Findings {
	return quick(ctx, thisSystem(), o)
}

// A system reads one machine.
type system interface {
	// probes lists the probes in the order in which people read them.
	probes() []probe
	// counters reads what is judged by its change.
	counters() counters
	// processes reads all processes that can be seen.
	processes(ctx context.Context) ([]Process, error)
	// lookup finds one process and its owner; errNoProcess where it has ended.
	lookup(ctx context.Context, pid int) (Process, error)
	// describe reads the fields of a [Description].
	describe(ctx context.Context) Description
}

// A probe answers one question. Exactly one of its functions is set.
type probe struct {
	name  string
	quick bool // can change between two runs
	once  func(ctx context.Context) Finding
	over  func(w window) Finding // judges a change
}

// A window is what two samples of a machine saw.
type window struct {
	before, after counters
	usage         usage
	err           error // why there is no second sample
}

// counters are readings that only grow. Their change over a window is judged.
type counters struct {
	cpu      reading[cpuTicks]
	own      time.Duration          // CPU time of this process
	stall    reading[time.Duration] // time in which some task waited for memory
	swapped  reading[int64]         // pages swapped in and out
	throttle reading[int64]         // times a core was slowed down for its heat
	at       time.Time
}

// A reading is a value, or why there is none.
type reading[T any] struct {
	value T
	err   error
}

func read[T any](value T, err error) reading[T] { return reading[T]{value, err} }

func check(ctx context.Context, s system, o Options) Report {
	all := s.probes()
	findings, w := look(ctx, s, all, o)
	return makeReport(findings, w.usage.over(maxBusy))
}

func quick(ctx context.Context, s system, o Options) Findings {
	var some []probe
	for _, p := range s.probes() {
		if p.quick {
			some = append(some, p)
		}
	}
	findings, _ := look(ctx, s, some, o)
	return findings
}

// look reads what stands still first, so that its own work is over when the
// window begins.
func look(ctx context.Context, s system, probes []probe, o Options) (Findings, window) {
	findings := make(Findings, len(probes))
	var wg sync.WaitGroup
	for i, p := range probes {
		if p.once != nil {
			wg.Go(func() { findings[i] = p.once(ctx) })
		}
	}
	wg.Wait()
	w := watch(ctx, s, o)
	for i, p := range probes {
		if p.over != nil {
			findings[i] = p.over(w)
		}
		findings[i].Name = p.name
	}
	return findings, w
}

// watch takes the two samples. The counters lie inside the process lists, so
// that reading the lists is no load that they see.
func watch(ctx context.Context, s system, o Options) window {
	length := o.Window
	if length <= 0 {
		length = DefaultWindow
	}
	begin := time.Now()
	first, firstErr := s.processes(ctx)
	w := window{before: s.counters()}
	if w.err = wait(ctx, length); w.err != nil {
		return w
	}
	w.after = s.counters()
	elapsed := time.Since(begin)
	second, secondErr := s.processes(ctx)
	w.usage = makeUsage(first, second, elapsed, os.Getpid())
	w.usage.err = cmp.Or(firstErr, secondErr)
	return w
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
