package ci

import (
	"fmt"
	"slices"
	"strings"
)

// lint checks form: what a project does not have is left out.
func (p *Project) lint() (Pipeline, error) {
	var made Pipeline
	for _, add := range []func(*Pipeline) error{p.lintGo, p.lintRust, p.lintShell, p.lintWorkflows} {
		if err := add(&made); err != nil {
			return made, err
		}
	}
	return made, nil
}

func (p *Project) lintGo(made *Pipeline) error {
	if !p.has("go.mod") {
		made.leave("gofmt, vet, tidy, golangci-lint", "%s", p.absent("go.mod"))
		return nil
	}
	if files := slices.DeleteFunc(p.files("*.go"), aside); len(files) > 0 {
		made.Steps = append(made.Steps, Step{Name: "gofmt", Image: "go", Run: []string{"gofmt", "-l", "."}, Inputs: literal(files), Judge: judgeGofmt})
	}
	made.Steps = append(made.Steps, goStep("tidy", "go", "mod", "tidy", "-diff"))
	p.leaveGoModules(made)
	if len(p.goFiles()) == 0 {
		made.leave("vet, golangci-lint", noPackage)
		return nil
	}
	made.Steps = append(made.Steps, goStep("vet", "go", "vet", "./..."))
	run, err := p.tool("golangci-lint")
	if err != nil {
		return err
	}
	if run == nil {
		made.leave("golangci-lint", "no go.mod names it as a tool: go get -tool github.com/golangci/golangci-lint/v2/cmd/golangci-lint")
		return nil
	}
	s := goStep("golangci-lint", append(run, "run", "./...")...)
	s.Caches = append(s.Caches[:len(s.Caches):len(s.Caches)], Cache{Name: "golangci-lint", Path: "/cache/golangci-lint", Env: "GOLANGCI_LINT_CACHE"})
	made.Steps = append(made.Steps, s)
	return nil
}

// judgeGofmt fails for every file that gofmt -l names.
func judgeGofmt(stdout []byte, exit int) error {
	if exit != 0 {
		return &Finding{Msg: "gofmt cannot read every file"}
	}
	if text := strings.TrimRight(string(stdout), "\n"); text != "" {
		return &Finding{Msg: "not formatted: " + Few(strings.Split(text, "\n")) + " (run gofmt -w)"}
	}
	return nil
}

func (p *Project) lintRust(made *Pipeline) error {
	if !p.has("Cargo.toml") {
		made.leave("cargo fmt, clippy", "%s", p.absent("Cargo.toml"))
		return nil
	}
	made.Steps = append(made.Steps,
		withComponent("rustfmt", p.cargoStep("cargo-fmt", "cargo", "fmt", "--all", "--check")),
		withComponent("clippy", p.cargoStep("clippy", "cargo", "clippy", "--workspace", "--all-targets", "--", "-D", "warnings")),
	)
	return nil
}

// noComponent is a code that cargo does not end with.
const noComponent = 97

// withComponent adds a component of the toolchain first where rustup has it in
// the place of the official image, which has neither rustfmt nor clippy. The
// toolchain of a person is left as it is.
func withComponent(name string, s Step) Step {
	script := fmt.Sprintf(`if [ "$RUSTUP_HOME" = /usr/local/rustup ]; then rustup component add %s >&2 || exit %d; fi; exec "$@"`, name, noComponent)
	s.Run = append([]string{"sh", "-c", script, "sh"}, s.Run...)
	s.Judge = func(_ []byte, exit int) error {
		switch exit {
		case 0:
			return nil
		case noComponent:
			return &Unable{Msg: "the image has no " + name + ", and it cannot be added"}
		}
		return &Finding{Msg: fmt.Sprintf("cargo exited with code %d", exit)}
	}
	return s
}

func (p *Project) lintShell(made *Pipeline) error {
	scripts := p.files("*.sh")
	if len(scripts) == 0 {
		made.leave("shellcheck", "there is no *.sh file")
		return nil
	}
	run := append([]string{"shellcheck", "--"}, scripts...)
	made.Steps = append(made.Steps, Step{Name: "shellcheck", Image: "shellcheck", Run: run, Inputs: literal(scripts)})
	return nil
}

func (p *Project) lintWorkflows(made *Pipeline) error {
	const dir = ".github/workflows/"
	var workflows []string
	for _, file := range p.Source.Paths {
		if strings.HasPrefix(file, dir) && (strings.HasSuffix(file, ".yml") || strings.HasSuffix(file, ".yaml")) {
			workflows = append(workflows, file)
		}
	}
	if len(workflows) == 0 {
		made.leave("actionlint", "there is no workflow in %s", dir)
		return nil
	}
	run, err := p.tool("actionlint")
	if err != nil {
		return err
	}
	if run == nil {
		run = goRun("github.com/rhysd/actionlint/cmd/actionlint@v1.7.12")
	}
	// It reads its configuration and the actions of this repository only where
	// it finds one, by a directory .git, which no step has.
	run = append([]string{"sh", "-c", `mkdir .git && exec "$@"`, "sh"}, run...)
	made.Steps = append(made.Steps, goStep("actionlint", append(run, workflows...)...))
	return nil
}

// literal makes patterns that match just these files.
func literal(files []string) []string {
	special := strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`, `]`, `\]`, `{`, `\{`, `}`, `\}`)
	patterns := make([]string, len(files))
	for i, file := range files {
		patterns[i] = special.Replace(file)
	}
	return patterns
}
