// Package libtest reads what Rust's built-in harness prints under `cargo
// bench`, and the bencher format that criterion prints in imitation of it:
//
//	test sum ... bench:       3,161.10 ns/iter (+/- 975.20) = 853 MB/s
//
// The value is the harness's median (library/test/src/bench.rs of Rust;
// criterion's src/report.rs). The number after "+/-" is the range of samples in
// one and their standard deviation in the other, and so is no value here.
package libtest

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/bench/lines"
)

// Read reads the output of one run into set. The error is that of r.
//
// The Package of a benchmark is the bench target that cargo announces
// ("Running benches/a.rs (target/release/deps/parse-0123456789abcdef)" is
// "parse"), so that equal names in two targets stay two benchmarks. A benchmark that was begun or counted and
// has no result is missing.
func Read(r io.Reader, _ bench.Known, set *bench.Set) error {
	out := output{set: set}
	in := lines.NewScanner(r)
	for in.Scan() {
		out.line(string(bytes.TrimSpace(in.Bytes())), in.Whole())
	}
	out.endOfTarget()
	if err := in.Err(); err != nil {
		return fmt.Errorf("read libtest output: %w", err)
	}
	return nil
}

var (
	running = regexp.MustCompile(`^running (\d+) tests?$`)
	target  = regexp.MustCompile(`^Running (?:unittests )?\S+ \((\S+)\)$`)
	begun   = regexp.MustCompile(`^test (.+?)\s+\.\.\.(?:\s(.*))?$`)
	result  = regexp.MustCompile(`^bench:\s+([0-9][0-9,]*(?:\.[0-9]+)?) (\S+) \(\+/- [0-9][0-9,.]*\)(?: = ([0-9][0-9,]*(?:\.[0-9]+)?) (MB/s))?$`)
	trouble = regexp.MustCompile(`^(thread '.*' panicked at|thread '.*' \(\d+\) panicked at|error: |test result: FAILED)`)
)

// An output is what has been read so far.
type output struct {
	set       *bench.Set
	pkg       string
	pending   string // begun, and its result has not come yet
	announced int    // by "running N tests"
	reported  int    // of those, whatever came of them
}

func (o *output) line(text string, whole bool) {
	if m := running.FindStringSubmatch(text); m != nil && whole {
		o.endOfTarget()
		o.announced, _ = strconv.Atoi(m[1]) // too many to count are none
		return
	}
	if m := target.FindStringSubmatch(text); m != nil && whole {
		o.endOfTarget()
		o.pkg = targetName(m[1])
		return
	}
	if m := begun.FindStringSubmatch(text); m != nil {
		o.endOfBenchmark()
		o.pending = m[1]
		text = m[2]
	}
	o.rest(text, whole)
}

// rest reads what follows a name, on its line or, where a warning tore it off,
// on a later one.
func (o *output) rest(text string, whole bool) {
	if trouble.MatchString(text) {
		o.set.Fail("%s", text)
	}
	if o.pending == "" {
		return
	}
	m := result.FindStringSubmatch(text)
	switch {
	case m != nil: // ends with a bracket or a unit, so that a cut line does not match
		o.measured(m)
	case !whole:
		return
	case text == "ignored" || strings.HasPrefix(text, "ignored,"):
		o.set.Skip(o.pending, text)
	case text == "ok":
		// a test, not a benchmark
	case text == "FAILED":
		o.set.FailBenchmark(o.benchmark(), perIteration, "the benchmark failed")
	default:
		return
	}
	o.pending = ""
	o.reported++
}

var perIteration = bench.Metric{Name: "time", Unit: "ns/iter", Better: bench.Lower}

func (o *output) benchmark() bench.Benchmark {
	return bench.Benchmark{Package: o.pkg, Name: o.pending}
}

func (o *output) measured(m []string) {
	o.add(m[1], m[2])
	if m[3] != "" {
		o.add(m[3], m[4])
	}
}

func (o *output) add(number, unit string) {
	value, err := strconv.ParseFloat(strings.ReplaceAll(number, ",", ""), 64)
	if err != nil {
		o.set.FailBenchmark(o.benchmark(), perIteration, fmt.Sprintf("%q is out of the range of numbers", number))
		return
	}
	value, unit, better := bench.Normalize(value, unit)
	metric := bench.Metric{Name: unit, Unit: unit, Better: better}
	switch {
	case metric.IsTime():
		metric.Name = "time"
	case unit == "B/s":
		metric.Name = "throughput"
	}
	o.set.Add(o.benchmark(), metric, value)
}

// endOfBenchmark names the benchmark whose result never came.
func (o *output) endOfBenchmark() {
	if o.pending != "" {
		o.set.Miss(o.pending)
		o.reported++
		o.pending = ""
	}
}

// endOfTarget compares what was announced with what came.
func (o *output) endOfTarget() {
	o.endOfBenchmark()
	if n := o.announced - o.reported; n > 0 {
		o.set.Miss(fmt.Sprintf("%d of %d announced benchmarks", n, o.announced))
	}
	o.announced, o.reported = 0, 0
}

// targetName is the name of the bench target that was built into that
// executable, which cargo calls NAME-HASH.
func targetName(executable string) string {
	name := executable[strings.LastIndexAny(executable, `/\`)+1:]
	name = strings.TrimSuffix(name, ".exe")
	if i := strings.LastIndexByte(name, '-'); i > 0 {
		name = name[:i]
	}
	return name
}
