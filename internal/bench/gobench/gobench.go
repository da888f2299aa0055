// Package gobench reads what Go benchmarks print: the text of go test -bench,
// with and without -v, of a test binary run alone, and the events of go test
// -json. The format is that of golang.org/design/14313-benchmark-format and of
// GOROOT/src/testing/benchmark.go.
//
// A benchmark is its package (the pkg: line) and its full printed name without
// the leading "Benchmark". Other "key: value" lines are no part of it: what a
// program logs looks the same. Values keep Go's own units. The package does
// not aggregate, compare or convert.
package gobench

import (
	"bytes"
	"fmt"
	"io"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/bench/lines"
)

// Read reads the output of one run into set. A "-N" that ends a name becomes
// the benchmark's Procs when known names N and every result of the run ends in
// a number that known names; otherwise it stays part of the name, because
// "size-8" may be a name too.
//
// What a program prints in the midst of a result line is set aside where it is
// certain which numbers belong to which name; elsewhere the name is missing.
// The error is that of r.
func Read(r io.Reader, known bench.Known, set *bench.Set) error {
	o := newOutput(set)
	in := lines.NewScanner(r)
	for in.Scan() {
		o.line(in.Bytes(), in.Whole())
	}
	o.close(known)
	if err := in.Err(); err != nil {
		return fmt.Errorf("read go test output: %w", err)
	}
	return nil
}

// An output is all that one run printed. Text is one stream; events are one
// stream for each package, because packages may take turns.
type output struct {
	found    *findings
	text     *stream
	packages map[string]*stream
	streams  []*stream // text and packages, in order of appearance
	number   int       // of the current line
	broken   bool      // a line that should have been an event was none
}

func newOutput(set *bench.Set) *output {
	o := &output{found: newFindings(set), packages: make(map[string]*stream)}
	o.text = o.newStream("")
	return o
}

func (o *output) newStream(pkg string) *stream {
	s := &stream{found: o.found, pkg: pkg}
	o.streams = append(o.streams, s)
	return s
}

func (o *output) line(b []byte, whole bool) {
	o.number++
	if isObject(b) {
		if e, ok := parseEvent(b); ok {
			o.event(e)
			return
		}
		o.noEvent(whole)
	}
	o.text.line(b, whole)
}

// isObject reports whether a line looks like an event; only then is it decoded.
func isObject(b []byte) bool {
	b = bytes.TrimLeft(b, " \t")
	return len(b) > 0 && b[0] == '{'
}

// noEvent fails a run of events that contains something else in their form:
// the results in it are lost. In a text it is only a log in JSON.
func (o *output) noEvent(whole bool) {
	if len(o.packages) == 0 || o.broken {
		return
	}
	o.broken = true
	if whole {
		o.found.set.Fail("line %d is not an event of go test -json", o.number)
	} else {
		o.found.set.Fail("line %d, the last, is only a part of an event of go test -json", o.number)
	}
}

func (o *output) close(known bench.Known) {
	for _, s := range o.streams {
		s.close()
	}
	o.found.report(known)
}
