package gobench_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/bench/benchtest"
	"github.com/cupel-dev/cupel/internal/bench/gobench"
)

// samples are whole outputs in the three forms that the package reads.
var samples = map[string][]byte{
	"text": []byte(`goos: linux
goarch: amd64
pkg: example.com/m/codec
cpu: Some CPU @ 2.00GHz
Unit frames/s better=higher
BenchmarkEncode/size=4/mode=fast-8 	     200	        67.25 ns/op	  59.48 MB/s	         0.0001230 p99-sec/op	         6.000 widgets/op	       8 B/op	       1 allocs/op
BenchmarkEncode/size=4/mode=fast-8 	     200	        68.50 ns/op	  58.39 MB/s	         0.0001240 p99-sec/op	         6.000 widgets/op	       8 B/op	       1 allocs/op
BenchmarkFrames-8                  	 1000000	        60.00 frames/s
BenchmarkNoisy-8                   	opening the device
 8918278	        12.37 ns/op	       0 B/op	       0 allocs/op
--- BENCH: BenchmarkNoisy-8
    codec_test.go:15: opened
PASS
ok  	example.com/m/codec	1.053s
`),
	"verbose": []byte(`goos: linux
goarch: amd64
pkg: example.com/m/codec
BenchmarkEncode
BenchmarkEncode/fast
BenchmarkEncode/fast-8         	     200	        67.25 ns/op
BenchmarkEncode/slow
    codec_test.go:20: needs a device
--- SKIP: BenchmarkEncode/slow
BenchmarkDecode
progress 10%BenchmarkDecode-8  	     200	        99.25 ns/op
PASS
`),
	"events": []byte(`{"Time":"2026-11-25T02:09:16Z","Action":"start","Package":"example.com/m/codec"}
{"Action":"output","Package":"example.com/m/codec","Output":"pkg: example.com/m/codec\n"}
{"Action":"run","Package":"example.com/m/codec","Test":"BenchmarkEncode"}
{"Action":"output","Package":"example.com/m/codec","Test":"BenchmarkEncode","Output":"=== RUN   BenchmarkEncode\n"}
{"Action":"output","Package":"example.com/m/codec","Test":"BenchmarkEncode","Output":"BenchmarkEncode\n"}
{"Action":"output","Package":"example.com/m/codec","Test":"BenchmarkEncode","Output":"BenchmarkEncode      \t     200\t        67.25 ns/op\n"}
{"Action":"output","Package":"example.com/m/codec","Output":"BenchmarkEncode-2    \t"}
{"Action":"output","Package":"example.com/m/codec","Output":"     200\t        40.50 ns/op\n"}
{"Action":"output","Package":"example.com/m/codec","Output":"PASS\n"}
{"Action":"output","Package":"example.com/m/codec","Output":"ok  \texample.com/m/codec\t0.176s\n"}
{"Action":"pass","Package":"example.com/m/codec","Elapsed":0.179}
`),
}

func TestLaws(t *testing.T) {
	benchtest.Conform(t, gobench.Read, samples)
}

func FuzzRead(f *testing.F) {
	benchtest.Fuzz(f, gobench.Read,
		samples["text"], samples["verbose"], samples["events"],
		[]byte("BenchmarkA-2 \tpanic: x\n\ngoroutine 1 [running]:\np.BenchmarkB(0x1)\nexit status 2\nFAIL\tp\t0.1s\n"),
		[]byte("--- FAIL: BenchmarkA/b-2\n    a_test.go:1: no\n--- FAIL: BenchmarkA\nFAIL\n"),
		[]byte("Unit ns/op better=higher\nUnit ns/op better=lower\nBenchmarkX 1 NaN ns/op 1e999 B/op\n"),
	)
}

// read reads input, which must not fail: it is all in memory.
func read(t testing.TB, input string, procs ...int) *bench.Set {
	t.Helper()
	var set bench.Set
	if err := gobench.Read(strings.NewReader(input), bench.Known{Procs: procs}, &set); err != nil {
		t.Fatal(err)
	}
	return &set
}

// describe shows a result as "package name@procs {params}: metric [values] unit, better".
func describe(r *bench.Result) string {
	b := r.Benchmark
	name := b.Name
	if b.Procs != 0 {
		name = fmt.Sprintf("%s@%d", name, b.Procs)
	}
	if b.Package != "" {
		name = b.Package + " " + name
	}
	if p := b.Params.Map(); p != nil {
		name += fmt.Sprintf(" %v", p)
	}
	if r.Err != "" {
		return fmt.Sprintf("%s: %s", name, r.Err)
	}
	return fmt.Sprintf("%s: %s %v %s, %s", name, r.Metric.Name, r.Values, r.Metric.Unit, r.Metric.Better)
}

