package version

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// A Rule names a file that holds the version. Without a pattern it is a
// manifest that Find knows, or a file that holds nothing else. The pattern has
// one group, which is the number; every match is one.
type Rule struct {
	Path    string // slash-separated, relative to the root
	Pattern *regexp.Regexp
}

// ParseRule reads "PATH" or "PATH: PATTERN", as in
// `internal/build/version.go: Version = "(.+)"`. In the pattern ^ and $ are the
// ends of a line.
func ParseRule(text string) (Rule, error) {
	name, pattern, ok := strings.Cut(text, ": ")
	r := Rule{Path: path.Clean(strings.TrimSpace(name))}
	if !fs.ValidPath(r.Path) || r.Path == "." {
		return Rule{}, fmt.Errorf("version file %q: expected a path inside the project, with slashes", name)
	}
	if !ok {
		return r, nil
	}
	re, err := regexp.Compile("(?m)" + strings.TrimSpace(pattern))
	if err != nil {
		return Rule{}, fmt.Errorf("version file %s: %w", r.Path, err)
	}
	if re.NumSubexp() != 1 {
		return Rule{}, fmt.Errorf("version file %s: pattern %q has %d groups, expected one around the number", r.Path, pattern, re.NumSubexp())
	}
	r.Pattern = re
	return r, nil
}

// manifests are the files that are known by their name.
var manifests = map[string]func(fs.FS, string) ([]Site, error){
	"Cargo.toml":     cargoSites,
	"package.json":   npmSites,
	"pyproject.toml": pythonSites,
}

func (r Rule) find(fsys fs.FS) ([]Site, error) {
	if known, ok := manifests[path.Base(r.Path)]; ok && r.Pattern == nil {
		return known(fsys, r.Path)
	}
	b, err := fs.ReadFile(fsys, r.Path)
	if err != nil {
		return nil, &FileError{Path: r.Path, Problem: err.Error()}
	}
	if r.Pattern == nil {
		return r.whole(b)
	}
	text, original := unixText(b)
	matches := r.Pattern.FindAllSubmatchIndex(text, -1)
	if len(matches) == 0 {
		return nil, &FileError{Path: r.Path, Problem: fmt.Sprintf("nothing matches the pattern %q", r.Pattern)}
	}
	var sites []Site
	for _, m := range matches {
		if m[2] < 0 {
			return nil, &FileError{r.Path, lineOf(text, m[0]), fmt.Sprintf("the group of %q matches no number", r.Pattern)}
		}
		s, err := plain(r.Path, b, leaf{value: string(text[m[2]:m[3]]), start: original(m[2]), end: original(m[3])}, "the number")
		if err != nil {
			return nil, err
		}
		sites = append(sites, s)
	}
	return sites, nil
}

// unixText is a file without byte order mark and with line ends of one byte, as
// patterns expect it, and what an offset in it is in the file.
func unixText(b []byte) (text []byte, original func(int) int) {
	body := bytes.TrimPrefix(b, utf8BOM)
	base := len(b) - len(body)
	var ends []int // offsets in text behind which a byte is missing
	for i, c := range body {
		if c == '\r' && bytes.HasPrefix(body[i+1:], []byte("\n")) {
			ends = append(ends, len(text))
			continue
		}
		text = append(text, c)
	}
	return text, func(at int) int {
		missing, _ := slices.BinarySearch(ends, at)
		return base + at + missing
	}
}

// whole takes a file that holds a version and nothing else.
func (r Rule) whole(b []byte) ([]Site, error) {
	text := bytes.TrimSpace(bytes.TrimPrefix(b, utf8BOM))
	if len(text) == 0 {
		return nil, &FileError{Path: r.Path, Problem: "it is empty, and should hold the version"}
	}
	if len(bytes.Fields(text)) != 1 {
		return nil, &FileError{Path: r.Path, Problem: `it holds more than a version; say where the number stands, as in "` + r.Path + `: version = (.+)"`}
	}
	start := bytes.Index(b, text)
	s, err := plain(r.Path, b, leaf{value: string(text), start: start, end: start + len(text)}, "the file")
	return []Site{s}, err
}
