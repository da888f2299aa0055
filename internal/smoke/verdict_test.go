package smoke

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/checkout"
	"github.com/cupel-dev/cupel/internal/config"
	"github.com/cupel-dev/cupel/internal/report"
)

func TestTheWholeVerdict(t *testing.T) {
	is := func(v report.Verdict, pairs int) report.Benchmark {
		return report.Benchmark{Name: "A", Verdict: v, Pairs: pairs, Reason: "why"}
	}
	waived := report.Benchmark{Name: "W", Verdict: report.Regression, Pairs: 9, Reason: report.Waived}
	for name, tc := range map[string]struct {
		rows []report.Benchmark
		want report.Verdict
	}{
		"a regression":                         {[]report.Benchmark{is(report.Unchanged, 9), is(report.Regression, 9)}, report.Regression},
		"a waived one only":                    {[]report.Benchmark{waived}, report.Pass},
		"a failure comes before a regression":  {[]report.Benchmark{is(report.Regression, 9), is(report.Failed, 0)}, report.Failed},
		"nothing found":                        {[]report.Benchmark{is(report.Unchanged, 9), is(report.Inconclusive, 9)}, report.Pass},
		"nothing decided":                      {[]report.Benchmark{is(report.Inconclusive, 9), is(report.Removed, 0)}, report.Neutral},
		"one removed, the rest compared":       {[]report.Benchmark{is(report.Unchanged, 9), is(report.Removed, 0)}, report.Pass},
		"no pair at all":                       {[]report.Benchmark{is(report.Inconclusive, 0)}, report.Failed},
		"all removed":                          {[]report.Benchmark{is(report.Removed, 0)}, report.Failed},
		"all added (G09)":                      {[]report.Benchmark{is(report.Added, 0)}, report.Neutral},
		"all renamed":                          {[]report.Benchmark{is(report.Added, 0), is(report.Removed, 0)}, report.Failed},
		"nothing that can be compared":         {[]report.Benchmark{is(report.NotComparable, 0)}, report.Neutral},
		"no benchmark in either version (A07)": {nil, report.Failed},
	} {
		v, reason := conclusionOf(tc.rows)
		if v != tc.want {
			t.Errorf("%s: %s, want %s", name, v, tc.want)
		}
		if (v == report.Failed || v == report.Neutral) && reason == "" {
			t.Errorf("%s: no reason", name)
		}
	}
}

func TestAPercentageReadsAsItWasWritten(t *testing.T) {
	for share, want := range map[float64]string{0: "0 %", 0.02: "2 %", 0.07: "7 %", 0.0125: "1.25 %", 90: "9000 %", 1e4: "1000000 %"} {
		if got := percent(share); got != want {
			t.Errorf("%v: %q, want %q", share, got, want)
		}
	}
}

