package smoke

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/report"
)

// baseFailures is how many runs of base may fail before its suite is given up.
const baseFailures = 3

// A suite is what is measured and found of one suite in both versions.
type suite struct {
	name   string
	arms   [2]arm // base and head; without a command where there is nothing to run
	series []*series
	rows   []report.Benchmark // of what is not measured in pairs

	pairs      int
	cost       time.Duration // of a pair, as the last ones took
	failures   int           // of base's runs
	over       bool          // nothing more is to be run
	narrowed   bool          // only what is not decided is run
	proven     bool          // a narrowed pair gave all that it should
	unnarrowed bool          // narrowing was tried, and the tool did something else
}

// base and head are indices of arms.
const (
	base = iota
	head
)

// add adds a row about something that is not compared.
func (u *suite) add(v report.Verdict, name, reason string) {
	u.rows = append(u.rows, report.Benchmark{Suite: u.name, Name: report.Clip(name), Verdict: v, Reason: report.Clip(reason)})
}

// runs reports whether there is anything to measure.
func (u *suite) runs() bool { return !u.over && u.arms[head].suite.Run != nil }

// alone reports whether base has nothing to compare head with.
func (u *suite) alone() bool { return u.arms[base].suite.Run == nil }

// open are the series that are not decided.
func (u *suite) open() []*series {
	var open []*series
	for _, s := range u.series {
		if !s.decided {
			open = append(open, s)
		}
	}
	return open
}

// noisy is the number of series that chance has a part in.
func (u *suite) noisy() int {
	n := 0
	for _, s := range u.series {
		if !s.counted() {
			n++
		}
	}
	return n
}

// turn says how much of its share of the time the suite has had: the lowest is
// next. Pairs in proportion to √(open benchmarks / cost of a pair) make the sum
// of the variances of all estimates smallest (Neyman's allocation; Cochran,
// "Sampling Techniques", section 5.5). Suites of one cost a benchmark get equal
// numbers of pairs.
func (u *suite) turn() float64 {
	return float64(u.pairs) * math.Sqrt(u.cost.Seconds()/float64(max(1, len(u.open()))))
}

// take takes in what a pair of runs gave.
func (u *suite) take(pair [2]*sample, r *rules, floors Floors) {
	switch {
	case u.narrowed && !u.proven && (pair[head].failure != "" || pair[base].failure != "" || u.lacks(pair)):
		u.narrowed, u.unnarrowed = false, true // the tool takes no such filter
		return
	case pair[head].failure != "":
		u.fail(pair[head])
		return
	case pair[base].failure != "":
		u.failBase(pair[base].failure)
		return
	case u.pairs == 0:
		u.learn(pair, r, floors)
	}
	u.proven = u.narrowed
	for _, s := range u.open() {
		u.extend(s, pair)
	}
	u.pairs++
}

// extend appends to a series what a pair says of it.
func (u *suite) extend(s *series, pair [2]*sample) {
	b, inBase := pair[base].values[s.key]
	h, inHead := pair[head].values[s.key]
	switch {
	case inBase && inHead:
		s.add(b, h)
	case inBase:
		s.end(report.Failed, report.Reason(report.NoResults, "a later run of head lacks it"))
	case inHead:
		s.end(report.NotComparable, report.Reason(report.NoResults, "a later run of base lacks it"))
	}
}

// end closes a series with a verdict that no number led to.
func (s *series) end(v report.Verdict, reason string) {
	s.decided = true
	s.row = report.Benchmark{Suite: s.row.Suite, Name: s.row.Name, Metric: s.row.Metric, Verdict: v, Reason: report.Clip(reason)}
}

// lost reports whether a later run lacks the series, in either version.
func (s *series) lost() bool {
	return s.row.Verdict == report.Failed || s.row.Verdict == report.NotComparable
}

// lacks reports whether a run did not measure all that it was narrowed to.
func (u *suite) lacks(pair [2]*sample) bool {
	return slices.ContainsFunc(u.open(), func(s *series) bool {
		_, inBase := pair[base].values[s.key]
		_, inHead := pair[head].values[s.key]
		return !inBase || !inHead
	})
}

