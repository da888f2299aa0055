package gobench_test

import (
	"strings"
	"testing"

	"github.com/cupel-dev/cupel/internal/bench"
)

func TestTornLines(t *testing.T) {
	ins := []string{"Ins-2: time [12.37] ns/op, lower", "Ins-2: bytes [0] B/op, lower"}
	tests := []struct {
		name  string
		input string
		want  expectation
	}{
		{
			"A01: noise after the name and before the numbers",
			"BenchmarkIns-2 \t2026/01/02 03:04:05 WARN slow\n2026/01/02 03:04:05 WARN slow\n 8918278\t        12.37 ns/op\t 0 B/op\n",
			expectation{status: bench.OK, results: ins},
		},
		{
			"A01: noise without line ends, before the name and on its line",
			"progress 10%BenchmarkIns-2     \tprogress 10%progress 10% 8918278\t        12.37 ns/op\t 0 B/op\n",
			expectation{status: bench.OK, results: ins},
		},
		{
			"noise that touches the count",
			"BenchmarkIns-2 \tprogress 10100000000\t        12.37 ns/op\t 0 B/op\n",
			expectation{status: bench.OK, results: ins},
		},
		{
			"noise that ends the line of the name",
			"BenchmarkIns-2 \t\n\n 8918278\t        12.37 ns/op\t 0 B/op\n",
			expectation{status: bench.OK, results: ins},
		},
		{
			"the next benchmark's numbers are not taken for the torn one",
			"BenchmarkIns-2 \tWARN slow\nBenchmarkDel-2 \t 100\t 7 ns/op\n",
			expectation{status: bench.Incomplete, results: []string{"Del-2: time [7] ns/op, lower"}, missing: []string{"Ins-2"}},
		},
		{
			"two lines that may be the numbers leave it open",
			"BenchmarkIns-2 \tread 5\t3 MB/s\n 8918278\t        12.37 ns/op\n",
			expectation{status: bench.Failed, missing: []string{"Ins-2"}, failures: []string{"no benchmark was measured"}},
		},
		{
			"no line that may be the numbers leaves it open",
			"BenchmarkIns-2 \tWARN slow\nPASS\n",
			expectation{status: bench.Failed, missing: []string{"Ins-2"}, failures: []string{"no benchmark was measured"}},
		},
		{
			"one torn repeat of two is missing",
			"BenchmarkIns-2 \t 100\t 7 ns/op\nBenchmarkIns-2 \tWARN slow\nPASS\n",
			expectation{status: bench.Incomplete, results: []string{"Ins-2: time [7] ns/op, lower"}, missing: []string{"Ins-2"}},
		},
		{
			"numbers that have lost their name fail the run",
			"BenchmarkDel-2 \t 100\t 7 ns/op\n 8918278\t        12.37 ns/op\n",
			expectation{
				status:   bench.Failed,
				results:  []string{"Del-2: time [7] ns/op, lower"},
				failures: []string{"numbers without a benchmark's name:  8918278\t        12.37 ns/op"},
			},
		},
		{
			"a log about a benchmark is no torn line",
			"BenchmarkDel took 5 s\nBenchmark results\t5\t3 MB/s of BenchmarkDel\nBenchmarkDel-2 \t 100\t 7 ns/op\n",
			expectation{status: bench.OK, results: []string{"Del-2: time [7] ns/op, lower"}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { tt.want.check(t, read(t, tt.input)) })
	}
}

func TestDamagedLinesAreNamed(t *testing.T) {
	const good = "BenchmarkOK 1 5 ns/op\n"
	for name, line := range map[string]string{
		"a value without a unit":       "BenchmarkX-8 \t 100\t 1.5 ns/op\t 12\n",
		"a unit without a value":       "BenchmarkX-8 \t 100\t ns/op\n",
		"a word for a value":           "BenchmarkX-8 100 fast ns/op\n",
		"no metric at all":             "BenchmarkX-8 \t 100\n",
		"an iteration count too large": "BenchmarkX-8 99999999999999999999 1.5 ns/op\n",
		"no iterations":                "BenchmarkX-8 0 1.5 ns/op\n",
		"more metrics than are real":   "BenchmarkX-8 100" + strings.Repeat(" 1 x", 1000) + "\n",
		"a cut unit at the very end":   "BenchmarkX-8 \t 100\t 1.5 ns/op\t 12 B/o",
		"a cut value at the very end":  "BenchmarkX-8 \t 100\t 1.5 ns/op\t 12",
	} {
		t.Run(name, func(t *testing.T) {
			expectation{
				status:  bench.Incomplete,
				results: []string{"OK: time [5] ns/op, lower"},
				missing: []string{"X-8"},
			}.check(t, read(t, good+line))
		})
	}
}

func TestAnnouncedNames(t *testing.T) {
	tests := []struct {
		name  string
		procs []int
		input string
		want  expectation
	}{
		{
			"A05: the bare name that -v prints is no result and no fault", nil,
			"BenchmarkOne\nBenchmarkOne-8 \t 100\t 1.5 ns/op\n",
			expectation{status: bench.OK, results: []string{"One-8: time [1.5] ns/op, lower"}},
		},
		{
			"A05: nor is one with a tab", nil,
			"BenchmarkOne \t\nBenchmarkOne \t 100\t 1.5 ns/op\n",
			expectation{status: bench.OK, results: []string{"One: time [1.5] ns/op, lower"}},
		},
		{
			"an announced name without a result is missing", nil,
			"BenchmarkOne\nBenchmarkTwo\nBenchmarkTwo-8 \t 100\t 1.5 ns/op\nPASS\n",
			expectation{status: bench.Incomplete, results: []string{"Two-8: time [1.5] ns/op, lower"}, missing: []string{"One"}},
		},
		{
			"a name is not answered by another that looks like it on 8 processors", nil,
			"BenchmarkSub/size\nBenchmarkSub/size-8\nBenchmarkSub/size-8-8 \t 100\t 1.5 ns/op\nPASS\n",
			expectation{status: bench.Incomplete, results: []string{"Sub/size-8-8: time [1.5] ns/op, lower"}, missing: []string{"Sub/size"}},
		},
		{
			"a parent whose sub-benchmarks ran is not missing", nil,
			"BenchmarkTop\nBenchmarkTop/in\nBenchmarkTop/in/z\nBenchmarkTop/in/z-8 \t 100\t 1.5 ns/op\n",
			expectation{status: bench.OK, results: []string{"Top/in/z-8: time [1.5] ns/op, lower"}},
		},
		{
			"a skipped benchmark is noted with its reason, and is not missing", nil,
			"BenchmarkOne\nBenchmarkOne-8 \t 100\t 1.5 ns/op\nBenchmarkGPU\n    a_test.go:16: needs gpu\n--- SKIP: BenchmarkGPU\n",
			expectation{
				status:  bench.OK,
				results: []string{"One-8: time [1.5] ns/op, lower"},
				notes:   []string{"GPU was skipped: needs gpu"},
			},
		},
		{
			"a missing name is told as the benchmark is named", []int{8},
			"BenchmarkOne-8 \t 100\t 1.5 ns/op\nBenchmarkTwo-8 \tWARN\nPASS\n",
			expectation{status: bench.Incomplete, results: []string{"One@8: time [1.5] ns/op, lower"}, missing: []string{"Two"}},
		},
		{
			"an event announces as a line does", nil,
			`{"Action":"run","Package":"p","Test":"BenchmarkOne"}
{"Action":"output","Package":"p","Output":"BenchmarkTwo-2 \t 100\t 1.5 ns/op\n"}
`,
			expectation{status: bench.Incomplete, results: []string{"p Two-2: time [1.5] ns/op, lower"}, missing: []string{"One"}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { tt.want.check(t, read(t, tt.input, tt.procs...)) })
	}
}

func TestFailures(t *testing.T) {
	const header = "goos: linux\ngoarch: amd64\npkg: example.com/b\n"
	const plain = "BenchmarkPlain-2 \t 100\t 7 ns/op\n"
	const trace = "\ngoroutine 10 [running]:\nexample.com/b.BenchmarkBoom.func1(0xc4b?)\n\t/src/b_test.go:5 +0x48\ntesting.(*B).runN(0xc4b, 0x64)\nexit status 2\nFAIL\texample.com/b\t0.106s\nFAIL\n"
	ran := []string{"example.com/b Plain-2: time [7] ns/op, lower"}
	tests := []struct {
		name  string
		input string
		want  expectation
	}{
		{
			"A07: a panic keeps the results before it and names its benchmark",
			header + plain + "BenchmarkBoom-2 \tpanic: nil map\n" + trace,
			expectation{
				status: bench.Failed, results: ran, missing: []string{"Boom-2"},
				failures: []string{"example.com/b: panic: nil map in BenchmarkBoom"},
			},
		},
		{
			"A07: a panic in the first iteration is named from the stack",
			header + plain + "panic: nil map\n" + trace,
			expectation{
				status: bench.Failed, results: ran, missing: []string{"Boom"},
				failures: []string{"example.com/b: panic: nil map in BenchmarkBoom"},
			},
		},
		{
			"A07: with -v what was announced and not run is missing",
			header + "BenchmarkPlain\n" + plain + "BenchmarkBoom\nBenchmarkBoom/s\npanic: nil map\n" + trace,
			expectation{
				status: bench.Failed, results: ran, missing: []string{"Boom/s"},
				failures: []string{"example.com/b: panic: nil map in BenchmarkBoom"},
			},
		},
		{
			"A07: a failed benchmark has no result, and the later ones have theirs",
			header + "--- FAIL: BenchmarkFail\n    b_test.go:18: assertion failed\n" + plain + "FAIL\nexit status 1\nFAIL\texample.com/b\t1.0s\nFAIL\n",
			expectation{
				status:   bench.Failed,
				results:  []string{"example.com/b Fail: failed: b_test.go:18: assertion failed", ran[0]},
				failures: []string{"example.com/b: exit status 1", "Fail: failed: b_test.go:18: assertion failed"},
			},
		},
		{
			"a failure after the first iteration stands on the line of the name",
			header + plain + "BenchmarkFail-2 \t--- FAIL: BenchmarkFail-2\n    b_test.go:18: assertion failed\nFAIL\n",
			expectation{
				status:   bench.Failed,
				results:  []string{ran[0], "example.com/b Fail-2: failed: b_test.go:18: assertion failed"},
				failures: []string{"example.com/b: FAIL", "Fail-2: failed: b_test.go:18: assertion failed"},
			},
		},
		{
			"with -v the log comes before the verdict, and a parent fails with its sub-benchmark",
			header + "BenchmarkTop\nBenchmarkTop/ok\nBenchmarkTop/ok-2 \t 1\t 7 ns/op\nBenchmarkTop/bad\n    b_test.go:3: bad\n--- FAIL: BenchmarkTop/bad\n--- FAIL: BenchmarkTop\nFAIL\n",
			expectation{
				status:   bench.Failed,
				results:  []string{"example.com/b Top/ok-2: time [7] ns/op, lower", "example.com/b Top/bad: failed: b_test.go:3: bad"},
				failures: []string{"example.com/b: FAIL", "Top/bad: failed: b_test.go:3: bad"},
			},
		},
		{
			"a log of another benchmark is no reason",
			header + "BenchmarkPlain-2 \t 100\t 7 ns/op\n--- BENCH: BenchmarkPlain-2\n    b_test.go:1: hello\n--- FAIL: BenchmarkFail\nBenchmarkLog-2 \t 1\t 2 ns/op\n--- BENCH: BenchmarkLog-2\n    b_test.go:2: hello\nFAIL\n",
			expectation{
				status:   bench.Failed,
				results:  []string{ran[0], "example.com/b Fail: failed", "example.com/b Log-2: time [2] ns/op, lower"},
				failures: []string{"example.com/b: FAIL", "Fail: failed"},
			},
		},
		{
			"A07: zero benchmarks are a failure, whatever the exit code",
			"PASS\nok  \texample.com/p\t0.005s\n",
			expectation{status: bench.Failed, failures: []string{"no benchmark was measured: none ran in example.com/p"}},
		},
		{
			"A07: a package without test files alone is a failure",
			"?   \texample.com/p\t[no test files]\n",
			expectation{status: bench.Failed, failures: []string{"no benchmark was measured: none ran in example.com/p"}},
		},
		{
			"a package without benchmarks beside one with them is none",
			header + plain + "PASS\nok  \texample.com/b\t1.0s\n?   \texample.com/p\t[no test files]\nPASS\nok  \texample.com/q\t0.1s\n",
			expectation{status: bench.OK, results: ran},
		},
		{
			"A07: every package that does not build is named",
			"# example.com/x\nx_test.go:3:34: undefined: y\nFAIL\texample.com/x [build failed]\nFAIL\t./z [setup failed]\n" + header + plain + "PASS\nok  \texample.com/b\t1.0s\nFAIL\n",
			expectation{status: bench.Failed, results: ran, failures: []string{"example.com/x: build failed", "./z: setup failed"}},
		},
		{
			"a killed process fails with its signal",
			header + plain + "signal: killed\nFAIL\texample.com/b\t1.0s\nFAIL\n",
			expectation{status: bench.Failed, results: ran, failures: []string{"example.com/b: signal: killed"}},
		},
		{
			"a test binary run alone that crashes fails too",
			header + plain + "fatal error: all goroutines are asleep - deadlock!\n",
			expectation{status: bench.Failed, results: ran, failures: []string{"example.com/b: fatal error: all goroutines are asleep - deadlock!"}},
		},
		{
			"a panic that the program printed and survived is no failure",
			header + "panic: only a log\n" + plain + "PASS\n",
			expectation{status: bench.OK, results: ran},
		},
		{
			"warnings of the testing package are noted",
			header + plain + "testing: BenchmarkPlain-2 left GOMAXPROCS set to 1\nPASS\n",
			expectation{status: bench.OK, results: ran, notes: []string{"testing: BenchmarkPlain-2 left GOMAXPROCS set to 1"}},
		},
		{
			"an output that just stops is noted",
			header + plain,
			expectation{status: bench.OK, results: ran, notes: []string{"the output of example.com/b ends without PASS or FAIL: it may be cut"}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { tt.want.check(t, read(t, tt.input)) })
	}
}

func TestFailuresInEvents(t *testing.T) {
	const plain = `{"Action":"output","Package":"p","Output":"BenchmarkPlain-2 \t 100\t 7 ns/op\n"}` + "\n"
	ran := []string{"p Plain-2: time [7] ns/op, lower"}
	tests := []struct {
		name  string
		input string
		want  expectation
	}{
		{
			"a package that fails is told once, with its reason",
			plain + `{"Action":"output","Package":"p","Output":"exit status 2\n"}
{"Action":"output","Package":"p","Output":"FAIL\tp\t0.1s\n"}
{"Action":"fail","Package":"p","Elapsed":0.1}
`,
			expectation{status: bench.Failed, results: ran, failures: []string{"p: exit status 2"}},
		},
		{
			"a package that fails without a word",
			plain + `{"Action":"fail","Package":"p"}` + "\n",
			expectation{status: bench.Failed, results: ran, failures: []string{"p: FAIL"}},
		},
		{
			"a package that does not build",
			plain + `{"ImportPath":"q [q.test]","Action":"build-output","Output":"# q [q.test]\n"}
{"ImportPath":"q [q.test]","Action":"build-fail"}
{"Action":"output","Package":"q","Output":"FAIL\tq [build failed]\n"}
{"Action":"fail","Package":"q","FailedBuild":"q [q.test]"}
`,
			expectation{status: bench.Failed, results: ran, failures: []string{"q: build failed"}},
		},
		{
			"packages that take turns do not mix",
			`{"Action":"output","Package":"p","Output":"BenchmarkA-2 \t"}
{"Action":"output","Package":"q","Output":"BenchmarkA-2 \t 1\t 9 ns/op\n"}
{"Action":"output","Package":"p","Output":" 100\t 7 ns/op\n"}
`,
			expectation{status: bench.OK, results: []string{"q A-2: time [9] ns/op, lower", "p A-2: time [7] ns/op, lower"}},
		},
		{
			"lines of go itself between the events are text",
			"go: downloading example.com/x v1.0.0\n" + plain,
			expectation{status: bench.OK, results: ran},
		},
		{
			"an event that is damaged fails the run: a result may be in it",
			plain + `{"Action":"output","Package":"p","Output":"BenchmarkB-2 ` + "\n" + plain,
			expectation{
				status:   bench.Failed,
				results:  []string{"p Plain-2: time [7 7] ns/op, lower"},
				failures: []string{"line 2 is not an event of go test -json"},
			},
		},
		{
			"an event that is cut fails the run",
			plain + `{"Action":"outp`,
			expectation{
				status: bench.Failed, results: ran,
				failures: []string{"line 2, the last, is only a part of an event of go test -json"},
			},
		},
		{
			"a log in JSON inside a text is no event",
			`{"level":"warn","msg":"slow"}` + "\nBenchmarkPlain-2 \t 100\t 7 ns/op\n",
			expectation{status: bench.OK, results: []string{"Plain-2: time [7] ns/op, lower"}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { tt.want.check(t, read(t, tt.input)) })
	}
}
