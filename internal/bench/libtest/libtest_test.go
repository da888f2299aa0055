package libtest

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/bench/benchtest"
)

const whole = `     Running benches/sums.rs (target/release/deps/sums-0123456789abcdef)

running 3 tests
test large       ... bench:     298,794.10 ns/iter (+/- 2,639.98)
test skipped     ... ignored
test tests::small ... bench:          12 ns/iter (+/- 3) = 853 MB/s

test result: ok. 0 passed; 0 failed; 1 ignored; 2 measured; 0 filtered out; finished in 0.11s
`

const bencher = "test group/Create Realm ... bench:         329 ns/iter (+/- 4)\n\ntest long ... bench:        3268 ns/iter (+/- 47)\n\n"

func TestLaws(t *testing.T) {
	benchtest.Conform(t, Read, map[string][]byte{"libtest": []byte(whole), "bencher": []byte(bencher)})
}

func FuzzRead(f *testing.F) {
	benchtest.Fuzz(f, Read, []byte(whole), []byte(bencher))
}

func read(t *testing.T, text string) *bench.Set {
	t.Helper()
	set := new(bench.Set)
	if err := Read(strings.NewReader(text), bench.Known{}, set); err != nil {
		t.Fatal(err)
	}
	return set
}

// row is one result as a line of text: package, name, metric, unit, direction.
type row struct {
	pkg, name, metric, unit string
	better                  bench.Direction
	value                   float64
}

func rows(set *bench.Set) []row {
	var list []row
	for _, r := range set.Results {
		for _, v := range r.Values {
			list = append(list, row{r.Benchmark.Package, r.Benchmark.Name, r.Metric.Name, r.Metric.Unit, r.Metric.Better, v})
		}
	}
	return list
}

func TestValuesUnitsAndTargets(t *testing.T) {
	set := read(t, whole+strings.ReplaceAll(whole, "sums", "others"))
	want := []row{
		{"sums", "large", "time", "ns/iter", bench.Lower, 298794.10},
		{"sums", "tests::small", "time", "ns/iter", bench.Lower, 12},
		{"sums", "tests::small", "throughput", "B/s", bench.Higher, 853e6},
	}
	for _, r := range want[:3] {
		r.pkg = "others"
		want = append(want, r)
	}
	if got := rows(set); !slices.Equal(got, want) {
		t.Errorf("read\n%+v\nwant\n%+v", got, want)
	}
	if set.Status() != bench.OK || !slices.Equal(set.Notes, []string{"skipped was skipped: ignored", "skipped was skipped: ignored"}) {
		t.Errorf("status %s, notes %q", set.Status(), set.Notes)
	}
}

func TestWhatGoesWrongIsNeverAPass(t *testing.T) {
	for _, test := range []struct {
		name, text string
		status     bench.Status
		missing    []string
		values     int
	}{
		{"nothing measured: the seed's ten official logs",
			"running 0 tests\n\ntest result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out\n", bench.Failed, nil, 0},
		{"a benchmark that fails",
			"running 2 tests\ntest a ... bench: 3 ns/iter (+/- 1)\ntest b ... FAILED\ntest result: FAILED. 0 passed\n", bench.Failed, nil, 1},
		{"a name torn from its result by a panic",
			"running 2 tests\ntest a ... bench: 3 ns/iter (+/- 1)\ntest b ... thread 'main' panicked at src/lib.rs:1\n", bench.Failed, []string{"b"}, 1},
		{"a result that a warning tore off is found again",
			"running 1 test\ntest a ... \nWarning: unable to complete\nbench:   3 ns/iter (+/- 1)\n", bench.OK, nil, 1},
		{"fewer than announced",
			"running 3 tests\ntest a ... bench: 3 ns/iter (+/- 1)\n", bench.Incomplete, []string{"2 of 3 announced benchmarks"}, 1},
		{"a panic of a thread with an id",
			"running 1 test\ntest a ... bench: 3 ns/iter (+/- 1)\nthread 'main' (123) panicked at src/lib.rs:1\n", bench.Failed, nil, 1},
		{"a time of zero", "test a ... bench: 0 ns/iter (+/- 0)\n", bench.Failed, nil, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			set := read(t, test.text)
			if set.Status() != test.status || !slices.Equal(set.Missing, test.missing) || len(rows(set)) != test.values {
				t.Errorf("status %s, missing %q, %d values (failures %q); want %s, %q, %d",
					set.Status(), set.Missing, len(rows(set)), set.Failures(), test.status, test.missing, test.values)
			}
		})
	}
}

