// Package llamabench reads what llama.cpp's llama-bench prints with -o json or
// -o jsonl (tools/llama-bench of ggml-org/llama.cpp). Its other outputs hold
// only means, which are no samples.
//
// Every repetition is a value; all of them come from one process. A benchmark
// is named as the tool names it: pp512 for a prompt of 512 tokens, tg128 for
// 128 generated ones, pp512+tg128, and @d1024 behind it at a depth. Every other
// setting is a parameter, whether this package knows it or not.
package llamabench

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/bench/barejson"
)

// throughput is the number of tokens that a second processes.
var throughput = bench.Metric{Name: "throughput", Unit: "tok/s", Better: bench.Higher}

// Read adds the results in r to set. The error is r's.
func Read(r io.Reader, _ bench.Known, set *bench.Set) error {
	d := barejson.NewDecoder(r)
	rep := report{set: set}
	d.Noise = rep.noise
	d.Documents(func() error { return rep.document(d) })
	if err := d.Err(); err != nil {
		return fmt.Errorf("read llama-bench output: %w", err)
	}
	for _, fault := range d.Faults() {
		set.Fail("%v", fault)
	}
	switch {
	case rep.other != "":
		set.Fail("llama-bench printed %s, which has no samples: run it with -o json or -o jsonl", rep.other)
	case !rep.found:
		set.Fail("no llama-bench report: run it with -o json or -o jsonl")
	}
	return nil
}

// A report is what has to be remembered beyond a test.
type report struct {
	set   *bench.Set
	found bool
	other string // the output format, if it is none with samples
}

// formats are the outputs without samples, by how they begin.
var formats = []struct{ start, name string }{
	{"build_commit,", "CSV"},
	{"CREATE TABLE IF NOT EXISTS llama_bench", "SQL"},
	{"INSERT INTO llama_bench", "SQL"},
	{"| model ", "a table"},
}

func (rep *report) noise(line string) {
	for _, f := range formats {
		if strings.HasPrefix(line, f.start) {
			rep.other = f.name
		}
	}
}

func (rep *report) document(d *barejson.Decoder) error {
	if d.Kind() == '{' {
		_, err := rep.test(d)
		return err
	}
	return d.Array(func() error {
		isTest, err := rep.test(d)
		if err == nil && !isTest {
			return d.Errorf("an object that is no llama-bench test")
		}
		return err
	})
}

// test reads one object and reports whether it is a test.
func (rep *report) test(d *barejson.Decoder) (isTest bool, err error) {
	var t test
	if err := d.Decode(&t); err != nil || !t.isTest() {
		return false, err
	}
	rep.found = true
	rep.provenance(t)
	b := t.benchmark()
	if len(t.list("samples_ns")) == 0 {
		rep.set.FailBenchmark(b, bench.Time, "the report has no samples")
	}
	for _, m := range []struct {
		field  string
		metric bench.Metric
	}{{"samples_ns", bench.Time}, {"samples_ts", throughput}} {
		for _, v := range t.list(m.field) {
			rep.set.Add(b, m.metric, v)
		}
	}
	return true, nil
}

// provenance notes which build was measured, once.
func (rep *report) provenance(t test) {
	if t["build_commit"] == nil {
		return
	}
	note := fmt.Sprintf("llama.cpp %v, build %v", t["build_commit"], t["build_number"])
	if !slices.Contains(rep.set.Notes, note) {
		rep.set.Note("%s", note)
	}
}
