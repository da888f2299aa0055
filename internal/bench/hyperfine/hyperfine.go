// Package hyperfine reads the JSON that hyperfine writes with --export-json
// (src/benchmark/benchmark_result.rs of sharkdp/hyperfine). Older forms without
// exit codes and newer ones with memory are read as well.
//
// Every time is a value: one process each, in the order in which they ran. Of
// user and system time the tool keeps only the mean, which is the one value
// they get. A result without times has no sample, and a command that failed
// has no valid time: a failing command is usually the fastest one.
package hyperfine

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/bench/barejson"
)

// User and system are the means of the processor time of one process.
var (
	user   = bench.Metric{Name: "user", Unit: "ns", Better: bench.Lower}
	system = bench.Metric{Name: "system", Unit: "ns", Better: bench.Lower}
)

// Read adds the results in r to set. The error is r's.
func Read(r io.Reader, _ bench.Known, set *bench.Set) error {
	d := barejson.NewDecoder(r)
	rep := report{set: set}
	d.Noise = rep.noise
	found := d.Reports(map[string]func() error{
		"results": func() error { return d.Array(func() error { return rep.result(d) }) },
	})
	if err := d.Err(); err != nil {
		return fmt.Errorf("read hyperfine output: %w", err)
	}
	for _, fault := range d.Faults() {
		set.Fail("%v", fault)
	}
	if !found {
		set.Fail("no hyperfine report: run it with --export-json FILE")
	}
	if rep.noCPU > 0 {
		set.Note("user or system times of zero (%d) are below the resolution of their clock and left out", rep.noCPU)
	}
	return nil
}

// A report is what has to be remembered beyond a result.
type report struct {
	set   *bench.Set
	noCPU int // user and system times too short for their clock
}

// noise keeps what the tool says beside its report, each warning once.
func (rep *report) noise(line string) {
	if reason, ok := strings.CutPrefix(line, "Error: "); ok {
		rep.set.Fail("hyperfine: %s", reason)
	}
	if warning, ok := strings.CutPrefix(line, "Warning: "); ok {
		note := "hyperfine warns: " + warning
		if !slices.Contains(rep.set.Notes, note) {
			rep.set.Note("%s", note)
		}
	}
}

func (rep *report) result(d *barejson.Decoder) error {
	var res result
	if err := d.Decode(&res); err != nil {
		return err
	}
	if res.Command == "" {
		return d.Errorf("a result of \"results\" has no command")
	}
	b := res.benchmark()
	if reason := res.fault(); reason != "" {
		rep.set.FailBenchmark(b, bench.Time, reason)
		return nil
	}
	if res.ExitCodes == nil {
		rep.set.Note("%s: exit codes unknown", b)
	}
	for _, t := range res.Times {
		rep.set.Add(b, bench.Time, seconds(t))
	}
	rep.processor(b, user, res.User)
	rep.processor(b, system, res.System)
	for _, size := range res.Memory {
		rep.set.Add(b, bench.Memory, float64(size))
	}
	return nil
}

func (rep *report) processor(b bench.Benchmark, m bench.Metric, t *barejson.Number) {
	switch {
	case t == nil:
	case *t == 0:
		rep.noCPU++
	default:
		rep.set.Add(b, m, seconds(*t))
	}
}

// seconds converts a time of the report to nanoseconds.
func seconds(t barejson.Number) float64 {
	ns, _, _ := bench.Normalize(float64(t), "s")
	return ns
}
