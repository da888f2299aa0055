package markdown

import (
	"bytes"
	"regexp"
)

// A Page is a whole document, read for what people see of it.
type Page struct {
	Lines    []PageLine
	Comments []Remark // the comments outside of code, in their order

	// Prose is the document with everything blanked that nobody reads as text:
	// code, comments, tags, destinations of links. It has the length of the
	// document and the same line ends.
	Prose []byte
}

// A PageLine is one line of a page.
type PageLine struct {
	Line
	Start, End int // of its content, without the line end

	Block int // index of the line in which its block begins
	Head  int // index of the head of the table that it belongs to; -1 for none
}

// A Remark is a comment of HTML.
type Remark struct {
	Span
	Text string // what stands between the signs, without blanks at its ends
}

// head is the first line of a table in a block, next where there is none:
// GitHub's tables are the lines of a paragraph from the one above a row of
// dashes on.
func (p *Page) head(first, next int) int {
	for i := first + 1; i < next; i++ {
		text := p.Prose[p.Lines[i].Start:p.Lines[i].End]
		if bytes.IndexByte(text, '|') >= 0 && delimiterRow.Match(text) {
			return i - 1
		}
	}
	return next
}

// delimiterRow is the line below the head of a table.
var delimiterRow = regexp.MustCompile(`^[ \t>]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$`)

const bom = "\ufeff"

// ReadPage reads a document. Any bytes have a page.
func ReadPage(src []byte) *Page {
	p := &Page{Prose: bytes.Clone(src)}
	p.splitLines(src)
	for i := 0; i < len(p.Lines); {
		next := p.blockEnd(i)
		p.readBlock(src, i, next)
		i = next
	}
	return p
}

func (p *Page) splitLines(src []byte) {
	var s Scanner
	pos := 0
	if bytes.HasPrefix(src, []byte(bom)) {
		pos = len(bom)
	}
	for pos < len(src) {
		end, next := len(src), len(src)
		if i := bytes.IndexByte(src[pos:], '\n'); i >= 0 {
			end, next = pos+i, pos+i+1
		}
		if end > pos && src[end-1] == '\r' {
			end--
		}
		p.Lines = append(p.Lines, PageLine{s.Feed(ExpandTabs(string(src[pos:end]))), pos, end, 0, -1})
		pos = next
	}
}

// blockEnd is the line behind the block that begins in line i.
func (p *Page) blockEnd(i int) int {
	for j := i + 1; j < len(p.Lines); j++ {
		if !p.goesOn(j) {
			return j
		}
	}
	return len(p.Lines)
}

// goesOn reports whether line i belongs to the block of the line before. What
// stands behind a comment that spans lines makes the last one HTML.
func (p *Page) goesOn(i int) bool {
	kind, before := p.Lines[i].Kind, p.Lines[i-1].Kind
	return !p.Lines[i].First && (kind == before || kind == HTML && before == Comment)
}

func (p *Page) readBlock(src []byte, first, next int) {
	for i := first; i < next; i++ {
		p.Lines[i].Block = first
	}
	block := Span{p.Lines[first].Start, p.Lines[next-1].End}
	switch p.Lines[first].Kind {
	case Code, Raw, Definition:
		p.blank(block)
	case Text, Heading:
		head := p.head(first, next)
		if head > first {
			p.readInline(src, Span{block.Start, p.Lines[head-1].End})
		}
		for i := head; i < next; i++ {
			p.Lines[i].Head = head
			p.readRow(src, p.Lines[i])
		}
	case HTML, Comment:
		p.readHTML(src, block)
	}
}

// readRow reads the cells of a table one by one: nothing goes on from one to
// the next.
func (p *Page) readRow(src []byte, l PageLine) {
	start := l.Start
	for i := l.Start; i < l.End; i++ {
		switch src[i] {
		case '\\':
			i++
		case '|':
			p.readInline(src, Span{start, i})
			start = i + 1
		}
	}
	p.readInline(src, Span{start, l.End})
}

// blank keeps the line ends.
func (p *Page) blank(s Span) {
	for i := s.Start; i < s.End; i++ {
		if c := p.Prose[i]; c != '\n' && c != '\r' {
			p.Prose[i] = ' '
		}
	}
}
