package pack

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// The part of cargo metadata's output, format version 1, that is read.
type cargoMetadata struct {
	Packages []cargoPackage `json:"packages"`
	Resolve  struct {
		Nodes []cargoNode `json:"nodes"`
		Root  string      `json:"root"`
	} `json:"resolve"`
}

type cargoPackage struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Version     string `json:"version"`
	License     string `json:"license"`
	Description string `json:"description"`
}

type cargoNode struct {
	ID   string `json:"id"`
	Deps []struct {
		Pkg   string `json:"pkg"`
		Kinds []struct {
			Kind string `json:"kind"` // "" is normal; "build", "dev"
		} `json:"dep_kinds"`
	} `json:"deps"`
}

// rustParts reads the packages that the root package is built from: those it
// depends on for its code or its build scripts, on any platform, but not those
// that only its tests need.
func rustParts(metadata []byte) (partsList, error) {
	var m cargoMetadata
	if err := json.Unmarshal(metadata, &m); err != nil {
		return partsList{}, fmt.Errorf("read cargo metadata: %w", err)
	}
	components := make(map[string]cdx.Component)
	for _, p := range m.Packages {
		components[p.ID] = rustComponent(p)
	}
	main, ok := components[m.Resolve.Root]
	if !ok {
		return partsList{}, errors.New("read cargo metadata: it has no root package")
	}
	main.Type = cdx.ComponentTypeApplication
	parts := partsList{main: main, components: []cdx.Component{}}
	for _, id := range m.reachable() {
		c, ok := components[id]
		if !ok {
			return partsList{}, fmt.Errorf("read cargo metadata: package %q is missing", id)
		}
		if id != m.Resolve.Root {
			parts.components = append(parts.components, c)
		}
		refs := []string{}
		for _, dep := range m.needs(id) {
			refs = append(refs, components[dep].BOMRef)
		}
		slices.Sort(refs)
		parts.dependencies = append(parts.dependencies, cdx.Dependency{Ref: c.BOMRef, Dependencies: &refs})
	}
	parts.sort()
	return parts, nil
}

func (l *partsList) sort() {
	slices.SortFunc(l.components, func(a, b cdx.Component) int { return strings.Compare(a.BOMRef, b.BOMRef) })
	slices.SortFunc(l.dependencies, func(a, b cdx.Dependency) int { return strings.Compare(a.Ref, b.Ref) })
}

func rustComponent(p cargoPackage) cdx.Component {
	ref := "pkg:cargo/" + url.PathEscape(p.Name) + "@" + url.QueryEscape(p.Version)
	c := cdx.Component{BOMRef: ref, Type: cdx.ComponentTypeLibrary, Name: p.Name, Version: p.Version, PackageURL: ref}
	if p.License != "" {
		c.Licenses = &cdx.Licenses{{Expression: strings.ReplaceAll(p.License, "/", " OR ")}}
	}
	return c
}

// reachable lists the root package and all that it is built from.
func (m *cargoMetadata) reachable() []string {
	found := []string{m.Resolve.Root}
	for i := 0; i < len(found); i++ {
		for _, id := range m.needs(found[i]) {
			if !slices.Contains(found, id) {
				found = append(found, id)
			}
		}
	}
	return found
}

// needs lists what a package is built from.
func (m *cargoMetadata) needs(id string) []string {
	var needed []string
	for _, n := range m.Resolve.Nodes {
		if n.ID != id {
			continue
		}
		for _, dep := range n.Deps {
			for _, kind := range dep.Kinds {
				if kind.Kind != "dev" && !slices.Contains(needed, dep.Pkg) {
					needed = append(needed, dep.Pkg)
				}
			}
		}
	}
	return needed
}