// expectation is what a reading must give; results that it leaves out are not compared.
type expectation struct {
	status   bench.Status
	results  []string
	missing  []string
	failures []string
	notes    []string
}

func (want expectation) check(t *testing.T, set *bench.Set) {
	t.Helper()
	got := expectation{status: set.Status(), missing: set.Missing, failures: set.Failures(), notes: set.Notes}
	for _, r := range set.Results {
		got.results = append(got.results, describe(r))
	}
	for _, diff := range []struct{ what, got, want string }{
		{"status", string(got.status), string(want.status)},
		{"results", strings.Join(got.results, "\n"), strings.Join(want.results, "\n")},
		{"missing", fmt.Sprintf("%q", got.missing), fmt.Sprintf("%q", want.missing)},
		{"failures", fmt.Sprintf("%q", got.failures), fmt.Sprintf("%q", want.failures)},
		{"notes", fmt.Sprintf("%q", got.notes), fmt.Sprintf("%q", want.notes)},
	} {
		if diff.got != diff.want {
			t.Errorf("%s:\n%s\nwant:\n%s", diff.what, diff.got, diff.want)
		}
	}
}

func TestMetrics(t *testing.T) {
	tests := []struct {
		name  string
		input string
		want  expectation
	}{
		{
			"A08: each pair of a line is a metric with a unit and a direction of its own",
			"BenchmarkFib-8 \t 46714\t 25829 ns/op\t 4.000 auxUnits\t 96.62 MB/s\t 12 B/op\t 1 allocs/op\n",
			expectation{status: bench.OK, results: []string{
				"Fib-8: time [25829] ns/op, lower",
				"Fib-8: auxUnits [4] auxUnits, unknown",
				"Fib-8: throughput [96.62] MB/s, higher",
				"Fib-8: bytes [12] B/op, lower",
				"Fib-8: allocs [1] allocs/op, lower",
			}},
		},
		{
			"a benchmark that suppresses ns/op has its other metrics",
			"BenchmarkRate 	 100	 7.000 req/s\nBenchmarkLatency 	 100	 2.5 ms	 3 s/op\n",
			expectation{status: bench.OK, results: []string{
				"Rate: req/s [7] req/s, higher",
				"Latency: ms [2.5] ms, lower",
				"Latency: s/op [3] s/op, lower",
			}},
		},
		{
			"Unit lines say which way a unit is better, wherever they stand",
			"BenchmarkA 1 5 fps 3 ns/op\nUnit fps better=higher assume=nothing\n",
			expectation{status: bench.OK, results: []string{
				"A: fps [5] fps, higher",
				"A: time [3] ns/op, lower",
			}},
		},
		{
			"Unit lines that contradict each other leave the direction unknown",
			"Unit fps better=higher\nUnit fps better=lower\nBenchmarkA 1 5 fps\n",
			expectation{
				status:  bench.OK,
				results: []string{"A: fps [5] fps, unknown"},
				notes:   []string{"the output says both that lower and that higher fps is better"},
			},
		},
		{
			"repeats are values of one benchmark, in order",
			"BenchmarkA 1 5 ns/op\nBenchmarkB 1 9 ns/op\nBenchmarkA 1 4 ns/op\n",
			expectation{status: bench.OK, results: []string{
				"A: time [5 4] ns/op, lower",
				"B: time [9] ns/op, lower",
			}},
		},
		{
			"a custom metric may be zero or negative, a time may not",
			"BenchmarkA 1 5 ns/op -3.000 drift 0 faults\nBenchmarkB 2000000000 0.00 ns/op\n",
			expectation{
				status: bench.Failed,
				results: []string{
					"A: time [5] ns/op, lower",
					"A: drift [-3] drift, unknown",
					"A: faults [0] faults, unknown",
					"B: measured 0 ns/op: a time is never zero",
				},
				failures: []string{"B: measured 0 ns/op: a time is never zero"},
			},
		},
		{
			"what is not finite measures nothing",
			"BenchmarkA 1 NaN ns/op\nBenchmarkB 1 1e999 x\nBenchmarkC 1 -Inf x\n",
			expectation{
				status: bench.Failed,
				results: []string{
					"A: measured NaN, which is not a number",
					"B: measured +Inf, which is not a number",
					"C: measured -Inf, which is not a number",
				},
				failures: []string{
					"A: measured NaN, which is not a number",
					"B: measured +Inf, which is not a number",
					"C: measured -Inf, which is not a number",
				},
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { tt.want.check(t, read(t, tt.input)) })
	}
}

func TestIdentity(t *testing.T) {
	const cpu128 = `BenchmarkSub/size-8       	4396628	8.556 ns/op
BenchmarkSub/size-8-2     	4324562	5.463 ns/op
BenchmarkSub/size-8-8     	4348639	6.650 ns/op
BenchmarkSub/size-16      	4341249	5.524 ns/op
`
	const sized = "BenchmarkSub/size-8-8 \t 1\t 5 ns/op\nBenchmarkSub/n=16-8 \t 1\t 7 ns/op\n"
	tests := []struct {
		name  string
		procs []int
		input string
		want  []string
	}{
		{"A03: four names stay four benchmarks when nothing is known", nil, cpu128, []string{
			"Sub/size-8: time [8.556] ns/op, lower",
			"Sub/size-8-2: time [5.463] ns/op, lower",
			"Sub/size-8-8: time [6.65] ns/op, lower",
			"Sub/size-16: time [5.524] ns/op, lower",
		}},
		{"A03: and when -cpu 1,2,8 is known, because size-8 may be size on 8", []int{1, 2, 8}, cpu128, []string{
			"Sub/size-8: time [8.556] ns/op, lower",
			"Sub/size-8-2: time [5.463] ns/op, lower",
			"Sub/size-8-8: time [6.65] ns/op, lower",
			"Sub/size-16: time [5.524] ns/op, lower",
		}},
		{"a known suffix on every line is the GOMAXPROCS, and only the last one is", []int{8}, sized, []string{
			"Sub/size-8@8: time [5] ns/op, lower",
			"Sub/n=16@8 map[n:16]: time [7] ns/op, lower",
		}},
		{"a suffix that is not known stays in the name", []int{4}, sized, []string{
			"Sub/size-8-8: time [5] ns/op, lower",
			"Sub/n=16-8 map[n:16-8]: time [7] ns/op, lower",
		}},
		{"one line without the suffix keeps it in all names", []int{8}, sized + "BenchmarkX 1 3 ns/op\n", []string{
			"Sub/size-8-8: time [5] ns/op, lower",
			"Sub/n=16-8 map[n:16-8]: time [7] ns/op, lower",
			"X: time [3] ns/op, lower",
		}},
		{"on one processor no suffix is printed", []int{1}, "BenchmarkSub/size-8 1 5 ns/op\n", []string{
			"Sub/size-8@1: time [5] ns/op, lower",
		}},
		{"numbers that testing does not print as a suffix are names", []int{8}, "BenchmarkA-08 1 5 ns/op\n", []string{
			"A-08: time [5] ns/op, lower",
		}},
		{"A04: the package of a name is the last pkg line before it", nil, `pkg: example.com/m/cache
BenchmarkAppend-4 	 21228057	 55.76 ns/op
PASS
ok  	example.com/m/cache	2.649s
pkg: example.com/m/csrf
BenchmarkAppend-4 	 1000000000	 0.3733 ns/op
`, []string{
			"example.com/m/cache Append-4: time [55.76] ns/op, lower",
			"example.com/m/csrf Append-4: time [0.3733] ns/op, lower",
		}},
		{"the parts key=value of a name are parameters", nil, "BenchmarkJoin/size=4/x/mode=a=b 1 5 ns/op\n", []string{
			"Join/size=4/x/mode=a=b map[mode:a=b size:4]: time [5] ns/op, lower",
		}},
		{"a function called Benchmark has its whole name", nil, "Benchmark 1 5 ns/op\nBenchmark/sub 1 6 ns/op\n", []string{
			"Benchmark: time [5] ns/op, lower",
			"/sub: time [6] ns/op, lower",
		}},
		{"a word that goes on in lower case is no benchmark", nil, "Benchmarks 1 5 ns/op\nBenchmark: 2 6 ns/op\nBenchmarkÜ 1 7 ns/op\n", []string{
			"Ü: time [7] ns/op, lower",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want := expectation{status: bench.OK, results: tt.want}
			if strings.HasPrefix(tt.input, "pkg: ") {
				want.notes = []string{"the output of example.com/m/csrf ends without PASS or FAIL: it may be cut"}
			}
			want.check(t, read(t, tt.input, tt.procs...))
		})
	}
}

// An event is a piece of the text; whatever the pieces, the reading is the same.
func TestEventsReadAsTheTextTheyHold(t *testing.T) {
	text := string(samples["verbose"])
	for _, size := range []int{1, 7, 64, len(text)} {
		var events strings.Builder
		for rest := text; rest != ""; {
			n := min(size, len(rest))
			fmt.Fprintf(&events, "{\"Action\":\"output\",\"Package\":\"example.com/m/codec\",\"Output\":%q}\n", rest[:n])
			rest = rest[n:]
		}
		if got, want := read(t, events.String()), read(t, text); !reflect.DeepEqual(got, want) {
			t.Errorf("pieces of %d bytes: got %+v, want %+v", size, got, want)
		}
	}
}
