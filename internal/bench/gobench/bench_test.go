package gobench_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/bench/gobench"
)

// manyLines is how many results the readers are measured with.
const manyLines = 200_000

// repeats are the numbers of results that a benchmark has in those lines.
var repeats = []int{1, 10, manyLines}

// writeResults writes results as go test prints them, with the metrics of
// -benchmem and a throughput.
func writeResults(w io.Writer, repeats int) error {
	out := bufio.NewWriter(w)
	fmt.Fprint(out, "goos: linux\ngoarch: amd64\npkg: example.com/m/codec\ncpu: Some CPU @ 2.00GHz\n")
	for i := range manyLines {
		fmt.Fprintf(out, "BenchmarkEncode/size=%d/mode=fast-8         \t%8d\t%12.1f ns/op\t%7.2f MB/s\t%8d B/op\t%8d allocs/op\n",
			i/repeats, 1000+i%777, 100+float64(i%1000)/10, 1000+float64(i%100)/3, 64*(i%5), i%5)
	}
	fmt.Fprint(out, "PASS\nok  \texample.com/m/codec\t167.808s\n")
	return out.Flush()
}

func BenchmarkRead(b *testing.B) {
	for _, n := range repeats {
		b.Run(fmt.Sprintf("repeats=%d", n), func(b *testing.B) { benchmarkRead(b, n) })
	}
}

func benchmarkRead(b *testing.B, repeats int) {
	var text bytes.Buffer
	if err := writeResults(&text, repeats); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(text.Len()))
	b.ReportAllocs()
	for b.Loop() {
		var set bench.Set
		if err := gobench.Read(bytes.NewReader(text.Bytes()), bench.Known{Procs: []int{8}}, &set); err != nil || set.Status() != bench.OK {
			b.Fatal(err, set.Failures())
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/manyLines, "ns/line")
}

// The test binary also serves as two small programs, so that a whole process
// of this reader can stand beside one of benchstat.
const (
	readFileEnv = "CUPEL_GOBENCH_READ"    // reads the named file
	measureEnv  = "CUPEL_GOBENCH_MEASURE" // runs its arguments and prints what they needed
)

func TestMain(m *testing.M) {
	switch {
	case os.Getenv(measureEnv) != "":
		os.Exit(measure(os.Args[1:]))
	case os.Getenv(readFileEnv) != "":
		os.Exit(readFile(os.Getenv(readFileEnv)))
	}
	os.Exit(m.Run())
}

func readFile(name string) int {
	debug.SetGCPercent(50) // as bench:parse does
	f, err := os.Open(name)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer f.Close()
	var set bench.Set
	if err := gobench.Read(f, bench.Known{Procs: []int{8}}, &set); err != nil || set.Status() != bench.OK {
		fmt.Fprintln(os.Stderr, err, set.Failures())
		return 1
	}
	return 0
}

// BenchmarkAgainstBenchstat runs this reader and benchstat, each as a process
// of its own and in turn, over the same file. The ratios are below 1 where
// this reader needs less. benchstat also prints its table, in CSV here, which
// is the least that it can be asked for.
func BenchmarkAgainstBenchstat(b *testing.B) {
	benchstat := os.Getenv("CUPEL_BENCHSTAT")
	if benchstat == "" {
		var err error
		if benchstat, err = exec.LookPath("benchstat"); err != nil {
			b.Skip("no benchstat on PATH: go install golang.org/x/perf/cmd/benchstat@latest, or set CUPEL_BENCHSTAT")
		}
	}
	dir := b.TempDir() // benchstat would take the "=" of a sub-benchmark's for a label
	for _, n := range repeats {
		file := filepath.Join(dir, fmt.Sprint(n, ".txt"))
		b.Run(fmt.Sprintf("repeats=%d", n), func(b *testing.B) { compareWith(b, benchstat, file, n) })
	}
}

func compareWith(b *testing.B, benchstat, file string, repeats int) {
	f, err := os.Create(file)
	if err != nil {
		b.Fatal(err)
	}
	if err := errors.Join(writeResults(f, repeats), f.Close()); err != nil {
		b.Fatal(err)
	}
	var ours, theirs usage
	for b.Loop() {
		ours.add(b, readFileEnv+"="+file, os.Args[0])
		theirs.add(b, "", benchstat, "-format=csv", file)
	}
	b.ReportMetric(ours.wall.Seconds()/float64(b.N), "cupel-s")
	b.ReportMetric(theirs.wall.Seconds()/float64(b.N), "benchstat-s")
	b.ReportMetric(ours.wall.Seconds()/theirs.wall.Seconds(), "time-ratio")
	if ours.memory > 0 && theirs.memory > 0 {
		b.ReportMetric(float64(ours.memory)/float64(theirs.memory), "memory-ratio")
	}
}

// usage is what the runs of one command needed.
type usage struct {
	wall   time.Duration // together
	memory int64         // the most that one of them had resident, in the system's unit
}

func (u *usage) add(b *testing.B, env string, argv ...string) {
	b.Helper()
	cmd := exec.Command(os.Args[0], argv...)
	cmd.Env = append(os.Environ(), measureEnv+"=1", env)
	out, err := cmd.Output()
	if err != nil {
		b.Fatalf("run %q: %v", argv, err)
	}
	var wall time.Duration
	var memory int64
	if _, err := fmt.Sscan(string(out), &wall, &memory); err != nil {
		b.Fatalf("run %q: read usage %q: %v", argv, out, err)
	}
	u.wall += wall
	u.memory = max(u.memory, memory)
}

// measure runs a command from a process that is small itself: what a parent
// had resident counts as its child's, because they share memory until exec.
func measure(argv []string) int {
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = slices.DeleteFunc(os.Environ(), func(s string) bool { return strings.HasPrefix(s, measureEnv) })
	cmd.Stderr = os.Stderr
	start := time.Now()
	if err := cmd.Run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println(int64(time.Since(start)), maxResident(cmd.ProcessState))
	return 0
}
