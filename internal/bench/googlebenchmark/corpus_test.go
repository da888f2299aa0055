package googlebenchmark_test

import (
	"testing"

	"github.com/cupel-dev/cupel/internal/bench/benchtest"
)

// The values were read off the files by hand.
func TestCorpus(t *testing.T) {
	tests := []struct{ file, want string }{
		{"gbench/gab__googlecpp_output.json", `ok
fib_10 procs=1 time: 214.99 ns lower
fib_10 procs=1 cpu: 213.655 ns lower
fib_20 procs=1 time: 27455.6 ns lower
fib_20 procs=1 cpu: 27364.9 ns lower
`},
		{"gbench/bencher__google_two.txt.json", `ok
fib_10 procs=1 time: 214.99 ns lower
fib_10 procs=1 cpu: 213.655 ns lower
fib_20 procs=1 time: 27455.6 ns lower
fib_20 procs=1 cpu: 27364.9 ns lower
`},
		{"gbench/gbench__test1_run1.json", `ok
BM_SameTimes time: 10 ns lower
BM_SameTimes cpu: 10 ns lower
BM_2xFaster time: 50 ns lower
BM_2xFaster cpu: 50 ns lower
BM_2xSlower time: 50 ns lower
BM_2xSlower cpu: 50 ns lower
BM_1PercentFaster time: 100 ns lower
BM_1PercentFaster cpu: 100 ns lower
BM_1PercentSlower time: 100 ns lower
BM_1PercentSlower cpu: 100 ns lower
BM_10PercentFaster time: 100 ns lower
BM_10PercentFaster cpu: 100 ns lower
BM_10PercentSlower time: 100 ns lower
BM_10PercentSlower cpu: 100 ns lower
BM_100xSlower time: 100 ns lower
BM_100xSlower cpu: 100 ns lower
BM_100xFaster time: 10000 ns lower
BM_100xFaster cpu: 10000 ns lower
BM_10PercentCPUToTime time: 100 ns lower
BM_10PercentCPUToTime cpu: 100 ns lower
BM_ThirdFaster time: 100 ns lower
BM_ThirdFaster cpu: 100 ns lower
BM_NotBadTimeUnit time: 4e+08 ns lower
BM_NotBadTimeUnit cpu: 5e+08 ns lower
BM_DifferentTimeUnit time: 1e+09 ns lower
BM_DifferentTimeUnit cpu: 1e+09 ns lower
BM_hasLabel time: 1e+09 ns lower
BM_hasLabel cpu: 1e+09 ns lower
`},
		{"gbench/gbench__test2_run.json", `ok
BM_Hi time: 4.2e+07 ns lower
BM_Hi cpu: 2.4e+07 ns lower
BM_Zero time: 10 ns lower
BM_Zero cpu: 10 ns lower
BM_Zero/4 time: 40 ns lower
BM_Zero/4 cpu: 40 ns lower
Prefix/BM_Zero time: 20 ns lower
Prefix/BM_Zero cpu: 20 ns lower
Prefix/BM_Zero/3 time: 30 ns lower
Prefix/BM_Zero/3 cpu: 30 ns lower
BM_One time: 5 ns lower
BM_One cpu: 5 ns lower
BM_One/4 time: 20 ns lower
BM_One/4 cpu: 20 ns lower
Prefix/BM_One time: 10 ns lower
Prefix/BM_One cpu: 10 ns lower
Prefix/BM_One/3 time: 15 ns lower
Prefix/BM_One/3 cpu: 15 ns lower
BM_Bye time: 11 ns lower
BM_Bye cpu: 63 ns lower
`},
		{"gbench/gbench__test3_run0.json", `failed
BM_Two time: 9 8 ns lower
BM_Two cpu: 90 86 ns lower
medium time: 8 9 ns lower
medium cpu: 80 82 ns lower
BM_One time: ns lower error: only aggregates were printed, which are no samples: run without --benchmark_report_aggregates_only
short time: ns lower error: only aggregates were printed, which are no samples: run without --benchmark_report_aggregates_only
failure: BM_One: only aggregates were printed, which are no samples: run without --benchmark_report_aggregates_only
failure: short: only aggregates were printed, which are no samples: run without --benchmark_report_aggregates_only
`},
		{"gbench/gbench__test3_run1.json", `ok
BM_One time: 9 ns lower
BM_One cpu: 110 ns lower
BM_Two time: 7 ns lower
BM_Two cpu: 72 ns lower
short time: 800 ns lower
short cpu: 1 ns lower
medium time: 5 ns lower
medium cpu: 53 ns lower
`},
		{"samples/google_benchmark_1.7.1_reps2_with_error.json", `failed
BM_Copy/64 procs=1 time: 10.4926 10.1361 ns lower
BM_Copy/64 procs=1 cpu: 10.4928 10.1362 ns lower
BM_Copy/64 procs=1 throughput: 6.09944e+09 6.31401e+09 B/s higher
BM_Copy/64 procs=1 widgets: 42 42 unknown
BM_Skip procs=1 time: ns lower error: no device
failure: BM_Skip: no device
failure: the output ends in the middle of its JSON, at byte 4582 (line 170)
note: the Google Benchmark library is a debug build, which adds to every time: build it with CMAKE_BUILD_TYPE=Release
`},
	}
	for _, test := range tests {
		t.Run(test.file, func(t *testing.T) {
			if got := describe(t, string(benchtest.Corpus(t, test.file))); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}
