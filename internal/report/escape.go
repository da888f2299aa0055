package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxShown is the number of runes that a rendering shows of one piece of data.
const maxShown = 200

// Clip bounds a text that a program printed to what a comparison takes: valid
// UTF-8 of at most [MaxText] bytes.
func Clip(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if len(text) <= MaxText {
		return text
	}
	cut := MaxText - len("…")
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "…"
}

// Line is data as one line that shows all that it holds, tabs as such, for a
// terminal or a log in which a line can be a command: to a runner of GitHub Actions one that begins
// with "::" after blanks, or holds "##[".
func Line(data string) string {
	var b strings.Builder
	for _, r := range data {
		if r == '\t' {
			b.WriteRune(r)
			continue
		}
		b.WriteString(visibleRune(r))
	}
	text := strings.ReplaceAll(b.String(), "##[", `#\#[`)
	if words := strings.TrimLeft(text, " \t"); strings.HasPrefix(words, "::") {
		return text[:len(text)-len(words)] + `\` + words
	}
	return text
}

// visible makes data a single line that shows what it holds: control
// characters, line breaks, and the characters that reorder or hide text
// (Unicode categories C, Zl and Zp) are written as Go escapes. It is what a
// terminal gets, and the first step to every markup.
func visible(data string) string {
	var b strings.Builder
	shown := 0
	for _, r := range data {
		if shown == maxShown {
			b.WriteString("…")
			break
		}
		shown++
		b.WriteString(visibleRune(r))
	}
	return b.String()
}

func visibleRune(r rune) string {
	switch {
	case r == '\n':
		return `\n`
	case r == '\t':
		return `\t`
	case r == utf8.RuneError || r == ' ' || unicode.IsPrint(r):
		return string(r)
	case r == '\u00a0' || unicode.Is(unicode.Zs, r):
		return " "
	case r > 0xffff:
		return fmt.Sprintf(`\U%08x`, r)
	default:
		return fmt.Sprintf(`\u%04x`, r)
	}
}

// code writes data as an inline code element of GitHub Flavored Markdown that
// is safe in a table cell. Inside it GitHub makes no mention, reference or
// link. The element is HTML and its text numeric character references, because
// a code span has no escape for a backtick and its escape for a pipe is read
// differently by different parsers.
func code(data string) string {
	return "<code>" + entities(visible(data)) + "</code>"
}

// entities writes every ASCII character that could mean something as a numeric
// reference. An empty comment after '@' and ':' keeps apart what a parser that
// looks for addresses after decoding would join.
func entities(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r >= utf8.RuneSelf || r == ' ' || inert(r):
			b.WriteRune(r)
		case r == '@' || r == ':':
			fmt.Fprintf(&b, "&#%d;<!-- -->", r)
		default:
			fmt.Fprintf(&b, "&#%d;", r)
		}
	}
	return b.String()
}

func inert(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '/' || r == '=' || r == '-' || r == ','
}

// commandData escapes the message of a workflow command, as the runner reads
// it (actions/toolkit, packages/core/src/command.ts).
func commandData(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(text)
}

// commandProperty escapes the value of a property of a workflow command.
func commandProperty(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(text)
}
