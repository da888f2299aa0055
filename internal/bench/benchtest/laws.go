package benchtest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing/iotest"

	"github.com/cupel-dev/cupel/internal/bench"
)

// sampleLaws hold for every whole, valid output.
var sampleLaws = []struct {
	name  string
	check func(read Reader, sample []byte) []string
}{
	{"a whole output is ok", wholeIsOK},
	{"every metric has a name, a unit and a direction", metricsAreNamed},
	{"reading depends on nothing but the bytes", anyInput},
	{"the size of the reads does not matter", readSizes},
	{"an error of the reader is returned and wrapped once", readErrors},
	{"a cut output invents no value", cutInventsNothing},
	{"CRLF line ends give the same", lineEnds},
	{"damaged bytes do no harm", damage},
	{"a very long line does no harm", longLines},
}

// inputLaws hold for a reader without any sample.
var inputLaws = []struct {
	name  string
	check func(read Reader) []string
}{
	{"an empty output has failed", emptyHasFailed},
	{"garbage does no harm", garbage},
}

func wholeIsOK(read Reader, sample []byte) []string {
	o := observe(read, bytes.NewReader(sample))
	violations := o.faults()
	if status := o.set.Status(); status != bench.OK {
		violations = append(violations, fmt.Sprintf("status %s: failures %q, missing %q", status, o.set.Failures(), o.set.Missing))
	}
	return violations
}

func metricsAreNamed(read Reader, sample []byte) []string {
	o := observe(read, bytes.NewReader(sample))
	var violations []string
	for _, r := range o.set.Results {
		m := r.Metric
		// A tool's own counter may come without a unit; then its direction is unknown.
		if m.Name == "" || m.Unit == "" && m.Better != bench.Unknown {
			violations = append(violations, fmt.Sprintf("%v: metric %q has unit %q", r.Benchmark, m.Name, m.Unit))
		}
		switch m.Better {
		case bench.Lower, bench.Higher, bench.Unknown:
		default:
			violations = append(violations, fmt.Sprintf("%v: metric %q has direction %q", r.Benchmark, m.Name, m.Better))
		}
		if r.Benchmark.Name == "" {
			violations = append(violations, fmt.Sprintf("a benchmark without a name has metric %q", m.Name))
		}
	}
	return violations
}

func readSizes(read Reader, sample []byte) []string {
	whole := observe(read, bytes.NewReader(sample))
	sizes := []struct {
		name string
		wrap func(io.Reader) io.Reader
	}{
		{"byte by byte", iotest.OneByteReader},
		{"half of each read", iotest.HalfReader},
		{"the last bytes together with io.EOF", iotest.DataErrReader},
	}
	var violations []string
	for _, size := range sizes {
		o := observe(read, size.wrap(bytes.NewReader(sample)))
		if diff := whole.diff(o); diff != "" {
			violations = append(violations, size.name+": "+diff)
		}
	}
	return violations
}

var errDisk = errors.New("the disk is gone")

func readErrors(read Reader, sample []byte) []string {
	whole := observe(read, bytes.NewReader(sample))
	var violations []string
	for _, at := range []int{0, len(sample) / 2, len(sample)} {
		o := observe(read, io.MultiReader(bytes.NewReader(sample[:at]), iotest.ErrReader(errDisk)))
		violations = append(violations, errorFaults(o, whole, errDisk, at)...)
	}
	o := observe(read, iotest.TimeoutReader(iotest.HalfReader(bytes.NewReader(sample))))
	return append(violations, errorFaults(o, whole, iotest.ErrTimeout, -1)...)
}

func errorFaults(o, whole *observation, want error, at int) []string {
	if o.panicked != nil {
		return []string{fmt.Sprintf("%v at byte %d: panic: %v", want, at, o.panicked)}
	}
	var violations []string
	if errors.Unwrap(o.err) != want {
		violations = append(violations, fmt.Sprintf("%v at byte %d: got error %v, want it wrapped once", want, at, o.err))
	}
	for _, v := range o.invented(whole) {
		violations = append(violations, fmt.Sprintf("%v at byte %d: invented %s", want, at, v))
	}
	return violations
}

