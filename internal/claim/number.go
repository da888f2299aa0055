package claim

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/markdown"
)

// A number is one number of a document that may be a claim: a factor (3.2x), a
// percentage, or a value with a unit; a range has two values.
type number struct {
	span   markdown.Span // with its unit, as it is stated
	digits []figure
	unit   string // "x", "%", or the unit as written
}

// A figure is the digits of one number.
type figure struct {
	span     markdown.Span
	value    float64
	decimals int
}

const (
	factor  = "x"
	percent = "%"
)

// isValue reports whether the number is a value for itself, and no ratio.
func (n number) isValue() bool { return n.unit != factor && n.unit != percent }

// numberForm finds digits with a unit, and a range of two whose units are
// written once or twice.
var numberForm = regexp.MustCompile(
	`(\d[\d,]*(?:\.\d+)?)` + // digits
		`(?:(?:[ \x{a0}]?(x|X|×|%))?[ \x{a0}]?(?:-|–|—|to)[ \x{a0}]?(\d[\d,]*(?:\.\d+)?))?` + // the end of a range
		`(?:[ \x{a0}]?([xX]|×|%)|-?( ?times|fold| ?percent)|[ \x{a0}]?([kMG] [A-Za-z]{1,10}/[A-Za-z]{1,10}|[A-Za-zµμ]{1,10}(?:/[A-Za-z]{1,10})?))`)

// numbers finds the numbers in a part of the prose.
func numbers(prose []byte, s markdown.Span) []number {
	var found []number
	for at := s.Start; at < s.End; {
		m := numberForm.FindSubmatchIndex(prose[at:s.End])
		if m == nil {
			break
		}
		for i := range m {
			if m[i] >= 0 {
				m[i] += at
			}
		}
		n, ok := makeNumber(prose, m)
		if ok && alone(prose, s, n.span) {
			found = append(found, n)
			at = n.span.End
		} else {
			at = m[3]
		}
	}
	return found
}

func makeNumber(prose []byte, m []int) (number, bool) {
	part := func(i int) string {
		if m[2*i] < 0 {
			return ""
		}
		return string(prose[m[2*i]:m[2*i+1]])
	}
	n := number{span: markdown.Span{Start: m[0], End: m[1]}}
	switch word := strings.TrimSpace(part(5)); {
	case part(4) == percent || word == "percent":
		n.unit = percent
	case part(4) != "" || word != "":
		n.unit = factor
	default:
		n.unit = strings.Replace(part(6), " ", "", 1) // "120k req/s"
		if _, _, better := bench.Normalize(1, n.unit); better == bench.Unknown {
			return n, false
		}
	}
	for _, i := range []int{1, 3} {
		if m[2*i] < 0 {
			continue
		}
		f, ok := makeFigure(part(i), markdown.Span{Start: m[2*i], End: m[2*i+1]})
		if !ok {
			return n, false
		}
		n.digits = append(n.digits, f)
	}
	return n, true
}

func makeFigure(text string, s markdown.Span) (figure, bool) {
	value, err := strconv.ParseFloat(strings.ReplaceAll(text, ",", ""), 64)
	_, decimals, _ := strings.Cut(text, ".")
	return figure{span: s, value: value, decimals: len(decimals)}, err == nil
}

// alone reports whether the number is a word of its own: not s390x, v1.2x, 2x4.
func alone(prose []byte, within, s markdown.Span) bool {
	before, _ := utf8.DecodeLastRune(prose[within.Start:s.Start])
	after, _ := utf8.DecodeRune(prose[s.End:within.End])
	joins := func(r rune) bool { return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)) }
	return !joins(before) && !joins(after) && before != '.' && before != '/' && before != '_' && before != '#' && after != '_'
}

// scale is what one of the unit is in the unit that evidence stores.
func (n number) scale() float64 {
	if n.unit == percent {
		return 0.01
	}
	if n.unit == factor {
		return 1
	}
	scale, _, _ := bench.Normalize(1, n.unit)
	return scale
}

// with is the number as stated with other figures, "" where one is missing.
func (n number) with(prose []byte, figures []string) string {
	var text strings.Builder
	at := n.span.Start
	for i, f := range n.digits {
		if figures[i] == "" {
			return ""
		}
		text.Write(prose[at:f.span.Start])
		text.WriteString(figures[i])
		at = f.span.End
	}
	text.Write(prose[at:n.span.End])
	return text.String()
}
