package pack

import (
	"errors"
	"fmt"
	"go/build"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"golang.org/x/mod/modfile"
)

// ErrNoProgram says that a project has no program that could be packaged.
var ErrNoProgram = errors.New("it has no program to package: no main package at the top or in cmd/, no magefile with mage among go.mod's tools, no Cargo.toml")

const mageTool = "github.com/magefile/mage"

// Find looks at the files of a project and says what there is to package: the
// main packages at the top and directly below cmd/; else the magefile, where
// mage is one of go.mod's tools; else Cargo.toml's package. The error wraps
// [ErrNoProgram] where there is nothing.
func Find(fsys fs.FS) (Project, error) {
	text, err := fs.ReadFile(fsys, "go.mod")
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return findRust(fsys)
	case err != nil:
		return Project{}, fmt.Errorf("find programs: %w", err)
	}
	module, err := modfile.Parse("go.mod", text, nil)
	if err != nil {
		return Project{}, fmt.Errorf("find programs: read go.mod: %w", err)
	}
	if module.Module == nil {
		return Project{}, errors.New("find programs: go.mod names no module")
	}
	p := Project{Name: baseOf(module.Module.Mod.Path), Kind: Go}
	if err := p.findMains(fsys); err != nil {
		return Project{}, fmt.Errorf("find programs: %w", err)
	}
	isMage := slices.ContainsFunc(module.Tool, func(t *modfile.Tool) bool { return t.Path == mageTool })
	switch {
	case len(p.Mains) > 0:
		return p, nil
	case isMage && exists(fsys, "magefiles"):
		p.Kind, p.Mains = Mage, []string{"./magefiles"}
		return p, nil
	case isMage && exists(fsys, "magefile.go"):
		p.Kind, p.Mains = Mage, []string{"."}
		return p, nil
	}
	if len(p.Left) > 0 {
		return Project{}, fmt.Errorf("find programs: %s: %s: %w", p.Left[0].Name, p.Left[0].Why, ErrNoProgram)
	}
	return Project{}, fmt.Errorf("find programs: %w", ErrNoProgram)
}

var majorSuffix = regexp.MustCompile(`(/|\.)v[0-9]+$`)

// baseOf is the name that the go command gives a program at the top of a module.
func baseOf(module string) string {
	return path.Base(majorSuffix.ReplaceAllString(module, ""))
}

// findMains looks for main packages, and for which platforms each is.
func (p *Project) findMains(fsys fs.FS) error {
	dirs := []string{"."}
	entries, err := fs.ReadDir(fsys, "cmd")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, e := range entries {
		if e.IsDir() {
			dirs = append(dirs, path.Join("cmd", e.Name()))
		}
	}
	for _, dir := range dirs {
		name := dir
		if dir != "." {
			name = "./" + dir
		}
		on := mainOn(fsys, dir, false)
		switch {
		case len(on) == 0 && len(mainOn(fsys, dir, true)) > 0:
			p.Left = append(p.Left, Omission{name, "it needs cgo, and programs are compiled without"})
		case len(on) == 0: // no program
		case dir != "." && exists(fsys, path.Join(dir, "go.mod")):
			p.Left = append(p.Left, Omission{name, "a Go module of its own: package it there"})
		default:
			p.Mains = append(p.Mains, name)
			p.limit(name, on)
		}
	}
	return nil
}

// limit notes that a main package is for some platforms alone.
func (p *Project) limit(dir string, on []Platform) {
	if len(on) == len(Platforms()) {
		return
	}
	if p.Only == nil {
		p.Only = make(map[string][]Platform)
	}
	p.Only[dir] = on
}

// mainOn lists the platforms on which dir is a main package. A directory that
// cannot be read as a package is none.
func mainOn(fsys fs.FS, dir string, cgo bool) []Platform {
	c := build.Default
	c.CgoEnabled, c.BuildTags, c.JoinPath = cgo, nil, path.Join
	c.IsDir = func(name string) bool {
		info, err := fs.Stat(fsys, name)
		return err == nil && info.IsDir()
	}
	c.ReadDir = func(name string) ([]fs.FileInfo, error) { return fileInfos(fsys, name) }
	c.OpenFile = func(name string) (io.ReadCloser, error) { return fsys.Open(name) }
	var on []Platform
	for _, platform := range Platforms() {
		c.GOOS, c.GOARCH = platform.OS, platform.Arch
		if p, err := c.ImportDir(dir, 0); err == nil && p.IsCommand() && len(p.GoFiles)+len(p.CgoFiles) > 0 {
			on = append(on, platform)
		}
	}
	return on
}

func fileInfos(fsys fs.FS, dir string) ([]fs.FileInfo, error) {
	entries, err := fs.ReadDir(fsys, dir)
	if err != nil {
		return nil, err
	}
	var infos []fs.FileInfo
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			return nil, err
		}
		infos = append(infos, info)
	}
	return infos, nil
}

func exists(fsys fs.FS, name string) bool {
	_, err := fs.Stat(fsys, name)
	return err == nil
}

func findRust(fsys fs.FS) (Project, error) {
	text, err := fs.ReadFile(fsys, "Cargo.toml")
	if errors.Is(err, fs.ErrNotExist) {
		return Project{}, fmt.Errorf("find programs: %w", ErrNoProgram)
	}
	if err != nil {
		return Project{}, fmt.Errorf("find programs: %w", err)
	}
	var manifest struct {
		Package struct {
			Name        string
			Description any // a string, or { workspace = true }
			License     any
			Repository  any
		}
	}
	if err := toml.Unmarshal(text, &manifest); err != nil {
		return Project{}, fmt.Errorf("find programs: read Cargo.toml: %w", err)
	}
	m := manifest.Package
	if m.Name == "" {
		return Project{}, fmt.Errorf("find programs: Cargo.toml has no [package]: %w", ErrNoProgram)
	}
	return Project{Name: m.Name, Kind: Rust, Description: line(m.Description), License: line(m.License), Source: line(m.Repository)}, nil
}

func line(v any) string {
	text, _ := v.(string)
	return strings.Join(strings.Fields(text), " ")
}
