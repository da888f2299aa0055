package report

import (
	"fmt"
	"slices"
	"sort"
	"strings"
)

// What GitHub takes: a comment of 65,536 characters by its documentation, and
// a step summary of 1 MiB. The limits here stay clear of both.
const (
	CommentLimit = 65_000
	SummaryLimit = 1_000_000
)

// A Section is one comparison of several in one text: the same two versions on
// another machine.
type Section struct {
	Title      string // data: what tells it from the others, "macos-14"; may be empty
	Comparison *Comparison
}

// Markdown is how comparisons are written for a comment or a step summary, in
// GitHub Flavored Markdown.
type Markdown struct {
	Marker string // a line that a later run finds the comment by; "" for none. Not data.
	Link   string // where everything can be read, for what is left out; "" for none. Not data.
	Limit  int    // the text stays under that many bytes

	// Untrusted says that the comparisons were made elsewhere, by code that
	// nobody has reviewed. Then only numbers, names and known reasons are shown.
	Untrusted bool
}

// Marker is the line that a comment of the given name is found by. The name is
// the project's own: letters, digits and '-'.
func Marker(name string) string {
	return "<!-- cupel:" + name + " -->"
}

// A cut says what is left out of a text to make it shorter.
type cut struct {
	rows   int  // how many changed benchmarks each section shows
	folded bool // whether the rest is there, folded
}

// Render writes the sections as one text of fewer than Limit bytes. What does
// not fit is left out: first the folded tables, then rows from the end. What
// is always there is the marker and the verdict.
func (m Markdown) Render(sections ...Section) string {
	most := 0
	for _, s := range sections {
		most = max(most, len(s.Comparison.Benchmarks))
	}
	if text := m.render(sections, cut{most, true}); len(text) < m.Limit {
		return text
	}
	dropped := sort.Search(most, func(n int) bool {
		return len(m.render(sections, cut{most - n, false})) < m.Limit
	})
	if text := m.render(sections, cut{most - dropped, false}); len(text) < m.Limit {
		return text
	}
	return m.shortest(sections)
}

// shortest is marker, verdict and link, without any data.
func (m Markdown) shortest(sections []Section) string {
	return m.marker() + "### " + bareVerdict(worst(sections)) + "\n" + m.more("The report is too long for this place")
}

func bareVerdict(v Verdict) string {
	switch v {
	case Regression:
		return "Regression"
	case Failed:
		return "Could not measure"
	case Pass:
		return "No regression"
	default:
		return "No verdict"
	}
}

func (m Markdown) marker() string {
	if m.Marker == "" {
		return ""
	}
	return m.Marker + "\n"
}

// more is a sentence that leads to what is left out.
func (m Markdown) more(what string) string {
	if m.Link == "" {
		return what + ".\n"
	}
	return fmt.Sprintf("%s: [all results](%s).\n", what, m.Link)
}

func (m Markdown) render(sections []Section, c cut) string {
	var b strings.Builder
	b.WriteString(m.marker())
	if len(sections) > 1 {
		fmt.Fprintf(&b, "### %s\n\n", overall(sections))
	}
	for _, s := range sections {
		m.section(&b, s, len(sections) > 1, c)
	}
	b.WriteString("<sub>" + purpose)
	if m.Link != "" {
		fmt.Fprintf(&b, " [The run](%s) has all results.", m.Link)
	}
	b.WriteString("</sub>\n")
	return b.String()
}

// worst is the verdict over all sections.
func worst(sections []Section) Verdict {
	for _, v := range []Verdict{Regression, Failed, Pass} {
		if slices.ContainsFunc(sections, func(s Section) bool { return s.Comparison.Verdict == v }) {
			return v
		}
	}
	return Neutral
}

// overall is the verdict over all sections with the titles of those that have it.
func overall(sections []Section) string {
	verdict := worst(sections)
	var titles []string
	for _, s := range sections {
		if s.Comparison.Verdict == verdict {
			titles = append(titles, code(s.Title))
		}
	}
	return bareVerdict(verdict) + " on " + strings.Join(titles, ", ")
}

// verdict is the headline with the reason, as far as it is to be shown.
func (m Markdown) verdict(c *Comparison) string {
	line := c.headline(code)
	if reason := m.reason(c.Reason); reason != "" {
		line += ": " + reason
	}
	return line
}

// reason shows a known reason as words and any other text as data.
func (m Markdown) reason(reason string) string {
	word := known(reason)
	_, detail, _ := strings.Cut(reason, ": ")
	switch {
	case m.Untrusted || reason == word:
		return word
	case word == "":
		return code(reason)
	default:
		return word + ": " + code(detail)
	}
}

func (m Markdown) section(b *strings.Builder, s Section, titled bool, limit cut) {
	c := s.Comparison
	if titled {
		fmt.Fprintf(b, "**%s**: %s\n\n", code(s.Title), m.verdict(c))
	} else {
		fmt.Fprintf(b, "### %s\n\n", m.verdict(c))
	}
	for _, note := range c.notes() {
		fmt.Fprintf(b, "> %s\n>\n", note)
	}
	if len(c.Benchmarks) > 0 {
		fmt.Fprintf(b, "\n%s.\n\n", capital(c.counts()))
	}
	changed, rest := c.split()
	shown := changed[:min(limit.rows, len(changed))]
	m.table(b, c, shown)
	if left := len(changed) - len(shown); left > 0 {
		b.WriteString(m.more(fmt.Sprintf("… and %d more that changed", left)) + "\n")
	}
	m.fold(b, c, rest, limit.folded)
	if origin := c.origin(code); origin != "" {
		fmt.Fprintf(b, "%s\n\n", capital(origin))
	}
}

// fold writes the benchmarks that did not change behind a line that opens them.
func (m Markdown) fold(b *strings.Builder, c *Comparison, rest []Benchmark, all bool) {
	if len(rest) == 0 {
		return
	}
	if !all {
		b.WriteString(m.more(fmt.Sprintf("%s without a change left out", plural(len(rest), "benchmark"))) + "\n")
		return
	}
	fmt.Fprintf(b, "<details><summary>%s without a change that this measurement can tell</summary>\n\n", plural(len(rest), "benchmark"))
	m.table(b, c, rest)
	b.WriteString("</details>\n\n")
}

func (m Markdown) table(b *strings.Builder, c *Comparison, rows []Benchmark) {
	if len(rows) == 0 {
		return
	}
	b.WriteString("| benchmark | metric | verdict | change | interval | can detect | pairs |\n")
	b.WriteString("| :-- | :-- | :-- | --: | :-: | --: | --: |\n")
	suites := c.suites()
	for i := range rows {
		r := &rows[i]
		name := code(r.Name)
		if suites {
			name = code(r.Suite) + " " + name
		}
		verdict := plainWord(r.Verdict)
		if reason := m.reason(r.Reason); reason != "" {
			verdict += ": " + reason
		}
		cells := []string{name, code(r.Metric), verdict, change(r), interval(r), detects(r), count(r.Pairs)}
		b.WriteString("| " + strings.Join(cells, " | ") + " |\n")
	}
	b.WriteString("\n")
}