// I05: a waiver is bound to benchmark, metric, baseline and limit, and expires.
// What the baseline depends on, base says: head cannot exclude what differs.
func TestWaivers(t *testing.T) {
	baseSubject := config.Subject{Exclude: []string{"*.md"}}
	waiver := config.Waiver{
		Benchmark: "lora: Lora/rank=8", Metric: "time", Limit: 0.08, Baseline: "3f2a91c", Reason: "bounds check added",
		Expires: config.LocalDate{Year: 2027, Month: 3, Day: 1},
	}
	with := func(change func(*config.Waiver)) config.Waiver {
		w := waiver
		change(&w)
		return w
	}
	for name, tc := range map[string]struct {
		waiver config.Waiver
		ratio  float64
		today  string
		same   bool // base is measured as the baseline is
		want   string
	}{
		"accepted":                {waiver, 1.06, "2026-12-01", true, report.Waived},
		"on its last day":         {waiver, 1.06, "2027-03-01", true, report.Waived},
		"expired":                 {waiver, 1.06, "2027-03-03", true, "not waived: the waiver expired on 2027-03-01"},
		"over its limit":          {waiver, 1.09, "2026-12-01", true, "not waived: more than the 8 %"},
		"for another baseline":    {waiver, 1.06, "2026-12-01", false, "not waived: the waiver is for the baseline 3f2a91c"},
		"without a baseline":      {with(func(w *config.Waiver) { w.Baseline = "" }), 1.06, "2026-12-01", true, "not waived: the waiver names no baseline"},
		"for a name, which moves": {with(func(w *config.Waiver) { w.Baseline = "main" }), 1.06, "2026-12-01", true, "not waived: the waiver's baseline \"main\" is no id"},
		"for a letter or two":     {with(func(w *config.Waiver) { w.Baseline = "abc" }), 1.06, "2026-12-01", true, "not waived: the waiver's baseline \"abc\" is no id"},
		"for a commit that is not here": {with(func(w *config.Waiver) { w.Baseline = "beef123" }), 1.06, "2026-12-01", true,
			"not waived: the waiver's baseline is not known: the commit beef123 is not in this clone (its whole id"},
		"for base itself":              {with(func(w *config.Waiver) { w.Baseline = "abc1234" }), 1.06, "2026-12-01", false, report.Waived},
		"for base in capitals":         {with(func(w *config.Waiver) { w.Baseline = "ABC1234" }), 1.06, "2026-12-01", false, report.Waived},
		"for another metric":           {with(func(w *config.Waiver) { w.Metric = "bytes" }), 1.06, "2026-12-01", true, ""},
		"for another benchmark":        {with(func(w *config.Waiver) { w.Benchmark = "lora: Lora/rank=4" }), 1.06, "2026-12-01", true, ""},
		"of another suite's benchmark": {with(func(w *config.Waiver) { w.Benchmark = "other: Lora/rank=8" }), 1.06, "2026-12-01", true, ""},
	} {
		today, err := time.Parse(time.DateOnly, tc.today)
		if err != nil {
			t.Fatal(err)
		}
		c := &comparison{
			Options: Options{
				Pair: &checkout.Pair{Base: checkout.Side{Commit: "abc1234567"}}, Today: today,
				SameAsBase: func(_ context.Context, commit string, c *config.Config) (bool, error) {
					if commit == "beef123" {
						return false, &checkout.BaseError{Reason: "the commit beef123 is not in this clone", Advice: "Fetch it."}
					}
					return tc.same && slices.Equal(c.Subject.Exclude, baseSubject.Exclude), nil
				},
			},
			rules: &rules{
				base: &config.Config{Waivers: []config.Waiver{tc.waiver}, Subject: baseSubject},
				head: &config.Config{Subject: config.Subject{Exclude: []string{"**"}}},
			},
		}
		c.result.Benchmarks = []report.Benchmark{{Suite: "lora", Name: "Lora/rank=8", Metric: "time", Verdict: report.Regression, Ratio: &tc.ratio}}
		if err := c.waive(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := c.result.Benchmarks[0].Reason; !strings.HasPrefix(got, tc.want) || (tc.want == "") != (got == "") {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}

func TestAChangeOfTheRulesIsTold(t *testing.T) {
	for name, tc := range map[string]struct {
		edit func(*config.Config)
		want string
	}{
		"nothing":     {func(*config.Config) {}, ""},
		"threshold":   {func(c *config.Config) { c.Smoke.Threshold = 0.5 }, "the threshold of 2 % into 50 %"},
		"budget":      {func(c *config.Config) { c.Smoke.Budget = time.Second }, "the budget of 2m0s into 1s"},
		"waivers":     {func(c *config.Config) { c.Waivers = []config.Waiver{{Benchmark: "s: A"}} }, "edits waivers"},
		"a subject":   {func(c *config.Config) { c.Subject.Exclude = []string{"**"} }, "which files count as measured"},
		"a metric":    {func(c *config.Config) { c.Suites[0].Metrics = []bench.MetricRule{{Name: "time", Tolerance: 9}} }, "how metrics are judged"},
		"a new suite": {func(c *config.Config) { c.Suites = append(c.Suites, bench.Suite{Name: "t"}) }, ""},
	} {
		r := plainRules()
		r.base.Suites = []bench.Suite{{Name: "s"}}
		r.head.Suites = []bench.Suite{{Name: "s"}}
		tc.edit(r.head)
		if got := r.edited(); !strings.Contains(got, tc.want) || (tc.want == "") != (got == "") {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}

func TestFilters(t *testing.T) {
	only := []bench.Benchmark{{Name: "Join/size=4"}, {Name: "Sum(a|b)"}}
	for name, tc := range map[string]struct {
		suite bench.Suite
		want  []string
	}{
		"go": {
			bench.Suite{Format: "gobench", Run: []string{"x.test", "-test.bench=.", "-test.v"}},
			[]string{"x.test", `-test.bench=^BenchmarkJoin$/^size=4$|^BenchmarkSum\(a\|b\)$`, "-test.v"},
		},
		"go without a pattern cannot be narrowed": {bench.Suite{Format: "gobench", Run: []string{"./bench.sh"}}, nil},
		"criterion through cargo": {
			bench.Suite{Format: "criterion", Run: []string{"cargo", "bench"}},
			[]string{"cargo", "bench", "--", `^(Join/size=4|Sum\(a\|b\))$`},
		},
		"googlebenchmark keeps one filter": {
			bench.Suite{Format: "googlebenchmark", Run: []string{"b", "--benchmark_filter=Join", "--x"}},
			[]string{"b", `--benchmark_filter=^(Join/size=4|Sum\(a\|b\))$`, "--x"},
		},
		"hyperfine has no benchmarks to choose from": {bench.Suite{Format: "hyperfine", Run: []string{"hyperfine", "true"}}, nil},
	} {
		before := slices.Clone(tc.suite.Run)
		got, ok := filtered(tc.suite, only)
		if ok != (tc.want != nil) || ok && !slices.Equal(got, tc.want) {
			t.Errorf("%s: %q, %v, want %q", name, got, ok, tc.want)
		}
		if !slices.Equal(tc.suite.Run, before) {
			t.Errorf("%s: the suite's own command was changed", name)
		}
	}
}

// A04: two packages of one run have a benchmark of the same name.
func TestBenchmarksOfOneNameAreToldApart(t *testing.T) {
	a := bench.Benchmark{Package: "m/cache", Name: "Append", Procs: 4}
	b := bench.Benchmark{Package: "m/csrf", Name: "Append", Procs: 4}
	c := bench.Benchmark{Package: "m/csrf", Name: "Other", Procs: 4}
	names := nameAll([]key{{a, "time"}, {a, "bytes"}, {b, "time"}, {c, "time"}})
	if names[a] == names[b] || names[c] != "Other" {
		t.Errorf("%q", names)
	}
}
