package changelog

import (
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"
)

// maxLevel is the deepest heading that can be a release: deeper ones are the
// entries of release notes ("#### 1.2.3 compatibility").
const maxLevel = 3

// groups are the subsections of Keep a Changelog, which some files write at
// the level of the versions.
var groups = []string{"added", "changed", "deprecated", "removed", "fixed", "security"}

func (f *File) findSections(unreleased unreleasedForm) {
	for _, h := range f.headings {
		if h.level > maxLevel {
			continue
		}
		s := Section{
			Line: h.first + 1, BodyLine: h.last + 2, heading: h,
			Heading: Span{Start: f.lines[h.first].start, End: f.lines[h.last].next},
		}
		if unreleased.match(h.text) {
			f.sections = append(f.sections, s)
			continue
		}
		t, ok := parseTitle(h.text)
		if !ok {
			if releaseForm.MatchString(h.text) {
				f.suspects = append(f.suspects, h)
			}
			continue
		}
		s.title, s.Version, s.Also = t, t.versions[0], t.versions[1:]
		s.Yanked, s.Pending = t.yanked(), t.pending()
		if parsed, err := semver.StrictNewVersion(s.Version); err == nil {
			s.parsed = parsed
		}
		f.sections = append(f.sections, s)
		if s.parsed != nil && !s.Pending {
			f.released = append(f.released, s.parsed)
		}
	}
	slices.SortFunc(f.released, (*semver.Version).Compare)
	for i := range f.sections {
		f.sections[i].Body = Span{Start: f.sections[i].Heading.End, End: f.bodyEnd(i)}
	}
}

// bodyEnd is where section i ends: at the next section, or at a heading of a
// higher level. Behind the last section a heading of its own level that is no
// group ends it too ("## License"), and so do the link references of versions.
func (f *File) bodyEnd(i int) int {
	s := f.sections[i]
	last := i == len(f.sections)-1
	end := len(f.src)
	if !last {
		end = f.lines[f.sections[i+1].heading.top].start
	}
	for _, h := range f.headingsIn(Span{Start: s.Heading.End, End: end}) {
		start := f.lines[h.top].start
		if h.level < s.heading.level || last && h.level == s.heading.level && !isGroup(h.text) {
			end = start
			break
		}
	}
	if last {
		end = f.beforeReferences(s.Heading.End, end)
	}
	return end
}

func isGroup(text string) bool {
	return slices.Contains(groups, strings.ToLower(text))
}

// beforeReferences cuts the link references off the end of the last section:
// from the first one of a version on, or those that stand at its very end.
func (f *File) beforeReferences(start, end int) int {
	for _, d := range f.definitions {
		at := f.lines[d.first].start
		if at >= start && at < end && (d.isVersion() || strings.EqualFold(d.label, "unreleased")) {
			end = at
			break
		}
	}
	for i := f.lineAt(end) - 1; i >= 0 && f.lines[i].start >= start; i-- {
		if k := f.lines[i].kind; k == definition {
			end = f.lines[i].start
		} else if k != blank {
			break
		}
	}
	return end
}

// lineAt is the index of the line that begins at or behind offset.
func (f *File) lineAt(offset int) int {
	i, _ := slices.BinarySearchFunc(f.lines, offset, func(l line, at int) int { return l.start - at })
	return i
}

// hasEntries reports whether a span holds anything that is to be released:
// not only headings, blank lines, rules, comments and link references.
func (f *File) hasEntries(s Span) bool {
	for i := f.lineAt(s.Start); i < len(f.lines) && f.lines[i].start < s.End; i++ {
		switch f.lines[i].kind {
		case text, code, html, nested:
			return true
		}
	}
	return false
}

// emptySubsections returns the spans of the subsections of s that hold
// nothing at all, each with the blank lines that follow it. Neighbours are one
// span.
func (f *File) emptySubsections(s Section) []Span {
	var empty []Span
	inside := f.headingsIn(s.Body)
	covered := s.Body.Start
	for i, h := range inside {
		start := f.lines[h.first].start
		if start < covered {
			continue
		}
		stop, ok := f.onlyHeadings(Span{Start: start, End: f.subsectionEnd(s, inside[i:])})
		switch {
		case !ok || f.isSeam(start, stop):
			continue
		case len(empty) > 0 && covered == start:
			empty[len(empty)-1].End = stop
		default:
			empty = append(empty, Span{Start: start, End: stop})
		}
		covered = stop
	}
	if n := len(empty); n > 0 {
		empty[n-1] = f.trimDrop(empty[n-1])
	}
	return empty
}

// isSeam reports whether what stands between two offsets keeps a paragraph above
// from taking in the words of a setext heading below.
func (f *File) isSeam(start, stop int) bool {
	above := f.lineAt(start) - 1
	if above < 0 || f.lines[above].kind != text && f.lines[above].kind != nested {
		return false
	}
	below := f.headingsIn(Span{Start: stop, End: len(f.src)})
	return len(below) > 0 && below[0].setext && f.lines[below[0].first].start == stop
}

// subsectionEnd is where the first of headings ends: at the next one of its
// own or a higher level, or with the section.
func (f *File) subsectionEnd(s Section, headings []headingLines) int {
	for _, next := range headings[1:] {
		if next.level <= headings[0].level {
			return f.lines[next.first].start
		}
	}
	return s.Body.End
}

func (f *File) headingsIn(s Span) []headingLines {
	index := func(offset int) int {
		i, _ := slices.BinarySearchFunc(f.headings, offset, func(h headingLines, at int) int { return f.lines[h.first].start - at })
		return i
	}
	return f.headings[index(s.Start):index(s.End)]
}

// onlyHeadings reports whether s holds nothing but headings, blank lines and
// rules, and where the first rule begins.
func (f *File) onlyHeadings(s Span) (stop int, ok bool) {
	stop = s.End
	for i := f.lineAt(s.Start); i < len(f.lines) && f.lines[i].start < s.End; i++ {
		switch f.lines[i].kind {
		case blank, heading, underline:
		case rule:
			stop = min(stop, f.lines[i].start)
		default:
			return 0, false
		}
	}
	return stop, true
}

// trimDrop moves a span at the very end of the file to the front, so that the
// file ends as it did before.
func (f *File) trimDrop(s Span) Span {
	if s.End < len(f.src) {
		return s
	}
	i := f.lineAt(s.Start) - 1
	for i > 0 && f.lines[i].kind == blank {
		i--
	}
	last := len(f.lines) - 1
	for last > i && f.lines[last].kind == blank && f.lines[last].start > s.Start {
		last--
	}
	return Span{Start: f.lines[i].end, End: f.lines[last].end}
}
