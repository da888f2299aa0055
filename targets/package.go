package targets

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/cupel-dev/cupel/ci"
	"github.com/cupel-dev/cupel/ci/pack"
	"github.com/cupel-dev/cupel/internal/git"
	"github.com/cupel-dev/cupel/internal/release"
	"github.com/cupel-dev/cupel/internal/sigstore"
)

// packagesDir is where packages land, below the project.
const packagesDir = "dist"

// Package compiles the project for every platform and makes archives, checksums, SBOMs and an image in dist/.
//
// What is packaged is the commit that is checked out. Programs are compiled by the
// engine, the rest is made here; the bytes depend on the commit, the version and
// the remote's address alone. dist/ is replaced in one step, or left as it is.
// Nothing is published.
//
// A key (CUPEL_SIGNING_KEY_FILE) signs checksums and provenance. Without one the
// provenance is signed for the identity in an OIDC token, where there is one
// (id-token: write in a workflow): then Sigstore's public log shows who signed.
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
	report, result, err := p.makePackages(ctx, out, given(engine, ""), given(version, ""))
	if err != nil {
		return pipelineError(err)
	}
	if result != nil {
		showPackages(out, result)
	}
	return showReport(out, p, report)
}

// makePackages compiles the commit and puts the packages into dist/. There is no
// result where a step did not pass.
func (p *place) makePackages(ctx context.Context, out *console, engine, version string) (*ci.Report, *pack.Result, error) {
	dir := filepath.Join(p.dir, packagesDir)
	if err := pack.MayReplace(dir); err != nil {
		return nil, nil, fmt.Errorf("package: %w", err)
	}
	repo, err := git.Open(ctx, p.dir)
	if err != nil {
		return nil, nil, fmt.Errorf("package: %w", err)
	}
	left, err := p.uncommitted(ctx, repo)
	if err != nil {
		return nil, nil, fmt.Errorf("package: %w", err)
	}
	tmp, err := os.MkdirTemp("", "cupel-package-")
	if err == nil {
		defer os.RemoveAll(tmp)
		tmp, err = filepath.Abs(tmp) // git runs elsewhere
	}
	if err != nil {
		return nil, nil, fmt.Errorf("package: %w", err)
	}
	there, err := p.committed(ctx, repo, tmp)
	if err != nil {
		return nil, nil, fmt.Errorf("package: %w", err)
	}
	in, err := there.packages(ctx, version, repo)
	if err != nil {
		return nil, nil, err
	}
	report, err := there.compile(ctx, out, in, engine, filepath.Join(tmp, "outputs"))
	if err != nil {
		return nil, nil, err
	}
	if report.Left = append(report.Left, left...); report.Exit() != 0 {
		return report, nil, nil
	}
	result, err := pack.Assemble(ctx, *in, dir)
	return report, result, err
}

