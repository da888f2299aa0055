// Package markdown follows the block structure of a Markdown document line by
// line, after CommonMark 0.31 with the tables of GitHub: what each line is, and
// where a new block begins. It is for programs that change some bytes of a
// document and must not touch the others. It renders nothing and knows no inline
// syntax but code and comments.
package markdown

import (
	"regexp"
	"strings"
)

// A Kind says what one line is in the block structure.
type Kind uint8

// The kinds of lines.
const (
	Blank      Kind = iota
	Text            // a line of a paragraph
	Rule            // a thematic break
	Heading         // an ATX heading
	Underline       // the second part of a setext heading
	Code            // fenced or indented code, fences included
	HTML            // an HTML block
	Raw             // an HTML block that is no text for people: pre, script, style, textarea, declarations
	Comment         // an HTML block that is nothing but a comment
	Definition      // a link reference definition
)

// A Line is one line as the scanner sees it.
type Line struct {
	Kind   Kind
	First  bool // begins a block: what is open in the lines before does not go on here
	Nested bool // inside a list item or a block quote
}

// A Scanner follows the block structure of one container, line by line. The
// content of a list item or a block quote goes to a scanner of its own. The
// zero value is at the beginning of a document.
type Scanner struct {
	fence   fence
	block   htmlBlock
	par     int // number of lines of the open paragraph
	defs    int // how many of them are definitions, which stand at its beginning
	child   *Scanner
	column  int  // where the content of the open list item begins; 0 in a block quote
	waiting bool // the open list item has no content so far
	depth   int
}

// maxDepth is the nesting of containers that is followed; deeper lines count
// as text, so that hostile input costs no stack.
const maxDepth = 100

// Feed takes the next line, without its end and with tabs expanded, see
// [ExpandTabs].
func (s *Scanner) Feed(line string) Line {
	indent := len(line) - len(strings.TrimLeft(line, " "))
	switch {
	case s.fence.open():
		s.fence = s.fence.next(line, indent)
		return Line{Kind: Code}
	case s.block.open():
		return Line{Kind: s.inHTML(line)}
	case indent == len(line):
		return s.blankLine()
	case s.child != nil && s.column > 0 && indent >= s.column:
		s.waiting = false
		return nested(s.child.Feed(line[s.column:]))
	}
	return s.start(line, indent)
}

func nested(l Line) Line {
	l.Nested = true
	return l
}

func (s *Scanner) blankLine() Line {
	s.endParagraph()
	if s.child != nil && (s.column == 0 || s.waiting) {
		s.child = nil
	}
	if s.child != nil {
		s.child.Feed("")
	}
	return Line{Kind: Blank}
}

// start decides what a line begins that continues neither a fence nor an HTML
// block nor a list item.
func (s *Scanner) start(line string, indent int) Line {
	rest := line[indent:]
	if s.child != nil && s.column == 0 && indent <= 3 && rest[0] == '>' {
		return nested(s.child.Feed(quoted(rest)))
	}
	if indent <= 3 {
		if l, ok := s.startBlock(line, rest, indent); ok {
			return l
		}
	}
	if s.child != nil && s.child.openParagraph() {
		return Line{Kind: Text, Nested: true} // a lazy continuation line
	}
	s.child = nil
	if s.par == 0 && indent > 3 {
		return Line{Kind: Code}
	}
	s.par++
	if s.defs == s.par-1 && definitionForm.MatchString(line) {
		s.defs++
		return Line{Kind: Definition}
	}
	return Line{Kind: Text, First: s.par == s.defs+1}
}

func (s *Scanner) startBlock(line, rest string, indent int) (Line, bool) {
	if s.par > s.defs && setextLine.MatchString(rest) {
		s.endParagraph()
		return Line{Kind: Underline}, true
	}
	l := Line{First: true}
	switch {
	case thematicBreak(rest):
		l.Kind = Rule
	case atxLine.MatchString(rest):
		l.Kind = Heading
	case s.openFence(rest):
		l.Kind = Code
	case s.openHTML(rest):
		l.Kind = s.inHTML(line)
		return l, true
	default:
		return s.openContainer(rest, indent)
	}
	s.endParagraph()
	s.child = nil
	return l, true
}

func (s *Scanner) endParagraph() { s.par, s.defs = 0, 0 }

