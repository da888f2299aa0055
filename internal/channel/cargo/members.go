package cargo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/cupel-dev/cupel/internal/process"
)

// Members returns the crates of the workspace in Dir that may be published to
// the registry, each behind those that it needs. Crates and Version are not
// looked at.
func (o Options) Members(ctx context.Context) ([]string, error) {
	var out, problems bytes.Buffer
	_, err := process.Run(ctx, process.Command{
		Args: []string{"cargo", "metadata", "--no-deps", "--format-version=1"},
		Dir:  o.Dir, Env: o.environment(), Stdout: &out, Stderr: &problems,
	})
	if err != nil {
		return nil, fmt.Errorf("list the crates of %s: %w:\n%s", o.Dir, err, lastLines(problems.String(), 5))
	}
	registry := o.Registry
	if registry == "" {
		registry = publicRegistry
	}
	order, err := publishOrder(out.Bytes(), registry)
	if err != nil {
		return nil, fmt.Errorf("list the crates of %s: %w", o.Dir, err)
	}
	return order, nil
}

// A crate is what matters here of a package in cargo metadata, format 1.
type crate struct {
	Name    string    `json:"name"`
	Publish *[]string `json:"publish"` // the registries that it may go to; null is all

	Description string   `json:"description"`
	License     string   `json:"license"`
	LicenseFile string   `json:"license_file"`
	Keywords    []string `json:"keywords"`

	Dependencies []struct {
		Name        string `json:"name"`
		Requirement string `json:"req"`
		Path        string `json:"path"`
		Kind        string `json:"kind"`
	} `json:"dependencies"`
}

// publicRegistry is what cargo calls crates.io.
const publicRegistry = "crates-io"

// refusal says why crates.io would turn a crate down when its tag is public already;
// cargo itself only warns (The Cargo Book, publishing on crates.io).
func (c crate) refusal() string {
	for _, d := range c.Dependencies {
		if d.Path == "" && d.Requirement == "*" {
			return fmt.Sprintf("it takes %s in any version (*)", d.Name)
		}
	}
	switch {
	case strings.TrimSpace(c.Description) == "":
		return "it has no description"
	case c.License == "" && c.LicenseFile == "":
		return "it has neither license nor license-file"
	case len(c.Keywords) > 5:
		return "it has more than five keywords"
	}
	return ""
}

// publishOrder reads what cargo metadata prints.
func publishOrder(metadata []byte, registry string) ([]string, error) {
	var workspace struct {
		Packages []crate `json:"packages"`
	}
	if err := json.Unmarshal(metadata, &workspace); err != nil {
		return nil, fmt.Errorf("cargo metadata: %w", err)
	}
	o := order{crates: map[string]crate{}}
	for _, c := range workspace.Packages {
		if c.Publish != nil && !slices.Contains(*c.Publish, registry) {
			continue
		}
		if why := c.refusal(); why != "" && registry == publicRegistry {
			return nil, fmt.Errorf("crates.io does not take the crate %s: %s", c.Name, why)
		}
		o.crates[c.Name] = c
	}
	if len(o.crates) == 0 {
		return nil, errors.New("none of them may be published to " + registry)
	}
	for _, c := range workspace.Packages {
		if err := o.add(c.Name, nil); err != nil {
			return nil, err
		}
	}
	return o.done, nil
}

// An order is a depth-first walk over crates.
type order struct {
	crates map[string]crate
	done   []string
}

func (o *order) add(name string, above []string) error {
	c, ours := o.crates[name]
	if !ours || slices.Contains(o.done, name) {
		return nil
	}
	if slices.Contains(above, name) {
		return fmt.Errorf("they need each other in a circle: %s", strings.Join(append(above, name), ", "))
	}
	for _, d := range c.Dependencies {
		// cargo leaves a development dependency without a version out of a package
		if d.Path == "" || d.Kind == "dev" && d.Requirement == "*" {
			continue
		}
		if err := o.add(d.Name, append(above, name)); err != nil {
			return err
		}
	}
	o.done = append(o.done, name)
	return nil
}
