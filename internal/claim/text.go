package claim

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/cupel-dev/cupel/internal/changelog"
	"github.com/cupel-dev/cupel/internal/markdown"
)

// IsChangelog reports whether a document is a history of versions, by its name.
func IsChangelog(name string) bool {
	return strings.EqualFold(path.Base(name), "CHANGELOG.md")
}

// Announces reports whether a document is looked through for claims that are
// not marked: the README.md, BENCHMARKS.md and CHANGELOG.md of the project.
func Announces(name string) bool {
	return slices.Contains([]string{"README.md", "BENCHMARKS.md", "CHANGELOG.md"}, name)
}

// A text is a document with what is looked at in it.
type text struct {
	Document
	page   *markdown.Page
	blocks []int // where the block of each line begins
	scope  markdown.Span
	marks  []mark
}

// read finds the markers of a document. One that cannot hold any is not looked
// into.
func read(doc Document) (*text, error) {
	t := &text{Document: doc, scope: markdown.Span{Start: 0, End: len(doc.Text)}}
	if IsChangelog(doc.Path) {
		scope, err := sectionOf(doc.Text, doc.Release)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", doc.Path, err)
		}
		t.scope = scope
	}
	t.page = &markdown.Page{}
	if Announces(doc.Path) || strings.Contains(string(doc.Text), "claim:") {
		t.page = markdown.ReadPage(doc.Text)
	}
	t.blocks = blocks(t.page)
	t.marks = marks(t.page, t.blocks)
	return t, nil
}

// sectionOf is the part of a changelog that is about a release. Without
// unreleased entries nothing is looked at, and without any version everything.
func sectionOf(text []byte, release string) (markdown.Span, error) {
	f, err := changelog.Parse(text)
	if err != nil {
		return markdown.Span{}, err
	}
	if release != "" {
		s, err := f.Section(release)
		return s.Body, err
	}
	s, err := f.Unreleased()
	var refusal *changelog.Refusal
	switch {
	case errors.As(err, &refusal) && refusal.Reason == changelog.NoUnreleased && len(f.Versions()) == 0:
		return markdown.Span{Start: 0, End: len(text)}, nil
	case errors.As(err, &refusal) && refusal.Reason == changelog.NoUnreleased:
		return markdown.Span{}, nil
	}
	return s.Body, err
}

func (t *text) inScope(offset int) bool { return t.scope.Start <= offset && offset < t.scope.End }

// excerpt is some text of the document in one line.
func (t *text) excerpt(s markdown.Span) string {
	const most = 100
	words := strings.Join(strings.Fields(string(t.page.Prose[s.Start:s.End])), " ")
	if runes := []rune(words); len(runes) > most {
		words = string(runes[:most-1]) + "…"
	}
	return words
}

// statement finds what a marker claims. The reason says why it cannot be
// understood.
func (t *text) statement(k mark, kind string) (st statement, reason string) {
	st = statement{prose: t.page.Prose, place: placeOf(t.page.Prose, k.region), text: string(t.Text[k.region.Start:k.region.End])}
	form := forms[kind]
	n, ok := pick(t.page, k, form.fits)
	if !ok {
		return st, "no number stands before the marker that a claim of kind " + kind + " can be about: write " + form.example
	}
	st.number, st.place = n, st.place.behind(n.span, st.prose)
	st.clause = clauseOf(st.prose, k.region, n)
	st.words = wordingOf(st.prose, st.clause, n)
	switch {
	case form.says != nil && !form.says.Match(st.prose[k.region.Start:k.region.End]):
		return st, "the claim is about a set, and the words do not say so: write " + form.example
	case st.words.sense == "":
		return st, "the words do not say what the percentage is of: write \"less time\", \"faster\" or the like behind it"
	case st.words.sense == slower && (kind == "up-to" || kind == "range"):
		return st, "\"" + st.words.word + "\" turns the set round: make the other side the baseline and say faster, or claim one pair"
	}
	return st, ""
}

// A form is what the number of a kind of claim looks like.
type form struct {
	fits    func(number) bool
	example string
	says    *regexp.Regexp // what its words must say, so that the best of a set is not taken for all of it
}

var forms = map[string]form{
	"ratio":   {isRatio, "3.2x or 40%", nil},
	"up-to":   {isRatio, "up to 3.2x", words(`up to`, `as much as`, `at best`)},
	"geomean": {isRatio, "3.2x on average", words(`average`, `(?:geometric |geo)?mean`, `geomean`, `overall`)},
	"range":   {func(n number) bool { return !n.isValue() && len(n.digits) == 2 }, "2–5x", nil},
	"bound":   {func(n number) bool { return n.isValue() && len(n.digits) == 1 }, "12 ms", nil},
}

func isRatio(n number) bool { return !n.isValue() && len(n.digits) == 1 }
