package changelog

import (
	"regexp"
	"strings"
)

// A kind says what one line is in the block structure of the document, after
// CommonMark 0.31: only what decides whether a line can be a heading.
type kind uint8

const (
	blank      kind = iota
	text            // a line of a paragraph
	rule            // a thematic break
	heading         // an ATX heading, or the text lines of a setext heading
	underline       // the second part of a setext heading
	code            // fenced or indented code, fences included
	html            // an HTML block
	comment         // an HTML block that is nothing but a comment
	definition      // a link reference definition
	nested          // inside a list item or a block quote
	anchor          // an empty anchor element above a heading
)

// A scanner follows the block structure of one container, line by line. The
// content of a list item or a block quote goes to a scanner of its own.
type scanner struct {
	fence   fence
	block   htmlBlock
	par     int // number of lines of the open paragraph
	defs    int // how many of them are definitions, which stand at its beginning
	child   *scanner
	column  int  // where the content of the open list item begins; 0 in a block quote
	waiting bool // the open list item has no content so far
	depth   int
}

// maxDepth is the nesting of containers that is followed; deeper lines count
// as text, so that hostile input costs no stack.
const maxDepth = 100

// feed takes the next line, without its end and with tabs expanded.
func (s *scanner) feed(line string) kind {
	indent := len(line) - len(strings.TrimLeft(line, " "))
	switch {
	case s.fence.open():
		s.fence = s.fence.next(line, indent)
		return code
	case s.block.open():
		return s.inHTML(line)
	case indent == len(line):
		return s.blankLine()
	case s.child != nil && s.column > 0 && indent >= s.column:
		s.waiting = false
		s.child.feed(line[s.column:])
		return nested
	}
	return s.start(line, indent)
}

func (s *scanner) blankLine() kind {
	s.endParagraph()
	if s.child != nil && (s.column == 0 || s.waiting) {
		s.child = nil
	}
	if s.child != nil {
		s.child.feed("")
	}
	return blank
}

// start decides what a line begins that continues neither a fence nor an HTML
// block nor a list item.
func (s *scanner) start(line string, indent int) kind {
	rest := line[indent:]
	if s.child != nil && s.column == 0 && indent <= 3 && rest[0] == '>' {
		s.child.feed(quoted(rest))
		return nested
	}
	if indent <= 3 {
		if k, ok := s.startBlock(line, rest, indent); ok {
			return k
		}
	}
	if s.child != nil && s.child.openParagraph() {
		return nested // a lazy continuation line
	}
	s.child = nil
	if s.par == 0 && indent > 3 {
		return code
	}
	s.par++
	if s.defs == s.par-1 && definitionForm.MatchString(line) {
		s.defs++
		return definition
	}
	return text
}

func (s *scanner) startBlock(line, rest string, indent int) (kind, bool) {
	if s.par > s.defs && setextLine.MatchString(rest) {
		s.endParagraph()
		return underline, true
	}
	var k kind
	switch {
	case thematicBreak(rest):
		k = rule
	case atxLine.MatchString(rest):
		k = heading
	case s.openFence(rest):
		k = code
	case s.openHTML(rest):
		return s.inHTML(line), true
	case s.openContainer(rest, indent):
		return nested, true
	default:
		return 0, false
	}
	s.endParagraph()
	s.child = nil
	return k, true
}

func (s *scanner) endParagraph() { s.par, s.defs = 0, 0 }

// openParagraph reports whether an unindented line of text would continue a
// paragraph in here.
func (s *scanner) openParagraph() bool {
	if s.child != nil {
		return s.child.openParagraph()
	}
	return s.par > 0
}

// awaitsDefinition reports whether a link reference definition may begin in
// this line, whose destination stands in the next.
func (s *scanner) awaitsDefinition(line string) bool {
	inItem := s.child != nil && s.column > 0 && strings.HasPrefix(line, strings.Repeat(" ", s.column))
	return !s.fence.open() && !s.block.open() && !inItem && s.par == s.defs &&
		(s.child == nil || !s.child.openParagraph()) && definitionStart.MatchString(line)
}

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
func (s *scanner) openContainer(rest string, indent int) bool {
	if s.depth >= maxDepth {
		return false
	}
	if rest[0] == '>' {
		s.endParagraph()
		s.column, s.child, s.waiting = 0, &scanner{depth: s.depth + 1}, false
		s.child.feed(quoted(rest))
		return true
	}
	m := listItem.FindStringSubmatch(rest)
	if m == nil {
		return false
	}
	content := strings.TrimRight(rest[len(m[0]):], " ")
	notUnderline := s.par == s.defs && setextLine.MatchString(rest)
	if s.par > 0 && !notUnderline && (content == "" || m[1] != "" && strings.TrimLeft(m[1], "0") != "1") {
		return false // only a list that starts at 1 and is not empty interrupts a paragraph
	}
	marker := len(m[0]) - len(m[2])
	width := len(m[0])
	if content == "" || len(m[2]) > 4 {
		width = marker + 1
	}
	s.endParagraph()
	s.column, s.child, s.waiting = indent+width, &scanner{depth: s.depth + 1}, content == ""
	if content != "" {
		s.child.feed(rest[width:])
	}
	return true
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

func (s *scanner) openFence(rest string) bool {
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
