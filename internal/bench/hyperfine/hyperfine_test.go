package hyperfine_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/bench/benchtest"
	"github.com/cupel-dev/cupel/internal/bench/hyperfine"
)

func describe(t *testing.T, input string) string {
	t.Helper()
	var set bench.Set
	if err := hyperfine.Read(strings.NewReader(input), bench.Known{}, &set); err != nil {
		t.Fatal(err)
	}
	return benchtest.Describe(&set)
}

// file returns an output of hyperfine 1.15.
func file(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestRead(t *testing.T) {
	tests := []struct{ name, input, want string }{
		{
			name:  "each time is a value, parameters are kept",
			input: string(file(t, "ok.json")),
			want: `ok
sleep 0.01 {n=1} time: 7.08838e+07 5.25038e+07 6.24141e+07 ns lower
sleep 0.01 {n=1} user: 1.57857e+06 ns lower
sleep 0.01 {n=1} system: 7.43655e+06 ns lower
sleep 0.02 {n=2} time: 5.40302e+07 6.20932e+07 6.71989e+07 ns lower
sleep 0.02 {n=2} user: 2.82536e+06 ns lower
sleep 0.02 {n=2} system: 7.85221e+06 ns lower
`,
		},
		{
			name:  "a command that failed has no time (A15)",
			input: string(file(t, "failed.json")),
			want: `failed
./missing time: ns lower error: run 1 of 2 ended with exit code 127
false time: ns lower error: run 1 of 2 ended with exit code 1
kill -9 $$ time: ns lower error: run 1 of 2 ended with exit code 137
failure: ./missing: run 1 of 2 ended with exit code 127
failure: false: run 1 of 2 ended with exit code 1
failure: kill -9 $$: run 1 of 2 ended with exit code 137
`,
		},
		{
			name:  "a report among the lines of the terminal",
			input: string(file(t, "merged.txt")) + " \n  Warning: Statistical outliers were detected.\nWarning: Statistical outliers were detected.\n",
			want: `ok
sleep 0.001 time: 1.80376e+07 2.63073e+07 ns lower
sleep 0.001 user: 3.13814e+06 ns lower
sleep 0.001 system: 3.5978e+06 ns lower
note: hyperfine warns: Statistical outliers were detected.
`,
		},
		{
			name:  "the mark of old versions and times of zero (A15)",
			input: `{"results":[{"command":"./missing [ERROR]","mean":3.0e-6,"stddev":5.2e-6,"median":0.0,"times":[9.0e-6,0.0,0.0]}]}`,
			want: `failed
./missing time: ns lower error: hyperfine marked the command as failed
failure: ./missing: hyperfine marked the command as failed
`,
		},
		{
			name:  "a process that was killed (A15)",
			input: `{"results":[{"command":"a","stddev":null,"times":[1,2,3],"exit_codes":[0,null,0]}]}`,
			want: `failed
a time: ns lower error: run 2 of 3 ended without an exit code: it was killed
failure: a: run 2 of 3 ended without an exit code: it was killed
`,
		},
		{
			name:  "one run without stddev, exit codes unknown (A15)",
			input: `{"results":[{"command":"a","stddev":null,"times":[1]},{"command":"b","times":[2],"exit_codes":null}]}`,
			want: `ok
a time: 1e+09 ns lower
b time: 2e+09 ns lower
note: a: exit codes unknown
note: b: exit codes unknown
`,
		},
		{
			name:  "a time of zero is no measurement, a processor time of zero is below its clock (A15)",
			input: `{"results":[{"command":"a","times":[1,0],"exit_codes":[0,0]},{"command":"b","times":[1],"user":0.5,"system":0.0,"exit_codes":[0]}]}`,
			want: `failed
a time: ns lower error: run 2 of 2 took 0 s after the shell's start was subtracted: run with --shell=none
b time: 1e+09 ns lower
b user: 5e+08 ns lower
failure: a: run 2 of 2 took 0 s after the shell's start was subtracted: run with --shell=none
note: user or system times of zero (1) are below the resolution of their clock and left out
`,
		},
		{
			name:  "memory is kept, NaN is no number (A17)",
			input: `{"results":[{"command":"a","times":[1,NaN],"memory_usage_byte":[2015232,2019328],"exit_codes":[0,0]}]}`,
			want: `failed
a time: 1e+09 ns lower error: measured NaN, which is not a number
a memory: 2.01523e+06 2.01933e+06 B lower
failure: a: measured NaN, which is not a number
`,
		},
		{
			name:  "one command with two parameters is two benchmarks, with the same again it is a repeat",
			input: `{"results":[{"command":"a","times":[1],"exit_codes":[0],"parameters":{"n":"1"}},{"command":"a","times":[2],"exit_codes":[0],"parameters":{"n":"2"}},{"command":"a","times":[3],"exit_codes":[0],"parameters":{"n":"1"}}]}`,
			want: `ok
a {n=1} time: 1e+09 3e+09 ns lower
a {n=2} time: 2e+09 ns lower
`,
		},
		{
			name:  "results that say too little",
			input: `{"results":[{"command":"a","mean":1},{"times":[1]},{"command":"b","times":[1,2],"exit_codes":[0]},{"command":7},{"command":"c","times":[1],"exit_codes":[0]}]}`,
			want: `failed
a time: ns lower error: no times, only their mean, which is no sample: use --export-json of a newer hyperfine
b time: ns lower error: 1 exit codes for 2 times
c time: 1e+09 ns lower
failure: a: no times, only their mean, which is no sample: use --export-json of a newer hyperfine
failure: b: 1 exit codes for 2 times
failure: a result of "results" has no command, at byte 50 (line 1)
failure: unexpected number in "command", at byte 111 (line 1)
`,
		},
		{
			name:  "an error of hyperfine itself",
			input: "Benchmark 1: ./missing\nError: Failed to run command './missing': No such file or directory (os error 2)\n",
			want: `failed
failure: hyperfine: Failed to run command './missing': No such file or directory (os error 2)
failure: no hyperfine report: run it with --export-json FILE
`,
		},
		{
			name:  "a report that is cut keeps its results and says where it ends",
			input: "{\"results\":[\n{\"command\":\"a\",\"times\":[1],\"exit_codes\":[0]},\n{\"command\":\"b\",",
			want: `failed
a time: 1e+09 ns lower
failure: the output ends in the middle of its JSON, at byte 74 (line 3)
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

// The values were read off the files by hand.
func TestCorpus(t *testing.T) {
	tests := []struct{ file, want string }{
		{"samples/hyperfine_1.15.json", `ok
sleep 0.01 {n=1} time: 1.09641e+07 1.17253e+07 1.10207e+07 ns lower
sleep 0.01 {n=1} user: 817333 ns lower
sleep 0.02 {n=2} time: 2.12137e+07 2.12067e+07 2.14369e+07 ns lower
sleep 0.02 {n=2} user: 1.00533e+06 ns lower
note: user or system times of zero (2) are below the resolution of their clock and left out
`},
		{"samples/hyperfine_1.15_single_run.json", `ok
true time: 1.52587e+06 ns lower
true user: 783000 ns lower
note: user or system times of zero (1) are below the resolution of their clock and left out
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

func TestCorpusManyRuns(t *testing.T) {
	var set bench.Set
	input := benchtest.Corpus(t, "hyperfine/bencher__hyperfine_one.json")
	if err := hyperfine.Read(bytes.NewReader(input), bench.Known{}, &set); err != nil {
		t.Fatal(err)
	}
	if set.Status() != bench.OK || len(set.Results) != 3 {
		t.Fatalf("got %s", benchtest.Describe(&set))
	}
	if values := set.Results[0].Values; len(values) != 214 || values[1] != 12721892.460000002 {
		t.Errorf("%d times, the second %v", len(values), values[1])
	}
}

func TestConform(t *testing.T) {
	benchtest.Conform(t, hyperfine.Read, map[string][]byte{
		"ok":     file(t, "ok.json"),
		"merged": file(t, "merged.txt"),
	})
}

func FuzzRead(f *testing.F) {
	benchtest.Fuzz(f, hyperfine.Read,
		[]byte(`{"results":[{"command":"a [ERROR]","stddev":null,"user":0,"system":NaN,"times":[1,0],"exit_codes":[0,null],"parameters":{"n":"1"}}]}`),
		[]byte("Error: x\n{\"results\":[{\"command\":\"a\",\"times\":[1e-3],\"memory_usage_byte\":[1]}]}\nWarning: y"))
}
