package changelog

import (
	"regexp"
	"strings"
)

// A title is the text of a heading, taken apart. Joined in the order of the
// fields it is the text again.
type title struct {
	prefix   string // up to the first version: "Version ", "[", "[v", "sdk/go/v"
	versions []string
	label    string // what stands in brackets, "" without brackets
	link     string // the destination of an inline link
	tail     string // what follows the version, its bracket and its link
}

const (
	number     = `(?:0|[1-9]\d*)`
	identifier = `[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*`
	versionRE  = number + `\.` + number + `\.` + number + `(?:-` + identifier + `)?(?:\+` + identifier + `)?`
)

var (
	versionForm  = regexp.MustCompile(`^([A-Za-z][\w.-]*[ \t]+)?(\[)?((?:[A-Za-z@][\w.@-]*/)*?[vV]?)(` + versionRE + `)((?:/v?` + versionRE + `)*)`)
	oneVersion   = regexp.MustCompile(versionRE)
	yankedForm   = regexp.MustCompile(`(?i)[\[(]yanked[\])]|[-\x{2013}\x{2014}]\s*yanked\b`)
	pendingForm  = regexp.MustCompile(`(?i)\bunreleased\b`)
	proseForm    = regexp.MustCompile(`^[ \t]+[\pL"'` + "`" + `]`)
	monthForm    = regexp.MustCompile(`^[ \t]+(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)`)
	releaseForm  = regexp.MustCompile(`^\[[^\]]+\].*\d{4}-\d{2}-\d{2}|[-\x{2013}\x{2014}(] ?\d{4}-\d{2}-\d{2}\)?[ \t]*$`)
	branchForm   = regexp.MustCompile(`(?i)^\S+ \(unreleased\)$`)
	inlineTarget = regexp.MustCompile(`^\(([^()\s]*(?:\([^()\s]*\)[^()\s]*)*)\)`)
)

// parseTitle takes a heading apart that names a version: three numbers, maybe
// after one word, a path or a "v", maybe in brackets, and followed by nothing,
// a blank, "(", "/" or "-". Everything else is prose.
func parseTitle(text string) (title, bool) {
	m := versionForm.FindStringSubmatch(text)
	if m == nil {
		return title{}, false
	}
	t := title{prefix: m[1] + m[2] + m[3], versions: oneVersion.FindAllString(m[4]+m[5], -1)}
	t.tail = text[len(m[0]):]
	if m[2] != "" {
		rest, ok := strings.CutPrefix(t.tail, "]")
		if !ok {
			return title{}, false
		}
		t.label = m[3] + m[4] + m[5]
		t.link, t.tail = cutLink(rest)
	}
	if t.tail != "" && !strings.ContainsRune(" \t\u00a0(/-", firstRune(t.tail)) {
		return title{}, false
	}
	if m[1] != "" && proseForm.MatchString(t.tail) && !monthForm.MatchString(t.tail) {
		return title{}, false // "Go 1.22.0 is required" is no release
	}
	return t, true
}

// cutLink splits the destination of an inline link, or the "[]" of a
// collapsed reference, off the text behind a closing bracket.
func cutLink(rest string) (link, tail string) {
	if m := inlineTarget.FindStringSubmatch(rest); m != nil {
		return m[1], rest[len(m[0]):]
	}
	return "", strings.TrimPrefix(rest, "[]")
}

func firstRune(s string) rune {
	for _, r := range s {
		return r
	}
	return 0
}

func (t title) yanked() bool  { return yankedForm.MatchString(t.tail) }
func (t title) pending() bool { return pendingForm.MatchString(t.tail) }

// An unreleasedForm recognises the heading of the section of new entries.
type unreleasedForm []*regexp.Regexp

func newUnreleasedForm(spellings []string) unreleasedForm {
	form := unreleasedForm{}
	if len(spellings) == 0 {
		spellings = []string{"Unreleased"}
		form = append(form, branchForm)
	}
	for _, s := range spellings {
		form = append(form, regexp.MustCompile(`(?i)^(\[)?`+regexp.QuoteMeta(strings.Trim(s, "[]"))+`(\])?(?:$|[\s(\[/:-])`))
	}
	return form
}

func (f unreleasedForm) match(text string) bool {
	for _, re := range f {
		if re.MatchString(text) {
			_, isVersion := parseTitle(text)
			return !isVersion
		}
	}
	return false
}

// unreleasedTarget finds the destination of an inline link in the text of an
// Unreleased heading.
func unreleasedTarget(text string) string {
	_, rest, ok := strings.Cut(text, "]")
	if !ok {
		return ""
	}
	link, _ := cutLink(rest)
	return link
}