func TestCorpus(t *testing.T) {
	for _, test := range []struct {
		path   string
		status bench.Status
		first  row
		values int
	}{
		{"otherbench/gab__cargo_output.txt", bench.OK, row{"", "bench_fib_10", "time", "ns/iter", bench.Lower, 135}, 2},
		{"otherbench/gab__cargo_output2.txt", bench.OK, row{"", "bench_engine_new", "time", "ns/iter", bench.Lower, 211834}, 4},
		{"otherbench/gab__cargo_output3.txt", bench.OK, row{"", "bench_fib_10", "time", "ns/iter", bench.Lower, 148.70}, 2},
		{"otherbench/bencher__rustbench_ignore.txt", bench.OK, row{"", "tests::benchmark", "time", "ns/iter", bench.Lower, 3161}, 1},
		{"otherbench/bencher__rustbench_failed.txt", bench.Failed, row{"", "tests::benchmark_a", "time", "ns/iter", bench.Lower, 3296}, 2},
		{"otherbench/gab__cargo_output_units.txt", bench.OK, row{"", "cmov", "cycles/iter", "cycles/iter", bench.Unknown, 2835}, 5},
		{"criterion/gab__criterion_bencher_output.txt", bench.OK, row{"", "Create Realm", "time", "ns/iter", bench.Lower, 329}, -1},
	} {
		set := read(t, string(benchtest.Corpus(t, test.path)))
		got := rows(set)
		if len(got) == 0 || got[0] != test.first || (test.values >= 0 && len(got) != test.values) {
			t.Errorf("%s: read %d values, the first is %+v", test.path, len(got), got[:min(1, len(got))])
		}
		if set.Status() != test.status {
			t.Errorf("%s: status %s, failures %q, missing %q", test.path, set.Status(), set.Failures(), set.Missing)
		}
		for _, r := range got {
			if math.IsNaN(r.value) {
				t.Errorf("%s: %+v", test.path, r)
			}
		}
	}
}

func TestTargetsOfOneFileNameStayApart(t *testing.T) {
	run := func(dir, name, value string) string {
		return "     Running benches/" + dir + "/x.rs (target/release/deps/" + name + "-0123456789abcdef)\n" +
			"running 1 test\ntest sum ... bench: " + value + " ns/iter (+/- 1)\n"
	}
	set := read(t, run("a", "ax", "1")+run("b", "bx", "2"))
	want := []row{{"ax", "sum", "time", "ns/iter", bench.Lower, 1}, {"bx", "sum", "time", "ns/iter", bench.Lower, 2}}
	if got := rows(set); !slices.Equal(got, want) {
		t.Errorf("read %+v, want %+v", got, want)
	}
}

// TestEveryLogOfTheSeedThatMeasuredNothingIsAFailure finds the ten official
// logs that say "0 measured" and passed.
func TestEveryLogOfTheSeedThatMeasuredNothingIsAFailure(t *testing.T) {
	logs, err := filepath.Glob(filepath.Join(benchtest.CorpusDir(t), "criterion/metal-candle/*/*_run*.txt"))
	if err != nil {
		t.Fatal(err)
	}
	empty := 0
	for _, name := range logs {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), "0 measured") {
			continue
		}
		empty++
		if set := read(t, string(text)); set.Status() != bench.Failed {
			t.Errorf("%s is %s", filepath.Base(name), set.Status())
		}
	}
	if empty != 10 {
		t.Errorf("%d logs say 0 measured, want 10", empty)
	}
}
