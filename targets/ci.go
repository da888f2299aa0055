package targets

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/magefile/mage/mg"

	"github.com/cupel-dev/cupel/ci"
	"github.com/cupel-dev/cupel/internal/report"
)

// CI runs this project's pipelines in containers, or on this host.
type CI mg.Namespace

// Lint checks form: gofmt, vet, go mod tidy, golangci-lint; cargo fmt, clippy; shellcheck; actionlint.
//
// What the project does not have is left out and named. Without -engine an
// engine is looked for, ten seconds at most, and the host is taken otherwise.
//
// Exit codes: 0 passed, 1 a step failed, 2 no engine, or a step could not tell.
func (CI) Lint(
	ctx context.Context,
	engine *string, // dagger or host
) error {
	return runPipeline(ctx, "lint", given(engine, ""))
}

// Test runs the project's tests: go test, cargo test.
//
// Exit codes: 0 passed, 1 a step failed, 2 no engine, or a step could not tell.
func (CI) Test(
	ctx context.Context,
	engine *string, // dagger or host
) error {
	return runPipeline(ctx, "test", given(engine, ""))
}

// Audit looks for known vulnerabilities: govulncheck, cargo-audit.
//
// [[ci.waiver]] in cupel.toml accepts one until a day; a waiver that has expired fails.
//
// Exit codes: 0 none, 1 found, 2 no engine, or the audit could not tell.
func (CI) Audit(
	ctx context.Context,
	engine *string, // dagger or host
) error {
	return runPipeline(ctx, "audit", given(engine, ""))
}

// runPipeline runs one of the pipelines and shows what came of it.
func runPipeline(ctx context.Context, name, engine string) error {
	p, err := here()
	if err != nil {
		return err
	}
	ctx, stop := untilTold(ctx)
	defer stop()
	project, err := p.project(ctx)
	if err != nil {
		return fail(exitRefused, err.Error())
	}
	pipeline, err := project.Pipeline(name)
	if err != nil {
		return fail(exitRefused, err.Error())
	}
	out := newConsole(os.Stdout)
	came, err := p.runSteps(ctx, out, project, pipeline, engine, "")
	if err != nil {
		return pipelineError(err)
	}
	return showReport(out, p, came)
}

// project is the place as the pipelines see it.
func (p *place) project(ctx context.Context) (*ci.Project, error) {
	source, err := ci.ReadSource(ctx, p.dir)
	if err != nil {
		return nil, err
	}
	return &ci.Project{Source: source, Config: p.config.CI, Lookup: os.LookupEnv}, nil
}

// runSteps opens an engine and runs a pipeline with it. What the engine itself
// says is kept beside the logs of the steps; what steps leave lands below outputs.
func (p *place) runSteps(ctx context.Context, out *console, project *ci.Project, pipeline ci.Pipeline, engine, outputs string) (*ci.Report, error) {
	dir := filepath.Join(p.cache, "ci", pipeline.Name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("keep logs: %w", err)
	}
	log, err := os.Create(filepath.Join(dir, "_engine.log"))
	if err != nil {
		return nil, fmt.Errorf("keep logs: %w", err)
	}
	defer log.Close()
	out.Line("ci:%s: %s over %s that git keeps; the first run fills caches and takes minutes", pipeline.Name,
		plural(len(pipeline.Steps), "step"), plural(len(project.Source.Paths), "file"))
	env, secrets := ci.Inherited(ctx, os.LookupEnv)
	executor, err := ci.Open(ctx, engine, ci.Settings{Log: log, Secrets: append(pipeline.Secrets(), secrets...)})
	if err != nil {
		return nil, err
	}
	defer func() {
		if err := executor.Close(); err != nil {
			out.Line("  %v", err) // the steps have ended all the same
		}
	}()
	showEngine(out, executor.About())
	return ci.Run(ctx, executor, pipeline, ci.Options{
		Source: project.Source, Images: ci.Images(cmp.Or(p.top, p.dir), p.config.CI.Images), Env: env, Secrets: secrets,
		Logs: dir, Outputs: outputs,
		Report: func(e ci.Event) { showStep(out, e) },
	})
}

func pipelineError(err error) error {
	var none *ci.NoEngineError
	switch {
	case interrupted(err):
		return fail(exitRefused, "interrupted")
	case errors.As(err, &none):
		return fail(exitRefused, err.Error(), "next: the same with -engine=host")
	}
	return fail(exitRefused, err.Error())
}

func showEngine(out *console, about ci.About) {
	out.Line("engine: %s", strings.TrimSpace(about.Name+" "+about.Version))
	for _, note := range about.Notes {
		out.Line("  %s", report.Line(note))
	}
	for _, missing := range about.Missing {
		out.Line("  less isolation: %s", missing)
	}
}

func showStep(out *console, e ci.Event) {
	if e.Result == nil {
		out.Status("%-9s %s", "running", e.Step)
		return
	}
	r := e.Result
	out.Line("%-9s %s, %s", r.Status, r.Step, about(r.Elapsed))
	if r.Status == ci.Passed {
		return
	}
	for _, line := range r.Tail { // what a step prints is data
		out.Line("    %s", report.Line(line))
	}
	for line := range strings.SplitSeq(r.Reason, "\n") {
		out.Line("  %s", report.Line(line))
	}
	if r.Log != "" {
		out.Line("  all of it: %s", r.Log)
	}
}

// showReport sums a pipeline up and ends the target with its code.
func showReport(out *console, p *place, r *ci.Report) error {
	for _, left := range r.Left {
		out.Line("left out  %s: %s", report.Line(left.Name), left.Why)
	}
	if len(r.Steps) == 0 {
		return fail(exitRefused, "no step ran, so nothing is known")
	}
	var bad []string
	for _, s := range r.Steps {
		if s.Status != ci.Passed {
			bad = append(bad, fmt.Sprintf("%s %s", s.Step, s.Status))
		}
	}
	if code := r.Exit(); code != 0 {
		return fail(code, fmt.Sprintf("ci:%s on %s: %s", r.Pipeline, r.About.Name, strings.Join(bad, ", ")),
			"next: mend that, then "+command("ci:"+r.Pipeline))
	}
	out.Line("ci:%s passed on %s: %s in %s", r.Pipeline, r.About.Name, plural(len(r.Steps), "step"), about(r.Elapsed))
	out.Line("next: %s", command(cmp.Or(following[r.Pipeline], "release VERSION -dryRun")))
	return nil
}

// following is what comes after a pipeline that passed.
var following = map[string]string{"lint": "ci:test", "test": "ci:audit"}
