// Package googlebenchmark reads the JSON that Google Benchmark programs print
// with --benchmark_format=json, or write with --benchmark_out=FILE, in the
// forms of versions 1.3 to 1.9 (docs/user_guide.md and src/json_reporter.cc of
// google/benchmark).
//
// Every repetition is a value. The rows that the library computes from
// repetitions (mean, median, stddev, cv, big-O, RMS) are no measurements and
// are left out.
package googlebenchmark

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/bench/barejson"
)

// Read adds the results in r to set. The error is r's.
func Read(r io.Reader, _ bench.Known, set *bench.Set) error {
	d := barejson.NewDecoder(r)
	rep := report{set: set, iterated: make(map[bench.Benchmark]bool)}
	d.Noise = rep.noise
	found := d.Reports(map[string]func() error{
		"context":    func() error { return rep.context(d) },
		"benchmarks": func() error { return d.Array(func() error { return rep.row(d) }) },
	})
	if err := d.Err(); err != nil {
		return fmt.Errorf("read Google Benchmark output: %w", err)
	}
	for _, fault := range d.Faults() {
		set.Fail("%v", fault)
	}
	if !found {
		set.Fail("no Google Benchmark report in the output: run the program with --benchmark_format=json")
	}
	rep.finish()
	return nil
}

// A report is what has to be remembered beyond a row.
type report struct {
	set        *bench.Set
	iterated   map[bench.Benchmark]bool // has a row of its own, measured or not
	aggregated []bench.Benchmark        // has an aggregate row
	noCPU      int                      // rows whose CPU time was too short for its clock
}

// noise keeps what the library says beside its report. Debug build and CPU
// scaling are in the report's context as well.
func (rep *report) noise(line string) {
	warning, ok := strings.CutPrefix(line, "***WARNING***")
	switch {
	case ok && !strings.Contains(line, "DEBUG") && !strings.Contains(line, "CPU scaling"):
		rep.set.Note("Google Benchmark warns: %s", strings.TrimSpace(warning))
	case strings.HasPrefix(line, "Failed to match any benchmarks"):
		rep.set.Fail("%s", line)
	}
}

func (rep *report) context(d *barejson.Decoder) error {
	var c map[string]any
	if err := d.Decode(&c); err != nil {
		return err
	}
	if c["library_build_type"] == "debug" {
		rep.set.Note("the Google Benchmark library is a debug build, which adds to every time: build it with CMAKE_BUILD_TYPE=Release")
	}
	if c["cpu_scaling_enabled"] == true {
		rep.set.Note("CPU frequency scaling is enabled: set the governor to performance while measuring")
	}
	return nil
}

func (rep *report) row(d *barejson.Decoder) error {
	var r row
	if err := d.Decode(&r); err != nil {
		return err
	}
	if r.text("name") == "" {
		return d.Errorf("a row of \"benchmarks\" has no name")
	}
	b := r.benchmark()
	switch {
	case r.isFit() || rep.isOldAggregate(r):
		return nil
	case r.isAggregate():
		rep.aggregated = append(rep.aggregated, b)
		return nil
	}
	rep.iterated[b] = true
	switch {
	case r["error_occurred"] == true:
		rep.set.FailBenchmark(b, bench.Time, cmp.Or(r.text("error_message"), "ended with an error"))
	case r["skipped"] == true:
		rep.set.Skip(b.String(), r.text("skip_message"))
	default:
		rep.times(b, r)
		rep.counters(b, r)
	}
	return nil
}

// isOldAggregate reports whether the row is an aggregate of a version that did
// not mark them: named after a benchmark that has rows already.
func (rep *report) isOldAggregate(r row) bool {
	if r["run_type"] != nil {
		return false
	}
	for _, suffix := range []string{"_mean", "_median", "_stddev"} {
		base := r.benchmark()
		if name, ok := strings.CutSuffix(base.Name, suffix); ok {
			base.Name, base.Params = name, params(name)
			return rep.iterated[base]
		}
	}
	return false
}

// cpu is the time on all processors that a repetition used.
var cpu = bench.Metric{Name: "cpu", Unit: "ns", Better: bench.Lower}

func (rep *report) times(b bench.Benchmark, r row) {
	unit := r.text("time_unit")
	if _, base, _ := bench.Normalize(1, unit); base != bench.Time.Unit {
		rep.set.FailBenchmark(b, bench.Time, fmt.Sprintf("time_unit %q is no unit of time", unit))
		return
	}
	if value, ok := barejson.Float(r["real_time"]); ok {
		rep.add(b, bench.Time, value, unit)
	} else {
		rep.set.FailBenchmark(b, bench.Time, "the row has no real_time")
	}
	switch value, ok := barejson.Float(r["cpu_time"]); {
	case ok && value == 0:
		rep.noCPU++
	case ok:
		rep.add(b, cpu, value, unit)
	}
}

func (rep *report) add(b bench.Benchmark, m bench.Metric, value float64, unit string) {
	value, _, _ = bench.Normalize(value, unit)
	rep.set.Add(b, m, value)
}

// counterMetrics are the counters whose meaning the library defines, and other
// names for those that are called like a metric of another meaning.
var counterMetrics = map[string]bench.Metric{
	"bytes_per_second": {Name: "throughput", Unit: "B/s", Better: bench.Higher},
	"items_per_second": {Name: "items_per_second", Unit: "items/s", Better: bench.Higher},
	"allocs_per_iter":  {Name: "allocs_per_iter", Unit: "allocs/iter", Better: bench.Lower},
	"max_bytes_used":   {Name: "max_bytes_used", Unit: "B", Better: bench.Lower},
	"time":             {Name: "counter time", Better: bench.Unknown},
	"cpu":              {Name: "counter cpu", Better: bench.Unknown},
	"throughput":       {Name: "counter throughput", Better: bench.Unknown},
}

// counters adds every number of the row that is not the library's own.
func (rep *report) counters(b bench.Benchmark, r row) {
	for _, key := range slices.Sorted(maps.Keys(r)) {
		value, ok := barejson.Float(r[key])
		if !ok || rowFields[key] {
			continue
		}
		m, known := counterMetrics[key]
		if !known {
			m = bench.Metric{Name: key, Better: bench.Unknown}
		}
		rep.set.Add(b, m, value)
	}
}

// finish names what the rows did not measure.
func (rep *report) finish() {
	for _, b := range rep.aggregated {
		if !rep.iterated[b] {
			rep.iterated[b] = true
			rep.set.FailBenchmark(b, bench.Time,
				"only aggregates were printed, which are no samples: run without --benchmark_report_aggregates_only")
		}
	}
	if rep.noCPU > 0 {
		rep.set.Note("CPU times of zero (%d) are below the resolution of their clock and left out", rep.noCPU)
	}
}
