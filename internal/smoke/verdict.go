package smoke

import (
	"slices"

	"github.com/cupel-dev/cupel/internal/report"
)

// conclusionOf is the verdict on the whole comparison. What failed comes first,
// and what there was no pair of: a comparison that lost a benchmark has not seen
// all that it should.
func conclusionOf(rows []report.Benchmark) (report.Verdict, string) {
	with := func(v report.Verdict) *report.Benchmark {
		for i := range rows {
			if rows[i].Verdict == v && !rows[i].Waived() {
				return &rows[i]
			}
		}
		return nil
	}
	decided := slices.ContainsFunc(rows, func(b report.Benchmark) bool {
		return b.Compared() && b.Verdict != report.Inconclusive && b.Pairs > 0
	})
	measured := slices.ContainsFunc(rows, func(b report.Benchmark) bool { return b.Compared() && b.Pairs > 0 })
	missed := slices.IndexFunc(rows, func(b report.Benchmark) bool { return b.Verdict == report.Inconclusive && b.Pairs == 0 })
	failed, odd := with(report.Failed), with(report.NotComparable)
	switch {
	case failed != nil:
		return report.Failed, report.Clip(failed.Name + ": " + failed.Reason)
	case missed >= 0:
		return report.Failed, report.Clip(rows[missed].Name + ": " + rows[missed].Reason)
	case with(report.Regression) != nil:
		return report.Regression, ""
	case decided:
		return report.Pass, ""
	case measured:
		return report.Neutral, report.Undecided
	case odd != nil:
		return report.Neutral, odd.Reason
	case with(report.Added) != nil && with(report.Removed) == nil:
		return report.Neutral, report.BaseEmpty
	case len(rows) == 0:
		return report.Failed, report.Reason(report.NoResults, "this project has no suite: describe its benchmarks in cupel.toml, or write a Go benchmark")
	default:
		return report.Failed, report.Reason(report.NoResults, "no benchmark is in both versions")
	}
}
