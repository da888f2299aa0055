package smoke

import (
	"slices"
	"strings"
	"unicode/utf8"

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
	measured := slices.ContainsFunc(rows, func(b report.Benchmark) bool { return b.Compared() && b.Pairs > 0 })
	missed := slices.IndexFunc(rows, func(b report.Benchmark) bool { return b.Verdict == report.Inconclusive && b.Pairs == 0 })
	failed, odd := with(report.Failed), with(report.NotComparable)
	switch {
	case failed != nil:
		return report.Failed, clip(failed.Name + ": " + failed.Reason)
	case missed >= 0:
		return report.Failed, clip(rows[missed].Name + ": " + rows[missed].Reason)
	case with(report.Regression) != nil:
		return report.Regression, ""
	case measured:
		return report.Pass, ""
	case odd != nil:
		return report.Neutral, odd.Reason
	case with(report.Added) != nil && with(report.Removed) == nil:
		return report.Neutral, report.BaseEmpty
	default:
		return report.Failed, report.NoResults
	}
}

// clip bounds a text that a program printed to what a report takes.
func clip(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	const limit = report.MaxText - len("…")
	if len(text) <= limit {
		return text
	}
	cut := limit
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "…"
}
