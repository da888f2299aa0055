package version

import (
	"fmt"
	"io/fs"
	"regexp"
	"strconv"
	"strings"
)

// pythonSites reads pyproject.toml: project.version (PEP 621) and Poetry's own
// table. A dynamic version is somebody else's to set.
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
		v, err := parsePEP440(l.value)
		if err != nil {
			return nil, &FileError{name, lineOf(b, l.start), strings.Join(p, ".") + ": " + err.Error()}
		}
		asSemVer := !v.Stable() && l.value == v.String()
		sites = append(sites, Site{
			Path: name, Line: lineOf(b, l.start), What: strings.Join(p, "."), Text: l.value, Version: v, start: l.start, end: l.end,
			spell: func(v Version) (string, error) { return spellPEP440(v, asSemVer) },
		})
	}
	return sites, nil
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
