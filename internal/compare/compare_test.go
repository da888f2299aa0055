package compare

import (
	"bytes"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/bench/benchtest"
	"github.com/cupel-dev/cupel/internal/report"
)

var (
	allocs = bench.Metric{Name: "allocs", Unit: "allocs/op", Better: bench.Lower}
	rate   = bench.Metric{Name: "throughput", Unit: "B/s", Better: bench.Higher}
)

// source makes a side with one benchmark, "A".
func source(m bench.Metric, runs ...float64) *Source {
	s := &Source{Name: "x", Machine: "m"}
	s.append(result{id{"", bench.Benchmark{Name: "A"}, m.Name}, m, runs})
	return s
}

// must compares, and checks that the comparison can be written and read.
func must(t *testing.T, base, head *Source) *report.Comparison {
	t.Helper()
	c := Compare(base, head, 0.02).Comparison
	var b bytes.Buffer
	if err := c.Write(&b); err != nil {
		t.Fatal(err)
	}
	if _, err := report.ReadComparison(&b); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestVerdictOfOneBenchmark(t *testing.T) {
	five := func(v float64) []float64 { return []float64{v, v * 1.001, v * 0.999, v * 1.002, v} }
	for _, test := range []struct {
		name       string
		metric     bench.Metric
		base, head []float64
		want       report.Verdict
		reason     string
	}{
		{"slower", bench.Time, five(100), five(110), report.Regression, ""},
		{"faster", bench.Time, five(110), five(100), report.Improvement, ""},
		{"equal", bench.Time, five(100), five(100.1), report.Unchanged, ""},
		{"a rate that falls", rate, five(110), five(100), report.Regression, ""},
		{"a rate that rises", rate, five(100), five(110), report.Improvement, ""},
		{"too noisy", bench.Time, []float64{90, 100, 130, 99}, []float64{95, 120, 140, 98}, report.Inconclusive, "4 and 4 runs"},
		{"B01: one wild value", bench.Time, []float64{3.0903, 3.0868, 3.3333, 3.0883, 3.3354},
			[]float64{13.582, 3.0887, 3.2543, 3.0916, 3.3333}, report.Inconclusive, "5 and 5 runs"},
		{"B03: bimodal bytes", bench.Memory, []float64{3.6e6, 7.9e6, 3.6e6, 7.9e6, 3.6e6},
			[]float64{7.9e6, 3.6e6, 7.9e6, 7.9e6, 3.6e6}, report.Inconclusive, "5 and 5 runs"},
		{"B04: one run", bench.Time, []float64{100}, []float64{150}, report.Inconclusive, "1 and 1 runs, and 4 of each are the least"},
		{"B04: two runs", bench.Time, []float64{100, 101}, []float64{150, 151}, report.Inconclusive, "2 and 2 runs, and 4 of each are the least"},
		{"B04: three runs", bench.Time, []float64{100, 101, 102}, []float64{150, 151, 152}, report.Inconclusive, "3 and 3 runs, and 4 of each are the least"},
		{"B04: four runs", bench.Time, []float64{100, 101, 102, 103}, []float64{150, 151, 152, 153}, report.Regression, ""},
		{"B04: below the threshold", bench.Time, []float64{100, 100, 100, 100, 100}, []float64{101, 101, 101, 101, 101}, report.Unchanged, ""},
		{"B06: zero to zero", allocs, []float64{0, 0}, []float64{0, 0}, report.Unchanged, ""},
		{"A17: zero to something", allocs, []float64{0, 0}, []float64{5, 5}, report.Regression, report.ZeroBase},
		{"something to zero", allocs, []float64{5, 5}, []float64{0, 0}, report.Improvement, "head is zero"},
		{"a rate from zero", rate, []float64{0, 0}, []float64{5, 5}, report.Improvement, report.ZeroBase},
		{"sometimes zero", allocs, []float64{0, 1}, []float64{1, 1}, report.Inconclusive, "some of the values are zero"},
		{"one allocation more", allocs, []float64{1, 1}, []float64{2, 2}, report.Regression, ""},
		{"by any factor slower", bench.Time, five(1), five(1e300), report.Regression, ""},
		{"by any factor faster", bench.Time, five(1e300), five(1), report.Improvement, ""},
		{"one run by any factor", bench.Time, []float64{1}, []float64{1e300}, report.Inconclusive, "1 and 1 runs, and 4 of each are the least"},
		{"negative", bench.Memory, five(-5), five(-9), report.Inconclusive, "some of the values are negative, and have no ratio"},
		{"A08: an unknown direction", bench.Metric{Name: "hits", Better: bench.Unknown}, five(1), five(2), report.NotComparable, report.UnknownDirection},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := must(t, source(test.metric, test.base...), source(test.metric, test.head...))
			b := c.Benchmarks[0]
			if b.Verdict != test.want || b.Reason != test.reason {
				t.Errorf("%s (%s), want %s (%s); %+v", b.Verdict, b.Reason, test.want, test.reason, b)
			}
		})
	}
}

