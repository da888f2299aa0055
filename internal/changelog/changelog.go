// Package changelog edits a changelog in the manner of Keep a Changelog
// without touching another byte: it finds the byte ranges of the sections and
// splices. Line endings, byte order mark and final newline stay as they are,
// and every edit checks itself before it is handed out.
//
// It understands as much of CommonMark as it takes to tell a heading from a
// line that only looks like one (in fences, comments, HTML, lists). It renders
// nothing, judges no text, opens no file, and refuses, with the lines to look
// at, whatever it cannot place for certain.
package changelog

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/Masterminds/semver/v3"

	"github.com/cupel-dev/cupel/internal/markdown"
)

// A Span is a range of bytes of the file, end excluded.
type Span = markdown.Span

// A Section is a heading that names a version, or the Unreleased heading, with
// everything that belongs to it.
type Section struct {
	Version  string   // as SemVer without a "v"; "" is the Unreleased section
	Also     []string // further versions that the heading names ("1.9.0/0.31.0")
	Yanked   bool
	Pending  bool // the heading says that this version is not yet out
	Line     int  // of the heading, 1-based
	BodyLine int  // of the first byte of Body, 1-based
	Heading  Span // the lines of the heading, line ends included
	Body     Span // what follows the heading, up to the next section

	heading headingLines
	title   title
	parsed  *semver.Version
}

// A File is a parsed changelog.
type File struct {
	src         []byte
	lines       []line
	headings    []headingLines
	sections    []Section
	definitions []linkDefinition
	released    []*semver.Version // the versions that are out, lowest first
	suspects    []headingLines    // headings that look like a release and name no version
	unclosed    int               // line of a block that hides the rest of the file, 1-based; 0 without
}

// A line is one line of the file: content from start to end, and its line end
// up to next.
type line struct {
	start, end, next int
	kind             markdown.Kind
}

// headingLines are the lines of one heading, first to last, as indexes.
type headingLines struct {
	top         int // first, or the line of an anchor (<a name="v1.2.3"></a>) above it
	first, last int
	level       int
	text        string
	textSpan    Span
	setext      bool
}

// Parse reads a changelog. A heading whose text begins with one of the
// unreleased spellings opens the section of new entries; without any these are
// "Unreleased" and "BRANCH (unreleased)". The error is a [Refusal]: bytes that
// are not UTF-8, or a fence or comment that is never closed.
func Parse(b []byte, unreleased ...string) (*File, error) {
	if at := invalidUTF8(b); at >= 0 {
		return nil, refuse(NotUTF8, []int{1 + bytes.Count(b[:at], []byte("\n"))},
			"not valid UTF-8 at byte %d; save the file as UTF-8", at)
	}
	f := &File{src: b}
	f.splitLines()
	f.scan()
	if f.unclosed > 0 {
		return nil, refuse(Unclosed, []int{f.unclosed},
			"a code fence or HTML block that opens here is never closed and hides the rest of the file; close it")
	}
	f.findSections(newUnreleasedForm(unreleased))
	return f, nil
}

func invalidUTF8(b []byte) int {
	for at := 0; at < len(b); {
		r, size := utf8.DecodeRune(b[at:])
		if r == utf8.RuneError && size == 1 {
			return at
		}
		at += size
	}
	return -1
}

// Versions returns the sections of all versions in the order of the file.
func (f *File) Versions() []Section {
	return slices.DeleteFunc(slices.Clone(f.sections), func(s Section) bool { return s.Version == "" })
}

// Unreleased returns the section of new entries. There must be exactly one,
// above every version.
func (f *File) Unreleased() (Section, error) {
	var found []Section
	for _, s := range f.sections {
		if s.Version == "" {
			found = append(found, s)
		}
	}
	switch {
	case len(found) == 0:
		return Section{}, f.noUnreleased()
	case len(found) > 1:
		return Section{}, refuse(ManyUnreleased, linesOf(found), "several Unreleased sections; keep one")
	case f.sections[0].Version != "":
		return Section{}, refuse(NoUnreleased, []int{found[0].Line},
			"the Unreleased section stands below version %s (line %d); move it above the newest version",
			f.sections[0].Version, f.sections[0].Line)
	}
	return found[0], nil
}

// noUnreleased says where the missing heading belongs.
func (f *File) noUnreleased() error {
	const what = "no Unreleased section; expected \"## [Unreleased]\" above the newest version, with the new entries under it"
	for _, s := range f.sections {
		if s.Pending {
			return refuse(NoUnreleased, []int{s.Line}, what+"; this heading of %s could become it", s.Version)
		}
	}
	if len(f.sections) > 0 {
		return refuse(NoUnreleased, []int{f.sections[0].Line}, what)
	}
	return refuse(NoUnreleased, nil, what)
}

// Section returns the section of version v, written with or without a "v".
func (f *File) Section(v string) (Section, error) {
	v = strings.TrimPrefix(v, "v")
	var found []Section
	for _, s := range f.sections {
		if s.names(v) {
			found = append(found, s)
		}
	}
	if len(found) == 0 {
		return Section{}, refuse(NotFound, nil, "no heading for version %s; expected one such as \"## [%s] - 2006-01-02\"", v, v)
	}
	if len(found) > 1 {
		return Section{}, refuse(Ambiguous, linesOf(found), "several headings for version %s; keep one", v)
	}
	return found[0], nil
}

// Text returns the bytes of a span of the file.
func (f *File) Text(s Span) []byte { return f.src[s.Start:s.End:s.End] }

func (s Section) names(v string) bool {
	return s.Version == v || slices.Contains(s.Also, v)
}

func linesOf(sections []Section) []int {
	lines := make([]int, len(sections))
	for i, s := range sections {
		lines[i] = s.Line
	}
	return lines
}