// fail ends the suite: a run of head failed. Benchmarks that the run lost are
// failed, and so is the suite where it names none.
func (u *suite) fail(s *sample) {
	u.over = true
	if len(s.lost) == 0 {
		u.add(report.Failed, u.name, s.failure)
	}
	for _, l := range s.lost {
		u.add(report.Failed, l.name, s.why(l))
	}
	u.series = slices.DeleteFunc(u.series, func(s *series) bool {
		return slices.ContainsFunc(u.rows, func(b report.Benchmark) bool { return b.Name == s.row.Name })
	})
}

// failBase gives the suite up where base fails at once or again and again. One
// failure among many runs only costs its pair.
func (u *suite) failBase(reason string) {
	u.failures++
	if u.pairs > 0 && u.failures < baseFailures {
		return
	}
	u.over = true
	if len(u.series) == 0 {
		u.add(report.NotComparable, u.name, "base: "+reason)
	}
	for _, s := range u.open() {
		s.end(report.NotComparable, "base: "+reason)
	}
}

// why is the reason for which the suite was given up.
func (u *suite) why() string {
	for _, row := range u.rows {
		if row.Verdict == report.Failed || row.Verdict == report.NotComparable {
			return row.Reason
		}
	}
	for _, s := range u.series {
		if s.row.Verdict == report.NotComparable {
			return s.row.Reason
		}
	}
	return report.NoResults
}

// learn makes a series of everything that both versions measure.
func (u *suite) learn(pair [2]*sample, r *rules, floors Floors) {
	names := nameAll(slices.Concat(pair[head].keys, pair[base].keys))
	for _, k := range pair[head].keys {
		m := pair[head].metrics[k]
		rule := r.of(u.name, m)
		was, inBase := pair[base].metrics[k]
		switch {
		case secondary(m, rule, pair[head], k):
		case !inBase:
			u.addMetric(report.Added, names[k.Benchmark], k.metric, "")
		case was.Unit != m.Unit:
			u.addMetric(report.NotComparable, names[k.Benchmark], k.metric, report.Reason(report.OtherUnit, "%s in base, %s in head", was.Unit, m.Unit))
		default:
			u.learnOne(names[k.Benchmark], k, was, rule, floors)
		}
	}
	for _, k := range pair[base].keys {
		if _, inHead := pair[head].metrics[k]; !inHead && !secondary(pair[base].metrics[k], bench.MetricRule{}, pair[base], k) {
			u.addMetric(report.Removed, names[k.Benchmark], k.metric, "")
		}
	}
}

func (u *suite) learnOne(name string, k key, m bench.Metric, rule bench.MetricRule, floors Floors) {
	if rule.Better != "" {
		m.Better = rule.Better
	}
	if m.Better != bench.Lower && m.Better != bench.Higher {
		u.addMetric(report.NotComparable, name, k.metric, report.UnknownDirection)
		return
	}
	s := newSeries(u.name, name, k, m, rule)
	s.floor = floors.of(u.name, name, k.metric)
	u.series = append(u.series, s)
}

func (u *suite) addMetric(v report.Verdict, name, metric, reason string) {
	u.rows = append(u.rows, report.Benchmark{Suite: u.name, Name: report.Clip(name), Metric: report.Clip(metric), Verdict: v, Reason: report.Clip(reason)})
}

// follows are metrics that tools print beside the time and that say the same
// less sharply.
var follows = []string{"cpu", "user", "system", "memory"}

// secondary reports whether a metric is left out: the benchmark has a time, from
// which every rate follows, and the project has no rule for the metric.
func secondary(m bench.Metric, rule bench.MetricRule, s *sample, k key) bool {
	_, timed := s.values[key{k.Benchmark, bench.Time.Name}]
	return timed && rule.Name == "" && (strings.HasSuffix(m.Unit, "/s") || slices.Contains(follows, m.Name))
}

// nameAll names benchmarks as people write them. Where two of a suite would have
// one name, their packages and numbers of processors tell them apart.
func nameAll(keys []key) map[bench.Benchmark]string {
	same := make(map[string]map[bench.Benchmark]bool)
	for _, k := range keys {
		name := k.Benchmark.String()
		if same[name] == nil {
			same[name] = make(map[bench.Benchmark]bool)
		}
		same[name][k.Benchmark] = true
	}
	names := make(map[bench.Benchmark]string)
	for name, list := range same {
		for b := range list {
			names[b] = name
			if len(list) > 1 {
				names[b] = fmt.Sprintf("%s (%s, %d procs)", name, b.Package, b.Procs)
			}
		}
	}
	return names
}
