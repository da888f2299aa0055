package version

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// A crate is one Cargo.toml of a workspace (The Cargo Book, the manifest
// format and workspaces).
type crate struct {
	path    string // of the manifest
	src     []byte
	leaves  []leaf
	name    string
	follows bool // its version is the workspace's
	private bool // it is never published
}

// A workspace is a root manifest with its members.
type workspace struct {
	fsys   fs.FS
	root   string // directory of the root manifest
	crates []*crate
	all    []*crate // those too that keep a number of their own
}

// cargoSites reads a manifest, the members of its workspace, their requirements
// on each other and Cargo.lock. Members that are never published keep a number
// of their own, unless nothing in the workspace is published.
func cargoSites(fsys fs.FS, name string) ([]Site, error) {
	w := &workspace{fsys: fsys, root: path.Dir(name)}
	if err := w.load(name); err != nil {
		return nil, err
	}
	if c := w.crates[0]; c.follows {
		if _, ok := find(c.leaves, "workspace", "package", "version"); !ok {
			return nil, &FileError{Path: name, Problem: "package.version is that of a workspace that this directory is not the root of: release from there"}
		}
	}
	w.dropPrivate()
	var sites []Site
	for _, c := range w.crates {
		for _, p := range [][]string{{"package", "version"}, {"workspace", "package", "version"}} {
			if l, ok := find(c.leaves, p...); ok {
				s, err := plain(c.path, c.src, l, strings.Join(p, "."))
				if err != nil {
					return nil, err
				}
				sites = append(sites, s)
			}
		}
	}
	if len(sites) == 0 {
		return nil, nil
	}
	for _, c := range w.all { // also one that is never published has to find the others
		more, err := w.requirements(c, sites[0].Version)
		if err != nil {
			return nil, err
		}
		sites = append(sites, more...)
	}
	lock, err := w.lock(sites[0].Version)
	return append(sites, lock...), err
}

// load reads the manifest name and everything that belongs to its workspace:
// the members, and every path dependency inside the root.
func (w *workspace) load(name string) error {
	queue := []string{name}
	seen := map[string]bool{}
	for len(queue) > 0 {
		next := queue[0]
		queue = queue[1:]
		if seen[next] {
			continue
		}
		seen[next] = true
		c, err := w.read(next)
		if errors.Is(err, fs.ErrNotExist) && next != name {
			continue // a member pattern that matches a folder without a manifest
		}
		if err != nil {
			return err
		}
		w.crates = append(w.crates, c)
		queue = append(queue, w.members(c)...)
	}
	return nil
}

func (w *workspace) read(name string) (*crate, error) {
	b, err := fs.ReadFile(w.fsys, name)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	leaves, err := tomlLeaves(name, b)
	if err != nil {
		return nil, err
	}
	c := &crate{path: name, src: b, leaves: leaves}
	if l, ok := find(leaves, "package", "name"); ok {
		c.name = l.value
	}
	_, c.follows = find(leaves, "package", "version", "workspace")
	c.private = path.Dir(name) != w.root && w.unpublished(leaves)
	return c, nil
}

// unpublished reports whether a crate goes to no registry, by its own word or by
// that of the workspace.
func (w *workspace) unpublished(leaves []leaf) bool {
	l, _ := find(leaves, "package", "publish")
	if inherited, _ := find(leaves, "package", "publish", "workspace"); inherited.value == "true" {
		l, _ = find(w.crates[0].leaves, "workspace", "package", "publish")
	}
	return l.value == "false" || l.value == "[]"
}

// members returns the manifests that c brings into the workspace.
func (w *workspace) members(c *crate) []string {
	dir := path.Dir(c.path)
	var names []string
	for _, l := range c.leaves {
		n := len(l.path)
		switch {
		case n == 3 && l.path[0] == "workspace" && l.path[1] == "members":
			found, err := fs.Glob(w.fsys, path.Join(dir, l.value, "Cargo.toml"))
			if err == nil {
				names = append(names, found...)
			}
		case n >= 3 && l.path[n-1] == "path" && isDependencies(l.path[n-3]):
			names = append(names, path.Join(dir, l.value, "Cargo.toml"))
		}
	}
	return slices.DeleteFunc(names, func(name string) bool { return !w.includes(name) })
}

