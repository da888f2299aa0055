package markdown

import (
	"regexp"
	"strings"
)

// An htmlBlock is an open HTML block (CommonMark 0.31, section 4.6); the zero
// value is none. It ends in the line that contains until, or before a blank
// line where until is empty.
type htmlBlock struct {
	start *regexp.Regexp
	until *regexp.Regexp
	kind  Kind
}

func (b htmlBlock) open() bool { return b.start != nil }

// htmlBlocks are the start and end conditions, in the order of the
// specification. All but the last may interrupt a paragraph.
var htmlBlocks = []htmlBlock{
	{regexp.MustCompile(`^(?i:<(?:pre|script|style|textarea)(?:[\s>]|$))`), regexp.MustCompile(`(?i:</(?:pre|script|style|textarea)>)`), Raw},
	{regexp.MustCompile(`^<!--`), regexp.MustCompile(`-->`), Comment},
	{regexp.MustCompile(`^<\?`), regexp.MustCompile(`\?>`), Raw},
	{regexp.MustCompile(`^<![A-Za-z]`), regexp.MustCompile(`>`), Raw},
	{regexp.MustCompile(`^<!\[CDATA\[`), regexp.MustCompile(`\]\]>`), Raw},
	{regexp.MustCompile(`^(?i:</?(?:` + blockTags + `)(?:\s|/?>|$))`), nil, HTML},
	{regexp.MustCompile(`^(?:<[A-Za-z][A-Za-z0-9-]*(?:` + attribute + `)*\s*/?>|</[A-Za-z][A-Za-z0-9-]*\s*>)\s*$`), nil, HTML},
}

// rawText are the elements that never open a block of the last kind.
var rawText = regexp.MustCompile(`^(?i:</?(?:pre|script|style|textarea)\b)`)

const (
	attribute = `\s+[A-Za-z_:][\w.:-]*(?:\s*=\s*(?:[^\s"'=<>` + "`" + `]+|'[^']*'|"[^"]*"))?`
	blockTags = `address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|details|` +
		`dialog|dir|div|dl|dt|fieldset|figcaption|figure|footer|form|frame|frameset|h1|h2|h3|h4|h5|h6|head|` +
		`header|hr|html|iframe|legend|li|link|main|menu|menuitem|nav|noframes|ol|optgroup|option|p|param|` +
		`search|section|summary|table|tbody|td|tfoot|th|thead|title|tr|track|ul`
)

func (s *Scanner) openHTML(rest string) bool {
	if rest[0] != '<' {
		return false
	}
	for i, b := range htmlBlocks {
		if !b.start.MatchString(rest) {
			continue
		}
		last := i == len(htmlBlocks)-1
		if last && (s.par > 0 || s.child != nil && s.child.openParagraph() || rawText.MatchString(rest)) {
			return false
		}
		s.endParagraph()
		s.block, s.child = b, nil
		return true
	}
	return false
}

// inHTML takes a line of the open HTML block.
func (s *Scanner) inHTML(line string) Kind {
	b := s.block
	if b.until == nil {
		if strings.TrimLeft(line, " ") == "" {
			s.block = htmlBlock{}
			return s.blankLine().Kind
		}
		return b.kind
	}
	if end := b.until.FindStringIndex(line); end != nil {
		s.block = htmlBlock{}
		if b.kind == Comment && strings.TrimSpace(line[end[1]:]) != "" {
			return HTML // people read what stands behind the comment
		}
	}
	return b.kind
}
