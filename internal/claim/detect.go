package claim

import (
	"regexp"
	"slices"
	"strings"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/markdown"
)

// unmarked finds what looks like a performance claim and is neither claimed nor
// excused, one a line. Generated regions are left out: what they say is checked
// against their evidence by whoever writes them.
func (t *text) unmarked(taken []markdown.Span) []Unmarked {
	var found []Unmarked
	taken = append(taken, t.generated()...)
	last := 0
	for _, s := range t.suspects() {
		line := lineOf(t.page, s.number.Start) + 1
		if line == last || covered(s.number, taken) {
			continue
		}
		last = line
		found = append(found, Unmarked{File: t.Path, Line: line, Text: t.excerpt(within(s.sentence, t.page.Lines[line-1]))})
	}
	return found
}

// within is the part of a sentence that stands in a line.
func within(s markdown.Span, l markdown.PageLine) markdown.Span {
	return markdown.Span{Start: max(s.Start, l.Start), End: min(s.End, l.End)}
}

func covered(s markdown.Span, by []markdown.Span) bool {
	return slices.ContainsFunc(by, func(c markdown.Span) bool { return c.Start <= s.Start && s.End <= c.End })
}

// regionMark is the marker of a region that is written by a program.
var regionMark = regexp.MustCompile(`^(/?)benchmarks: *([^,\s]+)`)

// generated are the regions between a marker and the one that closes it.
func (t *text) generated() []markdown.Span {
	var regions []markdown.Span
	open, start := "", 0
	for _, c := range t.page.Comments {
		m := regionMark.FindStringSubmatch(c.Text)
		switch {
		case m == nil:
		case m[1] == "":
			open, start = m[2], c.Start
		case m[2] == open:
			regions = append(regions, markdown.Span{Start: start, End: c.End})
			open = ""
		}
	}
	return regions
}

// A suspect is a number that looks like a performance claim.
type suspect struct{ number, sentence markdown.Span }

// suspects are those in scope, in their order.
func (t *text) suspects() []suspect {
	var found []suspect
	heading := false // the last heading is about performance
	for i := 0; i < len(t.page.Lines); {
		next := i + 1
		for next < len(t.blocks) && t.blocks[next] == i {
			next++
		}
		block := markdown.Span{Start: t.page.Lines[i].Start, End: t.page.Lines[next-1].End}
		if t.page.Lines[i].Kind == markdown.Heading {
			heading = headingWords.Match(t.page.Prose[block.Start:block.End])
		}
		if t.inScope(block.Start) {
			found = append(found, t.suspectsIn(block, t.headOf(i), heading)...)
		}
		i = next
	}
	return found
}

// headOf is the head of the table that line i is a row of, "" elsewhere.
func (t *text) headOf(i int) string {
	head := t.page.Lines[i].Head
	if head < 0 || head == i {
		return ""
	}
	return string(t.page.Prose[t.page.Lines[head].Start:t.page.Lines[head].End])
}

func (t *text) suspectsIn(block markdown.Span, head string, heading bool) []suspect {
	var found []suspect
	for _, s := range sentences(t.page.Prose, block) {
		text := string(t.page.Prose[s.Start:s.End])
		said := sentence{text: head + " " + text, heading: heading}
		for _, n := range numbers(t.page.Prose, s) {
			if said.claims(n, text[:n.span.End-s.Start], text[n.span.End-s.Start:]) {
				found = append(found, suspect{n.span, s})
			}
		}
		if m := spelled.FindStringIndex(text); m != nil {
			found = append(found, suspect{markdown.Span{Start: s.Start + m[0], End: s.Start + m[1]}, s})
		}
	}
	return found
}

// sentences parts a block.
func sentences(prose []byte, block markdown.Span) []markdown.Span {
	var list []markdown.Span
	at := block.Start
	for _, m := range stop.FindAllIndex(prose[block.Start:block.End], -1) {
		list = append(list, markdown.Span{Start: at, End: block.Start + m[1]})
		at = block.Start + m[1]
	}
	return append(list, markdown.Span{Start: at, End: block.End})
}

