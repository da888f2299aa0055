package claim

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/config"
	"github.com/cupel-dev/cupel/internal/evidence"
	"github.com/cupel-dev/cupel/internal/stats"
)

// confidence is that of every interval, both ends together: each end is a
// bound at 97.5 % for itself.
const confidence = 0.95

// A comparison is one pair of a claim, measured in the same runs. The ratio
// contender/baseline of values of which more is better, and its reciprocal
// where less is: above 1 is an improvement. For a bound the values are compared
// with 1.
type comparison struct {
	base, head []float64 // the improvement of run i is head[i]/base[i]
}

// An estimate is an interval of what a claim is about, as improvement.
type estimate struct {
	low, high float64
	// settle names the runs that would lift the lower end to a ratio, or bring
	// the upper end down to it.
	settle func(ratio float64, down bool) (runs int, ok bool)
}

// measured is what a set of evidence holds for a claim.
type measured struct {
	metric bench.Metric
	pairs  []comparison
	shapes []string // that the benchmarks were measured on
}

// A mismatch says why benchmarks cannot be compared.
type mismatch struct{ reason string }

func (m *mismatch) Error() string { return m.reason }

// measure finds the benchmarks of a claim in a set. The error is a *mismatch.
func measure(c config.Claim, s *set) (measured, error) {
	var m measured
	for _, pair := range c.Members() {
		head, err := s.find(pair[1], c.Metric)
		if err != nil {
			return m, err
		}
		base := ones(head)
		if c.Kind != "bound" {
			if base, err = s.find(pair[0], c.Metric); err != nil {
				return m, err
			}
			if reason := differs(base, head, c.Varies); reason != "" {
				return m, &mismatch{reason}
			}
		}
		if err := mayCompare(base, head, s.manifest.Plan.Runs); err != nil {
			return m, err
		}
		m.metric = bench.Metric{Name: head.Metric, Unit: head.Unit, Better: head.Better}
		m.pairs = append(m.pairs, improvement(c.Kind, base, head))
		m.shapes = append(m.shapes, shapesOf(head)...)
	}
	return m, nil
}

// ones stands for the baseline of a bound.
func ones(b evidence.Benchmark) evidence.Benchmark {
	runs := make([]float64, len(b.Runs))
	for i := range runs {
		runs[i] = 1
	}
	b.Runs = runs
	return b
}

func improvement(kind string, base, head evidence.Benchmark) comparison {
	if head.Better == bench.Lower && kind != "bound" {
		return comparison{base: head.Runs, head: base.Runs}
	}
	return comparison{base: base.Runs, head: head.Runs}
}

// find is the benchmark that a claim calls "suite: name".
func (s *set) find(name, metric string) (evidence.Benchmark, error) {
	suite, benchmark, _ := strings.Cut(name, ": ")
	switch all := s.benchmarks[key{suite, benchmark, metric}]; len(all) {
	case 1:
		return all[0], nil
	case 0:
		return evidence.Benchmark{}, &mismatch{fmt.Sprintf("the evidence %s holds no %s of %q", s.name, metric, name)}
	default:
		return evidence.Benchmark{}, &mismatch{fmt.Sprintf("%q is the name of %d benchmarks in %s: write the package before it or -PROCS behind it", name, len(all), s.name)}
	}
}

// mayCompare says why the runs of two benchmarks are no pairs.
func mayCompare(base, head evidence.Benchmark, runs int) error {
	switch {
	case head.Better == bench.Unknown || head.Better == "":
		return &mismatch{fmt.Sprintf("whether more or less %s is better is not known: say it in the suite's metrics", head.Metric)}
	case base.Unit != head.Unit:
		return &mismatch{fmt.Sprintf("%s is in %s and in %s", head.Metric, base.Unit, head.Unit)}
	case len(base.Runs) != runs || len(head.Runs) != runs:
		return &mismatch{fmt.Sprintf("of %s only %d and %d are there, so that they are no pairs", plural(runs, "run"), len(base.Runs), len(head.Runs))}
	}
	return nil
}

// estimateOf is the interval of what a kind of claim is about; for a range, of
// its beginning.
func estimateOf(kind string, m measured) (estimate, bool) {
	switch kind {
	case "geomean":
		return one(geomean(m.pairs), confidence)
	case "up-to":
		return upper(m.pairs)
	case "range":
		return lowest(m.pairs)
	default:
		return one(m.pairs[0], confidence)
	}
}

// estimateEnd is the interval of the end of a range.
func estimateEnd(_ string, m measured) (estimate, bool) { return upper(m.pairs) }

func one(c comparison, confidence float64) (estimate, bool) {
	interval, ok := stats.PairedRatio(c.base, c.head, confidence)
	settle := func(ratio float64, down bool) (int, bool) {
		if down {
			return stats.RunsNeeded(c.head, c.base, 1/ratio, confidence)
		}
		return stats.RunsNeeded(c.base, c.head, ratio, confidence)
	}
	return estimate{round(interval.Low), round(interval.High), settle}, ok
}

// round drops the digits that logarithms cost: exactly twice is 2 again, and
// not 1.9999999999999998.
func round(v float64) float64 {
	r, err := strconv.ParseFloat(strconv.FormatFloat(v, 'e', 11, 64), 64)
	if err != nil {
		return v
	}
	return r
}

// geomean makes one comparison of several: in each run the geometric mean of
// their ratios.
func geomean(pairs []comparison) comparison {
	mean := comparison{}
	for run := range pairs[0].base {
		var base, head []float64
		for _, p := range pairs {
			base, head = append(base, p.base[run]), append(head, p.head[run])
		}
		ratio, used, ok := stats.GeomeanRatio(base, head)
		if !ok || used != len(pairs) {
			ratio = math.NaN() // there is no interval then
		}
		mean.base, mean.head = append(mean.base, 1), append(mean.head, ratio)
	}
	return mean
}

// upper is the interval of the largest of a set. The largest of several lower
// bounds was chosen for its size, and so each has its share of the error
// (Bonferroni).
func upper(pairs []comparison) (best estimate, ok bool) {
	level := 1 - (1-confidence)/float64(len(pairs))
	for i, p := range pairs {
		e, ok := one(p, level)
		if !ok {
			return estimate{}, false
		}
		if i == 0 || e.low > best.low {
			best.low, best.settle = e.low, e.settle
		}
		best.high = max(best.high, e.high)
	}
	return best, true
}

// lowest is the interval of the least of a set. No correction is needed: the
// least of the lower bounds is at most that of the pair which is least in truth.
func lowest(pairs []comparison) (worst estimate, ok bool) {
	for i, p := range pairs {
		e, ok := one(p, confidence)
		if !ok {
			return estimate{}, false
		}
		if i == 0 || e.low < worst.low {
			worst.low, worst.settle = e.low, e.settle
		}
		if i == 0 || e.high < worst.high {
			worst.high = e.high
		}
	}
	return worst, true
}
