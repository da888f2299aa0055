package claim

import (
	"regexp"
	"sort"
	"strings"

	"github.com/cupel-dev/cupel/internal/markdown"
)

// A mark is a marker in a document: it claims, or excuses, what stands before
// it in its block, up to the marker before.
type mark struct {
	id      string // "" for an excuse
	excuse  string // why it is no claim; "" for a claim
	comment markdown.Span
	region  markdown.Span // the text that it is about
	line    int           // of the marker, 1-based
}

var markForm = regexp.MustCompile(`^claim:\s*(\S+?)\s*(?:,\s*(.*))?$`)

// none is the id of an excuse.
const none = "none"

// marks finds the markers of a page in their order.
func marks(p *markdown.Page, blocks []int) []mark {
	var found []mark
	last := 0 // end of the marker before
	for _, c := range p.Comments {
		m := markForm.FindStringSubmatch(strings.Join(strings.Fields(c.Text), " "))
		if m == nil {
			continue
		}
		k := mark{id: m[1], comment: c.Span, line: lineOf(p, c.Start) + 1}
		if m[1] == none {
			k.id, k.excuse = "", m[2]
		} else if m[2] != "" {
			k.id += ", " + m[2] // no id has a comma: it will not be known
		}
		k.region = markdown.Span{Start: max(last, p.Lines[blocks[k.line-1]].Start), End: c.Start}
		last = c.End
		found = append(found, k)
	}
	return found
}

// lineOf is the index of the line that holds an offset.
func lineOf(p *markdown.Page, offset int) int {
	return sort.Search(len(p.Lines), func(i int) bool { return p.Lines[i].Start > offset }) - 1
}

// blocks says for each line where the block begins that a claim in it may be
// about: a paragraph, one row of a table, a heading. A comment on a line of its
// own belongs to the paragraph right above it.
func blocks(p *markdown.Page) []int {
	starts := make([]int, len(p.Lines))
	for i, l := range p.Lines {
		switch {
		case l.Head >= 0:
			starts[i] = i
		case l.Block < i:
			starts[i] = starts[l.Block]
		case l.Kind == markdown.Comment && i > 0 && (p.Lines[i-1].Kind == markdown.Text || p.Lines[i-1].Kind == markdown.Comment):
			starts[i] = starts[i-1]
		default:
			starts[i] = i
		}
	}
	return starts
}

// pick finds the number that a marker is about: the last before it that fits,
// in its own line rather than in one above, and rather outside of parentheses.
func pick(p *markdown.Page, k mark, fits func(number) bool) (number, bool) {
	for i := lineOf(p, k.region.End); i >= 0 && p.Lines[i].End >= k.region.Start; i-- {
		line := markdown.Span{Start: max(k.region.Start, p.Lines[i].Start), End: min(k.region.End, p.Lines[i].End)}
		if line.Start >= line.End {
			continue
		}
		if n, ok := lastNumber(p.Prose, line, fits); ok {
			return n, true
		}
	}
	return number{}, false
}

// lastNumber is the last number of a part of a line that fits: outside of
// parentheses where one is, else inside.
func lastNumber(prose []byte, s markdown.Span, fits func(number) bool) (number, bool) {
	var last [2]number
	var found [2]bool
	depth, at := 0, s.Start
	for _, n := range numbers(prose, s) {
		depth, at = nesting(depth, prose[at:n.span.Start]), n.span.Start
		if fits(n) {
			inside := min(depth, 1)
			last[inside], found[inside] = n, true
		}
	}
	if found[0] {
		return last[0], true
	}
	return last[1], found[1]
}

// nesting is the depth of parentheses behind a text.
func nesting(depth int, text []byte) int {
	for _, c := range text {
		switch c {
		case '(':
			depth++
		case ')':
			depth = max(0, depth-1)
		}
	}
	return depth
}
