package version

import (
	"errors"
	"io/fs"
	"path"
)

// npmSites reads package.json and, where they exist, both numbers of its lock
// file (docs.npmjs.com, package-lock.json).
func npmSites(fsys fs.FS, name string) ([]Site, error) {
	sites, err := jsonSites(fsys, name, []string{"version"})
	if err != nil || len(sites) == 0 {
		return nil, err
	}
	for _, lock := range []string{"package-lock.json", "npm-shrinkwrap.json"} {
		more, err := jsonSites(fsys, path.Join(path.Dir(name), lock), []string{"version"}, []string{"packages", "", "version"})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		sites = append(sites, more...)
	}
	return sites, nil
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
			what = `packages[""].version`
		}
		s, err := plain(name, b, l, what)
		if err != nil {
			return nil, err
		}
		sites = append(sites, s)
	}
	return sites, nil
}
