package benchtest

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/cupel-dev/cupel/internal/bench"
)

// readToy reads lines of the form "name value;", which is all that the laws
// need to be tried on. It obeys them.
func readToy(r io.Reader, _ bench.Known, set *bench.Set) error {
	data, err := io.ReadAll(r)
	for line := range strings.Lines(string(data)) {
		addToy(set, line)
	}
	if err != nil {
		return fmt.Errorf("read toy output: %w", err)
	}
	return nil
}

func addToy(set *bench.Set, line string) {
	name, rest, ok := strings.Cut(line, " ")
	number, _, whole := strings.Cut(rest, ";")
	value, err := strconv.ParseFloat(number, 64)
	if ok && whole && err == nil && name != "" {
		set.Add(bench.Benchmark{Name: name}, bench.Time, value)
	}
}

var toySample = []byte("a 12.5;\nb 3;\na 13.5;\n")

func TestConformAcceptsAReaderThatObeys(t *testing.T) {
	Conform(t, readToy, map[string][]byte{"toy": toySample})
}

func FuzzToy(f *testing.F) {
	Fuzz(f, readToy, toySample)
}

// then wraps readToy with something that breaks one law.
func then(spoil func(set *bench.Set)) Reader {
	return func(r io.Reader, known bench.Known, set *bench.Set) error {
		err := readToy(r, known, set)
		spoil(set)
		return err
	}
}

func firstResult(set *bench.Set) *bench.Result {
	if len(set.Results) == 0 {
		return new(bench.Result)
	}
	return set.Results[0]
}

func TestEachLawCatchesTheReaderThatBreaksIt(t *testing.T) {
	calls := 0
	tests := []struct {
		law  string
		read Reader
	}{
		{"a whole output is ok", then(func(set *bench.Set) { set.Miss("c") })},
		{"every metric has a name, a unit and a direction", then(func(set *bench.Set) { firstResult(set).Metric.Unit = "" })},
		{"every metric has a name, a unit and a direction", then(func(set *bench.Set) { firstResult(set).Metric.Better = "up" })},
		{"every metric has a name, a unit and a direction", then(func(set *bench.Set) { firstResult(set).Benchmark.Name = "" })},
		{"reading depends on nothing but the bytes", then(func(set *bench.Set) { calls++; set.Note("reading %d", calls) })},
		{"reading depends on nothing but the bytes", then(func(set *bench.Set) { firstResult(set).Values = []float64{math.Inf(1)} })},
		{"reading depends on nothing but the bytes", then(func(set *bench.Set) { set.Results = slices.Concat(set.Results, set.Results) })},
		{"reading depends on nothing but the bytes", then(func(set *bench.Set) { panic("boom") })},
		{"the size of the reads does not matter", readOnce},
		{"an error of the reader is returned and wrapped once", readBareError},
		{"an error of the reader is returned and wrapped once", readNoError},
		{"a cut output invents no value", readUnfinished},
		{"CRLF line ends give the same", readLineEnds},
		{"damaged bytes do no harm", readNoNUL},
		{"a very long line does no harm", readQuadratic},
		{"an empty output has failed", readContentError},
		{"an empty output has failed", then(func(set *bench.Set) { set.Add(bench.Benchmark{Name: "x"}, bench.Time, 1) })},
		{"garbage does no harm", readNoNUL},
	}
	for _, tt := range tests {
		t.Run(tt.law, func(t *testing.T) {
			if len(check(t, tt.law, tt.read)) == 0 {
				t.Error("the law found nothing wrong")
			}
		})
	}
}

func check(t *testing.T, name string, read Reader) []string {
	t.Helper()
	for _, law := range sampleLaws {
		if law.name == name {
			return law.check(read, toySample)
		}
	}
	for _, law := range inputLaws {
		if law.name == name {
			return law.check(read)
		}
	}
	t.Fatalf("no law %q", name)
	return nil
}

func readOnce(r io.Reader, known bench.Known, set *bench.Set) error {
	buf := make([]byte, 1<<10)
	n, _ := r.Read(buf)
	return readToy(bytes.NewReader(buf[:n]), known, set)
}

func readBareError(r io.Reader, _ bench.Known, set *bench.Set) error {
	data, err := io.ReadAll(r)
	_ = readToy(bytes.NewReader(data), bench.Known{}, set)
	return err
}

func readNoError(r io.Reader, known bench.Known, set *bench.Set) error {
	_ = readToy(r, known, set)
	return nil
}

// readUnfinished takes a number that may have been cut for a whole one.
func readUnfinished(r io.Reader, _ bench.Known, set *bench.Set) error {
	scanner := bufio.NewScanner(r)
	for scanner.Scan() {
		addToy(set, strings.TrimSuffix(scanner.Text(), ";")+";")
	}
	return nil
}

// readLineEnds tells how long its input was, line ends included.
func readLineEnds(r io.Reader, known bench.Known, set *bench.Set) error {
	data, _ := io.ReadAll(r)
	set.Note("%d bytes", len(data))
	return readToy(bytes.NewReader(data), known, set)
}

func readNoNUL(r io.Reader, known bench.Known, set *bench.Set) error {
	data, _ := io.ReadAll(r)
	if bytes.IndexByte(data, 0) >= 0 {
		panic("NUL")
	}
	return readToy(bytes.NewReader(data), known, set)
}

// readQuadratic copies all it has for every 8 KB it gets.
func readQuadratic(r io.Reader, known bench.Known, set *bench.Set) error {
	var all string
	buf := make([]byte, 8<<10)
	for {
		n, err := r.Read(buf)
		all += string(buf[:n])
		if err != nil {
			return readToy(strings.NewReader(all), known, set)
		}
	}
}

func readContentError(r io.Reader, known bench.Known, set *bench.Set) error {
	_ = readToy(r, known, set)
	if len(set.Results) == 0 {
		return fmt.Errorf("read toy output: nothing in it")
	}
	return nil
}
