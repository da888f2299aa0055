package generic_test

import (
	"io"
	"strings"
	"testing"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/bench/benchtest"
	"github.com/cupel-dev/cupel/internal/bench/generic"
)

func describe(t *testing.T, input string, rules ...bench.MetricRule) string {
	t.Helper()
	var set bench.Set
	if err := generic.Read(strings.NewReader(input), bench.Known{Metrics: rules}, &set); err != nil {
		t.Fatal(err)
	}
	return benchtest.Describe(&set)
}

// rule has a pattern, and perhaps a unit.
func rule(name, pattern string, unit ...string) bench.MetricRule {
	return bench.MetricRule{Name: name, Pattern: pattern, Unit: strings.Join(unit, "")}
}

func TestReadLines(t *testing.T) {
	const labelled = `^(?P<name>[\w /=]+) = (?P<value>\S+) ?(?P<unit>\S*)$`
	tests := []struct {
		name, input string
		rules       []bench.MetricRule
		want        string
	}{
		{
			name:  "label = value unit: repeats are values, key=value segments parameters",
			input: "load = 1.5 ms\nnoise\nquery/size=8 = 2 s\nload = 1_500 us\n",
			rules: []bench.MetricRule{rule("time", labelled)},
			want: `ok
load time: 1.5e+06 1.5e+06 ns lower
query/size=8 {size=8} time: 2e+09 ns lower
`,
		},
		{
			name:  "several metrics in one line, each with the unit and name of its rule",
			input: "Trial 1: prompt_tps=512.5, generation_tps=30.25, peak=2.5\nTrial 2: prompt_tps=510, generation_tps=31, peak=2.5\n",
			rules: []bench.MetricRule{
				rule("prompt", `prompt_tps=(?P<value>[\d.]+)`, "tok/s"),
				rule("generation", `generation_tps=(?P<value>[\d.]+)`, "tok/s"),
				rule("peak", `peak=(?P<value>[\d.]+)`, "GB"),
			},
			want: `ok
prompt prompt: 512.5 510 tok/s higher
generation generation: 30.25 31 tok/s higher
peak peak: 2.5e+09 2.5e+09 B lower
`,
		},
		{
			name:  "every match in a line counts",
			input: "a 1ns b 2ns\n",
			rules: []bench.MetricRule{rule("time", `(?P<name>[ab]) (?P<value>\d+)(?P<unit>ns)`)},
			want:  "ok\na time: 1 ns lower\nb time: 2 ns lower\n",
		},
		{
			name:  "900 ns and 1 us are one unit (A17)",
			input: "load = 900 ns\nload = 1 us\n",
			rules: []bench.MetricRule{rule("time", labelled)},
			want:  "ok\nload time: 900 1000 ns lower\n",
		},
		{
			name:  "units of different kinds are an error (A17)",
			input: "load = 900 ns\nload = 1 MB\n",
			rules: []bench.MetricRule{rule("time", labelled)},
			want: `failed
load time: 900 ns lower error: metric time is in ns and in B
failure: load: metric time is in ns and in B
`,
		},
		{
			name:  "a unit nobody knows becomes the rule's, a known one has to fit it",
			input: "load = 5 t/s\nload = 6000 ops/s\nother = 1 MB\n",
			rules: []bench.MetricRule{{Name: "rate", Pattern: labelled, Unit: "ops/s"}},
			want: `failed
load rate: 5 6000 ops/s higher
other rate: B lower error: printed in MB, and the rule says ops/s
failure: other: printed in MB, and the rule says ops/s
`,
		},
		{
			name:  "without any unit the direction is the rule's, or unknown",
			input: "score = 5\n",
			rules: []bench.MetricRule{rule("score", labelled), {Name: "points", Pattern: labelled, Better: bench.Higher}},
			want:  "ok\nscore score: 5 unknown\nscore points: 5 higher\n",
		},
		{
			name:  "numbers: exponents, thousands separators, signs",
			input: "a = 1e3 x\na = 1,234,567.5 x\na = 12_000 x\na = -2.5E-1 x\na = 0 x\n",
			rules: []bench.MetricRule{rule("x", labelled)},
			want:  "ok\na x: 1000 1.23457e+06 12000 -0.25 0 x unknown\n",
		},
		{
			name:  "what is no number fails its benchmark (A17, B06)",
			input: "a = 0,5 x\nb = 1,23 x\nc = NaN x\nd = fast x\ne = 0 ns\nf = 1e999 x\n",
			rules: []bench.MetricRule{rule("x", labelled)},
			want: `failed
a x: x unknown error: "0,5" is not a number
b x: x unknown error: "1,23" is not a number
c x: x unknown error: measured NaN, which is not a number
d x: x unknown error: "fast" is not a number
e x: ns lower error: measured 0 ns: a time is never zero
f x: x unknown error: "1e999" is not a number
failure: a: "0,5" is not a number
failure: b: "1,23" is not a number
failure: c: measured NaN, which is not a number
failure: d: "fast" is not a number
failure: e: measured 0 ns: a time is never zero
failure: f: "1e999" is not a number
`,
		},
		{
			name:  "a rule that matches nothing is missing",
			input: "load = 1 ns\n",
			rules: []bench.MetricRule{rule("time", labelled), rule("rate", `rate (?P<value>\d+)`), {Name: "memory", Better: bench.Lower}},
			want:  "incomplete\nload time: 1 ns lower\nmissing: rate\n",
		},
		{
			name:  "a pattern that is none is named",
			input: "load = 1 ns\n",
			rules: []bench.MetricRule{rule("time", labelled), rule("broken", `(`), rule("mute", `\d+`)},
			want: `failed
load time: 1 ns lower
failure: metric "broken": the pattern does not compile: error parsing regexp: missing closing ): ` + "`(`" + `
failure: metric "mute": the pattern has no group (?P<value>...)
`,
		},
		{
			name:  "a value in a line without an end may be cut off",
			input: "load = 1 ns\nload = 12",
			rules: []bench.MetricRule{rule("time", labelled)},
			want: `failed
load time: 1 ns lower
failure: metric "time" matches a line without an end: the output was cut off, or does not end with a newline, or the line has more than 1048576 bytes
`,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := describe(t, test.input, test.rules...); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

func TestReadJSON(t *testing.T) {
	tests := []struct{ name, input, want string }{
		{
			name: "a list: range and extra are no values, repeats are",
			input: `[{"name":"load","unit":"ms","value":1.5,"range":"± 3","extra":"x"},{"name":"load","unit":"us","value":"1,600"},
				{"name":"load","unit":"MB","value":2},{"name":"rate/n=1","unit":"MB/s","value":3},{"name":"score","value":4},{"name":"hits","unit":"hits","value":5}]`,
			want: `ok
load time: 1.5e+06 1.6e+06 ns lower
load size: 2e+06 B lower
rate/n=1 {n=1} throughput: 3e+06 B/s higher
score value: 4 unknown
hits hits: 5 hits unknown
`,
		},
		{
			name:  "a list with entries that are none",
			input: `[{"name":"a","unit":"ns","value":0},{"name":"b","unit":"ns","value":"fast"},{"name":"c","unit":"ns"},{"value":1},7,{"name":"d","unit":"x","value":NaN}]`,
			want: `failed
a time: ns lower error: measured 0 ns: a time is never zero
b time: ns lower error: "fast" is not a number
d x: x unknown error: measured NaN, which is not a number
failure: a: measured 0 ns: a time is never zero
failure: b: "fast" is not a number
failure: d: measured NaN, which is not a number
failure: an entry without name or value, at byte 100 (line 1)
failure: an entry without name or value, at byte 112 (line 1)
failure: unexpected number, at byte 114 (line 1)
`,
		},
		{
			name: "Bencher: the built-in measures have units, others have none; bounds are no values",
			input: "Compiling\n" + `{"load":{"latency":{"value":88.5,"lower_value":80,"upper_value":90},"throughput":{"value":7}},
				"build":{"build-time":{"value":87.25},"file-size":{"value":1024},"score":{"value":3}}}` + "\ndone\n",
			want: `ok
load time: 88.5 ns lower
load throughput: 7 ops/s higher
build build-time: 8.725e+10 ns lower
build file-size: 1024 B lower
build score: 3 unknown
`,
		},
		{
			name:  "Bencher: what has no value is named, log lines are not",
			input: "{\"level\":\"info\"}\n" + `{"a":{"latency":{"value":1}},"b":{"latency":{}},"c":7,"d":{"latency":{"value":0}}}`,
			want: `failed
a time: 1 ns lower
d time: ns lower error: measured 0 ns: a time is never zero
failure: d: measured 0 ns: a time is never zero
failure: measure "latency" of benchmark "b" has no value, at byte 64 (line 2)
failure: benchmark "c" has no measures, at byte 70 (line 2)
`,
		},
		{
			name:  "neither",
			input: "hello\n",
			want:  "failed\nfailure: no results: neither a list of {name, unit, value} nor Bencher's JSON is in the output, and no metric of the suite has a pattern\n",
		},
		{
			name:  "other JSON",
			input: "{\"a\":{\"b\":1}}\n",
			want:  "failed\nfailure: measure \"b\" of benchmark \"a\" has no value, at byte 12 (line 1)\n",
		},
		{
			name:  "a list that is cut keeps its entries and says where it ends",
			input: "[{\"name\":\"a\",\"unit\":\"ns\",\"value\":1},\n{\"name\":\"b\"",
			want:  "failed\na time: 1 ns lower\nfailure: the output ends in the middle of its JSON, at byte 48 (line 2)\n",
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

// Any tool's lines can be read with a pattern; Catch2's are spread over three.
func TestCorpusCatch2(t *testing.T) {
	input := string(benchtest.Corpus(t, "otherbench/gab__catch2_output_v3.txt"))
	mean := rule("mean", `^ +(?P<value>[\d.]+) (?P<unit>ns|us)  +[\d.]+ .s +[\d.]+ .s $`)
	want := "ok\nmean mean: 344 19 41731 3256 36 4 3789 362 ns lower\n"
	if got := describe(t, input, mean); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestCorpusLibtest(t *testing.T) {
	input := string(benchtest.Corpus(t, "otherbench/gab__cargo_output.txt"))
	time := rule("time", `^test (?P<name>\S+) +\.\.\. bench: +(?P<value>[\d,.]+) (?P<unit>ns/iter)`)
	want := "ok\nbench_fib_10 time: 135 ns/iter lower\nbench_fib_20 time: 18149 ns/iter lower\n"
	if got := describe(t, input, time); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// withRules reads as for a suite with patterns.
func withRules(r io.Reader, _ bench.Known, set *bench.Set) error {
	return generic.Read(r, bench.Known{Metrics: []bench.MetricRule{
		rule("time", `^(?P<name>\w+) (?P<value>\S+) (?P<unit>ns|us)`),
		rule("rate", `rate=(?P<value>[\d.]+)`, "tok/s"),
	}}, set)
}

func TestConform(t *testing.T) {
	benchtest.Conform(t, generic.Read, map[string][]byte{
		"list":    []byte("noise\n[{\"name\":\"a\",\"unit\":\"us\",\"value\":1.5},\n{\"name\":\"b\",\"unit\":\"x\",\"value\":\"25\"}]\nnoise\n"),
		"bencher": []byte("{\"level\":1}\n{\"a\":{\"latency\":{\"value\":12.5,\"lower_value\":11}},\n\"b\":{\"score\":{\"value\":25}}}\n"),
	})
}

func TestConformWithRules(t *testing.T) {
	benchtest.Conform(t, withRules, map[string][]byte{
		"lines": []byte("start\nload 12.5 ns\nquery 250 us\nTrial 1: rate=33.5, x\nload 13 ns\n"),
	})
}

func FuzzRead(f *testing.F) {
	benchtest.Fuzz(f, generic.Read,
		[]byte(`[{"name":"a","unit":"us","value":1.5},{"name":"b","value":"1,000"},{}]`),
		[]byte("{\"l\":1}\n"+`{"a":{"latency":{"value":NaN},"x":{"value":1}},"b":{}}`))
}

func FuzzReadLines(f *testing.F) {
	benchtest.Fuzz(f, withRules,
		[]byte("load 12.5 ns\nquery 1,250 us\nrate=33.5\nload NaN ns\n"),
		[]byte("load 0 ns\r\nload 0,5 us"))
}
