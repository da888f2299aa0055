// Package compare weighs two sets of results that were measured one after the
// other: evidence, or files that benchmarks wrote.
//
// Such results are not paired. What drifted between the two sessions looks like
// a change, and no method can tell; the package says so, gives no verdict
// between machines, and asks more of a difference than a comparison side by
// side does. It measures nothing.
package compare

import (
	"fmt"
	"strings"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/report"
)

// familyError is the chance, at most, that independent runs of equal programs
// give any verdict but unchanged and inconclusive.
const familyError = 0.05

// A Result is the comparison, and what a person should know of it.
type Result struct {
	Comparison *report.Comparison
	Notes      []string
}

// Compare weighs head against base. Threshold is the smallest relative
// slowdown worth a verdict: 0.02 is 2 %.
//
// A regression needs an interval of the ratio above 1 and a ratio of at least
// 1 + threshold; an improvement the same downwards. The intervals are those of
// [stats.UnpairedRatio], at a level that holds for all benchmarks together
// (Bonferroni), where the run is the unit. On recorded A/A runs of four
// benchmarks, blocks after one another on a busy machine, that gave a false
// regression in 2 % of comparisons of 5 runs each, 3 % of 10 and 7 % of 20, for
// more runs show the drift the clearer (TestFalseAlarmsOnRecordedBlocks); where
// all were 10 % slower, one was found in 87, 90 and 97 %.
func Compare(base, head *Source, threshold float64) *Result {
	c := &report.Comparison{Schema: report.SchemaCompare, Base: report.Clip(base.Name), Head: report.Clip(head.Name)}
	r := &Result{Comparison: c, Notes: notes(base, head)}
	nameSuite(base, head)
	p := pairUp(base, head)
	j := judge{threshold: threshold, confidence: 1 - familyError/float64(max(1, p.both))}
	for _, pair := range p.pairs {
		b := report.Benchmark{Suite: report.Clip(pair.id.suite), Name: report.Clip(p.name(pair.id.benchmark)), Metric: report.Clip(pair.id.metric)}
		switch {
		case base.Machine != "" && head.Machine != "" && base.Machine != head.Machine:
			b.Verdict, b.Reason = report.NotComparable, report.OtherMachine
		case pair.base == nil:
			b.Verdict, b.Reason = absent("base", base, report.Added)
		case pair.head == nil:
			b.Verdict, b.Reason = absent("head", head, report.Removed)
		default:
			j.judge(&b, pair.base, pair.head)
		}
		c.Benchmarks = append(c.Benchmarks, b)
	}
	conclude(c, base, head)
	return r
}

// nameSuite takes a source that names no suite, such as a file, for the only suite
// of the other.
func nameSuite(base, head *Source) {
	b, h := base.suites(), head.suites()
	switch {
	case len(b) != 1 || len(h) != 1:
	case b[0] == "":
		base.call(h[0])
	case h[0] == "":
		head.call(b[0])
	}
}

// absent is the verdict on a benchmark that one side lacks: nothing is known
// of it where that side failed.
func absent(side string, s *Source, verdict report.Verdict) (report.Verdict, string) {
	if len(s.Failures) > 0 {
		return report.Failed, "not measured in " + side + ", which is not whole"
	}
	return verdict, ""
}

func notes(base, head *Source) []string {
	var notes []string
	for _, note := range base.Notes {
		notes = append(notes, "base: "+note)
	}
	for _, note := range head.Notes {
		notes = append(notes, "head: "+note)
	}
	switch {
	case base.Machine == "" || head.Machine == "":
		notes = append(notes, "the files do not say on which machine they were measured; between two machines no number means anything")
	case base.Machine == head.Machine:
		notes = append(notes, "both were measured on: "+base.Machine)
	}
	return append(notes, "measured one after the other: what drifted in between looks like a change; smoke measures side by side")
}

// conclude finds the verdict of the whole from those of the benchmarks.
func conclude(c *report.Comparison, base, head *Source) {
	count := func(v report.Verdict) int {
		n := 0
		for i := range c.Benchmarks {
			if c.Benchmarks[i].Verdict == v {
				n++
			}
		}
		return n
	}
	decided := count(report.Regression) + count(report.Improvement) + count(report.Unchanged)
	failures := append(prefixed("base", base), prefixed("head", head)...)
	switch {
	case base.Machine != "" && head.Machine != "" && base.Machine != head.Machine:
		c.Verdict, c.Reason = report.Neutral, report.Reason(report.OtherMachine, "%s and %s", base.Machine, head.Machine)
	case len(failures) > 0:
		c.Verdict, c.Reason = report.Failed, strings.Join(failures, "; ")
	case base.Subject != "" && base.Subject == head.Subject:
		doubt(c)
		c.Verdict, c.Reason = report.Neutral, report.Reason(report.NothingMeasured, "both have the subject %s", base.Subject)
	case count(report.Regression) > 0:
		c.Verdict = report.Regression
	case decided > 0:
		c.Verdict = report.Pass
	case count(report.Inconclusive) > 0:
		c.Verdict, c.Reason = report.Neutral, "too few or too noisy runs to say anything"
	default:
		c.Verdict, c.Reason = report.Failed, report.Reason(report.NoResults, "no benchmark is in both and can be compared")
	}
	c.Reason = report.Clip(c.Reason)
}

func prefixed(side string, s *Source) []string {
	list := make([]string, len(s.Failures))
	for i, failure := range s.Failures {
		list[i] = side + ": " + failure
	}
	return list
}

// doubt takes back what was found between two measurements of the same files:
// it is the noise between sessions.
func doubt(c *report.Comparison) {
	for i := range c.Benchmarks {
		b := &c.Benchmarks[i]
		if b.Verdict == report.Regression || b.Verdict == report.Improvement {
			b.Verdict, b.Reason = report.Inconclusive, "the same files, so the difference is the host's"
		}
	}
}

// pairs is what both sources have, in base's order, head's additions last.
type pairs struct {
	pairs    []pair
	both     int // pairs with both sides
	packages bool
	procs    bool
}

type pair struct {
	id         id
	base, head *result
}

func pairUp(base, head *Source) pairs {
	var p pairs
	for i := range base.results {
		b := &base.results[i]
		one := pair{id: b.id, base: b}
		if j, ok := head.index[b.id]; ok {
			one.head = &head.results[j]
			p.both++
		}
		p.pairs = append(p.pairs, one)
	}
	for i := range head.results {
		if _, ok := base.index[head.results[i].id]; !ok {
			p.pairs = append(p.pairs, pair{id: head.results[i].id, head: &head.results[i]})
		}
	}
	for _, one := range p.pairs {
		first := p.pairs[0].id.benchmark
		p.packages = p.packages || one.id.benchmark.Package != first.Package
		p.procs = p.procs || one.id.benchmark.Procs != first.Procs
	}
	return p
}

// name is the benchmark with what tells it from others of its name.
func (p pairs) name(b bench.Benchmark) string {
	name := b.String()
	if p.packages && b.Package != "" {
		name = b.Package + " " + name
	}
	if p.procs && b.Procs != 0 {
		name += fmt.Sprintf(" (procs %d)", b.Procs)
	}
	return name
}
