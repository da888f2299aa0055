package ci

import "errors"

// test runs the project's tests. Go's own ten minutes a package are too few for
// one that builds things in a container with cold caches.
func (p *Project) test() (Pipeline, error) {
	var made Pipeline
	if p.has("go.mod") {
		made.Steps = append(made.Steps, goStep("go-test", "go", "test", "-timeout=30m", "./..."))
	} else {
		made.leave("go test", "there is no go.mod")
	}
	if p.has("Cargo.toml") {
		made.Steps = append(made.Steps, p.cargoStep("cargo-test", "cargo", "test", "--workspace"))
	} else {
		made.leave("cargo test", "there is no Cargo.toml")
	}
	return made, p.recognised()
}

// recognised is an error where a project has nothing that Cupel knows and adds
// no step either: a pipeline without a step must not look like a pass.
func (p *Project) recognised() error {
	if p.has("go.mod") || p.has("Cargo.toml") || len(p.Config.Steps) > 0 {
		return nil
	}
	return errors.New("there is neither a go.mod nor a Cargo.toml that git keeps, and no [[ci.step]] in cupel.toml")
}
