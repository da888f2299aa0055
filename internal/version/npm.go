package version

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
)

// npmSites reads package.json and, where they exist, both numbers of its lock
// file, or the one in the lock file of the workspace that it belongs to
// (docs.npmjs.com, package-lock.json).
func npmSites(fsys fs.FS, name string) ([]Site, error) {
	sites, err := jsonSites(fsys, name, []string{"version"})
	if err != nil || len(sites) == 0 {
		return nil, err
	}
	for dir, member := path.Dir(name), ""; ; dir, member = path.Dir(dir), path.Join(path.Base(dir), member) {
		places := [][]string{{"packages", member, "version"}}
		if member == "" {
			places = append([][]string{{"version"}}, places...)
		}
		for _, lock := range []string{"package-lock.json", "npm-shrinkwrap.json"} {
			more, err := jsonSites(fsys, path.Join(dir, lock), places...)
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return nil, err
			}
			sites = append(sites, more...)
		}
		if dir == "." {
			return sites, nil
		}
	}
}

func jsonSites(fsys fs.FS, name string, paths ...[]string) ([]Site, error) {
	b, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, err
	}
	leaves, err := jsonLeaves(name, b)
	if err != nil {
		return nil, err
	}
	var sites []Site
	for _, p := range paths {
		l, ok := find(leaves, p...)
		if !ok {
			continue
		}
		what := "version"
		if len(p) > 1 {
			what = fmt.Sprintf("packages[%q].version", p[1])
		}
		s, err := plain(name, b, l, what)
		if err != nil {
			return nil, err
		}
		sites = append(sites, s)
	}
	return sites, nil
}
