package compare

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/report"
	"github.com/cupel-dev/cupel/internal/stats"
)

// A judge compares one benchmark after the other by the same rules.
type judge struct {
	threshold  float64
	confidence float64
}

func (j judge) judge(b *report.Benchmark, base, head *result) {
	switch {
	case base.metric.Unit != head.metric.Unit:
		b.Verdict, b.Reason = report.NotComparable, report.Reason(report.OtherUnit, "%s and %s", base.metric.Unit, head.metric.Unit)
		return
	case cmp.Or(base.metric.Better, bench.Unknown) == bench.Unknown || base.metric.Better != head.metric.Better:
		b.Verdict, b.Reason = report.NotComparable, report.UnknownDirection
		return
	}
	from, to := base.runs, head.runs
	if base.metric.Better == bench.Higher { // the ratio of what one unit costs
		from, to = to, from
	}
	interval, ok := stats.UnpairedRatio(from, to, j.confidence)
	enough := min(len(from), len(to)) >= fewest || counted(base) && counted(head)
	if !ok || !enough {
		withoutInterval(b, base, head)
		return
	}
	b.Ratio, b.Low, b.High = report.Number(interval.Ratio), report.Number(interval.Low), report.Number(interval.High)
	b.Verdict = j.verdict(interval)
	b.MDE = report.Number(j.detectable(interval))
	if b.Verdict == report.Inconclusive {
		b.Reason = fmt.Sprintf("%d and %d runs", len(base.runs), len(head.runs))
	}
}

func (j judge) verdict(i stats.RatioInterval) report.Verdict {
	worse := 1 + j.threshold
	switch {
	case i.Low > 1 && i.Ratio >= worse:
		return report.Regression
	case i.High < 1 && i.Ratio <= 1/worse:
		return report.Improvement
	case i.Low > 1/worse && i.High < worse:
		return report.Unchanged
	default:
		return report.Inconclusive
	}
}

// fewest is the number of runs on each side below which no rank test can reach
// 5 %: of four against four one order in 35 is as extreme (case B04).
const fewest = 4

// counted reports whether r is a count that is the same in every run, as that
// of allocations often is; then two runs say what more would.
func counted(r *result) bool {
	return !r.metric.IsTime() && len(r.runs) > 1 && len(slices.Compact(slices.Clone(r.runs))) == 1
}

// withoutInterval is for values that have none: too few, or zeros.
func withoutInterval(b *report.Benchmark, base, head *result) {
	b.Verdict = report.Inconclusive
	higher := base.metric.Better == bench.Higher
	zerosBase, zerosHead := zeros(base.runs), zeros(head.runs)
	switch {
	case zerosBase == len(base.runs) && zerosHead == len(head.runs):
		one := 1.0
		b.Verdict, b.Ratio = report.Unchanged, &one
	case zerosBase == len(base.runs) && zerosHead == 0:
		b.Verdict, b.Reason = worse(!higher), report.ZeroBase
	case zerosHead == len(head.runs) && zerosBase == 0:
		b.Verdict, b.Reason = worse(higher), "head is zero"
	case zerosBase+zerosHead > 0:
		b.Reason = "some of the values are zero"
	case slices.Min(base.runs) < 0 || slices.Min(head.runs) < 0:
		b.Reason = "some of the values are negative, and have no ratio"
	default:
		b.Reason = fmt.Sprintf("%d and %d runs, and %d of each are the least", len(base.runs), len(head.runs), fewest)
		b.Ratio = ratio(base, head)
	}
}

func worse(yes bool) report.Verdict {
	if yes {
		return report.Regression
	}
	return report.Improvement
}

func zeros(values []float64) int {
	n := 0
	for _, v := range values {
		if v == 0 {
			n++
		}
	}
	return n
}

// ratio is that of what one unit costs, from the medians; nil where there is
// none.
func ratio(base, head *result) *float64 {
	b, okBase := stats.Median(base.runs)
	h, okHead := stats.Median(head.runs)
	if base.metric.Better == bench.Higher {
		b, h = h, b
	}
	if r := h / b; okBase && okHead && r > 0 {
		return report.Number(r)
	}
	return nil
}

// detectable is the slowdown that would have been found with a probability of
// 80 %: as the MDE of [stats.Decision], with the half width of the interval over
// its normal quantile as standard error.
func (j judge) detectable(i stats.RatioInterval) float64 {
	const power = 0.8416 // the quantile of 80 %
	half := math.Log(i.High/i.Low) / 2
	s := half / (math.Sqrt2 * math.Erfinv(j.confidence))
	return math.Expm1(max(half, math.Log1p(j.threshold)) + power*s)
}