var (
	headingWords = words(`perform\w*`, `benchmarks?`, `speed\w*`, `optimi[sz]\w*`, `latency`, `throughput`)

	// spelled are claims without digits.
	spelled = words(`(?:twice|half) as (?:fast|slow|much memory)`, `(?:twice|double|half) the (?:speed|throughput|performance|time|latency|memory)`,
		`(?:halves?|halved|halving|doubles?|doubled|doubling) (?:the )?(?:\w+ )?(?:speed|throughput|performance|time|latency|memory|allocations)`,
		`(?:an )?orders? of magnitude (?:faster|slower|quicker|less|more efficient)`)

	comparing = words(`fast(?:er|est)?`, `slower`, `speed(?:s|ing)?[- ]?ups?`, `sped up`, `speedup`, `speed`, `quick(?:er|ly)?`, `throughput`,
		`performan(?:ce|t)`, `efficien(?:t|cy)`, `latency`, `(?:less|fewer|lower|smaller|reduc\w+|sav\w+)(?: \w+){0,3} (?:memory|allocations?|time|instructions|cycles|cpu)`,
		`(?:memory|allocations?|time|instructions|cycles|cpu)(?: \w+){0,3} (?:less|fewer|lower|smaller|reduc\w+|drop\w*|fell|cut)`)
	changing = words(`faster`, `slower`, `quicker`, `speed(?:s|ing)?[- ]?ups?`, `sped up`, `speedup`, `less`, `fewer`, `lower\w*`, `reduc\w+`, `decreas\w+`, `increas\w+`,
		`higher`, `improv\w+`, `better`, `smaller`, `shorter`, `cuts?`, `sav\w+`, `drop\w*`, `gains?`, `overhead`, `more`, `(?:went|goes|is|are) (?:up|down)`, `rose`, `grew`, `fell`)
	quantities = words(`time`, `times`, `latency`, `throughput`, `speed\w*`, `perform\w*`, `memory`, `alloc\w*`, `overhead`, `cpu`, `cycles`, `instructions`, `runtime`,
		`faster`, `slower`, `quicker`, `bandwidth`, `footprint`, `size`, `sped up`)
	taking = words(`latency`, `overhead`, `takes?`, `took`, `throughput`, `faster`, `slower`, `speed\w*`, `perform\w*`, `start-?up`, `load(?:s|ing|ed)?`, `runs? (?:in|at)`,
		`finish\w*`, `complet\w+ in`, `process\w*`, `achiev\w+`, `reach\w+`, `sustain\w*`, `handles?`, `parses?`, `decod\w+`, `encod\w+`, `switching`, `median`, `p9\d`, `per (?:call|op|operation|request|iteration|token|item)`)

	// settings are words about what is configured or promised otherwise.
	settings = words(`time-?outs?`, `intervals?`, `delays?`, `waits?`, `waited`, `waiting`, `sleeps?`, `retr(?:y|ies)`, `limits?`, `limited`, `thresholds?`, `default(?:s|ed)?`,
		`confidence`, `coverage`, `probability`, `expires?`, `max(?:imum)?`, `min(?:imum)?`, `cooldown`, `budget`, `tolerance`, `every`, `longer than`, `bug(?:s|gy)?`, `display\w*`, `format(?:s|ted|ting)?`)
	worse     = words(`degrad\w+`, `regress\w+`, `slow-?downs?`)
	boasting  = words(`faster`, `as fast`, `fewer`, `less`)
	timesWhat = regexp.MustCompile(`(?i)^\s*(?:as (?:fast|quick)|faster|slower|quicker|smaller|fewer|less|more efficient|better|higher throughput|the (?:speed|throughput|performance)|speed|improvement|reduction)`)
)

func words(alternatives ...string) *regexp.Regexp {
	return regexp.MustCompile(`(?i)\b(?:` + strings.Join(alternatives, "|") + `)\b`)
}

// A sentence is what the words around a number say, with those of the head of
// its table. Each question is put once, however many numbers there are.
type sentence struct {
	text    string
	heading bool // the section is about performance
	known   map[*regexp.Regexp]bool
}

func (s *sentence) says(form *regexp.Regexp) bool {
	if said, ok := s.known[form]; ok {
		return said
	}
	if s.known == nil {
		s.known = make(map[*regexp.Regexp]bool)
	}
	s.known[form] = form.MatchString(s.text)
	return s.known[form]
}

// claims reports whether a number is a claim in its sentence; before ends with
// it, after follows it.
func (s *sentence) claims(n number, before, after string) bool {
	switch {
	case n.unit == factor && strings.HasSuffix(before, "times"):
		return timesWhat.MatchString(after)
	case n.unit == factor:
		return (s.heading || s.says(comparing)) && !s.worsening()
	case n.unit == percent:
		return s.says(changing) && (s.heading || s.says(quantities)) && !s.says(settings) && !s.worsening()
	case isSize(n.unit): // also of what was worked on: "a file of 13 KB"
		return s.says(comparing) && !s.says(settings)
	default:
		return (s.heading || s.says(taking)) && !s.says(settings)
	}
}

// worsening reports whether something became slower, of which nobody boasts.
func (s *sentence) worsening() bool { return s.says(worse) && !s.says(boasting) }

func isSize(unit string) bool {
	_, base, better := bench.Normalize(1, unit)
	return better == bench.Lower && !bench.Metric{Unit: base}.IsTime()
}
