package changelog

import (
	"bytes"
	"regexp"
	"strings"
)

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
	var s scanner
	opened := 0
	for i := 0; i < len(f.lines); i++ {
		content := expandTabs(f.content(i))
		if f.scanLongDefinition(&s, content, i) {
			i++
			continue
		}
		wasOpen := s.fence.open() || s.block.open()
		k := s.feed(content)
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
	if (s.fence.open() || s.block.until != nil) && f.hidesHeading(opened) {
		f.unclosed = opened
	}
}

// hidesHeading reports whether a line behind line number first looks like a
// heading.
func (f *File) hidesHeading(first int) bool {
	for i := first; i < len(f.lines); i++ {
		if rest := strings.TrimLeft(f.content(i), " "); atxLine.MatchString(rest) {
			return true
		}
	}
	return false
}

// scanLongDefinition takes a definition whose destination stands in the next
// line.
func (f *File) scanLongDefinition(s *scanner, content string, i int) bool {
	if i+1 >= len(f.lines) || !s.awaitsDefinition(content) {
		return false
	}
	next := strings.Fields(f.content(i + 1))
	if len(next) != 1 || !destination.MatchString(next[0]) {
		return false
	}
	f.lines[i].kind = s.feed(strings.TrimRight(content, " ") + " " + next[0])
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

// expandTabs replaces tabs by spaces up to the next multiple of four columns.
func expandTabs(s string) string {
	if !strings.Contains(s, "\t") {
		return s
	}
	var b strings.Builder
	column := 0
	for _, r := range s {
		if r != '\t' {
			b.WriteRune(r)
			column++
			continue
		}
		width := 4 - column%4
		b.WriteString("    "[:width])
		column += width
	}
	return b.String()
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
		top: f.anchorAbove(i), first: i, last: i, level: level, text: text, textSpan: Span{start, start + len(text)},
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
		top: first, first: first, last: i, level: level, text: strings.Join(words, " "), textSpan: Span{start, end}, setext: true,
	})
}
