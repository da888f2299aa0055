// Package benchtest holds the laws that every reader of benchmark output
// obeys, as one suite that each format's tests call. It knows no format: what
// a line means is for the reader's own tests to say.
package benchtest

import (
	"bytes"
	"io"
	"maps"
	"slices"
	"testing"

	"github.com/cupel-dev/cupel/internal/bench"
)

// A Reader reads one output format into set. It returns an error only when r
// fails, wrapped once with what was being done; content that is wrong is data
// and goes into the set.
type Reader func(r io.Reader, known bench.Known, set *bench.Set) error

// Conform checks every law on read. Samples are whole, valid, small outputs of
// the tool with at least one result each, by name.
func Conform(t *testing.T, read Reader, samples map[string][]byte) {
	t.Helper()
	if len(samples) == 0 {
		t.Fatal("no samples to check the laws on")
	}
	for _, law := range inputLaws {
		t.Run(law.name, func(t *testing.T) { report(t, law.check(read)) })
	}
	for _, name := range slices.Sorted(maps.Keys(samples)) {
		t.Run(name, func(t *testing.T) {
			for _, law := range sampleLaws {
				t.Run(law.name, func(t *testing.T) { report(t, law.check(read, samples[name])) })
			}
		})
	}
}

// Fuzz checks the laws that hold for any input, from seeds on.
func Fuzz(f *testing.F, read Reader, seeds ...[]byte) {
	f.Helper()
	f.Add([]byte(nil))
	for _, seed := range seeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		report(t, anyInput(read, input))
	})
}

func report(t *testing.T, violations []string) {
	t.Helper()
	for _, v := range violations {
		t.Error(v)
	}
}

// anyInput checks what holds whatever the input is. It reads twice: the
// reading is to depend on nothing but the bytes.
func anyInput(read Reader, input []byte) []string {
	once, again := observe(read, bytes.NewReader(input)), observe(read, bytes.NewReader(input))
	violations := once.faults()
	if diff := once.diff(again); diff != "" {
		violations = append(violations, "two readings of the same bytes differ: "+diff)
	}
	return violations
}
