package changelog

import (
	"regexp"
	"strings"

	"github.com/cupel-dev/cupel/internal/markdown"
)

// A linkDefinition is "[label]: destination" on one line or two.
type linkDefinition struct {
	label       string
	first, last int    // indexes of lines
	before      string // between "]:" and the destination
	url         Span
}

var (
	destination = regexp.MustCompile(`^[A-Za-z./][^\s<>]*/[^\s<>]*$|^/[^\s<>]*$`)
	anyVersion  = regexp.MustCompile(`\d+\.\d+\.\d+`)
	compareForm = regexp.MustCompile(`^(.*/compare/)(.*?)(` + versionRE + `)(\.{2,3})([^.].*)$`)
)

func (f *File) addDefinition(first, last int) {
	text := f.content(first)
	d := linkDefinition{first: first, last: last, before: " "}
	if first == last {
		parts, _ := markdown.ParseDefinition(text)
		start := f.lines[first].start
		d.label, d.before = text[parts.Label.Start:parts.Label.End], text[parts.Blank.Start:parts.Blank.End]
		d.url = Span{Start: start + parts.Destination.Start, End: start + parts.Destination.End}
	} else {
		d.label, _ = markdown.DefinitionLabel(text)
		url := strings.TrimSpace(f.content(last))
		at := f.lines[last].start + strings.Index(f.content(last), url)
		d.url = Span{Start: at, End: at + len(url)}
	}
	f.definitions = append(f.definitions, d)
}

func (d linkDefinition) isVersion() bool {
	t, ok := parseTitle(d.label)
	return ok && t.tail == ""
}

func (f *File) definition(label string) (linkDefinition, bool) {
	for _, d := range f.definitions {
		if strings.EqualFold(d.label, label) {
			return d, true
		}
	}
	return linkDefinition{}, false
}

// versionDefinitions returns the definitions whose labels are versions.
func (f *File) versionDefinitions() []linkDefinition {
	var list []linkDefinition
	for _, d := range f.definitions {
		if d.isVersion() {
			list = append(list, d)
		}
	}
	return list
}

// A urlForm is how the links of a file are made: a comparison of two tags, or
// the page of one.
type urlForm struct {
	head string // up to the first tag
	tag  string // what a tag has before the version ("v", "sdk/go/v")
	dots string // between the tags; "" is a page of one tag
	tail string
}

// parseURL finds the form in the link of version v.
func parseURL(url, v string) (urlForm, bool) {
	if m := compareForm.FindStringSubmatch(url); m != nil {
		tail, ok := strings.CutPrefix(m[5], m[2]+v)
		return urlForm{m[1], m[2], m[4], tail}, ok
	}
	head, tail, ok := strings.Cut(url, v)
	if !ok || v == "" || anyVersion.MatchString(head+" "+tail) {
		return urlForm{}, false
	}
	return urlForm{head: head, tail: tail}, true
}

// of is the link of version v; previous is needed for a comparison.
func (u urlForm) of(v, previous string) (string, bool) {
	if u.dots == "" {
		return u.head + v + u.tail, true
	}
	return u.head + u.tag + previous + u.dots + u.tag + v + u.tail, previous != ""
}

// linkSplices moves the Unreleased link on to r and defines the links of r
// and of every bracketed version that has none. A file without such links
// stays without.
func (f *File) linkSplices(unreleased Section, r release) []Splice {
	var splices []Splice
	if target := unreleasedTarget(unreleased.heading.text); target != "" {
		text := string(f.Text(unreleased.heading.textSpan))
		at := unreleased.heading.textSpan.Start + strings.Index(text, target)
		splices = append(splices, moveBase(target, at, r.version)...)
	}
	moved, hasUnreleased := f.definition(unreleasedLabel(unreleased.heading.text))
	if !hasUnreleased {
		moved, hasUnreleased = f.definition("unreleased")
	}
	if hasUnreleased {
		splices = append(splices, moveBase(string(f.Text(moved.url)), moved.url.Start, r.version)...)
	}
	form, ok := f.urlForm(moved)
	if !ok {
		return splices
	}
	c := chain{file: f, form: form, after: -1}
	return append(splices, c.splices(f.references(r), moved, hasUnreleased)...)
}

// unreleasedLabel is the text of an Unreleased heading without its brackets.
func unreleasedLabel(text string) string {
	text, _, _ = strings.Cut(text, "]")
	return strings.TrimPrefix(text, "[")
}

// moveBase replaces the version that an Unreleased link compares from.
func moveBase(url string, at int, v string) []Splice {
	m := compareForm.FindStringSubmatchIndex(url)
	if m == nil {
		return nil
	}
	return []Splice{{At: at + m[6], Old: url[m[6]:m[7]], New: v}}
}

// urlForm is the form of the Unreleased link, or of the first version whose
// link shows one.
func (f *File) urlForm(unreleased linkDefinition) (urlForm, bool) {
	url := string(f.Text(unreleased.url))
	if m := compareForm.FindStringSubmatch(url); m != nil {
		return urlForm{head: m[1], tag: m[2], dots: m[4]}, true
	}
	for _, s := range f.Versions() {
		d, ok := f.definition(s.title.label)
		if !ok {
			continue
		}
		if form, ok := parseURL(string(f.Text(d.url)), s.Version); ok {
			return form, true
		}
	}
	return urlForm{}, false
}
