package smoke

import (
	"fmt"
	"math"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/report"
	"github.com/cupel-dev/cupel/internal/stats"
)

// Looks is how often the pairs of a comparison are judged.
const Looks = 5

// Alpha is the share of comparisons of equal versions, at most, that raise an
// alarm.
const Alpha = 0.005

// clockFloor is the smallest change of a time that counts, in ns: about a cycle.
// What takes less is the place of an instruction, not work.
const clockFloor = 0.3

// A series is one benchmark in one metric, pair by pair.
type series struct {
	key
	metric bench.Metric
	rule   bench.MetricRule
	floor  float64 // what the same program differs by from itself on this host; 0 is unknown

	base, head []float64

	decided bool
	row     report.Benchmark // what the last look said
}

// newSeries is a series without a pair.
func newSeries(suite, name string, k key, m bench.Metric, rule bench.MetricRule) *series {
	return &series{
		key: k, metric: m, rule: rule,
		row: report.Benchmark{Suite: suite, Name: report.Clip(name), Metric: report.Clip(k.metric), Verdict: report.Inconclusive, Reason: report.TooFew},
	}
}

// add appends a pair. A decided series takes no more.
func (s *series) add(base, head float64) {
	if !s.decided {
		s.base, s.head = append(s.base, base), append(s.head, head)
	}
}

// counted reports whether the metric counts something that the same program
// does the same number of times. Counts are judged without chance.
func (s *series) counted() bool {
	return s.rule.Class == "exact" || s.rule.Class == "" && (s.metric.Name == "allocs" || s.metric.Name == "bytes")
}

// look judges the pairs so far, at a look of the design.
func (s *series) look(d stats.Design, number int) error {
	if s.decided || len(s.base) == 0 {
		return nil
	}
	s.row.Pairs = len(s.base)
	if s.counted() {
		s.judgeCounts(s.tolerance(d))
		return nil
	}
	return s.judgeTimes(d, number)
}

// tolerance is the relative change of a count that is still equal.
func (s *series) tolerance(d stats.Design) float64 {
	if s.rule.Class == "exact" || s.rule.Tolerance > 0 {
		return s.rule.Tolerance
	}
	return d.Threshold
}

// judgeTimes judges what varies by chance, with the design. What a change has to
// exceed is the largest of the threshold, the clock's floor and the host's.
func (s *series) judgeTimes(d stats.Design, number int) error {
	base, head, ok := s.costs()
	if !ok {
		s.row.Verdict, s.row.Reason = report.Inconclusive, "a value is zero or negative"
		return nil
	}
	threshold := max(d.Threshold, s.rule.Tolerance)
	cycle := 0.0
	if s.metric.IsTime() {
		median, _ := stats.Median(base)
		cycle = clockFloor / median
	}
	d.Threshold = min(max(threshold, cycle, s.floor), 9)
	decision, err := d.Judge(base, head, number)
	if err != nil {
		return fmt.Errorf("judge %s: %w", s.row.Name, err)
	}
	s.take(decision)
	s.explain(threshold, cycle)
	return nil
}

// costs are the values as something of which less is better: a rate becomes the
// time of one unit.
func (s *series) costs() (base, head []float64, ok bool) {
	base, okBase := costs(s.base, s.metric.Better)
	head, okHead := costs(s.head, s.metric.Better)
	return base, head, okBase && okHead
}

func costs(values []float64, better bench.Direction) ([]float64, bool) {
	list := make([]float64, len(values))
	for i, v := range values {
		if v <= 0 {
			return nil, false
		}
		list[i] = v
		if better == bench.Higher {
			list[i] = 1 / v
		}
	}
	return list, true
}

// take puts a decision into the row.
func (s *series) take(d stats.Decision) {
	s.row.Verdict, s.row.Reason = report.Verdict(d.Verdict), ""
	s.decided = d.Verdict != stats.Inconclusive
	s.row.Ratio, s.row.Low, s.row.High, s.row.MDE = nil, nil, nil, nil
	if !d.Bounded {
		s.row.Reason = report.TooFew // a ratio without an interval would be taken for one
		return
	}
	s.row.Ratio, s.row.Low, s.row.High = report.Number(d.Ratio), report.Number(d.Low), report.Number(d.High)
	if s.row.Verdict == report.Inconclusive || s.row.Verdict == report.Unchanged {
		s.row.MDE = report.Number(d.MDE)
	}
}

// explain says where a floor, and not the threshold, decided. Below a cycle is
// equal; below what the host can tell is not known.
func (s *series) explain(threshold, cycle float64) {
	if s.row.Low == nil || s.row.Verdict == report.Regression || s.row.Verdict == report.Improvement {
		return
	}
	beyond := *s.row.Low <= 1/(1+threshold) || *s.row.High >= 1+threshold
	switch {
	case !beyond:
	case s.row.Verdict == report.Unchanged && cycle >= s.floor:
		s.row.Reason = report.Reason(report.BelowFloor, "less than a cycle of the processor")
	case s.floor > threshold && math.Abs(math.Log(*s.row.Ratio)) < math.Log1p(s.floor):
		s.row.Verdict = report.Inconclusive
		s.row.Reason = report.Reason(report.BelowFloor, "on this host the same program differs by %s from itself", percent(s.floor))
	}
}