func TestUnitsAreComparedAsUnits(t *testing.T) {
	ops := bench.Metric{Name: "time", Unit: "ops/s", Better: bench.Higher}
	c := must(t, source(bench.Time, 1, 1), source(ops, 2, 2))
	if b := c.Benchmarks[0]; b.Verdict != report.NotComparable || !strings.HasPrefix(b.Reason, report.OtherUnit) {
		t.Errorf("A17: %+v", b)
	}
	if c.Verdict != report.Failed {
		t.Errorf("nothing was compared, and the verdict is %s", c.Verdict)
	}
}

// TestOtherMachinesGetNoVerdict is case B09: every benchmark 1.5 times slower.
func TestOtherMachinesGetNoVerdict(t *testing.T) {
	base, head := source(bench.Time, 100, 100, 100, 100), source(bench.Time, 150, 150, 150, 150)
	base.Machine, head.Machine = "Model A @3.5GHz", "Model B @3.2GHz"
	c := must(t, base, head)
	if c.Verdict != report.Neutral || c.Benchmarks[0].Verdict != report.NotComparable || c.Benchmarks[0].Ratio != nil {
		t.Errorf("%+v", c)
	}
	if !strings.Contains(c.Reason, "Model A @3.5GHz and Model B @3.2GHz") {
		t.Errorf("reason is %q", c.Reason)
	}
}

// TestWhatAFailedSideLacksIsNotRemoved is case A07.
func TestWhatAFailedSideLacksIsNotRemoved(t *testing.T) {
	base, head := source(bench.Time, 1, 1, 1, 1), source(bench.Time, 1, 1, 1, 1)
	base.append(result{id{"", bench.Benchmark{Name: "Boom"}, "time"}, bench.Time, []float64{1, 1}})
	head.append(result{id{"", bench.Benchmark{Name: "New"}, "time"}, bench.Time, []float64{1, 1}})
	verdicts := func() (list []string) {
		for _, b := range must(t, base, head).Benchmarks {
			list = append(list, b.Name+" "+string(b.Verdict))
		}
		return list
	}
	if got, want := verdicts(), []string{"A unchanged", "Boom removed", "New added"}; !slices.Equal(got, want) {
		t.Errorf("both whole: %q, want %q", got, want)
	}
	head.Failures = []string{"panic"}
	if got, want := verdicts(), []string{"A unchanged", "Boom failed", "New added"}; !slices.Equal(got, want) {
		t.Errorf("head failed: %q, want %q", got, want)
	}
	if c := must(t, base, head); c.Verdict != report.Failed || c.Reason != "head: panic" {
		t.Errorf("head failed: %s, %q", c.Verdict, c.Reason)
	}
}

func TestSameSubjectIsNoRegression(t *testing.T) {
	base, head := source(bench.Time, 100, 100, 100, 100), source(bench.Time, 110, 110, 110, 110)
	if c := must(t, base, head); c.Verdict != report.Regression {
		t.Fatalf("verdict is %s", c.Verdict)
	}
	base.Subject, head.Subject = "sha256:1", "sha256:1"
	if c := must(t, base, head); c.Verdict != report.Neutral || c.Benchmarks[0].Verdict != report.Inconclusive {
		t.Errorf("%+v", c)
	}
}

