package gobench

import (
	"slices"
	"strconv"
	"strings"

	"github.com/cupel-dev/cupel/internal/bench"
)

// report puts everything into the set.
func (f *findings) report(known bench.Known) {
	naming := f.naming(known.Procs)
	parents := f.parents()
	for _, b := range f.benchmarks {
		who := naming.of(b)
		for _, c := range b.columns {
			f.set.AddAll(who, f.metric(c.unit), c.values)
		}
		switch parent, isParent := parents[b.identity]; {
		case b.failed && !parent.failed:
			f.set.FailBenchmark(who, f.metric("ns/op"), reasonOf(b))
		case b.lost, b.isUnanswered() && !isParent:
			f.set.Miss(who.Name)
		}
		b.columns = nil // the set has them now
	}
	if !f.set.Measured() && f.idle != "" {
		f.set.Fail("no benchmark was measured: none ran in %s", f.idle)
	}
}

func reasonOf(b *benchmark) string {
	if b.reason == "" {
		return "failed"
	}
	return "failed: " + b.reason
}

// isUnanswered reports whether b was announced and nothing more came of it.
func (b *benchmark) isUnanswered() bool {
	return b.announced && !b.answered && !b.skipped && !b.failed && len(b.columns) == 0
}

// A parent is a benchmark that ran only to start sub-benchmarks.
type parent struct {
	failed bool // one of them failed, and it with that one
}

// parents finds the benchmarks without a result that others are the
// sub-benchmarks of.
func (f *findings) parents() map[identity]parent {
	wanted := make(map[identity]bool)
	for _, b := range f.benchmarks {
		if len(b.columns) == 0 {
			wanted[b.identity] = true
		}
	}
	found := make(map[identity]parent)
	if len(wanted) == 0 {
		return found
	}
	for _, b := range f.benchmarks {
		for i := range len(b.name) {
			id := identity{b.pkg, b.name[:i]}
			if b.name[i] == '/' && wanted[id] {
				found[id] = parent{found[id].failed || b.failed}
			}
		}
	}
	return found
}

// The metrics that testing prints by itself, by unit.
var builtIn = map[string]bench.Metric{
	"ns/op":     {Name: "time", Unit: "ns/op", Better: bench.Lower},
	"MB/s":      {Name: "throughput", Unit: "MB/s", Better: bench.Higher},
	"B/op":      {Name: "bytes", Unit: "B/op", Better: bench.Lower},
	"allocs/op": {Name: "allocs", Unit: "allocs/op", Better: bench.Lower},
}

func isBuiltIn(unit []byte) bool {
	_, ok := builtIn[string(unit)]
	return ok
}

// metric returns the metric that values of unit belong to. A unit that a
// benchmark reports itself names its metric.
func (f *findings) metric(unit string) bench.Metric {
	m, ok := builtIn[unit]
	if !ok {
		_, _, better := bench.Normalize(1, unit)
		m = bench.Metric{Name: unit, Unit: unit, Better: better}
	}
	if better, ok := f.better[unit]; ok {
		m.Better = better
	}
	return m
}

// A naming says what the ends of the printed names mean.
type naming struct {
	cut   []int // a name that ends in one of these has it as its GOMAXPROCS
	procs int   // GOMAXPROCS of names without such an end; 0 where it is not known
}

// naming decides from the names of all results. Testing prints no suffix for
// one processor: "size-8" is only a name then.
func (f *findings) naming(known []int) naming {
	if len(known) == 0 {
		return naming{}
	}
	lowest, highest := slices.Min(known), slices.Max(known)
	if highest == 1 {
		return naming{procs: 1}
	}
	for _, b := range f.benchmarks {
		if _, end := cutProcs(b.name); len(b.columns) > 0 && !slices.Contains(known, end) {
			return naming{}
		}
	}
	if lowest != highest {
		return naming{cut: known}
	}
	return naming{cut: known, procs: highest}
}

// of returns the benchmark that b is.
func (n naming) of(b *benchmark) bench.Benchmark {
	name, procs := b.name, n.procs
	if base, end := cutProcs(name); slices.Contains(n.cut, end) {
		name, procs = base, end
	}
	return bench.Benchmark{Package: b.pkg, Name: nameOf(name), Params: bench.PathParams(name), Procs: procs}
}

// nameOf is the name of a benchmark as Cupel shows it, never empty.
func nameOf(name string) string {
	if name == "" {
		return prefix
	}
	return name
}

// cutProcs splits "name-8" into name and 8. The number is 0 for a name that
// does not end in a GOMAXPROCS.
func cutProcs(name string) (string, int) {
	i := strings.LastIndexByte(name, '-')
	if i < 0 {
		return name, 0
	}
	return name[:i], procsOf(name[i:])
}

// procsOf returns the number of a suffix that testing prints, which is "-2" or
// higher; 0 for anything else.
func procsOf(suffix string) int {
	digits, ok := strings.CutPrefix(suffix, "-")
	n, err := strconv.Atoi(digits)
	if !ok || err != nil || n < 2 || digits != strconv.Itoa(n) {
		return 0
	}
	return n
}
