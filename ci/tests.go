package ci

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// test runs the project's tests.
func (p *Project) test() (Pipeline, error) {
	var made Pipeline
	p.testGo(&made)
	if p.has("Cargo.toml") {
		made.Steps = append(made.Steps, p.cargoStep("cargo-test", "cargo", "test", "--workspace"))
	} else {
		made.leave("cargo test", "%s", p.absent("Cargo.toml"))
	}
	return made, p.recognised()
}

// testGo runs Go's tests. Go's own ten minutes a package are too few for one that
// builds things in a container with cold caches.
func (p *Project) testGo(made *Pipeline) {
	if !p.has("go.mod") {
		made.leave("go test", "%s", p.absent("go.mod"))
		return
	}
	p.leaveGoModules(made)
	files := p.goFiles()
	if len(files) == 0 {
		made.leave("go test", noPackage)
		return
	}
	made.Steps = append(made.Steps, goStep("go-test", "go", "test", "-timeout=30m", "./..."))
	if !slices.ContainsFunc(files, func(file string) bool { return strings.HasSuffix(file, "_test.go") }) {
		made.leave("tests in Go", "there is no *_test.go: packages are compiled, and nothing is tested")
	}
}

// ErrNotRecognised says that a project has nothing that Cupel tests or audits, and
// adds no step either: a pipeline without a step must not look like a pass.
var ErrNotRecognised = errors.New("there is neither a go.mod nor a Cargo.toml that git keeps, and no [[ci.step]] in cupel.toml")

func (p *Project) recognised() error {
	if p.has("go.mod") || p.has("Cargo.toml") || len(p.Config.Steps) > 0 {
		return nil
	}
	err := ErrNotRecognised
	for _, name := range []string{"go.mod", "Cargo.toml"} {
		if why := p.absent(name); why != "there is no "+name {
			err = fmt.Errorf("%w; %s", err, why)
		}
	}
	return err
}
