package smoke

import (
	"fmt"
	"slices"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/report"
	"github.com/cupel-dev/cupel/internal/stats"
)

const (
	steadyPairs   = 3  // after which a count that never varied is taken to be fixed
	separatePairs = 10 // after which chance does not part both versions' counts: 1 in 184,756
	byteFloor     = 16 // B: the smallest object that an allocator deals in
)

// judgeCounts judges what does not vary by chance. Counts that never varied are
// compared exactly. Those that did (a buffer that is grown once, an average over
// a number of iterations that time decides) differ only where every value of one
// version is beyond every value of the other; two clusters give no verdict.
func (s *series) judgeCounts(tolerance float64) {
	base, head := spanOf(s.base), spanOf(s.head)
	s.row.Ratio, s.row.Low, s.row.High, s.row.Reason = nil, nil, nil, ""
	s.decided = len(s.base) >= separatePairs // more pairs do not part what these do not
	separate := head.low > base.high || head.high < base.low
	switch {
	case base.fixed() && head.fixed() && len(s.base) >= steadyPairs,
		separate && len(s.base) >= separatePairs:
		s.change(base, head, tolerance)
	case len(s.base) >= separatePairs && head.high <= base.low*(1+tolerance) && base.high <= head.low*(1+tolerance):
		s.settle(report.Unchanged, base, head)
	case len(s.base) >= separatePairs && max(base.high, head.high)-min(base.low, head.low) < s.least():
		s.row.Verdict = report.Unchanged
		s.row.Reason = report.Reason(report.BelowFloor, "all values are within %d %s", byteFloor, s.metric.Unit)
	case s.bimodal():
	case len(s.base) < separatePairs:
		s.row.Verdict, s.row.Reason = report.Inconclusive, report.TooFew
	default:
		s.row.Verdict = report.Inconclusive
		s.row.Reason = fmt.Sprintf("varies from run to run: %.4g to %.4g in base, %.4g to %.4g in head", base.low, base.high, head.low, head.high)
	}
}

// change gives the verdict on counts of which all have moved, or none.
func (s *series) change(base, head span, tolerance float64) {
	if s.metric.Better == bench.Higher {
		base, head = head, base
	}
	ratio, exists := stats.Ratio(base.median, head.median)
	worse, better := head.median-base.median, base.median-head.median
	switch {
	case worse != 0 && max(worse, better) < s.least():
		s.row.Verdict, s.decided = report.Unchanged, true
		s.row.Reason = report.Reason(report.BelowFloor, "%.4g %s", max(worse, better), s.metric.Unit)
	case worse > 0 && (!exists || ratio-1 > tolerance):
		s.settle(report.Regression, base, head)
	case better > 0 && (!exists || 1-ratio > tolerance):
		s.settle(report.Improvement, base, head)
	default:
		s.settle(report.Unchanged, base, head)
	}
}

// least is the smallest change of the count that matters at all.
func (s *series) least() float64 {
	if s.metric.Name == "bytes" && s.rule.Class == "" {
		return byteFloor
	}
	return 0
}

// settle decides the series. From zero and to zero there is no ratio.
func (s *series) settle(v report.Verdict, base, head span) {
	s.row.Verdict, s.decided = v, true
	ratio, exists := stats.Ratio(base.median, head.median)
	low, okLow := stats.Ratio(base.high, head.low)
	high, okHigh := stats.Ratio(base.low, head.high)
	if exists && okLow && okHigh {
		s.row.Ratio, s.row.Low, s.row.High = report.Number(ratio), report.Number(low), report.Number(high)
	}
}

// bimodal reports whether the counts of a version fall into two clusters, and
// says so in the row.
func (s *series) bimodal() bool {
	gap, ok := stats.Bimodal(s.base)
	if !ok {
		gap, ok = stats.Bimodal(s.head)
	}
	if ok {
		s.row.Verdict = report.Inconclusive
		s.row.Reason = report.Reason(report.Bimodal, "2 clusters, gap %.1fx", gap)
	}
	return ok
}

// A span is the range of the values of one version.
type span struct{ low, median, high float64 }

func spanOf(values []float64) span {
	median, _ := stats.Median(values)
	return span{slices.Min(values), median, slices.Max(values)}
}

func (s span) fixed() bool { return s.low == s.high }
