package criterion_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/bench/benchtest"
	"github.com/cupel-dev/cupel/internal/bench/criterion"
)

// timeLine and rateLine match what is measured and no change: the oracle of
// how much a log holds.
var (
	timeLine = regexp.MustCompile(`(?m)time:   \[[0-9. ]+ [^%\]]+\]$`)
	rateLine = regexp.MustCompile(`(?m)thrpt:  \[[0-9. ]+ [^%\]]+\]$`)
)

func count(set *bench.Set, metric string) int {
	n := 0
	for _, r := range set.Results {
		if r.Metric.Name == metric {
			n += len(r.Values)
		}
	}
	return n
}

// The 60 logs are three official sessions of one project. Ten of them ran
// libtest's harness, measured nothing, and passed there.
func TestCorpusLogs(t *testing.T) {
	dir := filepath.Join(benchtest.CorpusDir(t), "criterion", "metal-candle")
	files, err := filepath.Glob(filepath.Join(dir, "*", "*_run?.txt"))
	if err != nil || len(files) != 60 {
		t.Fatalf("found %d logs, error %v", len(files), err)
	}
	empty := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var set bench.Set
		if err := criterion.Read(bytes.NewReader(text), bench.Known{}, &set); err != nil {
			t.Fatal(err)
		}
		times, rates := len(timeLine.FindAll(text, -1)), len(rateLine.FindAll(text, -1))
		if count(&set, "time") != times || count(&set, "throughput") != rates {
			t.Errorf("%s: read %d times and %d throughputs, want %d and %d", file, count(&set, "time"), count(&set, "throughput"), times, rates)
		}
		want := bench.OK
		if bytes.Contains(text, []byte("0 measured")) {
			want = bench.Failed
			empty++
		}
		if set.Status() != want {
			t.Errorf("%s: %s, want %s: %q %q", file, set.Status(), want, set.Failures(), set.Missing)
		}
	}
	if empty != 10 {
		t.Errorf("%d logs measured nothing, want 10", empty)
	}
}

// The values are those of case B01 in cases.md.
func TestCorpusB01(t *testing.T) {
	tests := []struct {
		session string
		want    []float64 // ms
	}{
		{"20251211_203943", []float64{3.0903, 3.0868, 3.3333, 3.0883, 3.3354}},
		{"20251217_125054", []float64{13.5820, 3.0887, 3.2543, 3.0916, 3.3333}},
	}
	b := bench.Benchmark{Package: "training", Name: "full_training_step/complete_iteration"}
	for _, tt := range tests {
		for i, want := range tt.want {
			text := benchtest.Corpus(t, "criterion/metal-candle/"+tt.session+"/training_run"+string(rune('1'+i))+".txt")
			var set bench.Set
			if err := criterion.Read(bytes.NewReader(text), bench.Known{}, &set); err != nil {
				t.Fatal(err)
			}
			at := slices.IndexFunc(set.Results, func(r *bench.Result) bool { return r.Benchmark == b && r.Metric == bench.Time })
			if at < 0 || len(set.Results[at].Values) != 1 {
				t.Fatalf("%s run %d has no single value", tt.session, i+1)
			}
			if got := set.Results[at].Values[0] / 1e6; got-want > 1e-9 || want-got > 1e-9 {
				t.Errorf("%s run %d: %v ms, want %v", tt.session, i+1, got, want)
			}
		}
	}
}

func TestCorpusText(t *testing.T) {
	tests := []struct{ file, want string }{
		{"bencher__criterion_dogfood.txt", `ok
Adapter::Magic (JSON) time: 3463.2 ns lower
Adapter::Json time: 3479.6 ns lower
Adapter::Magic (Rust) time: 14726 ns lower
Adapter::Rust time: 14884 ns lower
`},
		// A page of documentation: it ends in intervals without a benchmark.
		{"criterion__command_line_output.md", `failed
alloc time: 2.5306e+06 1.254e+06 1.263e+06 ns lower
alloc throughput: 4.14366e+08 B/s higher
benchmark time: 0.45366 ns lower
failure: line 37 has a time without the title of a benchmark
note: alloc has more than one time: several benchmarks have this id, or these are several runs
`},
		{"gab__criterion_bencher_output.txt", `failed
failure: results in the bencher format of libtest, 4 of them, are not read here: use format "libtest"
note: Unable to complete 100 samples in 5.0s. You may wish to increase target time to 8.5s, enable flat sampling, or reduce sample count to 50.
`},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			var set bench.Set
			if err := criterion.Read(bytes.NewReader(benchtest.Corpus(t, "criterion/"+tt.file)), bench.Known{}, &set); err != nil {
				t.Fatal(err)
			}
			if got := benchtest.Describe(&set); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

// The tree is of a version before 0.3.3. Its values agree with the medians that
// criterion wrote beside the samples.
func TestCorpusTree(t *testing.T) {
	dir := filepath.Join(benchtest.CorpusDir(t), "criterion", "tree_book")
	var set bench.Set
	if err := criterion.ReadTree(os.DirFS(dir), time.Time{}, &set); err != nil {
		t.Fatal(err)
	}
	want := map[string]float64{ // Median.point_estimate of new/estimates.json
		"Fibonacci/Iterative": 4.670911442470985, "Fibonacci/Recursive": 19158.025568181816, "Fibonacci2/Iterative/20": 4.669174721938917, "Fibonacci2/Recursive/20": 19165.752851799363,
	}
	if len(set.Results) != len(want) || set.Status() != bench.OK {
		t.Fatalf("%s", benchtest.Describe(&set))
	}
	for _, r := range set.Results {
		if d := r.Values[0]/want[r.Benchmark.Name] - 1; d > 1e-12 || d < -1e-12 {
			t.Errorf("%v: %v, want %v", r.Benchmark, r.Values, want[r.Benchmark.Name])
		}
	}
}