// cutInventsNothing lists each invented value once, with the first cut that
// shows it.
func cutInventsNothing(read Reader, sample []byte) []string {
	const mostCuts = 4000 // each is one reading; longer samples are cut at fewer places
	whole := observe(read, bytes.NewReader(sample))
	step := max(1, len(sample)/mostCuts)
	seen := make(map[string]bool)
	var violations []string
	for n := 0; n < len(sample); n += step {
		o := observe(read, bytes.NewReader(sample[:n]))
		for _, v := range append(o.faults(), o.invented(whole)...) {
			if !seen[v] {
				seen[v] = true
				violations = append(violations, fmt.Sprintf("cut after %d bytes, at %q: %s", n, sample[max(0, n-20):n], v))
			}
		}
	}
	return violations
}

func lineEnds(read Reader, sample []byte) []string {
	unix := bytes.ReplaceAll(sample, []byte("\r\n"), []byte("\n"))
	windows := bytes.ReplaceAll(unix, []byte("\n"), []byte("\r\n"))
	o, p := observe(read, bytes.NewReader(unix)), observe(read, bytes.NewReader(windows))
	if diff := o.diff(p); diff != "" {
		return []string{diff}
	}
	return nil
}

func emptyHasFailed(read Reader) []string {
	var violations []string
	for _, input := range []string{"", "\n", " \r\n\t\n"} {
		o := observe(read, bytes.NewReader([]byte(input)))
		violations = append(violations, o.faults()...)
		if status := o.set.Status(); status != bench.Failed {
			violations = append(violations, fmt.Sprintf("%q has status %s", input, status))
		}
	}
	return violations
}

func garbage(read Reader) []string {
	random := rand.New(rand.NewPCG(1, 2))
	var violations []string
	for _, size := range []int{1, 100, 4096, 1 << 20} {
		input := make([]byte, size)
		for i := range input {
			input[i] = byte(random.Uint32())
		}
		for _, v := range anyInput(read, input) {
			violations = append(violations, fmt.Sprintf("%d random bytes: %s", size, v))
		}
	}
	return violations
}

// damage puts bytes that are no text, and numbers that are none, at places all
// over the sample.
func damage(read Reader, sample []byte) []string {
	const places = 200
	var violations []string
	for _, insert := range []string{"\x00", "\xff\xfe", "\xc3", "\u2028", "NaN", "-", "1e999", "9999999999999999999999", "\n", "\"", "{"} {
		for n := 0; n <= len(sample); n += max(1, len(sample)/places) {
			input := slices.Concat(sample[:n], []byte(insert), sample[n:])
			for _, v := range observe(read, bytes.NewReader(input)).faults() {
				violations = append(violations, fmt.Sprintf("%q after byte %d: %s", insert, n, v))
			}
		}
	}
	return violations
}

func longLines(read Reader, sample []byte) []string {
	const long = 8 << 20
	noise := bytes.Repeat([]byte("x"), long)
	digits := bytes.Repeat([]byte("9"), long)
	glued := bytes.Map(dropLineEnds, bytes.Repeat(sample, 1+long/(8*len(sample))))
	var violations []string
	for _, line := range []struct {
		name  string
		input []byte
	}{
		{"noise before the sample", slices.Concat(noise, []byte("\n"), sample)},
		{"noise behind the sample", slices.Concat(sample, noise)},
		{"digits in the sample", slices.Concat(sample[:len(sample)/2], digits, sample[len(sample)/2:])},
		{"open brackets", bytes.Repeat([]byte("["), long)},
		{"the sample in one line", glued},
	} {
		for _, v := range memoryFaults(read, line.input) {
			violations = append(violations, line.name+": "+v)
		}
	}
	return violations
}

func dropLineEnds(r rune) rune {
	if r == '\n' || r == '\r' {
		return -1
	}
	return r
}

// memoryFaults reads input and adds to the faults when all allocations
// together were out of proportion to it.
func memoryFaults(read Reader, input []byte) []string {
	const (
		// A decoder makes garbage for each field, and more under the race
		// detector; what grows with the square of the input is far above.
		factor = 256
		ground = 64 << 20
	)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	o := observe(read, bytes.NewReader(input))
	runtime.ReadMemStats(&after)
	faults := o.faults()
	if used := after.TotalAlloc - before.TotalAlloc; used > uint64(factor*len(input)+ground) {
		faults = append(faults, fmt.Sprintf("%d bytes of input made %d bytes of allocations", len(input), used))
	}
	return faults
}
