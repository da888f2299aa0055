package claim

import (
	"bytes"
	"slices"
	"strconv"
	"unicode"
	"unicode/utf8"

	"github.com/cupel-dev/cupel/internal/markdown"
)

// Update writes the number, host and runs that its evidence backs into each
// claim of doc, and changes no other byte. Claims that no number can be backed
// for are left as they are. The report is about the updated document; updating
// twice equals once.
func Update(doc Document, c Checkout) ([]byte, *Report, error) {
	t, err := read(doc)
	if err != nil {
		return nil, nil, err
	}
	var splices []splice
	for _, k := range t.marks {
		if !t.inScope(k.comment.Start) || k.id == "" {
			continue
		}
		f, err := c.finding(t, k)
		if err != nil {
			return nil, nil, err
		}
		splices = append(splices, f.splices(t)...)
	}
	doc.Text = apply(doc.Text, splices)
	report, err := Check([]Document{doc}, c)
	return doc.Text, report, err
}

// A splice replaces a part of a document.
type splice struct {
	markdown.Span
	text string
}

// apply makes all splices, which do not overlap.
func apply(text []byte, splices []splice) []byte {
	slices.SortStableFunc(splices, func(a, b splice) int { return a.Start - b.Start })
	var out bytes.Buffer
	at := 0
	for _, s := range splices {
		out.Write(text[at:s.Start])
		out.WriteString(s.text)
		at = s.End
	}
	out.Write(text[at:])
	return out.Bytes()
}

// splices write what is backed: the figures, and host and runs where the line
// does not have them or has others.
func (f finding) splices(t *text) []splice {
	if len(f.figures) == 0 {
		return nil
	}
	var list []splice
	for i, figure := range f.number.digits {
		list = append(list, splice{figure.span, f.figures[i]})
	}
	if !f.place.found {
		at := t.endOfWords(f)
		return append(list, splice{markdown.Span{Start: at, End: at}, " " + placeText(f.Host, f.Runs)})
	}
	host, runs := f.place.host, strconv.Itoa(f.Runs)
	if !f.hostFits {
		words := f.Host
		switch {
		case host.Start < host.End:
		case t.page.Prose[host.Start-1] == '(':
			words += ", "
		default:
			words = ", " + words
		}
		list = append(list, splice{host, words})
	}
	return append(list, splice{f.place.runs, runs})
}

// endOfWords is where the words of a claim end, before their full stop: behind
// the last of its line.
func (t *text) endOfWords(f finding) int {
	line := t.page.Lines[lineOf(t.page, f.number.span.Start)]
	end := max(f.number.span.End, min(line.End, f.mark.region.End))
	words := bytes.TrimRightFunc(t.page.Prose[f.number.span.Start:end], unicode.IsSpace)
	if r, size := utf8.DecodeLastRune(words); r == '.' || r == ',' || r == ';' || r == ':' {
		words = words[:len(words)-size]
	}
	return f.number.span.Start + len(words)
}
