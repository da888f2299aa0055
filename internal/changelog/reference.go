package changelog

import (
	"slices"

	"github.com/Masterminds/semver/v3"
)

// A reference is a version whose heading is in brackets and has no link of its
// own, so that it needs a definition.
type reference struct {
	label, version string
}

// references lists r and the versions of the file, newest first.
func (f *File) references(r release) []reference {
	var list []reference
	if r.label != "" {
		list = append(list, reference{r.label, r.version})
	}
	seen := map[string]bool{}
	for _, s := range f.Versions() {
		if s.title.label != "" && s.title.link == "" && !s.Pending && len(s.Also) == 0 && !seen[s.Version] {
			list = append(list, reference{s.title.label, s.Version})
		}
		seen[s.Version] = true
	}
	return list
}

// A chain puts missing definitions next to those of the neighbouring versions.
type chain struct {
	file  *File
	form  urlForm
	after int // index of the line behind which the next definition goes; -1 for none
}

func (c chain) splices(refs []reference, unreleased linkDefinition, hasUnreleased bool) []Splice {
	defined := c.file.versionDefinitions()
	if c.file.ascending(defined, unreleased, hasUnreleased) {
		slices.Reverse(refs)
	} else if hasUnreleased {
		c.after = unreleased.last
	}
	model := unreleased
	if len(defined) > 0 {
		model = defined[0]
	}
	var splices []Splice
	for _, ref := range refs {
		if d, ok := c.file.definition(ref.label); ok {
			c.after = d.last
			continue
		}
		url, ok := c.form.of(ref.version, c.file.previous(ref.version))
		if ok && (hasUnreleased || len(defined) > 0) {
			splices = append(splices, c.insert("["+ref.label+"]:"+model.before+url, model))
		}
	}
	return splices
}

// insert puts a definition behind the one of its neighbour, or before the
// first definition of all.
func (c chain) insert(definition string, first linkDefinition) Splice {
	if c.after >= 0 {
		return Splice{At: c.file.lines[c.after].end, New: c.file.eol(c.after) + definition}
	}
	return Splice{At: c.file.lines[first.first].start, New: definition + c.file.eol(first.first)}
}

// ascending reports whether the definitions run from old to new: as the first
// two versions do, or with the Unreleased one behind the only version.
func (f *File) ascending(defined []linkDefinition, unreleased linkDefinition, hasUnreleased bool) bool {
	if len(defined) < 2 {
		return len(defined) == 1 && hasUnreleased && unreleased.first > defined[0].first
	}
	a, errA := definedVersion(defined[0])
	b, errB := definedVersion(defined[1])
	return errA == nil && errB == nil && a.LessThan(b)
}

func definedVersion(d linkDefinition) (*semver.Version, error) {
	t, _ := parseTitle(d.label)
	return semver.StrictNewVersion(t.versions[0])
}
