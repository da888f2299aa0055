package pack

import (
	"encoding/base64"
	"encoding/hex"
	"io"
	"maps"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"
	"golang.org/x/mod/modfile"
)

// A parts list is what a program is made of: its own component first.
type partsList struct {
	main         cdx.Component
	components   []cdx.Component // sorted by reference
	dependencies []cdx.Dependency
}

// writeSBOM writes a parts list as CycloneDX 1.6 in JSON, without serial number
// and time, which would differ between two builds.
func writeSBOM(w io.Writer, parts partsList) error {
	bom := cdx.NewBOM()
	bom.Metadata = &cdx.Metadata{Component: &parts.main}
	bom.Components = &parts.components
	bom.Dependencies = &parts.dependencies
	return cdx.NewBOMEncoder(w, cdx.BOMFileFormatJSON).SetPretty(true).SetEscapeHTML(false).Encode(bom)
}

// goParts reads the modules that are linked into programs from the programs
// themselves. They say which modules, but not which of them asked for which, so
// all hang on the main component.
func goParts(p Project, v string, programs []program) partsList {
	modules := make(map[string]cdx.Component)
	own := ownModule(p, programs)
	for _, program := range programs {
		std := goComponent("std", strings.TrimPrefix(program.info.GoVersion, "go"), "")
		modules[std.BOMRef] = std
		for _, m := range program.info.Deps {
			if m.Path != own {
				c := moduleComponent(m)
				modules[c.BOMRef] = c
			}
		}
	}
	main := goComponent(own, "v"+v, "")
	main.Type, main.Name, main.Version = cdx.ComponentTypeApplication, p.Name, v
	main.Description = p.Description
	return hang(main, modules)
}

// hang makes a parts list in which the main component depends on all others.
func hang(main cdx.Component, components map[string]cdx.Component) partsList {
	refs := slices.Sorted(maps.Keys(components))
	parts := partsList{main: main, components: []cdx.Component{}}
	for _, ref := range refs {
		parts.components = append(parts.components, components[ref])
	}
	parts.dependencies = []cdx.Dependency{{Ref: main.BOMRef, Dependencies: &refs}}
	return parts
}

// ownModule is the module of the project: the programs' main module, or of those
// without a version that a magefile imports the one with the project's name.
func ownModule(p Project, programs []program) string {
	for _, program := range programs {
		if path := program.info.Main.Path; path != "" {
			return path
		}
		for _, m := range program.info.Deps {
			if m.Version == devel && baseOf(m.Path) == p.Name {
				return m.Path
			}
		}
	}
	return p.Name
}

// devel is the version of a module that is a directory.
const devel = "(devel)"

// moduleComponent is a module, or the one that replaces it. A directory of the
// project, in a workspace or in another module's place, has no version.
func moduleComponent(m *debug.Module) cdx.Component {
	if m.Replace != nil && !modfile.IsDirectoryPath(m.Replace.Path) {
		m = m.Replace
	}
	if m.Version == devel || m.Replace != nil {
		return goComponent(m.Path, "", "")
	}
	return goComponent(m.Path, m.Version, m.Sum)
}

func goComponent(path, version, sum string) cdx.Component {
	ref := "pkg:golang/" + escapePath(path)
	if version != "" {
		ref += "@" + url.QueryEscape(version)
	}
	c := cdx.Component{BOMRef: ref, Type: cdx.ComponentTypeLibrary, Name: path, Version: version, PackageURL: ref}
	if hash, ok := moduleHash(sum); ok {
		c.Hashes = &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA256, Value: hash}}
	}
	return c
}

// escapePath escapes the elements of a module path for a package URL.
func escapePath(path string) string {
	elements := strings.Split(path, "/")
	for i, e := range elements {
		elements[i] = url.PathEscape(e)
	}
	return strings.Join(elements, "/")
}

// moduleHash is the SHA-256 in a sum of go.sum ("h1:" and base64), in hex.
func moduleHash(sum string) (string, bool) {
	text, ok := strings.CutPrefix(sum, "h1:")
	if !ok {
		return "", false
	}
	b, err := base64.StdEncoding.DecodeString(text)
	return hex.EncodeToString(b), err == nil
}
