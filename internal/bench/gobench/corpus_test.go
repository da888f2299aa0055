package gobench_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/bench/benchtest"
)

// The values were taken from the files by hand. A row lists some results, and
// how many there are.
func TestCorpus(t *testing.T) {
	const a, b = "example.com/gen/a ", "example.com/gen/b "
	failedA := []string{"example.com/gen/a: exit status 1", "Fail: failed: a_test.go:18: assertion failed"}
	tests := []struct {
		file     string
		procs    []int
		status   bench.Status
		count    int
		results  []string
		missing  []string
		failures []string
	}{
		{file: "generated/go1.26_a_merged.txt", procs: []int{2}, status: bench.Failed, count: 64, results: []string{ // A01
			a + "Stdout@2: time [12.37] ns/op, lower",
			a + "Stderr@2: time [2.754] ns/op, lower",
			a + "NoNewline@2: time [10.37] ns/op, lower",
			a + "NoNewline@2: allocs [0] allocs/op, lower",
			a + "Log@2: time [4.104] ns/op, lower",
			a + "Sub/µs=1@2 map[µs:1]: time [17.1] ns/op, lower",
			a + "Fail@2: failed: a_test.go:18: assertion failed",
		}, failures: failedA},
		{file: "generated/go1.26_a_stdout_only.txt", status: bench.Failed, count: 64, results: []string{
			a + "Stdout-2: time [2.684 2.674] ns/op, lower",
			a + "NoNewline-2: time [2.704 2.697] ns/op, lower",
			a + "Slow-2: bytes [12 9] B/op, lower",
		}, failures: failedA},
		{file: "generated/go1.26_a_cpu128.txt", procs: []int{1, 2, 8}, status: bench.OK, count: 12, results: []string{ // A03
			a + "Sub/size-8: time [8.556] ns/op, lower",
			a + "Sub/size-8-2: time [5.463] ns/op, lower",
			a + "Sub/size-8-8: time [6.65] ns/op, lower",
			a + "Sub/size-8#01-8: time [7.29] ns/op, lower",
		}},
		{file: "generated/go1.26_a_gomaxprocs1.txt", procs: []int{1}, status: bench.OK, count: 4, results: []string{
			a + "Sub/size-16@1: time [5.465] ns/op, lower",
		}},
		{file: "gab__go_fiber_duplicate_names_output.txt", status: bench.OK, count: 16, results: []string{ // A04
			"github.com/gofiber/fiber/v3/middleware/cache AppendMsgitem-4: time [55.76] ns/op, lower",
			"github.com/gofiber/fiber/v3/middleware/csrf AppendMsgitem-4: time [0.3733] ns/op, lower",
			"github.com/gofiber/fiber/v3/middleware/csrf Unmarshalitem-4: throughput [229.35] MB/s, higher",
		}},
		{file: "generated/go1.26_a_verbose.txt", procs: []int{2}, status: bench.OK, count: 11, results: []string{ // A05
			a + "Plain@2: time [45.1] ns/op, lower",
			a + "Sub/#00@2: time [5.412] ns/op, lower",
			a + "Log@2: time [2.928] ns/op, lower",
		}},
		{file: "generated/go1.26_a_verbose_noise.txt", status: bench.Failed, count: 13, results: []string{
			a + "NoNewline-2: time [2.778] ns/op, lower",
			a + "Metric-2: throughput [309595.17] MB/s, higher",
			a + "Metric-2: µs/req [12.5] µs/req, unknown",
		}, failures: failedA},
		{file: "generated/go1.26_a_json.txt", procs: []int{2}, status: bench.OK, count: 3, results: []string{
			a + "Plain@2: time [36.47] ns/op, lower",
			a + "Stdout@2: time [5.539] ns/op, lower",
			a + "NoNewline@2: time [2.729] ns/op, lower",
		}},
		{file: "generated/go1.26_two_packages_panic.txt", procs: []int{2}, status: bench.Failed, count: 27, results: []string{ // A07
			a + "Plain@2: time [39.37] ns/op, lower",
			a + "Metric@2: huge/op [1e+21] huge/op, unknown",
			a + "AfterFail@2: time [6.437] ns/op, lower",
			b + "Plain@2: time [403.5] ns/op, lower",
		}, missing: []string{"Boom"}, failures: []string{
			failedA[0],
			"example.com/gen/b: panic: assignment to entry in nil map in BenchmarkBoom",
			failedA[1],
		}},
		{file: "generated/go1.26_no_match.txt", status: bench.Failed, // A07
			failures: []string{"no benchmark was measured: none ran in example.com/gen/a"}},
		{file: "generated/go1.26_missing_pkg.txt", status: bench.Failed, // A07
			failures: []string{"./c: setup failed"}},
		{file: "generated/go1.26_a_stderr_only.txt", status: bench.Failed,
			failures: []string{"no benchmark was measured"}},
		{file: "gab__go_output.txt", status: bench.OK, count: 10, results: []string{ // A08
			"Fib20: time [40537.123] ns/op, lower",
			"Fib/my/tabled/benchmark_-_20,var1=13,var2=14 map[benchmark_-_20,var1:13,var2=14]: time [40537.456] ns/op, lower",
			"Fib22-16: auxMetricUnits [4] auxMetricUnits, unknown",
		}},
		{file: "gab__go_single_package_output.txt", procs: []int{8}, status: bench.OK, count: 2, results: []string{
			"github.com/example/mypackage Fib20@8: time [40537] ns/op, lower",
		}},
		{file: "bencher__go_three.txt", status: bench.OK, count: 4, results: []string{
			"bencher.dev Fib10-8: time [210.2] ns/op, lower",
		}},
		{file: "benchstat__old.txt", procs: []int{48}, status: bench.OK, count: 2, results: []string{
			"golang.org/x/perf/cmd/benchstat/testdata Encode/format=gob@48 map[format:gob]: time [3069 3075 3069 3067 3207 3064 3064 3058 3059 3062] ns/op, lower",
		}},
		{file: "benchstat__zero.txt", status: bench.OK, count: 10, results: []string{
			"NonZeroOverZero: y [0 100] y, unknown",
		}},
		{file: "benchstat__crc-new.txt", procs: []int{8}, status: bench.OK, count: 72, results: []string{
			"hash/crc32 CRC32/poly=Koopman/size=32kB/align=1@8 map[align:1 poly:Koopman size:32kB]: throughput [429.81 441.97 455.67 427.31 431.43 447.04 429.53 446.1 450.43 454.5] MB/s, higher",
		}},
		{file: "perf__suffixarray.bench", procs: []int{8}, status: bench.OK, count: 168},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			set := read(t, string(benchtest.Corpus(t, "gobench/"+tt.file)), tt.procs...)
			all := make(map[string]bool)
			for _, r := range set.Results {
				all[describe(r)] = true
			}
			for _, want := range tt.results {
				if !all[want] {
					t.Errorf("no result %q in %q", want, slices.Sorted(maps.Keys(all)))
				}
			}
			if len(set.Results) != tt.count || set.Status() != tt.status {
				t.Errorf("%d results, status %s; want %d, %s", len(set.Results), set.Status(), tt.count, tt.status)
			}
			if got, want := fmt.Sprintf("%q %q", set.Missing, set.Failures()), fmt.Sprintf("%q %q", tt.missing, tt.failures); got != want {
				t.Errorf("missing and failures %s, want %s", got, want)
			}
		})
	}
}
