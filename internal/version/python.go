package version

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// pythonSites reads pyproject.toml: project.version (PEP 621) and Poetry's own
// table, the file that a dynamic version is read from, and uv's lock file.
func pythonSites(fsys fs.FS, name string) ([]Site, error) {
	b, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, &FileError{Path: name, Problem: err.Error()}
	}
	leaves, err := tomlLeaves(name, b)
	if err != nil {
		return nil, err
	}
	var sites []Site
	for _, p := range [][]string{{"project", "version"}, {"tool", "poetry", "version"}} {
		l, ok := find(leaves, p...)
		if !ok {
			continue
		}
		s, err := pythonSite(name, b, l, strings.Join(p, "."))
		if err != nil {
			return nil, err
		}
		sites = append(sites, s)
	}
	dynamic, err := dynamicSites(fsys, name, leaves)
	if err != nil {
		return nil, err
	}
	lock, err := uvSites(fsys, path.Join(path.Dir(name), "uv.lock"))
	return slices.Concat(sites, dynamic, lock), err
}

// pythonSite is the site of a number that Python reads.
func pythonSite(name string, b []byte, l leaf, what string) (Site, error) {
	if err := l.check(name, b, what); err != nil {
		return Site{}, err
	}
	v, err := parsePEP440(l.value)
	if err != nil {
		return Site{}, &FileError{name, lineOf(b, l.start), what + ": " + err.Error()}
	}
	asSemVer := !v.Stable() && l.value == v.String()
	return Site{
		Path: name, Line: lineOf(b, l.start), What: what, Text: l.value, Version: v, start: l.start, end: l.end,
		spell: func(v Version) (string, error) { return spellPEP440(v, asSemVer) },
	}, nil
}

// uvSites reads the number of the project itself in uv's lock file, which uv holds
// against pyproject.toml (docs.astral.sh/uv, locking).
func uvSites(fsys fs.FS, name string) ([]Site, error) {
	b, err := fs.ReadFile(fsys, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, &FileError{Path: name, Problem: err.Error()}
	}
	leaves, err := tomlLeaves(name, b)
	if err != nil {
		return nil, err
	}
	for _, l := range leaves {
		if len(l.path) != 4 || l.path[0] != "package" || l.path[2] != "source" || l.value != "." || l.path[3] != "editable" && l.path[3] != "virtual" {
			continue
		}
		if number, ok := find(leaves, "package", l.path[1], "version"); ok {
			s, err := pythonSite(name, b, number, "the version of the project")
			return []Site{s}, err
		}
	}
	return nil, nil
}

// pep440 is the part of PEP 440 that SemVer can say: three numbers and a
// prerelease.
var pep440 = regexp.MustCompile(`^(\d+\.\d+\.\d+)[-_.]?(a|alpha|b|beta|c|rc|pre|preview)[-_.]?(\d+)$`)

// The words of PEP 440 for SemVer's prereleases, and back.
var (
	fromPEP440 = map[string]string{"a": "alpha", "alpha": "alpha", "b": "beta", "beta": "beta", "c": "rc", "rc": "rc", "pre": "rc", "preview": "rc"}
	toPEP440   = map[string]string{"alpha": "a", "a": "a", "beta": "b", "b": "b", "rc": "rc"}
)

// parsePEP440 reads a Python version as SemVer: 1.2.0rc1 is 1.2.0-rc.1.
func parsePEP440(text string) (Version, error) {
	if m := pep440.FindStringSubmatch(text); m != nil {
		if _, err := Parse(text); err != nil {
			return Parse(m[1] + "-" + fromPEP440[m[2]] + "." + m[3])
		}
	}
	return Parse(text)
}

// spellPEP440 writes a version in the normal form of PEP 440, or as SemVer
// where the file did so before (which PEP 440 reads as the same).
func spellPEP440(v Version, asSemVer bool) (string, error) {
	if v.Stable() {
		return v.String(), nil
	}
	word, number, _ := strings.Cut(v.Pre, ".")
	short, ok := toPEP440[word]
	if _, err := strconv.ParseUint(number, 10, 64); !ok || err != nil {
		return "", fmt.Errorf("no prerelease of Python is called %q; use alpha.N, beta.N or rc.N", v.Pre)
	}
	if asSemVer {
		return v.String(), nil
	}
	return v.Core().String() + short + number, nil
}
