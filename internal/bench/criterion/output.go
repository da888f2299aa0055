package criterion

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cupel-dev/cupel/internal/bench"
)

// An output is what one run printed, before it is known which of it counts.
type output struct {
	measured []measurement
	missing  []string // what was announced and not measured
	failures []string
	errors   []string // of cargo: why nothing was measured, where nothing was
	notes    []string
	messages bool // there are some of cargo-criterion
	tested   int  // benchmarks that were run once to see whether they work
	libtest  int  // results in the format of libtest
	harness  bool // libtest's harness ran and measured nothing
}

// A measurement is one benchmark that was measured once.
type measurement struct {
	benchmark  bench.Benchmark // named by its title, which may be cut
	executable string          // path of the bench target; "" where it is not known
	message    bool            // from cargo-criterion, not from text
	values     []value
	err        string // why there is no valid value
}

type value struct {
	metric bench.Metric
	number float64
}

// mostRemarks bounds the failures and notes of an endless log, each.
const mostRemarks = 100

// remark adds a text to list, once.
func remark(list *[]string, format string, args ...any) {
	if len(*list) >= mostRemarks {
		return
	}
	if text := fmt.Sprintf(format, args...); !slices.Contains(*list, text) {
		*list = append(*list, text)
	}
}

// report puts into set what counts.
func (o *output) report(set *bench.Set) {
	o.checkNames()
	o.explain()
	for _, m := range o.measured {
		for _, v := range m.values {
			set.Add(m.benchmark, v.metric, v.number)
		}
		if m.err != "" {
			set.FailBenchmark(m.benchmark, bench.Time, m.err)
		}
	}
	for _, name := range o.missing {
		set.Miss(name)
	}
	for _, failure := range o.failures {
		set.Fail("%s", failure)
	}
	for _, note := range o.notes {
		set.Note("%s", note)
	}
}

// dropCopies leaves out the text of what there are messages of.
func (o *output) dropCopies() {
	if !o.messages {
		return
	}
	titles := make(map[string]bool)
	for _, m := range o.measured {
		if m.message {
			titles[m.benchmark.Name] = true
		}
	}
	o.measured = slices.DeleteFunc(o.measured, func(m measurement) bool {
		return !m.message && m.err == "" && titles[m.benchmark.Name]
	})
}

// missAnnounced adds to what is missing each benchmark that was announced more
// often than it was measured.
func (o *output) missAnnounced(announced []bench.Benchmark) {
	left := make(map[bench.Benchmark]int)
	for _, m := range o.measured {
		left[m.benchmark]++
	}
	for _, b := range announced {
		if left[b] == 0 {
			o.missing = append(o.missing, b.Name)
			continue
		}
		left[b]--
	}
}

// checkNames fails benchmarks whose name stands for more than one: those of two
// executables of one name, and two whose ids criterion cut to one title.
func (o *output) checkNames() {
	owners := make(map[bench.Benchmark]string)
	for i := range o.measured {
		m := &o.measured[i]
		owner, again := owners[m.benchmark]
		owners[m.benchmark] = m.executable
		switch {
		case m.err != "":
		case again && owner != m.executable:
			m.err = fmt.Sprintf("two executables measured it: %s and %s", owner, m.executable)
		case again && isCut(m.benchmark.Name):
			m.err = "two benchmarks have this name, which criterion cut at 100 bytes"
		case again:
			remark(&o.notes, "%s has more than one time: several benchmarks have this id, or these are several runs", m.benchmark.Name)
		case isCut(m.benchmark.Name):
			remark(&o.notes, "%s: criterion cut this name at 100 bytes; target/criterion holds all of it", m.benchmark.Name)
		}
	}
}

// isCut reports whether title is only the beginning of an id: criterion keeps
// up to 100 bytes, whole characters, and sets equal titles apart with " #2"
// (BenchmarkId in src/report.rs of criterion.rs).
func isCut(title string) bool {
	const most, widest = 100, 4 // widest is the longest character of UTF-8
	if i := strings.LastIndex(title, "... #"); i >= 0 {
		title = title[:i+len("...")]
	}
	kept, ok := strings.CutSuffix(title, "...")
	return ok && len(kept) > most-widest && len(kept) <= most
}

// explain says what went wrong with the run as a whole.
func (o *output) explain() {
	if o.tested > 0 {
		remark(&o.failures, "criterion only tested its benchmarks, %d of them, without measuring: run the executable with --bench", o.tested)
	}
	if o.libtest > 0 {
		remark(&o.failures, "results in the bencher format of libtest, %d of them, are not read here: use format \"libtest\"", o.libtest)
	}
	if o.anyValue() {
		for _, text := range o.errors {
			remark(&o.notes, "%s", text)
		}
		return
	}
	if o.harness {
		remark(&o.failures, "libtest's harness ran instead of criterion's and measured nothing: "+
			"set harness = false for the bench target, and check that the features it needs are on")
	}
	for _, text := range o.errors {
		remark(&o.failures, "%s", text)
	}
}

func (o *output) anyValue() bool {
	for _, m := range o.measured {
		if m.err == "" && len(m.values) > 0 {
			return true
		}
	}
	return false
}
