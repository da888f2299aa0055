package version

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
)

// A Site is one place in a file that holds the version of the project.
type Site struct {
	Path    string
	Line    int    // 1-based
	What    string // "package.version", or the pattern that found it
	Text    string // the number as written
	Version Version

	start, end int
	follows    bool                          // a requirement or lock entry: goes along, but has no say
	spell      func(Version) (string, error) // how the file writes a version
}

// String is "PATH:LINE: WHAT is TEXT".
func (s Site) String() string {
	return fmt.Sprintf("%s:%d: %s is %s", s.Path, s.Line, s.What, s.Text)
}

// A Disagreement is an error: the version files do not hold one number.
type Disagreement struct{ Sites []Site }

// Error lists every site, one a line.
func (d *Disagreement) Error() string {
	lines := []string{"the version files disagree; set them to one number, or name those that count in version_files of [release]:"}
	for _, s := range d.Sites {
		lines = append(lines, "  "+s.String())
	}
	return strings.Join(lines, "\n")
}

// A FileError is a version file that cannot be read or written as such.
type FileError struct {
	Path    string
	Line    int // 1-based; 0 for the whole file
	Problem string
}

// Error is "PATH:LINE: PROBLEM".
func (e *FileError) Error() string {
	if e.Line == 0 {
		return e.Path + ": " + e.Problem
	}
	return fmt.Sprintf("%s:%d: %s", e.Path, e.Line, e.Problem)
}

// Files are the version files of a project.
type Files struct {
	fsys  fs.FS
	rules []Rule
	sites []Site
}

// Find reads the version files in fsys: those that the rules name, or, without
// any rule, Cargo.toml with its workspace and Cargo.lock, package.json with its
// lock, and pyproject.toml in the root. A project may have none.
func Find(fsys fs.FS, rules ...Rule) (*Files, error) {
	f := &Files{fsys: fsys, rules: rules}
	if len(rules) == 0 {
		for _, name := range slices.Sorted(maps.Keys(manifests)) {
			if _, err := fs.Stat(fsys, name); errors.Is(err, fs.ErrNotExist) {
				continue
			}
			rules = append(rules, Rule{Path: name})
		}
	}
	for _, r := range rules {
		sites, err := r.find(fsys)
		if err != nil {
			return nil, err
		}
		for _, s := range sites {
			if !f.has(s) { // two rules may lead to one file
				f.sites = append(f.sites, s)
			}
		}
	}
	return f, nil
}

func (f *Files) has(s Site) bool {
	return slices.ContainsFunc(f.sites, func(t Site) bool { return t.Path == s.Path && t.start == s.start })
}

// Sites returns the places that hold the version, in the order of the files.
// Requirements of workspace members on each other are not among them.
func (f *Files) Sites() []Site {
	return slices.DeleteFunc(slices.Clone(f.sites), func(s Site) bool { return s.follows })
}

// Current returns the version that all files hold; false where no file holds
// one. The error is a [Disagreement].
func (f *Files) Current() (Version, bool, error) {
	sites := f.Sites()
	if len(sites) == 0 {
		return Version{}, false, nil
	}
	for _, s := range sites {
		if s.Version != sites[0].Version {
			return Version{}, false, &Disagreement{sites}
		}
	}
	return sites[0].Version, true, nil
}

// Set returns the new bytes of every file that changes when the version
// becomes v. Only the numbers differ from the old bytes. The error is a
// [Disagreement] or a [FileError].
func (f *Files) Set(v Version) (map[string][]byte, error) {
	if _, _, err := f.Current(); err != nil {
		return nil, err
	}
	edits := map[string][]byte{}
	for _, name := range f.paths() {
		edited, err := f.edit(name, v)
		if err != nil {
			return nil, err
		}
		if edited != nil {
			edits[name] = edited
		}
	}
	return edits, f.check(edits, v)
}

func (f *Files) paths() []string {
	var names []string
	for _, s := range f.sites {
		names = append(names, s.Path)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// edit returns the new bytes of one file, nil where nothing changes.
func (f *Files) edit(name string, v Version) ([]byte, error) {
	old, edited, err := f.replace(name, func(s Site) (string, error) { return s.spell(v) })
	if err != nil || bytes.Equal(edited, old) {
		return nil, err
	}
	return edited, nil
}

// replace returns the bytes of one file, and what they are with other texts in the
// places of the version.
func (f *Files) replace(name string, by func(Site) (string, error)) (old, edited []byte, err error) {
	if old, err = fs.ReadFile(f.fsys, name); err != nil {
		return nil, nil, &FileError{Path: name, Problem: err.Error()}
	}
	sites := slices.DeleteFunc(slices.Clone(f.sites), func(s Site) bool { return s.Path != name })
	slices.SortFunc(sites, func(a, b Site) int { return cmp.Compare(a.start, b.start) })
	pos := 0
	for _, s := range sites {
		text, err := by(s)
		if err != nil {
			return nil, nil, &FileError{name, s.Line, err.Error()}
		}
		edited = append(append(edited, old[pos:s.start]...), text...)
		pos = s.end
	}
	return old, append(edited, old[pos:]...), nil
}

// Numberless returns the bytes of every version file with nothing in the places of
// the version: what a release leaves as it was.
func (f *Files) Numberless() (map[string][]byte, error) {
	files := make(map[string][]byte)
	for _, name := range f.paths() {
		_, rest, err := f.replace(name, func(Site) (string, error) { return "", nil })
		if err != nil {
			return nil, err
		}
		files[name] = rest
	}
	return files, nil
}

// check reads the edited files again: the same places must hold v.
func (f *Files) check(edits map[string][]byte, v Version) error {
	again, err := Find(overlay{f.fsys, edits}, f.rules...)
	if err != nil {
		return fmt.Errorf("read the edited version files: %w", err)
	}
	if len(again.sites) != len(f.sites) {
		return fmt.Errorf("read the edited version files: %d numbers, expected %d", len(again.sites), len(f.sites))
	}
	for _, s := range again.Sites() {
		if s.Version != v {
			return &FileError{s.Path, s.Line, fmt.Sprintf("%s would be %s, expected %s", s.What, s.Text, v)}
		}
	}
	return nil
}

// An overlay is a file system with some files replaced.
type overlay struct {
	fs.FS
	files map[string][]byte
}

// ReadFile implements [fs.ReadFileFS].
func (o overlay) ReadFile(name string) ([]byte, error) {
	if b, ok := o.files[path.Clean(name)]; ok {
		return bytes.Clone(b), nil
	}
	return fs.ReadFile(o.FS, name)
}

// plain is the site of a number that is written as SemVer.
func plain(name string, b []byte, l leaf, what string) (Site, error) {
	if err := l.check(name, b, what); err != nil {
		return Site{}, err
	}
	v, err := Parse(l.value)
	if err != nil {
		return Site{}, &FileError{name, lineOf(b, l.start), what + ": " + err.Error()}
	}
	prefix := ""
	if strings.HasPrefix(l.value, "v") {
		prefix = "v"
	}
	return Site{
		Path: name, Line: lineOf(b, l.start), What: what, Text: l.value, Version: v, start: l.start, end: l.end,
		spell: func(v Version) (string, error) { return prefix + v.String(), nil },
	}, nil
}

func lineOf(b []byte, offset int) int {
	return 1 + bytes.Count(b[:offset], []byte("\n"))
}
