// Package pytest reads the JSON that pytest-benchmark writes with
// --benchmark-json or keeps with --benchmark-save, in the forms of versions
// 2.5 to 5.2 (src/pytest_benchmark/stats.py of ionelmc/pytest-benchmark).
//
// A benchmark's values are its rounds where the report has them, else the
// median alone. Numbers in extra_info are metrics of the project's own.
// pytest-benchmark leaves a test that failed out of its report; only pytest's
// exit code and its lines beside the report tell.
package pytest

import (
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
	d.Noise = func(line string) { noise(line, set) }
	found := d.Reports(map[string]func() error{
		"machine_info": d.Skip,
		"benchmarks":   func() error { return d.Array(func() error { return readBenchmark(d, set) }) },
	})
	if err := d.Err(); err != nil {
		return fmt.Errorf("read pytest-benchmark output: %w", err)
	}
	for _, fault := range d.Faults() {
		set.Fail("%v", fault)
	}
	if !found {
		set.Fail("no pytest-benchmark report: run pytest with --benchmark-json=FILE")
	}
	return nil
}

// noise finds the tests that failed in pytest's summary.
func noise(line string, set *bench.Set) {
	for _, outcome := range []string{"FAILED ", "ERROR "} {
		if test, ok := strings.CutPrefix(line, outcome); ok && strings.Contains(test, "::") {
			set.Fail("pytest: %s%s", outcome, test)
		}
	}
}

func readBenchmark(d *barejson.Decoder, set *bench.Set) error {
	var e entry
	if err := d.Decode(&e); err != nil {
		return err
	}
	if e.Fullname == "" && e.Name == "" {
		return d.Errorf("a benchmark of \"benchmarks\" has no name")
	}
	b := e.benchmark()
	if e.ExtraInfo["correct"] == false {
		set.FailBenchmark(b, bench.Time, "the benchmark itself says that its result is wrong (extra_info.correct)")
		return nil
	}
	rounds := e.rounds()
	if len(rounds) == 0 {
		set.FailBenchmark(b, bench.Time, "the report has neither rounds nor a median")
	}
	for _, t := range rounds {
		ns, _, _ := bench.Normalize(float64(t), "s")
		set.Add(b, bench.Time, ns)
	}
	for _, key := range slices.Sorted(maps.Keys(e.ExtraInfo)) {
		if value, ok := barejson.Float(e.ExtraInfo[key]); ok {
			set.Add(b, extraMetric(key), value)
		}
	}
	return nil
}

// extraMetric is the metric of a number in extra_info, whose unit and
// direction only the project knows.
func extraMetric(key string) bench.Metric {
	if key == bench.Time.Name {
		key = "extra_info " + key
	}
	return bench.Metric{Name: key, Better: bench.Unknown}
}
