package changelog

import (
	"slices"
	"strings"
	"time"

	"github.com/Masterminds/semver/v3"
)

// Options are what a project says about its changelog.
type Options struct {
	Unreleased []string // spellings of the Unreleased heading; empty for those of [Parse]
}

// Release returns b with its Unreleased section released as version v (with or
// without a "v") on date (YYYY-MM-DD): a heading in the style of the newest
// version goes under the Unreleased heading, subsections without any entry are
// dropped, and link references, where the file has them, are brought up to
// date. The error is a [Refusal].
func Release(b []byte, v, date string, o Options) ([]byte, error) {
	e, err := Prepare(b, v, date, o)
	if err != nil {
		return nil, err
	}
	return e.Apply(b)
}

// Prepare returns the edit that [Release] makes, already checked.
func Prepare(b []byte, v, date string, o Options) (Edit, error) {
	f, err := Parse(b, o.Unreleased...)
	if err != nil {
		return nil, err
	}
	v = strings.TrimPrefix(v, "v")
	day, err := checkArguments(v, date)
	if err != nil {
		return nil, err
	}
	s, err := f.releasable(v)
	if err != nil {
		return nil, err
	}
	var splices []Splice
	for _, drop := range f.emptySubsections(s) {
		splices = append(splices, Splice{At: drop.Start, Old: string(f.Text(drop))})
	}
	r := f.newRelease(v, day, s)
	splices = append(splices, f.headingSplice(s, r))
	splices = append(splices, f.linkSplices(s, r)...)
	e := newEdit(splices)
	return e, e.check(b, o.Unreleased, append([]string{v}, f.versionNames()...))
}

func checkArguments(v, date string) (time.Time, error) {
	parsed, err := semver.StrictNewVersion(v)
	if err != nil || parsed.Metadata() != "" {
		return time.Time{}, refuse(BadArgument, nil, "version %q: expected three numbers as in 1.4.0 or 1.4.0-rc.1", v)
	}
	day, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return time.Time{}, refuse(BadArgument, nil, "date %q: expected YYYY-MM-DD, a day that exists", date)
	}
	return day, nil
}

// releasable returns the Unreleased section, or why v cannot be made of it.
func (f *File) releasable(v string) (Section, error) {
	for _, s := range f.sections {
		if s.names(v) {
			return s, refuse(Exists, []int{s.Line}, "version %s already has a heading; choose a higher version, or rename this one", v)
		}
	}
	s, err := f.Unreleased()
	if err != nil {
		return s, err
	}
	next := len(f.lines)
	if len(f.sections) > 1 {
		next = f.sections[1].heading.first
	}
	for _, h := range f.suspects {
		if h.first > s.heading.first && h.first < next {
			return s, refuse(Ambiguous, []int{h.first + 1},
				"heading %q looks like a release and names no version; expected one such as \"[1.2.3] - 2006-01-02\"", h.text)
		}
	}
	if !f.hasEntries(s.Body) {
		return s, refuse(NothingNew, []int{s.Line}, "nothing to release: the Unreleased section has no entry; describe what changed under it")
	}
	return s, nil
}

// headingSplice inserts the heading of r under the Unreleased heading and the
// comments that directly follow it.
func (f *File) headingSplice(s Section, r release) Splice {
	at := s.heading.last
	for i := at + 1; i < len(f.lines) && (f.lines[i].kind == blank || f.lines[i].kind == comment); i++ {
		endsHere := i+1 == len(f.lines) || f.lines[i+1].kind != comment && f.lines[i+1].kind != html
		if f.lines[i].kind == comment && endsHere {
			at = i
		}
	}
	eol := f.eol(at)
	return Splice{At: f.lines[at].end, New: eol + eol + r.heading(eol)}
}

// Yank returns b with "[YANKED]" behind the heading of version v, and nothing
// else changed. A heading that says so already stays as it is. The error is a
// [Refusal].
func Yank(b []byte, v string) ([]byte, error) {
	f, err := Parse(b)
	if err != nil {
		return nil, err
	}
	s, err := f.Section(v)
	switch {
	case err != nil:
		return nil, err
	case s.Yanked:
		return b, nil
	case len(s.Also) > 0:
		return nil, refuse(Ambiguous, []int{s.Line}, "the heading names several versions; mark it by hand")
	case s.Pending:
		return nil, refuse(Ambiguous, []int{s.Line}, "version %s is not released, so it cannot be yanked", s.Version)
	case s.heading.setext && s.heading.last > s.heading.first+1:
		// A word behind its last line can make an item of a list of it.
		return nil, refuse(Ambiguous, []int{s.Line}, "the heading stands in several lines; mark it by hand")
	}
	e := Edit{{At: s.heading.textSpan.End, New: " [YANKED]"}}
	if err := e.check(b, nil, f.versionNames()); err != nil {
		return nil, err
	}
	return e.Apply(b)
}

// PreviousGood returns the highest stable version below v that is released and
// not yanked: what a rollback of v goes back to.
func (f *File) PreviousGood(v string) (string, bool) {
	limit, err := semver.StrictNewVersion(strings.TrimPrefix(v, "v"))
	if err != nil {
		return "", false
	}
	var best *semver.Version
	for _, s := range f.sections {
		if s.parsed == nil || s.Pending || s.Yanked || s.parsed.Prerelease() != "" || !s.parsed.LessThan(limit) {
			continue
		}
		if best == nil || best.LessThan(s.parsed) {
			best = s.parsed
		}
	}
	if best == nil {
		return "", false
	}
	return best.String(), true
}

// previous returns the highest released version below v, or "". Its tag exists
// even when it was yanked.
func (f *File) previous(v string) string {
	limit, err := semver.StrictNewVersion(v)
	if err != nil {
		return ""
	}
	i, _ := slices.BinarySearchFunc(f.released, limit, (*semver.Version).Compare)
	if i == 0 {
		return ""
	}
	return f.released[i-1].String()
}
