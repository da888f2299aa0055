package markdown

import (
	"bytes"
	"regexp"
	"strings"
)

var (
	tag     = regexp.MustCompile(`^(?:</?[A-Za-z][A-Za-z0-9-]*(?:` + attribute + `)*\s*/?>|<[A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]*>)`)
	bareURL = regexp.MustCompile(`^https?://[^\s<>|)]+`)
	target  = regexp.MustCompile(`^\]\((?:<[^<>\n]*>|[^\s()<>]*(?:\([^\s()]*\)[^\s()]*)*)(?:\s+(?:"[^"]*"|'[^']*'))?\s*\)`)
)

// An inline reads what may stand inside one block. It remembers what it looked
// for in vain, so that hostile text takes no more than a few passes.
type inline struct {
	page      *Page
	text      []byte // up to the end of the block
	noCode    map[int]bool
	noComment bool
}

// readInline blanks code spans, comments, tags and destinations of links.
func (p *Page) readInline(src []byte, s Span) {
	in := inline{page: p, text: src[:s.End]}
	for i := s.Start; i < s.End; {
		i += in.skip(i)
	}
}

// skip takes what begins at offset i and returns its length.
func (in *inline) skip(i int) int {
	switch in.text[i] {
	case '\\':
		return 2
	case '`':
		return in.codeSpan(i)
	case '<':
		return in.markup(i)
	case ']':
		n := in.blank(target, i)
		in.page.Prose[i] = ']'
		return n
	case 'h':
		if bytes.HasPrefix(in.text[i:], []byte("http")) {
			return in.blank(bareURL, i)
		}
	}
	return 1
}

// readHTML finds the comments of an HTML block and blanks its tags.
func (p *Page) readHTML(src []byte, s Span) {
	in := inline{page: p, text: src[:s.End]}
	for i := s.Start; i < s.End; {
		next := bytes.IndexByte(in.text[i:], '<')
		if next < 0 {
			return
		}
		i += next
		i += in.markup(i)
	}
}

// codeSpan blanks the code span that begins at i and returns its length, or
// that of the backticks where no others close them.
func (in *inline) codeSpan(i int) int {
	ticks := backticks(in.text[i:])
	for at := i + ticks; !in.noCode[ticks]; {
		next := bytes.IndexByte(in.text[at:], '`')
		if next < 0 {
			break
		}
		at += next
		run := backticks(in.text[at:])
		at += run
		if run == ticks {
			in.page.blank(Span{i, at})
			return at - i
		}
	}
	if in.noCode == nil {
		in.noCode = make(map[int]bool)
	}
	in.noCode[ticks] = true
	return ticks
}

func backticks(text []byte) int { return len(text) - len(bytes.TrimLeft(text, "`")) }

// markup records and blanks the comment, or blanks the tag, that begins at i.
func (in *inline) markup(i int) int {
	inside, ok := bytes.CutPrefix(in.text[i:], []byte("<!--"))
	switch {
	case !ok:
		return in.blank(tag, i)
	case bytes.HasPrefix(inside, []byte(">")), bytes.HasPrefix(inside, []byte("->")):
		return len("<!--") // a comment of nothing
	case in.noComment:
		return 1
	}
	end := bytes.Index(inside, []byte("-->"))
	if end < 0 {
		in.noComment = true
		return 1
	}
	s := Span{i, i + len("<!--") + end + len("-->")}
	in.page.Comments = append(in.page.Comments, Remark{s, strings.TrimSpace(string(inside[:end]))})
	in.page.blank(s)
	return s.End - s.Start
}

// blank blanks what the form finds at i and returns its length, 1 for nothing.
func (in *inline) blank(form *regexp.Regexp, i int) int {
	m := form.FindIndex(in.text[i:])
	if m == nil {
		return 1
	}
	in.page.blank(Span{i, i + m[1]})
	return m[1]
}
