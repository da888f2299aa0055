package changelog

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/cupel-dev/cupel/internal/markdown"
)

// The kinds of lines that matter to an edit. What lies inside a list item or a
// block quote is of one kind: no heading in there is a release.
const (
	blank      = markdown.Blank
	text       = markdown.Text
	rule       = markdown.Rule
	heading    = markdown.Heading
	underline  = markdown.Underline
	code       = markdown.Code
	html       = markdown.HTML
	comment    = markdown.Comment
	definition = markdown.Definition

	nested markdown.Kind = 100 + iota
	anchor               // an empty anchor element above a heading
)

func kindOf(l markdown.Line) markdown.Kind {
	if l.Nested {
		return nested
	}
	if l.Kind == markdown.Raw {
		return html
	}
	return l.Kind
}

var anchorForm = regexp.MustCompile(`^ {0,3}<a (?:name|id)="[^"]*">(?:</a>)?[ \t]*$`)

const bom = "\ufeff"

func (f *File) splitLines() {
	pos := 0
	if bytes.HasPrefix(f.src, []byte(bom)) {
		pos = len(bom)
	}
	for pos < len(f.src) {
		next := len(f.src)
		end := next
		if i := bytes.IndexByte(f.src[pos:], '\n'); i >= 0 {
			next = pos + i + 1
			end = next - 1
		}
		if end > pos && f.src[end-1] == '\r' && end < next {
			end--
		}
		f.lines = append(f.lines, line{start: pos, end: end, next: next})
		pos = next
	}
}

// scan gives every line its kind and collects headings and definitions.
func (f *File) scan() {
	var s markdown.Scanner
	opened := 0
	for i := 0; i < len(f.lines); i++ {
		content := markdown.ExpandTabs(f.content(i))
		if f.scanLongDefinition(&s, content, i) {
			i++
			continue
		}
		wasOpen, _ := s.Open()
		k := kindOf(s.Feed(content))
		f.lines[i].kind = k
		if !wasOpen {
			opened = i + 1
		}
		switch k {
		case heading:
			f.addHeading(i)
		case underline:
			f.addSetext(i)
		case definition:
			f.addDefinition(i, i)
		}
	}
	if _, mustClose := s.Open(); mustClose && f.hidesHeading(opened) {
		f.unclosed = opened
	}
}

// hidesHeading reports whether a line behind line number first looks like a
// heading.
func (f *File) hidesHeading(first int) bool {
	for i := first; i < len(f.lines); i++ {
		if markdown.IsHeading(f.content(i)) {
			return true
		}
	}
	return false
}

// scanLongDefinition takes a definition whose destination stands in the next
// line.
func (f *File) scanLongDefinition(s *markdown.Scanner, content string, i int) bool {
	if i+1 >= len(f.lines) || !s.AwaitsDefinition(content) {
		return false
	}
	next := strings.Fields(f.content(i + 1))
	if len(next) != 1 || !destination.MatchString(next[0]) {
		return false
	}
	f.lines[i].kind = kindOf(s.Feed(strings.TrimRight(content, " ") + " " + next[0]))
	f.lines[i+1].kind = f.lines[i].kind
	f.addDefinition(i, i+1)
	return true
}

func (f *File) content(i int) string {
	return string(f.src[f.lines[i].start:f.lines[i].end])
}

// eol is the line end of line i, or of the nearest line before it that has one.
func (f *File) eol(i int) string {
	for ; i >= 0; i-- {
		if l := f.lines[i]; l.end < l.next {
			return string(f.src[l.end:l.next])
		}
	}
	return "\n"
}

func (f *File) addHeading(i int) {
	l := f.lines[i]
	raw := f.content(i)
	open := strings.TrimLeft(raw, " ")
	text := strings.TrimLeft(open, "#")
	level := len(open) - len(text)
	text = strings.Trim(text, " \t")
	if closed := strings.TrimRight(text, "#"); closed == "" || strings.HasSuffix(closed, " ") || strings.HasSuffix(closed, "\t") {
		text = strings.TrimRight(closed, " \t")
	}
	start := l.start + len(raw) - len(open) + level
	start += strings.Index(string(f.src[start:l.end]), text)
	f.headings = append(f.headings, headingLines{
		top: f.anchorAbove(i), first: i, last: i, level: level, text: text, textSpan: Span{Start: start, End: start + len(text)},
	})
}

// anchorAbove is the index of the anchor line that belongs to the heading in
// line i, or i.
func (f *File) anchorAbove(i int) int {
	if i == 0 || f.lines[i-1].kind != text || !anchorForm.MatchString(f.content(i-1)) {
		return i
	}
	if i > 1 && f.lines[i-2].kind == text {
		return i
	}
	f.lines[i-1].kind = anchor
	return i - 1
}

// addSetext makes the paragraph above line i a heading.
func (f *File) addSetext(i int) {
	first := i - 1
	for first > 0 && f.lines[first-1].kind == text {
		first--
	}
	var words []string
	for j := first; j < i; j++ {
		f.lines[j].kind = heading
		words = append(words, strings.Trim(f.content(j), " \t"))
	}
	level := 2
	if strings.Contains(f.content(i), "=") {
		level = 1
	}
	last := f.content(i - 1)
	end := f.lines[i-1].start + len(strings.TrimRight(last, " \t"))
	start := f.lines[first].start + strings.Index(f.content(first), words[0])
	f.headings = append(f.headings, headingLines{
		top: first, first: first, last: i, level: level, text: strings.Join(words, " "), textSpan: Span{Start: start, End: end}, setext: true,
	})
}
