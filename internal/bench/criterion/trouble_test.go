package criterion_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/bench/criterion"
)

const good = "good                    time:   [1.0000 ns 2.0000 ns 3.0000 ns]\n"

func TestTrouble(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"A07: a panic keeps earlier results and names the benchmark",
			running + "Benchmarking good\n" + good + "Benchmarking boom\nBenchmarking boom: Warming up for 3.0000 s\n" +
				"thread 'main' panicked at 'no such file', benches/parse.rs:5:9\n" +
				"error: bench failed, to rerun pass `--bench parse`\n",
			`failed
parse good time: 2 ns lower
parse boom time: ns lower error: panicked at 'no such file', benches/parse.rs:5:9
failure: boom: panicked at 'no such file', benches/parse.rs:5:9
failure: error: bench failed, to rerun pass ` + "`--bench parse`\n"},
		{"A07: a panic between benchmarks fails the run", good + "thread 'main' (123) panicked at benches/parse.rs:5:9:\nno such file\n",
			"failed\ngood time: 2 ns lower\nfailure: panicked at benches/parse.rs:5:9: no such file\n"},
		{"a panic without its message", good + "thread 'main' (123) panicked at benches/parse.rs:5:9:\n",
			"failed\ngood time: 2 ns lower\nfailure: panicked at benches/parse.rs:5:9:\n"},
		{"A07: what does not build", "error[E0425]: cannot find value `x` in this scope\nerror: could not compile `sums` (bench \"parse\") due to 1 previous error\n",
			"failed\nfailure: error[E0425]: cannot find value `x` in this scope\n" +
				"failure: error: could not compile `sums` (bench \"parse\") due to 1 previous error\n"},
		{"the cause of an empty run", "error: no bench target named `nosuch` in default-run packages\n",
			"failed\nfailure: error: no bench target named `nosuch` in default-run packages\n"},
		{"an error that a benchmark logs changes nothing", good + "error: cache miss\n",
			"ok\ngood time: 2 ns lower\nnote: error: cache miss\n"},
		{"A07: nothing matched", running + "Gnuplot not found, using plotters backend\n",
			"failed\nfailure: no benchmark was measured\n"},
		{"a benchmark that was killed is missing", good + "Benchmarking slow\nBenchmarking slow: Warming up for 3.0000 s\n",
			"incomplete\ngood time: 2 ns lower\nmissing: slow\n"},
		{"a benchmark that is only profiled is missing", good + "Benchmarking slow\nBenchmarking slow: Complete (Analysis Disabled)\n",
			"incomplete\ngood time: 2 ns lower\nmissing: slow\n"},
		{"a benchmark announced twice and measured once is missing", "Benchmarking good\n" + good + "Benchmarking good\n",
			"incomplete\ngood time: 2 ns lower\nmissing: good\n"},
		{"an id alone on the last line is missing", good + "group/of_long_name/parse\n" + pad,
			"incomplete\ngood time: 2 ns lower\nmissing: group/of_long_name/parse\n"},
		{"a sentence on the last line is none", good + "All benchmarks have been run.\n", "ok\ngood time: 2 ns lower\n"},
		{"a time that is cut is missing", good + "fib                     time:   [13.347 µs 13.4",
			"incomplete\ngood time: 2 ns lower\nmissing: fib\n"},
		{"a throughput that is cut is missing", good + pad + "thrpt:  [38.106 Gelem/s 38.2",
			"incomplete\ngood time: 2 ns lower\nmissing: good (throughput)\n"},
		{"a time that is no number", "fib                     time:   [NaN ns NaN ns NaN ns]\n" + good,
			"failed\nfib time: ns lower error: measured NaN, which is not a number\ngood time: 2 ns lower\nfailure: fib: measured NaN, which is not a number\n"},
		{"a time that is zero", "fib                     time:   [0.0000 ps 0.0000 ps 0.0000 ps]\n" + good,
			"failed\nfib time: ns lower error: measured 0 ns: a time is never zero\ngood time: 2 ns lower\nfailure: fib: measured 0 ns: a time is never zero\n"},
		{"a time that lost its column", good + "    time:   [1.0000 ns 2.0000 ns 3.0000 ns]\n",
			"failed\ngood time: 2 ns lower\nfailure: line 2 has a time without the title of a benchmark\n"},
		{"without --bench criterion only tests", "Testing a\nSuccess\n\nTesting b\nSuccess\n",
			"failed\nfailure: criterion only tested its benchmarks, 2 of them, without measuring: run the executable with --bench\n"},
		{"results in bencher format belong to another reader", "test fib ... bench:      14,056 ns/iter (+/- 289)\n",
			"failed\nfailure: results in the bencher format of libtest, 1 of them, are not read here: use format \"libtest\"\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { check(t, tt.text, tt.want) })
	}
}

func TestLibtestHarness(t *testing.T) {
	const nothing = "\nrunning 0 tests\n\ntest result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\n"
	const ignored = "\nrunning 1 test\ntest tests::adds ... ignored\n\ntest result: ok. 0 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\n"
	const unittests = "     Running unittests src/lib.rs (target/release/deps/sums-0123456789abcdef)\n"
	const harness = "failure: libtest's harness ran instead of criterion's and measured nothing: set harness = false for the bench target, and check that the features it needs are on\n"
	tests := []struct{ name, text, want string }{
		{"A07: 0 measured is never a pass", running + nothing, "failed\n" + harness + "missing: benches/parse.rs\n"},
		{"nor without cargo's line", nothing, "failed\n" + harness},
		{"beside a target that measured, the other is missing", running + nothing + "     Running benches/good.rs (target/release/deps/good-0123456789abcdef)\n" + good,
			"incomplete\ngood good time: 2 ns lower\nmissing: benches/parse.rs\n"},
		{"unit tests are not meant to measure", unittests + ignored + running + good, "ok\nparse good time: 2 ns lower\n"},
		{"a target without a match of the filter is not meant to measure",
			running + "\nrunning 0 tests\n\ntest result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 3 filtered out; finished in 0.00s\n\n" + good,
			"ok\nparse good time: 2 ns lower\n"},
		{"tests that fail", good + "test result: FAILED. 0 passed; 1 failed; 0 ignored; 1 measured; 0 filtered out; finished in 0.00s\n",
			"failed\ngood time: 2 ns lower\nfailure: test result: FAILED. 0 passed; 1 failed; 0 ignored; 1 measured; 0 filtered out; finished in 0.00s\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { check(t, tt.text, tt.want) })
	}
}

func TestAnEndlessLogHasFewRemarks(t *testing.T) {
	const many = 10_000
	var text strings.Builder
	for i := range many {
		fmt.Fprintf(&text, "thread 'worker' panicked at 'boom', src/lib.rs:%d:1\nWarning: Unable to complete %d samples in 5.0s.\n", i, i)
	}
	var set bench.Set
	if err := criterion.Read(strings.NewReader(text.String()+good), bench.Known{}, &set); err != nil {
		t.Fatal(err)
	}
	if f, n := len(set.Failures()), len(set.Notes); f == 0 || f > 200 || n == 0 || n > 200 {
		t.Errorf("%d failures and %d notes", f, n)
	}
}

func TestALineThatIsTooLongIsNamed(t *testing.T) {
	check(t, good+strings.Repeat("x", 2<<20)+"\n"+good, "failed\ngood time: 2 2 ns lower\n"+
		"failure: line 2 is too long to be read: what it measured is not known\n"+
		"note: good has more than one time: several benchmarks have this id, or these are several runs\n")
}
