// Package report holds the comparison of two versions as data, and writes it
// for people and programs: JSON, terminal text, Markdown for a comment or a
// step summary, and annotations.
//
// It measures nothing and decides no verdict: every verdict and number comes
// from whoever compared. Text inside a comparison (names of benchmarks, reasons,
// branches) is data and never becomes markup, a mention, a link or a command.
package report

import (
	"cmp"
	"slices"
	"strings"
)

// The schemas of a comparison. They differ in one thing: what
// [SchemaCompare] holds was not measured in pairs.
const (
	SchemaSmoke   = "cupel/smoke/1"
	SchemaCompare = "cupel/compare/1"
)

// A Verdict is what a comparison, or one benchmark of it, came to.
type Verdict string

// The verdicts. A whole comparison is Pass, Regression, Neutral or Failed; a
// benchmark is any but Pass and Neutral.
const (
	Pass          Verdict = "pass"
	Neutral       Verdict = "neutral" // there was nothing to decide
	Regression    Verdict = "regression"
	Failed        Verdict = "failed" // could not be measured
	Improvement   Verdict = "improvement"
	Unchanged     Verdict = "unchanged"    // the whole interval lies inside the threshold
	Inconclusive  Verdict = "inconclusive" // the interval is too wide to say; never the same as unchanged
	Added         Verdict = "added"
	Removed       Verdict = "removed"
	NotComparable Verdict = "not-comparable"
)

// rank orders the verdicts of benchmarks by what a reader wants to see first.
var rank = []Verdict{Regression, Failed, Removed, NotComparable, Improvement, Added, Inconclusive, Unchanged}

// A Comparison is head compared with base: the object of the schemas
// [SchemaSmoke] and [SchemaCompare].
type Comparison struct {
	Schema     string      `json:"schema"`
	Verdict    Verdict     `json:"verdict"`
	Reason     string      `json:"reason,omitempty"` // see [Reason]
	Base       string      `json:"base,omitempty"`   // a commit id, or what stands for one
	Head       string      `json:"head,omitempty"`
	Elapsed    float64     `json:"elapsed_s,omitempty"` // seconds of measuring, builds excluded
	Pairs      int         `json:"pairs,omitempty"`     // pairs of runs, all suites together
	Benchmarks []Benchmark `json:"benchmarks"`

	// Omitted is how many benchmarks are not in the list, which would be too long
	// with them: unchanged ones first.
	Omitted int `json:"omitted,omitempty"`
}

// A Benchmark is the comparison of one benchmark in one metric. A nil number
// does not exist: an added benchmark has no ratio, a base of zero has none.
type Benchmark struct {
	Suite   string  `json:"suite"`
	Name    string  `json:"name"`
	Metric  string  `json:"metric"`
	Verdict Verdict `json:"verdict"`

	// Ratio is head time / base time, and so for every other cost; for a rate
	// it is the ratio of the time that one unit takes. Above 1 is always worse.
	// Low and High bound its interval and exist together.
	Ratio *float64 `json:"ratio,omitempty"`
	Low   *float64 `json:"low,omitempty"`
	High  *float64 `json:"high,omitempty"`

	// MDE is the minimum detectable effect: the smallest relative change that
	// this measurement would have found. 0.02 is 2 %.
	MDE *float64 `json:"mde,omitempty"`

	Pairs  int    `json:"pairs,omitempty"`
	Reason string `json:"reason,omitempty"` // see [Reason]
}

// Number is a number as a [Benchmark] takes it, at most [MaxRatio]: a program that
// did nothing and now does something is slower by any factor, and an interval over
// few runs ends anywhere.
func Number(v float64) *float64 {
	if !(v <= MaxRatio) { // NaN, too, is as good as no bound
		v = MaxRatio
	}
	return &v
}

// Compared reports whether head was weighed against base.
func (b *Benchmark) Compared() bool {
	switch b.Verdict {
	case Regression, Improvement, Unchanged, Inconclusive:
		return true
	}
	return false
}

// Waived reports whether b is a regression that the project has accepted.
func (b *Benchmark) Waived() bool {
	return b.Verdict == Regression && known(b.Reason) == Waived
}

// Actionable reports whether somebody has to do something about c: a
// regression, a failure, or a benchmark that is gone.
func (c *Comparison) Actionable() bool {
	if c.Verdict == Regression || c.Verdict == Failed {
		return true
	}
	return slices.ContainsFunc(c.Benchmarks, func(b Benchmark) bool {
		return b.Verdict == Removed || b.Verdict == Failed
	})
}

// sorted returns the benchmarks in the order of [rank], the largest change
// first, then by name.
func (c *Comparison) sorted() []Benchmark {
	list := slices.Clone(c.Benchmarks)
	slices.SortStableFunc(list, func(a, b Benchmark) int {
		return cmp.Or(
			cmp.Compare(place(a), place(b)),
			cmp.Compare(size(b), size(a)),
			cmp.Compare(a.Suite, b.Suite),
			cmp.Compare(a.Name, b.Name),
			cmp.Compare(a.Metric, b.Metric),
		)
	})
	return list
}

// place is where b stands in the order of [rank]: what is waived comes last of
// what changed.
func place(b Benchmark) int {
	if b.Waived() {
		return slices.Index(rank, Added)
	}
	return slices.Index(rank, b.Verdict)
}

// size is how large a change is, in either direction. A regression or an
// improvement without a ratio has a base or a head of zero and comes first.
func size(b Benchmark) float64 {
	switch {
	case b.Ratio == nil:
		return 1e18
	case *b.Ratio > 1:
		return *b.Ratio
	case *b.Ratio > 0:
		return 1 / *b.Ratio
	default:
		return 1e18
	}
}

// split parts the sorted benchmarks into those that changed and the rest.
func (c *Comparison) split() (changed, rest []Benchmark) {
	list := c.sorted()
	i := slices.IndexFunc(list, func(b Benchmark) bool {
		return b.Verdict == Inconclusive || b.Verdict == Unchanged
	})
	if i < 0 {
		return list, nil
	}
	return list[:i], list[i:]
}

// suites reports whether the benchmarks come from more than one suite.
func (c *Comparison) suites() bool {
	return len(c.Benchmarks) > 0 && slices.ContainsFunc(c.Benchmarks, func(b Benchmark) bool {
		return b.Suite != c.Benchmarks[0].Suite
	})
}

// short cuts a full commit id to the length that people read.
func short(commit string) string {
	const digits = "0123456789abcdef"
	if len(commit) >= 40 && strings.Trim(commit, digits) == "" {
		return commit[:12]
	}
	return commit
}