// uncommitted is what of the project is only in the work tree.
func (p *place) uncommitted(ctx context.Context, repo *git.Repo) ([]ci.Omission, error) {
	changes, err := repo.Status(ctx)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, c := range changes {
		name := relative(p.dir, filepath.Join(repo.Root, filepath.FromSlash(c.Path)))
		if !filepath.IsAbs(name) && !strings.HasPrefix(name, packagesDir+"/") {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil, nil
	}
	return []ci.Omission{{Name: ci.Few(names), Why: "not as in the commit, which is what is packaged"}}, nil
}

// committed is the project as the commit that is checked out has it, in a private
// clone: nothing that git ignores here, or makes of line ends here, is packaged.
func (p *place) committed(ctx context.Context, repo *git.Repo, tmp string) (*place, error) {
	commit, err := repo.Head(ctx)
	if err != nil {
		return nil, err
	}
	dir, err := release.Project{Dir: relative(repo.Root, p.dir)}.Checkout(ctx, repo, commit, tmp)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(dir); err != nil {
		return nil, fmt.Errorf("the commit %.12s has no directory %s: commit it first", commit, relative(repo.Root, p.dir))
	}
	there := &place{dir: dir, top: p.dir, cache: p.cache, config: p.config}
	project, err := there.project(ctx)
	if err != nil {
		return nil, err
	}
	for _, file := range project.Source.Paths {
		if strings.HasPrefix(file, packagesDir+"/") {
			return nil, fmt.Errorf("git tracks %s, whose directory the packages would replace", file)
		}
	}
	return there, nil
}

// packages says what is packaged: the project, its commit and its version.
// People find its source where origin does, of which it may be a copy.
func (p *place) packages(ctx context.Context, version string, origin *git.Repo) (*pack.Inputs, error) {
	project, err := pack.Find(os.DirFS(p.dir))
	if err != nil {
		return nil, fmt.Errorf("package: %w", err)
	}
	if project.Source == "" {
		if project.Source, err = source(ctx, origin); err != nil {
			return nil, fmt.Errorf("package: %w", err)
		}
	}
	in := &pack.Inputs{Project: project, Version: version, Files: p.documents()}
	if in.Commit, in.Time, err = p.head(ctx); err != nil {
		return nil, fmt.Errorf("package: %w", err)
	}
	if version == "" {
		in.Version = "0.0.0-g" + in.Commit[:12]
	}
	return in, signedBy(in)
}

// head is the commit that is checked out, and its date.
func (p *place) head(ctx context.Context) (string, time.Time, error) {
	repo, err := git.Open(ctx, p.dir)
	if err != nil {
		return "", time.Time{}, err
	}
	commit, err := repo.Head(ctx)
	if err != nil {
		return "", time.Time{}, err
	}
	date, err := repo.Run(ctx, "show", "--no-patch", "--format=%cI", commit)
	if err != nil {
		return "", time.Time{}, err
	}
	at, err := time.Parse(time.RFC3339, strings.TrimSpace(date))
	if err != nil {
		return "", time.Time{}, fmt.Errorf("read the commit's date: %w", err)
	}
	return commit, at.UTC(), nil
}

// signedBy says who signs: the key, else the identity that the environment has
// a token for, else nobody.
func signedBy(in *pack.Inputs) error {
	key, err := signingKey()
	if err != nil {
		return err
	}
	if key != nil {
		in.Key = key
		return nil
	}
	in.Keyless, err = sigstore.FromEnvironment(os.LookupEnv)
	return err
}

// source is where people find a repository: the address of its remote.
func source(ctx context.Context, repo *git.Repo) (string, error) {
	remote, err := repo.Remote(ctx)
	if err != nil || remote == "" {
		return "", err
	}
	address, err := repo.Run(ctx, "remote", "get-url", "--", remote)
	if err != nil {
		return "", err
	}
	return sourceOf(strings.TrimSpace(address)), nil
}

// sourceOf is a remote's address as everybody can write it: the same over SSH
// and HTTPS, without user, password and query. It is "" for a directory.
func sourceOf(remote string) string {
	if host, path, ok := strings.Cut(remote, ":"); ok && len(host) > 1 && !strings.ContainsAny(host, `/\`) && !strings.HasPrefix(path, "//") && !strings.HasPrefix(path, ":") {
		remote = "ssh://" + host + "/" + strings.TrimPrefix(path, "/") // as scp writes it
	}
	u, err := url.Parse(remote)
	if err != nil || u.Hostname() == "" {
		return ""
	}
	found := url.URL{Scheme: u.Scheme, Host: u.Host, Path: strings.TrimSuffix(strings.TrimSuffix(u.Path, "/"), ".git")}
	switch u.Scheme {
	case "https", "http":
	case "ssh", "git", "git+ssh":
		found.Scheme, found.Host = "https", u.Hostname() // the port is that of another protocol
	default:
		return ""
	}
	return found.String()
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

// compile runs the builds of the plan as steps, which leave the programs below
// outputs, and says in the inputs where.
func (p *place) compile(ctx context.Context, out *console, in *pack.Inputs, engine, outputs string) (*ci.Report, error) {
	builds, err := pack.Plan(in.Project, in.Version)
	if err != nil {
		return nil, err
	}
	project, err := p.project(ctx)
	if err != nil {
		return nil, err
	}
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
	return p.runSteps(ctx, out, project, pipeline, engine, outputs)
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
	showRemarks(out, r)
	out.Line("all of it is in %s/", packagesDir)
}

// showRemarks says what no list of files shows: whose signature is in a public log
// for good, and what was left out.
func showRemarks(out *console, r *pack.Result) {
	if b := r.Bundle; b != nil {
		out.Line("provenance signed for %s of %s, entry %d of the log", b.Identity, b.Issuer, b.LogIndex)
	}
	for _, left := range r.Left {
		out.Line("left out  %s: %s", left.Name, left.Why)
	}
}
