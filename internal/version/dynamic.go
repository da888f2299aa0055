package version

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// A source is where a build system of Python reads a dynamic version.
type source struct {
	what  string   // the key that says so
	paths []string // the first that exists
	name  string   // of the variable, a pattern; "" is a file that is nothing but a version
}

// dynamicSites reads the file that the version of pyproject.toml is read from when
// the project is built. A version that comes from a tag stands in none.
func dynamicSites(fsys fs.FS, name string, leaves []leaf) ([]Site, error) {
	s, ok := dynamicSource(leaves)
	if !ok {
		return nil, nil
	}
	for _, p := range s.paths {
		p = path.Join(path.Dir(name), p)
		b, err := fs.ReadFile(fsys, p)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, &FileError{Path: p, Problem: err.Error()}
		}
		if l, ok := s.number(b); ok {
			site, err := pythonSite(p, b, l, s.what)
			return []Site{site}, err
		}
		return nil, &FileError{Path: p, Problem: s.what + " of pyproject.toml reads the version here, and none is seen: say in release.version_files where it stands"}
	}
	return nil, &FileError{Path: name, Problem: fmt.Sprintf("%s reads the version from %s, which is not there: say in release.version_files where it stands",
		s.what, strings.Join(s.paths, " or "))}
}

// number finds the number in the file of a source.
func (s source) number(b []byte) (leaf, bool) {
	pattern := regexp.MustCompile(`^\s*()(\S+)\s*$`)
	if s.name != "" {
		pattern = regexp.MustCompile(`(?m)^[ \t]*(` + s.name + `)[ \t]*(?::[ \t]*[\w.]+[ \t]*)?=[ \t]*["']([^"'\n]+)["']`)
	}
	text, original := unixText(b)
	m := pattern.FindSubmatchIndex(text)
	if m == nil {
		return leaf{}, false
	}
	return leaf{value: string(text[m[4]:m[5]]), start: original(m[4]), end: original(m[5])}, true
}

// fromTags are the build requirements that take the version from git.
var fromTags = regexp.MustCompile(`(?i)^(setuptools[-_]scm|hatch-vcs|versioningit|setuptools[-_]git[-_]versioning)\b`)

// dynamicSource finds the source of a dynamic version: of Hatch, PDM, setuptools or
// Flit; false where the version is not dynamic, or comes from elsewhere.
func dynamicSource(leaves []leaf) (source, bool) {
	text := func(keys ...string) string {
		l, _ := find(leaves, keys...)
		return l.value
	}
	dynamic := false
	for _, l := range leaves {
		dynamic = dynamic || len(l.path) == 3 && l.path[0] == "project" && l.path[1] == "dynamic" && l.value == "version"
		if len(l.path) == 3 && l.path[0] == "build-system" && l.path[1] == "requires" && fromTags.MatchString(l.value) {
			return source{}, false
		}
	}
	if !dynamic {
		return source{}, false
	}
	hatch, pdm := text("tool", "hatch", "version", "path"), text("tool", "pdm", "version", "path")
	attr, file := text("tool", "setuptools", "dynamic", "version", "attr"), text("tool", "setuptools", "dynamic", "version", "file")
	if file == "" {
		file = text("tool", "setuptools", "dynamic", "version", "file", "0")
	}
	switch backend := text("build-system", "build-backend"); {
	case hatch != "" && slices.Contains([]string{"", "regex"}, text("tool", "hatch", "version", "source")):
		return source{"tool.hatch.version.path", []string{hatch}, "__version__|VERSION"}, true
	case pdm != "" && text("tool", "pdm", "version", "source") == "file":
		return source{"tool.pdm.version.path", []string{pdm}, "__version__"}, true
	case file != "":
		return source{"tool.setuptools.dynamic.version.file", []string{file}, ""}, true
	case strings.Contains(attr, "."):
		at := strings.LastIndexByte(attr, '.')
		return source{"tool.setuptools.dynamic.version.attr", modulePaths(attr[:at]), regexp.QuoteMeta(attr[at+1:])}, true
	case strings.HasPrefix(backend, "flit_core"):
		module := text("tool", "flit", "module", "name")
		if module == "" {
			module = strings.ReplaceAll(text("project", "name"), "-", "_")
		}
		return source{"Flit", modulePaths(module), "__version__"}, true
	}
	return source{}, false
}

// modulePaths are the files that a Python module can be.
func modulePaths(module string) []string {
	p := strings.ReplaceAll(module, ".", "/")
	return []string{p + ".py", p + "/__init__.py", "src/" + p + ".py", "src/" + p + "/__init__.py"}
}
