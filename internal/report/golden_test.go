package report

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares got with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != strings.ReplaceAll(string(want), "\r\n", "\n") {
		t.Errorf("%s differs; got:\n%s", path, got)
	}
}

func num(v float64) *float64 { return &v }

func bench(name string, v Verdict, ratio, low, high, mde float64, pairs int) Benchmark {
	return Benchmark{Suite: "softmax", Name: name, Metric: "time", Verdict: v,
		Ratio: num(ratio), Low: num(low), High: num(high), MDE: num(mde), Pairs: pairs}
}

const (
	baseCommit = "3f2a91c4d0b15e6f7788990011223344556677aa"
	headCommit = "9bc01d2e4f5a6b7c8d9e0f1122334455667788bb"
)

// The comparisons that the golden files show, one of each kind.
var comparisons = map[string]*Comparison{
	"regression": {
		Schema: SchemaSmoke, Verdict: Regression, Base: baseCommit, Head: headCommit, Elapsed: 112.4, Pairs: 160,
		Benchmarks: []Benchmark{
			bench("Softmax/impl=naive/shape=2x128x512", Unchanged, 1.001, 0.995, 1.006, 0.008, 40),
			bench("Softmax/impl=fused/shape=2x128x512", Regression, 1.052, 1.041, 1.063, 0.012, 40),
			withReason(bench("Softmax/impl=fused/shape=1x1", Regression, 1.031, 1.022, 1.040, 0.012, 40), LayoutEffect),
			withReason(bench("Softmax/impl=lazy", Regression, 1.071, 1.060, 1.081, 0.012, 40), Reason(Waived, "bounds check added, until 2027-03-01")),
			bench("Softmax/impl=wide", Improvement, 0.87, 0.861, 0.88, 0.012, 40),
			bench("Softmax/impl=noisy", Inconclusive, 1.02, 0.97, 1.08, 0.061, 40),
			{Suite: "softmax", Name: "Softmax/impl=fused/shape=2x128x512", Metric: "allocs", Verdict: Regression, Reason: ZeroBase},
			{Suite: "softmax", Name: "Softmax/impl=new", Metric: "time", Verdict: Added},
			{Suite: "lora", Name: "Lora/rank=8", Metric: "time", Verdict: Failed, Reason: Reason(Crashed, "exit code 2")},
			{Suite: "lora", Name: "Lora/rank=4", Metric: "time", Verdict: Removed},
		},
	},
	"pass": {
		Schema: SchemaSmoke, Verdict: Pass, Base: baseCommit, Head: headCommit, Elapsed: 60, Pairs: 80,
		Benchmarks: []Benchmark{
			bench("Softmax/impl=naive", Unchanged, 1.0002, 0.995, 1.006, 0.008, 40),
			bench("Softmax/impl=fused", Unchanged, 0.9999, 0.99, 1.01, 0.012, 40),
		},
	},
	"few-pairs": {
		Schema: SchemaSmoke, Verdict: Neutral, Reason: TooFew, Base: baseCommit, Head: headCommit, Elapsed: 120, Pairs: 12,
		Benchmarks: []Benchmark{
			bench("Slow/a", Inconclusive, 1.01, 0.8, 1.2, 0.21, 6),
			bench("Slow/b", Inconclusive, 1.01, 0.9, 1.1, 0.11, 7),
		},
	},
	"machine-effect": {
		Schema: SchemaSmoke, Verdict: Regression, Base: baseCommit, Head: headCommit, Elapsed: 120, Pairs: 200,
		Benchmarks: []Benchmark{
			bench("A", Regression, 1.5, 1.49, 1.51, 0.01, 50), bench("B", Regression, 1.9, 1.88, 1.91, 0.01, 50),
			bench("C", Regression, 1.6, 1.59, 1.62, 0.01, 50), bench("D", Regression, 1.7, 1.69, 1.71, 0.01, 50),
		},
	},
	"other-machine": {
		Schema: SchemaCompare, Verdict: Neutral, Reason: Reason(OtherMachine, "cpu is Model A @3.5GHz and Model B @3.2GHz"),
		Base: "old", Head: "new",
		Benchmarks: []Benchmark{
			{Suite: "softmax", Name: "A", Metric: "time", Verdict: NotComparable, Reason: OtherMachine},
			{Suite: "softmax", Name: "B", Metric: "time", Verdict: NotComparable, Reason: OtherMachine},
		},
	},
	"no-baseline": {
		Schema: SchemaSmoke, Verdict: Neutral, Reason: NoBaseline, Head: headCommit,
		Benchmarks: []Benchmark{{Suite: "softmax", Name: "A", Metric: "time", Verdict: Added}},
	},
	"nothing-measured": {Schema: SchemaSmoke, Verdict: Neutral, Reason: Reason(NothingMeasured, "only README.md"), Base: baseCommit, Head: headCommit},
	"failed":           {Schema: SchemaSmoke, Verdict: Failed, Reason: Reason(HeadNotBuilt, "softmax: exit code 1\nsee above"), Base: baseCommit, Head: headCommit},
}

func withReason(b Benchmark, reason string) Benchmark {
	b.Reason = reason
	return b
}

func TestEachKindOfComparisonReadsAsItsGoldenFile(t *testing.T) {
	for name, c := range comparisons {
		t.Run(name, func(t *testing.T) {
			if err := c.Validate(); err != nil {
				t.Fatal(err)
			}
			var text strings.Builder
			if err := (Text{}).Write(&text, c); err != nil {
				t.Fatal(err)
			}
			golden(t, name+".txt", text.String())
			golden(t, name+".md", Markdown{Limit: SummaryLimit}.Render(Section{Comparison: c}))
			var annotations strings.Builder
			if err := Annotate(&annotations, c); err != nil {
				t.Fatal(err)
			}
			golden(t, name+".annotations", annotations.String())
		})
	}
}

func TestTwoMachinesReadAsOneCommentOfWhichNothingIsTrusted(t *testing.T) {
	m := Markdown{Marker: Marker("smoke"), Link: "https://git.example/o/r/actions/runs/7", Limit: CommentLimit, Untrusted: true}
	golden(t, "comment.md", m.Render(
		Section{"ubuntu-latest", comparisons["failed"]},
		Section{"macos-14", comparisons["regression"]},
	))
}
