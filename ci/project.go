package ci

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"

	"github.com/cupel-dev/cupel/internal/config"
	"github.com/cupel-dev/cupel/internal/redact"
)

// A Project is what the pipelines need to know of a project.
type Project struct {
	Source *Source
	Config config.CI
	// Lookup reads the environment, for the secrets that the project's own
	// steps name: os.LookupEnv.
	Lookup func(name string) (string, bool)
}

// has reports whether git keeps the file.
func (p *Project) has(name string) bool { return slices.Contains(p.Source.Paths, name) }

// matching lists the files whose base name a pattern matches.
func (p *Project) matching(pattern string) []string {
	var found []string
	for _, file := range p.Source.Paths {
		if ok, _ := path.Match(pattern, path.Base(file)); ok {
			found = append(found, file)
		}
	}
	return found
}

// files are those of them that are no links. Where a link leads, another step may
// look, or nobody can.
func (p *Project) files(pattern string) []string {
	return slices.DeleteFunc(p.matching(pattern), func(file string) bool {
		info, err := os.Lstat(filepath.Join(p.Source.Root, filepath.FromSlash(file)))
		return err == nil && !info.Mode().IsRegular()
	})
}

// absent says why there is no such file at the top.
func (p *Project) absent(name string) string {
	var below []string
	for _, file := range p.matching(name) {
		if !aside(file) {
			below = append(below, path.Dir(file))
		}
	}
	if len(below) == 0 {
		return "there is no " + name
	}
	return fmt.Sprintf("there is no %s at the top: run Cupel in %s", name, Few(below))
}

func (p *Project) read(name string) ([]byte, error) {
	return os.ReadFile(filepath.Join(p.Source.Root, filepath.FromSlash(name)))
}

// toolsModules are the module files that may name a Go tool, the project's own
// first.
var toolsModules = []string{"go.mod", "tools/go.mod", "tools/actionlint/go.mod"}

// tool is the command that runs a Go tool of the project's own choice and
// version. It is nil where no module of the project names the tool.
func (p *Project) tool(name string) ([]string, error) {
	for _, file := range toolsModules {
		if !p.has(file) {
			continue
		}
		text, err := p.read(file)
		if err != nil {
			return nil, fmt.Errorf("look for %s: %w", name, err)
		}
		mod, err := modfile.Parse(file, text, nil)
		if err != nil {
			return nil, fmt.Errorf("look for %s: %w", name, err)
		}
		for _, t := range mod.Tool {
			if path.Base(t.Path) != name {
				continue
			}
			if file == "go.mod" {
				return []string{"go", "tool", name}, nil
			}
			return []string{"go", "tool", "-modfile=" + file, name}, nil
		}
	}
	return nil, nil
}

// Pipeline makes the pipeline with that name: "lint", "test", "audit", with
// the steps that the project adds, or of "package" those alone.
func (p *Project) Pipeline(name string) (Pipeline, error) {
	if name == "package" {
		return p.Package(nil)
	}
	build := map[string]func() (Pipeline, error){"lint": p.lint, "test": p.test, "audit": p.audit}[name]
	if build == nil {
		return Pipeline{}, fmt.Errorf("there is no pipeline %q", name)
	}
	made, err := build()
	if err != nil {
		return made, fmt.Errorf("pipeline %s: %w", name, err)
	}
	own, err := p.own(name)
	made.Name, made.Steps, made.Left = name, append(made.Steps, own...), append(made.Left, p.Source.omissions()...)
	return made, err
}

// Compile is a step that compiles with Go, or with cargo; its name is still to
// be given.
func (p *Project) Compile(rust bool, run ...string) Step {
	if rust {
		return Step{Image: "rust", Run: run, Caches: cargoCaches}
	}
	return goStep("", run...)
}

// Package makes the pipeline "package" of the steps that compile, and those
// that the project adds.
func (p *Project) Package(builds []Step) (Pipeline, error) {
	own, err := p.own("package")
	if err != nil {
		return Pipeline{}, fmt.Errorf("pipeline package: %w", err)
	}
	return Pipeline{Name: "package", Steps: append(builds, own...), Left: p.Source.omissions()}, nil
}

// own turns the project's steps for a pipeline into steps.
func (p *Project) own(pipeline string) ([]Step, error) {
	var steps []Step
	for _, c := range p.Config.Steps {
		if c.Pipeline != pipeline {
			continue
		}
		s := Step{Name: c.Name, Image: c.Image, Run: c.Run, Dir: c.Dir, Inputs: c.Inputs, Needs: c.Needs, Fresh: c.Fresh}
		s.Caches = map[string][]Cache{"go": goCaches, "rust": cargoCaches}[c.Image]
		s.Env, s.Secrets = split(c.Env)
		for _, name := range c.Secrets {
			value, err := p.secret(name)
			if err != nil {
				return nil, fmt.Errorf("[[ci.step]] %q: the secret %s %w", c.Name, name, err)
			}
			s.Secrets = append(s.Secrets, Secret{Name: name, Value: value})
		}
		steps = append(steps, s)
	}
	return steps, nil
}

// secret reads one from the environment. A workflow sets the variable of a secret
// that it does not have to nothing, and one that is too short to be masked would be
// in the logs.
func (p *Project) secret(name string) (string, error) {
	value, ok := p.Lookup(name)
	switch {
	case !ok:
		return "", errors.New("is not in the environment")
	case value == "":
		return "", errors.New("is empty")
	case len([]rune(value)) < redact.Shortest:
		return "", fmt.Errorf("has fewer than %d characters, too few to keep it out of the logs", redact.Shortest)
	}
	return value, nil
}

// goCaches are Go's module and build cache. Both are addressed by content, so
// that steps and versions may share them.
var goCaches = []Cache{
	{Name: "go-mod", Path: "/cache/go-mod", Env: "GOMODCACHE", Local: "{home}/go/pkg/mod"},
	{Name: "go-build", Path: "/cache/go-build", Env: "GOCACHE", Local: "{cache}/go-build"},
}

// cargoCaches is cargo's home: what it downloads, and the locks that keep steps
// which run side by side apart. Its build directory is no cache here: cargo
// trusts modification times, which a fresh copy of the inputs changes.
var cargoCaches = []Cache{{Name: "cargo-home", Path: "/cache/cargo-home", Env: "CARGO_HOME", Local: "{home}/.cargo"}}

func goStep(name string, args ...string) Step {
	return Step{Name: name, Image: "go", Run: args, Caches: goCaches}
}

// goRun is the command that builds a tool of Cupel's own choice and runs it. No
// vendor directory of the project has it.
func goRun(tool string) []string { return []string{"go", "run", "-mod=mod", tool} }

func (p *Project) cargoStep(name string, args ...string) Step {
	if p.has("Cargo.lock") && !slices.Contains(args, "fmt") {
		at := max(slices.Index(args, "--"), 0)
		if at == 0 {
			at = len(args)
		}
		args = slices.Insert(slices.Clone(args), at, "--locked")
	}
	return Step{Name: name, Image: "rust", Run: args, Caches: cargoCaches}
}

// leave notes that a check was left out.
func (p *Pipeline) leave(name, format string, args ...any) {
	p.Left = append(p.Left, Omission{Name: name, Why: fmt.Sprintf(format, args...)})
}

// Few names files for a person: the first few, and how many more.
func Few(files []string) string {
	const shown = 10
	if len(files) <= shown {
		return strings.Join(files, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(files[:shown], ", "), len(files)-shown)
}
