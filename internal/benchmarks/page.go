package benchmarks

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/cupel-dev/cupel/internal/chart"
	"github.com/cupel-dev/cupel/internal/evidence"
)

// ChartsDir is where the charts lie, relative to the document. It is in docs/,
// which no measurement depends on: a new chart leaves the subject as it is.
const ChartsDir = "docs/benchmarks"

// A Set is one set of evidence and what a document says of it.
type Set struct {
	Dir      string // relative to the document, with slashes
	Host     string // the class of host that it was measured on
	Manifest *evidence.Manifest
	Summary  *evidence.Summary
	Claims   func(evidence.Benchmark) []string // the claims that rest on it; nil where there are none
}

// Update writes every region of doc anew from the set and returns the charts
// that it shows, by path relative to the document. A suite without a region
// gets none; a region whose suite the set does not hold is left as it is. The
// error is a [SyntaxError].
func Update(doc []byte, set Set) (updated []byte, charts map[string][]byte, err error) {
	regions, err := Regions(doc)
	if err != nil {
		return nil, nil, err
	}
	regions = slices.DeleteFunc(regions, func(r Region) bool { return !set.holds(r.Suite) })
	charts = map[string][]byte{}
	updated = replace(doc, regions, func(r Region) string {
		for name, svg := range set.charts(r.Suite) {
			charts[name] = svg
		}
		return set.region(r.Suite)
	})
	return updated, charts, nil
}

// A Problem is a region that does not say what its evidence says.
type Problem struct {
	Line int
	Text string
}

// Check compares every region of doc with the evidence that it names. load
// reads a set, and its error says why it cannot be read; readChart reads a
// chart. Regions that cannot be told apart are a problem too.
func Check(doc []byte, load func(dir string) (Set, error), readChart func(name string) ([]byte, error)) []Problem {
	regions, err := Regions(doc)
	var syntax *SyntaxError
	if errors.As(err, &syntax) {
		return []Problem{{syntax.Line, syntax.Problem}}
	}
	var problems []Problem
	for _, r := range regions {
		if text := check(doc, r, load, readChart); text != "" {
			problems = append(problems, Problem{r.Line, fmt.Sprintf("the region of %s: %s", r.Suite, text)})
		}
	}
	return problems
}

func check(doc []byte, r Region, load func(string) (Set, error), readChart func(string) ([]byte, error)) string {
	if r.Evidence == "" {
		return "it has not been written yet"
	}
	set, err := load(r.Evidence)
	if err != nil {
		return err.Error()
	}
	if !set.holds(r.Suite) {
		return fmt.Sprintf("%s holds no suite of this name", r.Evidence)
	}
	old := doc[r.start:r.end]
	if withLineEnds(set.region(r.Suite), old) != string(old) {
		return "it was edited by hand, or its claims have changed; write text outside of the markers"
	}
	for name, want := range set.charts(r.Suite) {
		switch got, err := readChart(name); {
		case err != nil:
			return err.Error()
		case string(got) != string(want):
			return name + " does not show this evidence"
		}
	}
	return ""
}

func (s Set) holds(suite string) bool {
	_, ok := s.Manifest.Suite(suite)
	return ok
}

// region is the text of a region, markers included.
func (s Set) region(suite string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "<!-- benchmarks: %s, %s -->\n\n", suite, s.Dir)
	fmt.Fprintf(&b, "Measured in %d runs on %s (evidence class %s), commit %.12s: [evidence](%s/summary.md).\n",
		s.Manifest.Plan.Runs, cell(s.Host), s.Manifest.Class, s.Manifest.Commit, s.Dir)
	rows := s.rows(suite)
	if len(rows) > 0 {
		light, dark := chartName(suite, "light"), chartName(suite, "dark")
		fmt.Fprintf(&b, "\n<picture>\n  <source media=\"(prefers-color-scheme: dark)\" srcset=\"%s\">\n  <img alt=\"%s of each benchmark of %s\" src=\"%s\">\n</picture>\n",
			dark, "median "+cell(rows[0].Metric), suite, light)
		b.WriteString("\n| benchmark | metric | median | 95 % interval | CV | runs | claims |\n|---|---|--:|--:|--:|--:|---|\n")
		for _, r := range rows {
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %d | %s |\n", cell(r.String()), cell(r.Metric),
				evidence.FormatValue(r.Median, r.Unit), spread(r), r.Variation(), len(r.Runs), s.claims(r))
		}
	}
	for _, doubt := range s.doubts(suite) {
		fmt.Fprintf(&b, "\nNot measured: %s.\n", cell(doubt))
	}
	fmt.Fprintf(&b, "\n<!-- /benchmarks: %s -->\n", suite)
	return b.String()
}

// rows are the first metric of each benchmark of a suite, and every other that
// a claim rests on.
func (s Set) rows(suite string) []evidence.Benchmark {
	var rows []evidence.Benchmark
	seen := map[string]bool{}
	for _, b := range s.Summary.Benchmarks {
		if b.Suite != suite {
			continue
		}
		if name := b.String(); !seen[name] || s.claims(b) != "" {
			seen[name] = true
			rows = append(rows, b)
		}
	}
	return rows
}

func (s Set) claims(b evidence.Benchmark) string {
	if s.Claims == nil {
		return ""
	}
	return strings.Join(s.Claims(b), ", ")
}

// spread is the interval with its level where that is not the column's.
func spread(b evidence.Benchmark) string {
	if b.Low != nil && b.Confidence < 0.95 {
		return fmt.Sprintf("%s (%.0f %%)", b.Spread(), b.Confidence*100)
	}
	return b.Spread()
}

// doubts are what a suite announced and did not measure, and what failed.
func (s Set) doubts(suite string) []string {
	var doubts []string
	for _, r := range s.Manifest.Runs {
		if r.Suite != suite {
			continue
		}
		for _, reason := range r.Reasons {
			doubts = append(doubts, fmt.Sprintf("run %d: %s", r.Number, reason))
		}
	}
	return doubts
}

func chartName(suite, theme string) string {
	return path.Join(ChartsDir, suite+"."+theme+".svg")
}

// charts draws the benchmarks of a suite that have the unit of its first.
func (s Set) charts(suite string) map[string][]byte {
	rows := s.rows(suite)
	if len(rows) == 0 {
		return nil
	}
	first := rows[0]
	c := chart.Chart{
		Title: fmt.Sprintf("%s: median %s, %s", suite, first.Metric, s.Host),
		Tick:  func(v float64) string { return evidence.FormatValue(v, first.Unit) },
	}
	for _, r := range rows {
		if r.Metric == first.Metric && r.Unit == first.Unit {
			c.Points = append(c.Points, chart.Point{
				Label: r.String(), Text: evidence.FormatValue(r.Median, r.Unit), Value: r.Median, Low: r.Low, High: r.High,
			})
		}
	}
	return map[string][]byte{
		chartName(suite, "light"): c.SVG(chart.Light),
		chartName(suite, "dark"):  c.SVG(chart.Dark),
	}
}

// cell makes text from outside harmless in a table of Markdown.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ", "\r", " ", "<", "&lt;", ">", "&gt;", "&", "&amp;",
		"`", "&#96;", "*", "&#42;", "_", "&#95;", "[", "&#91;", "]", "&#93;", "@", "&#64;", `\`, "&#92;", `"`, "&quot;").Replace(text)
}