func TestNothingDecidedIsNoPass(t *testing.T) {
	if c := must(t, source(bench.Time, 100), source(bench.Time, 100)); c.Verdict != report.Neutral {
		t.Errorf("one run each: %s", c.Verdict)
	}
	other := source(bench.Time, 1, 1)
	other.results[0].id.benchmark.Name = "B"
	other.index = map[id]int{other.results[0].id: 0}
	if c := must(t, source(bench.Time, 1, 1), other); c.Verdict != report.Failed {
		t.Errorf("nothing in common: %s", c.Verdict)
	}
}

func TestNamesSayWhatTellsBenchmarksApart(t *testing.T) {
	base := &Source{Machine: "m"}
	for _, b := range []bench.Benchmark{{Package: "m/cache", Name: "Append", Procs: 4}, {Package: "m/csrf", Name: "Append", Procs: 4}, {Package: "m/csrf", Name: "Append", Procs: 8}} {
		base.append(result{id{"", b, "time"}, bench.Time, []float64{1, 1}})
	}
	var names []string
	for _, b := range must(t, base, base).Benchmarks {
		names = append(names, b.Name)
	}
	if want := []string{"m/cache Append (procs 4)", "m/csrf Append (procs 4)", "m/csrf Append (procs 8)"}; !slices.Equal(names, want) {
		t.Errorf("A04: %q, want %q", names, want)
	}
}

// TestDetectableEffectIsTheOneOfTheNormalModel recomputes the MDE where the
// interval is that of known normal noise: (z + 0.84)·s.
func TestDetectableEffectIsTheOneOfTheNormalModel(t *testing.T) {
	c := must(t, source(bench.Time, 90, 100, 110, 100), source(bench.Time, 90, 100, 110, 100))
	b := c.Benchmarks[0]
	half := math.Log(*b.High / *b.Low) / 2
	if want := math.Expm1(half * (1 + 0.8416/1.96)); math.Abs(*b.MDE-want) > 1e-4*want {
		t.Errorf("MDE is %v, want %v", *b.MDE, want)
	}
}

// stream reads the recorded A/A runs of one binary, by benchmark.
func stream(t *testing.T) map[string][]float64 {
	t.Helper()
	runs := make(map[string][]float64)
	for line := range strings.Lines(string(benchtest.Corpus(t, "samples/aa_go_1200_runs_stream.txt"))) {
		fields := strings.Fields(line)
		if len(fields) != 3 {
			continue
		}
		v, err := strconv.ParseFloat(fields[2], 64)
		if err != nil {
			t.Fatal(err)
		}
		runs[fields[1]] = append(runs[fields[1]], v)
	}
	return runs
}

// blocks judges consecutive blocks of n runs of equal programs, the second
// slowed down by the given factor, and counts the regressions.
func blocks(t *testing.T, n int, slowdown float64) (comparisons, regressions int) {
	runs := stream(t)
	for at := 0; at+2*n <= len(runs["BenchmarkSha"]); at += n {
		base, head := &Source{Machine: "m"}, &Source{Machine: "m"}
		for name, values := range runs {
			i := id{"", bench.Benchmark{Name: name}, "time"}
			slowed := slices.Clone(values[at+n : at+2*n])
			for k := range slowed {
				slowed[k] *= slowdown
			}
			base.append(result{i, bench.Time, values[at : at+n]})
			head.append(result{i, bench.Time, slowed})
		}
		comparisons++
		if Compare(base, head, 0.02).Comparison.Verdict == report.Regression {
			regressions++
		}
	}
	return comparisons, regressions
}

// TestFalseAlarmsOnRecordedBlocks holds the figures of [Compare]. Blocks of
// consecutive runs differ by the drift of the machine as well, so that the 2.5 %
// that the method allows is exceeded where many runs make drift visible.
func TestFalseAlarmsOnRecordedBlocks(t *testing.T) {
	for _, test := range []struct {
		runs                int
		falseAlarms, misses int // at most, as recorded
	}{
		{5, 5, 32}, {10, 4, 12}, {20, 4, 2},
	} {
		n, alarms := blocks(t, test.runs, 1)
		if alarms > test.falseAlarms {
			t.Errorf("%d runs: %d of %d comparisons of equal programs raise an alarm", test.runs, alarms, n)
		}
		if n, found := blocks(t, test.runs, 1.10); n-found > test.misses {
			t.Errorf("%d runs: 10 %% slower is found in %d of %d comparisons", test.runs, found, n)
		}
	}
}
