package googlebenchmark_test

import (
	"os"
	"strings"
	"testing"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/bench/benchtest"
	"github.com/cupel-dev/cupel/internal/bench/googlebenchmark"
)

func describe(t *testing.T, input string) string {
	t.Helper()
	var set bench.Set
	if err := googlebenchmark.Read(strings.NewReader(input), bench.Known{}, &set); err != nil {
		t.Fatal(err)
	}
	return benchtest.Describe(&set)
}

// file returns an output of Google Benchmark 1.7.1 as Debian builds it, the
// host's name, date and load replaced.
func file(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// rows is a report with the given rows.
func rows(list ...string) string {
	return `{"context":{"library_build_type":"release"},"benchmarks":[` + strings.Join(list, ",") + `]}`
}

func TestRead(t *testing.T) {
	tests := []struct{ name, input, want string }{
		{
			name:  "repetitions are values, aggregates and complexity are left out",
			input: string(file(t, "repetitions.json")),
			want: `ok
BM_Copy/64 procs=1 time: 6.14171 3.05532 ns lower
BM_Copy/64 procs=1 cpu: 1.54674 1.51363 ns lower
BM_Copy/64 procs=1 throughput: 4.13774e+10 4.22825e+10 B/s higher
BM_Copy/64 procs=1 items_per_second: 6.46522e+08 6.60665e+08 items/s higher
BM_Copy/64 procs=1 widgets: 42 42 unknown
BM_Copy/4096 procs=1 time: 133.807 337.426 ns lower
BM_Copy/4096 procs=1 cpu: 72.6042 76.8083 ns lower
BM_Copy/4096 procs=1 throughput: 5.64155e+10 5.33276e+10 B/s higher
BM_Copy/4096 procs=1 items_per_second: 1.37733e+07 1.30194e+07 items/s higher
BM_Copy/4096 procs=1 widgets: 42 42 unknown
BM_Spin/size:8/real_time/threads:2 {size=8} {threads=2} procs=2 time: 0.209819 0.457029 ns lower
BM_Spin/size:8/real_time/threads:2 {size=8} {threads=2} procs=2 cpu: 0.295374 0.300503 ns lower
note: the Google Benchmark library is a debug build, which adds to every time: build it with CMAKE_BUILD_TYPE=Release
`,
		},
		{
			name:  "an error fails its benchmark, and so does a counter that is NaN or infinite (A17)",
			input: string(file(t, "error_and_nan.json")),
			want: `failed
BM_Skip procs=1 time: ns lower error: no device
BM_Ratio procs=1 time: 0.433893 ns lower
BM_Ratio procs=1 cpu: 0.32067 ns lower
BM_Ratio procs=1 limit: unknown error: measured -Inf, which is not a number
BM_Ratio procs=1 ratio: unknown error: measured NaN, which is not a number
BM_Ratio procs=1 widgets: 42 unknown
failure: BM_Skip: no device
failure: BM_Ratio: measured -Inf, which is not a number
failure: BM_Ratio: measured NaN, which is not a number
note: the Google Benchmark library is a debug build, which adds to every time: build it with CMAKE_BUILD_TYPE=Release
`,
		},
		{
			name:  "aggregates alone are no samples",
			input: string(file(t, "aggregates_only.json")),
			want: `failed
BM_Copy/4096 procs=1 time: ns lower error: only aggregates were printed, which are no samples: run without --benchmark_report_aggregates_only
failure: BM_Copy/4096: only aggregates were printed, which are no samples: run without --benchmark_report_aggregates_only
note: the Google Benchmark library is a debug build, which adds to every time: build it with CMAKE_BUILD_TYPE=Release
`,
		},
		{
			name: "each unit of time becomes ns (A17)",
			input: rows(`{"name":"a","run_type":"iteration","real_time":900,"cpu_time":1,"time_unit":"ns"}`,
				`{"name":"a","run_type":"iteration","real_time":1,"cpu_time":1,"time_unit":"us"}`,
				`{"name":"a","run_type":"iteration","real_time":1,"cpu_time":1,"time_unit":"ms"}`,
				`{"name":"a","run_type":"iteration","real_time":1,"cpu_time":1,"time_unit":"s"}`),
			want: `ok
a time: 900 1000 1e+06 1e+09 ns lower
a cpu: 1 1000 1e+06 1e+09 ns lower
`,
		},
		{
			name: "key:value segments are parameters, threads are procs",
			input: rows(`{"name":"BM<a::b>/size:8/real_time/x::y/threads:2","run_name":"BM<a::b>/size:8/real_time/x::y/threads:2",` +
				`"run_type":"iteration","threads":2,"real_time":1,"time_unit":"ns","label":"12"}`),
			want: `ok
BM<a::b>/size:8/real_time/x::y/threads:2 {size=8} {threads=2} procs=2 time: 1 ns lower
`,
		},
		{
			name: "old files mark neither iterations nor aggregates",
			input: rows(`{"name":"a/k:1","real_time":1,"cpu_time":1,"time_unit":"ns"}`,
				`{"name":"a/k:1","real_time":2,"cpu_time":2,"time_unit":"ns"}`,
				`{"name":"a/k:1_mean","real_time":1.5,"cpu_time":1.5,"time_unit":"ns"}`,
				`{"name":"a/k:1_stddev","real_time":0.7,"cpu_time":0.7,"time_unit":"ns"}`,
				`{"name":"b_mean","real_time":3,"cpu_time":3,"time_unit":"ns"}`),
			want: `ok
a/k:1 {k=1} time: 1 2 ns lower
a/k:1 {k=1} cpu: 1 2 ns lower
b_mean time: 3 ns lower
b_mean cpu: 3 ns lower
`,
		},
		{
			name: "a time of zero is no measurement, a CPU time of zero is below its clock (A15, B06)",
			input: rows(`{"name":"a","real_time":0,"cpu_time":0,"time_unit":"ns"}`,
				`{"name":"b","real_time":5,"cpu_time":0,"time_unit":"ns"}`),
			want: `failed
a time: ns lower error: measured 0 ns: a time is never zero
b time: 5 ns lower
failure: a: measured 0 ns: a time is never zero
note: CPU times of zero (2) are below the resolution of their clock and left out
`,
		},
		{
			name: "a skipped benchmark is a note, an error without message still fails",
			input: rows(`{"name":"a","skipped":true,"skip_message":"no GPU","real_time":0,"time_unit":"ns"}`,
				`{"name":"b","error_occurred":true}`, `{"name":"c","real_time":5,"time_unit":"ns"}`),
			want: `failed
b time: ns lower error: ended with an error
c time: 5 ns lower
failure: b: ended with an error
note: a was skipped: no GPU
`,
		},
		{
			name: "rows that say too little",
			input: rows(`{"name":"a","real_time":1,"time_unit":"furlong"}`, `{"name":"b","time_unit":"ns"}`,
				`{"name":"c","real_time":"1","time_unit":"ns"}`, `{"real_time":1}`, `7`, `{"name":"d","real_time":1,"time_unit":"ns"}`),
			want: `failed
a time: ns lower error: time_unit "furlong" is no unit of time
b time: ns lower error: the row has no real_time
c time: ns lower error: the row has no real_time
d time: 1 ns lower
failure: a: time_unit "furlong" is no unit of time
failure: b: the row has no real_time
failure: c: the row has no real_time
failure: a row of "benchmarks" has no name, at byte 198 (line 1)
failure: unexpected number, at byte 200 (line 1)
`,
		},
		{
			name:  "counters that the library defines have a direction, others keep apart from its metrics",
			input: rows(`{"name":"a","real_time":1,"time_unit":"ns","allocs_per_iter":0,"max_bytes_used":512,"iterations":9,"repetitions":3,"time":7}`),
			want: `ok
a time: 1 ns lower
a allocs_per_iter: 0 allocs/iter lower
a max_bytes_used: 512 B lower
a counter time: 7 unknown
`,
		},
		{
			name:  "a filter that matches nothing has failed",
			input: "Failed to match any benchmarks against regex: nothing\n",
			want: `failed
failure: Failed to match any benchmarks against regex: nothing
failure: no Google Benchmark report in the output: run the program with --benchmark_format=json
`,
		},
		{
			name: "warnings beside the report are notes, each once",
			input: "***WARNING*** Library was built as DEBUG. Timings may be affected.\n" +
				"***WARNING*** There are 2 benchmarks with threads and 1 perf counter.\n2026-01-02\n" +
				`{"context":{"library_build_type":"debug","cpu_scaling_enabled":true},"benchmarks":[{"name":"a","real_time":1,"time_unit":"ns"}]}` + "done\n",
			want: `ok
a time: 1 ns lower
note: Google Benchmark warns: There are 2 benchmarks with threads and 1 perf counter.
note: the Google Benchmark library is a debug build, which adds to every time: build it with CMAKE_BUILD_TYPE=Release
note: CPU frequency scaling is enabled: set the governor to performance while measuring
`,
		},
		{
			name:  "a report that is cut keeps its rows and says where it ends",
			input: "{\"benchmarks\":[\n{\"name\":\"a\",\"real_time\":1,\"time_unit\":\"ns\"},\n{\"name\":\"b\",\"real",
			want: `failed
a time: 1 ns lower
failure: the output ends in the middle of its JSON, at byte 78 (line 3)
`,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := describe(t, test.input); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

func TestConform(t *testing.T) {
	benchtest.Conform(t, googlebenchmark.Read, map[string][]byte{
		"repetitions": []byte(rows(
			`{"name":"a/n:1","run_name":"a/n:1","run_type":"iteration","threads":1,"real_time":1.5e-3,"cpu_time":1,"time_unit":"us","n":3}`,
			`{"name":"a/n:1","run_name":"a/n:1","run_type":"iteration","threads":1,"real_time":1.7e-3,"cpu_time":2,"time_unit":"us","n":3}`,
			`{"name":"a/n:1_mean","run_name":"a/n:1","run_type":"aggregate","aggregate_name":"mean","threads":1,"real_time":1.6e-3,"time_unit":"us"}`,
			`{"name":"a_RMS","run_name":"a","run_type":"aggregate","aggregate_name":"RMS","rms":0.1}`)),
		"with noise": []byte("2026-01-02\nRunning ./b\n" + rows(`{"name":"a","real_time":1,"cpu_time":2,"time_unit":"ns","n":3}`) + "\nbye\n"),
	})
}

func FuzzRead(f *testing.F) {
	benchtest.Fuzz(f, googlebenchmark.Read,
		file(f, "error_and_nan.json"),
		[]byte(rows(`{"name":"a/k:1_mean","run_name":"a/k:1","run_type":"aggregate","aggregate_name":"mean","real_time":1,"time_unit":"us"}`)),
		[]byte("***WARNING*** x\n"+rows(`{"name":"a","threads":2,"real_time":Infinity,"cpu_time":0,"time_unit":"ns","n":NaN}`, `{"name":"b","skipped":true}`)+"x"))
}