// includes reports whether a manifest lies inside the root and is not excluded.
func (w *workspace) includes(name string) bool {
	dir := path.Dir(name)
	if !fs.ValidPath(name) || w.root != "." && dir != w.root && !strings.HasPrefix(dir, w.root+"/") {
		return false
	}
	for _, l := range w.crates[0].leaves {
		if len(l.path) != 3 || l.path[0] != "workspace" || l.path[1] != "exclude" {
			continue
		}
		if out := path.Join(w.root, l.value); dir == out || strings.HasPrefix(dir, out+"/") {
			return false
		}
	}
	return true
}

func (w *workspace) dropPrivate() {
	w.all = w.crates
	public := slices.DeleteFunc(slices.Clone(w.crates), func(c *crate) bool { return c.private && !c.follows })
	if slices.ContainsFunc(public, func(c *crate) bool {
		_, own := find(c.leaves, "package", "version")
		_, shared := find(c.leaves, "workspace", "package", "version")
		return own || shared
	}) {
		w.crates = public
	}
}

func isDependencies(key string) bool {
	return key == "dependencies" || key == "dev-dependencies" || key == "build-dependencies"
}

// requirements returns the versions that c asks of other members.
func (w *workspace) requirements(c *crate, current Version) ([]Site, error) {
	var sites []Site
	for _, l := range c.leaves {
		n := len(l.path)
		if n < 3 || l.path[n-1] != "version" || !isDependencies(l.path[n-3]) {
			continue
		}
		dependency := l.path[:n-1]
		to, ok := find(c.leaves, append(slices.Clone(dependency), "path")...)
		if !ok || !w.has(path.Join(path.Dir(c.path), to.value, "Cargo.toml")) {
			continue
		}
		if err := l.check(c.path, c.src, strings.Join(l.path, ".")); err != nil {
			return nil, err
		}
		sites = append(sites, Site{
			Path: c.path, Line: lineOf(c.src, l.start), What: strings.Join(l.path, "."), Text: l.value,
			start: l.start, end: l.end, follows: true,
			spell: func(v Version) (string, error) { return moveRequirement(l.value, current, v) },
		})
	}
	return sites, nil
}

func (w *workspace) has(manifest string) bool {
	return slices.ContainsFunc(w.crates, func(c *crate) bool { return c.path == manifest })
}

// lock returns the numbers of the members in Cargo.lock, where it exists.
func (w *workspace) lock(current Version) ([]Site, error) {
	name := path.Join(w.root, "Cargo.lock")
	b, err := fs.ReadFile(w.fsys, name)
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
	var sites []Site
	for _, l := range leaves {
		s, ok, err := w.lockSite(name, b, leaves, l, current)
		if err != nil {
			return nil, err
		}
		if ok {
			sites = append(sites, s)
		}
	}
	return sites, nil
}

// lockSite takes the version of a member, or the version in another package's
// list of dependencies, which stands there ("NAME VERSION") where the name
// alone is ambiguous. Packages with a source are somebody else's.
func (w *workspace) lockSite(name string, b []byte, leaves []leaf, l leaf, current Version) (Site, bool, error) {
	n := len(l.path)
	switch {
	case n == 3 && l.path[0] == "package" && l.path[2] == "version":
		crateName, _ := find(leaves, "package", l.path[1], "name")
		_, foreign := find(leaves, "package", l.path[1], "source")
		if foreign || !w.named(crateName.value) {
			return Site{}, false, nil
		}
		s, err := plain(name, b, l, "the version of "+crateName.value)
		return s, true, err
	case n == 4 && l.path[0] == "package" && l.path[2] == "dependencies":
		crateName, number, ok := strings.Cut(l.value, " ")
		if !ok || number != current.String() || !w.named(crateName) {
			return Site{}, false, nil
		}
		s, err := plain(name, b, leaf{value: number, start: l.end - len(number), end: l.end}, "a dependency on "+crateName)
		s.follows = true
		return s, true, err
	}
	return Site{}, false, nil
}

func (w *workspace) named(name string) bool {
	return name != "" && slices.ContainsFunc(w.crates, func(c *crate) bool { return c.name == name })
}
