package pytest_test

import (
	"os"
	"strings"
	"testing"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/bench/benchtest"
	"github.com/cupel-dev/cupel/internal/bench/pytest"
)

func describe(t *testing.T, input string) string {
	t.Helper()
	var set bench.Set
	if err := pytest.Read(strings.NewReader(input), bench.Known{}, &set); err != nil {
		t.Fatal(err)
	}
	return benchtest.Describe(&set)
}

// rounds is a report of pytest-benchmark 3.2.2, the host's data replaced.
func rounds(t testing.TB) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/rounds.json")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// report is a report with the given benchmarks.
func report(list ...string) string {
	return `{"machine_info":{"node":"host"},"benchmarks":[` + strings.Join(list, ",") + `],"version":"5.2.3"}`
}

func TestRead(t *testing.T) {
	tests := []struct{ name, input, want string }{
		{
			name:  "rounds are values, the file is the package, an object's address is no part of a parameter",
			input: string(rounds(t)),
			want: `ok
test_sums.py test_sum[10] {n=10} time: 135.25 107.49 103.29 ns lower
test_sums.py test_sum[10] {n=10} bytes: 80 unknown
test_sums.py test_sum[1000] {n=1000} time: 8444.4 89813.8 8433.58 ns lower
test_sums.py test_sum[1000] {n=1000} bytes: 8000 unknown
test_sums.py TestGroup::test_sort[shape0] {shape=UNSERIALIZABLE[<test_sums.Shape object>]} time: 136.16 117.73 110.31 ns lower
`,
		},
		{
			name: "without rounds the median is the value",
			input: report(`{"name":"test_a","fullname":"t/b.py::test_a","group":null,"params":null,"extra_info":{},"stats":{"median":2e-6,"mean":3e-6}}`,
				`{"name":"test_b","stats":{"data":[],"median":3e-6,"ops":Infinity,"stddev":NaN}}`),
			want: `ok
t/b.py test_a time: 2000 ns lower
test_b time: 3000 ns lower
`,
		},
		{
			name: "parameters of any kind are text",
			input: report(`{"fullname":"b.py::t[x]","params":{"s":"x","f":1.50,"b":true,"n":null,"l":[1,"a"]},"stats":{"data":[1]}}`,
				`{"fullname":"whole","stats":{"data":[1]}}`),
			want: `ok
b.py t[x] {b=true} {f=1.50} {l=[1,"a"]} {n=null} {s=x} time: 1e+09 ns lower
whole time: 1e+09 ns lower
`,
		},
		{
			name: "a benchmark that says it is wrong has no value",
			input: report(`{"fullname":"b.py::a","extra_info":{"correct":false,"n":1},"stats":{"data":[1]}}`,
				`{"fullname":"b.py::b","extra_info":{"correct":true,"hz":NaN,"time":4,"text":"5"},"stats":{"data":[1]}}`),
			want: `failed
b.py a time: ns lower error: the benchmark itself says that its result is wrong (extra_info.correct)
b.py b time: 1e+09 ns lower
b.py b hz: unknown error: measured NaN, which is not a number
b.py b extra_info time: 4 unknown
failure: a: the benchmark itself says that its result is wrong (extra_info.correct)
failure: b: measured NaN, which is not a number
`,
		},
		{
			name: "zero, NaN and text are no times (B06)",
			input: report(`{"fullname":"b.py::a","stats":{"data":[1,0]}}`, `{"fullname":"b.py::b","stats":{"data":[1,NaN]}}`,
				`{"fullname":"b.py::c","stats":{"data":[1,"..."]}}`),
			want: `failed
b.py a time: 1e+09 ns lower error: measured 0 ns: a time is never zero
b.py b time: 1e+09 ns lower error: measured NaN, which is not a number
b.py c time: 1e+09 ns lower error: measured NaN, which is not a number
failure: a: measured 0 ns: a time is never zero
failure: b: measured NaN, which is not a number
failure: c: measured NaN, which is not a number
`,
		},
		{
			name:  "benchmarks that say too little",
			input: report(`{"fullname":"b.py::a","stats":{}}`, `{"stats":{"data":[1]}}`, `{"fullname":1}`, `{"fullname":"b.py::c","stats":{"median":1}}`),
			want: `failed
b.py a time: ns lower error: the report has neither rounds nor a median
b.py c time: 1e+09 ns lower
failure: a: the report has neither rounds nor a median
failure: a benchmark of "benchmarks" has no name, at byte 102 (line 1)
failure: unexpected number in "fullname", at byte 117 (line 1)
`,
		},
		{
			name: "a test that failed is not in the report, but in the lines around it",
			input: "...F.   [100%]\n" + report(`{"fullname":"b.py::a","stats":{"data":[1]}}`) +
				"\n=== short test summary info ===\nFAILED b.py::test_broken - ZeroDivisionError: division by zero\nFAILED to clean up\n",
			want: `failed
b.py a time: 1e+09 ns lower
failure: pytest: FAILED b.py::test_broken - ZeroDivisionError: division by zero
`,
		},
		{
			name:  "no report",
			input: "1 passed in 2.32s\n",
			want: `failed
failure: no pytest-benchmark report: run pytest with --benchmark-json=FILE
`,
		},
		{
			name:  "a report that is cut keeps its benchmarks and says where it ends",
			input: "{\"benchmarks\":[\n{\"fullname\":\"b.py::a\",\"stats\":{\"data\":[1]}},\n{\"fullname\":\"b.py::b\",\"stats\":{\"data\":[1,",
			want: `failed
b.py a time: 1e+09 ns lower
failure: the output ends in the middle of its JSON, at byte 102 (line 3)
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
		{"samples/pytest_benchmark_3.2.2.json", `ok
test_b.py test_fib[10] {n=10} time: 5152.7 4885.3 4890.3 4861.2 4845.2 ns lower
`},
		{"pytest/pytestbench__0001.json", `ok
tests/test_normal.py test_xfast_parametrized[0] time: 220.166 ns lower
`},
		{"pytest/pytestbench__0010.json", `ok
tests/test_normal.py test_xfast_parametrized[0] time: 221.629 ns lower
`},
		// Somebody shortened the rounds of this one and left a text among them.
		{"pytest/gab__pytest_output.json", `failed
bench.py test_fib_10 time: 32153 28707 24895 24873 ns lower error: measured NaN, which is not a number
bench.py test_fib_20 time: 3.28745e+06 3.17211e+06 2.99342e+06 3.16092e+06 ns lower error: measured NaN, which is not a number
failure: test_fib_10: measured NaN, which is not a number
failure: test_fib_20: measured NaN, which is not a number
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

func TestConform(t *testing.T) {
	benchtest.Conform(t, pytest.Read, map[string][]byte{
		"rounds": []byte(report(`{"name":"t[1]","fullname":"b.py::t[1]","params":{"n":1},"extra_info":{"hits":3},"stats":{"median":1.5,"data":[1,2.5,1.5]}}`)),
		"median": []byte("...   [100%]\n" + report(`{"name":"t","fullname":"b.py::t","stats":{"median":1.5,"ops":Infinity}}`) + "\nWrote it.\n"),
	})
}

func FuzzRead(f *testing.F) {
	benchtest.Fuzz(f, pytest.Read,
		[]byte(report(`{"name":"t[1]","fullname":"b.py::t[1]","params":{"n":[1,null]},"extra_info":{"hits":3,"correct":true},"stats":{"median":1.5,"data":[1,NaN,"x"]}}`)),
		[]byte("FAILED a::b\n"+report(`{"fullname":"b.py::t","params":{"o":"<o at 0x1f>"},"stats":{"median":1.5}}`)))
}
