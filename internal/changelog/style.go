package changelog

import (
	"regexp"
	"strings"
	"time"
)

// A release is the heading to insert, in the style of the file.
type release struct {
	version  string
	previous string // the version to compare with; "" for the first
	label    string // in brackets; "" without
	text     string
	level    int
	setext   bool
	closing  string // closing hashes of an ATX heading, with the blank before them
}

// newRelease copies the style of the newest version, or of the Unreleased
// heading where there is no version yet.
func (f *File) newRelease(v string, day time.Time, unreleased Section) release {
	r := release{version: v, previous: f.previous(v), level: unreleased.heading.level, setext: unreleased.heading.setext}
	model := unreleased
	t := title{}
	if strings.HasPrefix(unreleased.heading.text, "[") {
		t.prefix, t.label = "[", v
	}
	if newest, ok := f.newest(); ok {
		model, t = newest, newest.title
		r.level, r.setext = newest.heading.level, newest.heading.setext
	}
	r.closing = f.closing(model.heading)
	r.text = t.prefix + v
	if t.label != "" {
		_, inBrackets, _ := strings.Cut(t.prefix, "[")
		r.label = inBrackets + v
		r.text += "]"
	}
	if form, ok := parseURL(t.link, model.Version); ok {
		if url, ok := form.of(v, r.previous); ok {
			r.text += "(" + url + ")"
			r.label = ""
		}
	}
	r.text += f.dateStyle().tail(day)
	return r
}

// newest is the first version in the file that is out.
func (f *File) newest() (Section, bool) {
	for _, s := range f.sections {
		if s.Version != "" && !s.Pending {
			return s, true
		}
	}
	return Section{}, false
}

// closing is what stands between the text of an ATX heading and the line end.
func (f *File) closing(h headingLines) string {
	if h.setext {
		return ""
	}
	return strings.TrimRight(string(f.src[h.textSpan.End:f.lines[h.last].end]), " \t")
}

func (r release) heading(eol string) string {
	if !r.setext {
		return strings.Repeat("#", r.level) + " " + r.text + r.closing
	}
	mark := "-"
	if r.level == 1 {
		mark = "="
	}
	return r.text + eol + strings.Repeat(mark, max(3, len([]rune(r.text))))
}

// A dateStyle is how the headings of a file write their date.
type dateStyle struct{ before, layout, after string }

var (
	dateForm = regexp.MustCompile(`^([\s\x{2013}\x{2014}(/,:-]*)(\d{4}-\d{2}-\d{2}|\d{4}\.\d{2}\.\d{2}|\d{4}/\d{2}/\d{2}|` +
		`\d{1,2} [A-Z][a-z]+ \d{4}|[A-Z][a-z]+ \d{1,2}, \d{4})(\)?)`)
	dateLayouts = []string{
		"2006-01-02", "2006.01.02", "2006/01/02",
		"2 January 2006", "02 January 2006", "2 Jan 2006", "02 Jan 2006",
		"January 2, 2006", "January 02, 2006", "Jan 2, 2006", "Jan 02, 2006",
	}
)

// dateStyle is the style of the newest version with a date that can be
// written the same way, or " - 2006-01-02".
func (f *File) dateStyle() dateStyle {
	for _, s := range f.sections {
		m := dateForm.FindStringSubmatch(s.title.tail)
		if m == nil || strings.Contains(m[1], "(") != (m[3] != "") {
			continue
		}
		for _, layout := range dateLayouts {
			day, err := time.Parse(layout, m[2])
			if err == nil && day.Format(layout) == m[2] {
				return dateStyle{m[1], layout, m[3]}
			}
		}
	}
	return dateStyle{before: " - ", layout: time.DateOnly}
}

func (d dateStyle) tail(day time.Time) string {
	return d.before + day.Format(d.layout) + d.after
}