// openParagraph reports whether an unindented line of text would continue a
// paragraph in here.
func (s *Scanner) openParagraph() bool {
	if s.child != nil {
		return s.child.openParagraph()
	}
	return s.par > 0
}

// Open reports whether a fence or an HTML block is open, and whether a line of
// its own has to close it: an unclosed one hides the rest of the document.
func (s *Scanner) Open() (open, mustClose bool) {
	return s.fence.open() || s.block.open(), s.fence.open() || s.block.until != nil
}

// AwaitsDefinition reports whether a link reference definition may begin in
// this line, whose destination stands in the next.
func (s *Scanner) AwaitsDefinition(line string) bool {
	inItem := s.child != nil && s.column > 0 && strings.HasPrefix(line, strings.Repeat(" ", s.column))
	return !s.fence.open() && !s.block.open() && !inItem && s.par == s.defs &&
		(s.child == nil || !s.child.openParagraph()) && definitionStart.MatchString(line)
}

// IsHeading reports whether a line would be an ATX heading outside of all code
// and HTML; indentation is left out.
func IsHeading(line string) bool { return atxLine.MatchString(strings.TrimLeft(line, " ")) }

// IsListItem reports whether a line, without its indentation, begins with the
// mark of a list item.
func IsListItem(line string) bool { return listItem.MatchString(line) }

var (
	atxLine    = regexp.MustCompile(`^#{1,6}(?:[ \t]|$)`)
	setextLine = regexp.MustCompile(`^(?:=+|-+)[ \t]*$`)
	listItem   = regexp.MustCompile(`^(?:[-+*]|(\d{1,9})[.)])([ \t]+|$)`)
)

func thematicBreak(rest string) bool {
	c := rest[0]
	if c != '*' && c != '-' && c != '_' {
		return false
	}
	marks := strings.Count(rest, string(c))
	return marks >= 3 && strings.Trim(rest, string(c)+" \t") == ""
}

func quoted(rest string) string {
	return strings.TrimPrefix(rest[1:], " ")
}

// openContainer begins a list item or a block quote.
func (s *Scanner) openContainer(rest string, indent int) (Line, bool) {
	if s.depth >= maxDepth {
		return Line{}, false
	}
	if rest[0] == '>' {
		s.endParagraph()
		s.column, s.child, s.waiting = 0, &Scanner{depth: s.depth + 1}, false
		return nested(s.child.Feed(quoted(rest))), true
	}
	m := listItem.FindStringSubmatch(rest)
	if m == nil {
		return Line{}, false
	}
	content := strings.TrimRight(rest[len(m[0]):], " ")
	notUnderline := s.par == s.defs && setextLine.MatchString(rest)
	if s.par > 0 && !notUnderline && (content == "" || m[1] != "" && strings.TrimLeft(m[1], "0") != "1") {
		return Line{}, false // only a list that starts at 1 and is not empty interrupts a paragraph
	}
	marker := len(m[0]) - len(m[2])
	width := len(m[0])
	if content == "" || len(m[2]) > 4 {
		width = marker + 1
	}
	s.endParagraph()
	s.column, s.child, s.waiting = indent+width, &Scanner{depth: s.depth + 1}, content == ""
	if content == "" {
		return Line{Kind: Blank, First: true, Nested: true}, true
	}
	return nested(s.child.Feed(rest[width:])), true
}

// A fence is an open code fence; the zero value is none.
type fence struct {
	char   byte
	length int
}

func (f fence) open() bool { return f.length > 0 }

// next is the fence after one more line: closed by the same character, at
// least as long, indented by at most three spaces and with nothing behind it.
func (f fence) next(line string, indent int) fence {
	rest := strings.TrimRight(line[indent:], " ")
	if indent <= 3 && len(rest) >= f.length && strings.Trim(rest, string(f.char)) == "" {
		return fence{}
	}
	return f
}

func (s *Scanner) openFence(rest string) bool {
	c := rest[0]
	if c != '`' && c != '~' {
		return false
	}
	info := strings.TrimLeft(rest, string(c))
	length := len(rest) - len(info)
	if length < 3 || c == '`' && strings.Contains(info, "`") {
		return false
	}
	s.fence = fence{c, length}
	return true
}

// ExpandTabs replaces tabs by spaces up to the next multiple of four columns.
func ExpandTabs(s string) string {
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
