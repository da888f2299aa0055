package targets

import (
	"context"
	"crypto"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/cupel-dev/cupel/ci"
	"github.com/cupel-dev/cupel/ci/pack"
	"github.com/cupel-dev/cupel/internal/git"
)

// packagesDir is where packages land, below the project.
const packagesDir = "dist"

// Package compiles the project for every platform and makes archives, checksums, SBOMs and an image in dist/.
//
// Programs are compiled by the engine, the rest is made here; the bytes depend
// on the commit and the version alone. dist/ is replaced in one step, or left
// as it is. Nothing is published.
//
// Exit codes: 0 done, 1 a build failed, 2 no engine, or nothing could be packaged.
func (CI) Package(
	ctx context.Context,
	engine *string, // dagger or host
	version *string, // SemVer, without a "v" (default 0.0.0-g and the commit)
) error {
	p, err := here()
	if err != nil {
		return err
	}
	ctx, stop := untilTold(ctx)
	defer stop()
	out := newConsole(os.Stdout)
	in, err := p.packages(ctx, given(version, ""))
	if err != nil {
		return fail(exitRefused, err.Error())
	}
	report, err := p.compile(ctx, out, in, given(engine, ""))
	if err != nil {
		return pipelineError(err)
	}
	if report.Exit() != 0 {
		return showReport(out, p, report)
	}
	dir := filepath.Join(p.dir, packagesDir)
	result, err := pack.Assemble(ctx, *in, dir)
	if err != nil {
		return pipelineError(err)
	}
	showPackages(out, result)
	return showReport(out, p, report)
}

// packages says what is packaged: the project, its commit and its version.
func (p *place) packages(ctx context.Context, version string) (*pack.Inputs, error) {
	project, err := pack.Find(os.DirFS(p.dir))
	if err != nil {
		return nil, fmt.Errorf("package: %w", err)
	}
	repo, err := git.Open(ctx, p.dir)
	if err != nil {
		return nil, fmt.Errorf("package: %w", err)
	}
	commit, err := repo.Head(ctx)
	if err != nil {
		return nil, fmt.Errorf("package: %w", err)
	}
	date, err := repo.Run(ctx, "show", "--no-patch", "--format=%cI", commit)
	if err != nil {
		return nil, fmt.Errorf("package: %w", err)
	}
	at, err := time.Parse(time.RFC3339, strings.TrimSpace(date))
	if err != nil {
		return nil, fmt.Errorf("package: read the commit's date: %w", err)
	}
	if version == "" {
		version = "0.0.0-g" + commit[:12]
	}
	key, err := signingKey()
	if err != nil {
		return nil, err
	}
	in := &pack.Inputs{Project: project, Version: version, Commit: commit, Time: at.UTC(), Files: p.documents()}
	if key != nil {
		in.Key = crypto.Signer(key)
	}
	return in, nil
}

// documents are the files that go into every archive.
func (p *place) documents() []string {
	var found []string
	for _, name := range []string{"LICENSE", "LICENSE.md", "LICENSE-APACHE", "LICENSE-MIT", "README.md"} {
		if _, err := os.Stat(filepath.Join(p.dir, name)); err == nil {
			found = append(found, filepath.Join(p.dir, name))
		}
	}
	return found
}

// compile runs the builds of the plan as steps, and says in the inputs where
// the programs are.
func (p *place) compile(ctx context.Context, out *console, in *pack.Inputs, engine string) (*ci.Report, error) {
	builds, err := pack.Plan(in.Project, in.Version)
	if err != nil {
		return nil, err
	}
	project, err := p.project(ctx)
	if err != nil {
		return nil, err
	}
	outputs := filepath.Join(p.cache, "ci", "package", "outputs")
	if err := os.RemoveAll(outputs); err != nil {
		return nil, fmt.Errorf("package: make room for what is built: %w", err)
	}
	in.Builds, in.Binaries = builds, make(map[pack.Platform]string)
	var steps []ci.Step
	for _, b := range builds {
		s := project.Compile(in.Project.Kind == pack.Rust, b.Run...)
		s.Name, s.Env, s.Outputs = "build-"+b.Platform.OS+"-"+b.Platform.Arch, b.Env, []string{b.Output}
		steps = append(steps, s)
		in.Binaries[b.Platform] = filepath.Join(outputs, s.Name, filepath.FromSlash(b.Output))
	}
	if in.Project.Kind == pack.Rust {
		metadata := project.Compile(true, pack.CargoMetadata()...)
		metadata.Name = "metadata"
		metadata.Judge = func(stdout []byte, exit int) error {
			if exit != 0 {
				return &ci.Finding{Msg: fmt.Sprintf("cargo metadata exited with code %d", exit)}
			}
			in.CargoMetadata = stdout
			return nil
		}
		steps = append(steps, metadata)
	}
	pipeline, err := project.Package(steps)
	if err != nil {
		return nil, err
	}
	return p.runSteps(ctx, out, project, pipeline, engine)
}

func showPackages(out *console, r *pack.Result) {
	rows := [][]string{{"package", "size", "sha256"}}
	for _, f := range r.Files {
		rows = append(rows, []string{f.Name, fmt.Sprintf("%.1f MB", float64(f.Size)/1e6), f.SHA256[:12]})
	}
	out.Table(rows, 1)
	if r.Image != "" {
		out.Line("image %s", r.Image)
	}
	for _, left := range r.Left {
		out.Line("left out  %s: %s", left.Name, left.Why)
	}
	out.Line("all of it is in %s/", packagesDir)
}
