package targets

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/magefile/mage/mg"

	"github.com/cupel-dev/cupel/internal/benchmarks"
	"github.com/cupel-dev/cupel/internal/claim"
	"github.com/cupel-dev/cupel/internal/config"
	"github.com/cupel-dev/cupel/internal/git"
	"github.com/cupel-dev/cupel/internal/official"
	"github.com/cupel-dev/cupel/internal/subject"
)

// Claims holds the numbers in documents against evidence.
type Claims mg.Namespace

// Check says for every performance number in the documents what backs it.
//
// It looks at each <!-- claim: ID --> in the Markdown files that git tracks, at
// unmarked numbers in README.md, BENCHMARKS.md and the newest section of
// CHANGELOG.md, and at the regions of BENCHMARKS.md.
//
// Exit codes: 0 all is backed, 1 something is not, 2 a file or the evidence
// cannot be read.
func (Claims) Check(
	ctx context.Context,
	json *string, // write the verdicts to this file
	files *string, // look only at these, as a.md,b.md
) error {
	p, err := here()
	if err != nil {
		return err
	}
	ctx, stop := untilTold(ctx)
	defer stop()
	report, regions, err := checkClaims(ctx, p, list(given(files, "")), "")
	if err != nil {
		return fail(exitRefused, err.Error())
	}
	if json != nil {
		if err := writeJSON(*json, report); err != nil {
			return fail(exitRefused, err.Error())
		}
	}
	showClaims(newConsole(os.Stdout), report, files == nil)
	if problems := append(report.Problems(), regions...); len(problems) > 0 {
		return fail(exitFound, append(problems, "next: "+nextForClaims(report))...)
	}
	return nil
}

// Update writes number, host and runs of the newest evidence into every claim, and the regions of BENCHMARKS.md.
//
// The words stay yours, and no other byte changes. A claim that no number backs
// is left as it is.
//
// Exit codes: 0 all is backed now, 1 something is not, 2 a file or the evidence
// cannot be read or written.
func (Claims) Update(
	ctx context.Context,
	files *string, // write only these, as a.md,b.md
) error {
	p, err := here()
	if err != nil {
		return err
	}
	ctx, stop := untilTold(ctx)
	defer stop()
	out := newConsole(os.Stdout)
	changed, problems, err := updateClaims(ctx, p, list(given(files, "")))
	for _, name := range changed {
		out.Line("written: %s", name)
	}
	switch {
	case err != nil:
		return fail(exitRefused, err.Error())
	case len(problems) > 0:
		return fail(exitFound, problems...)
	case len(changed) == 0:
		out.Line("every claim says what its evidence backs; nothing was written")
	}
	out.Line("next: %s", command("claims:check"))
	return nil
}

// checkClaims judges the documents of a project: all, or the named ones. The
// section of a changelog is that of the release, "" being what is unreleased.
// It returns what is wrong with the regions of BENCHMARKS.md as well, and the
// links to evidence that is gone.
func checkClaims(ctx context.Context, p *place, names []string, release string) (r *claim.Report, regions []string, err error) {
	c, err := claimsCheckout(ctx, p)
	if err != nil {
		return nil, nil, err
	}
	docs, err := documents(ctx, p, names)
	if err != nil {
		return nil, nil, err
	}
	for i := range docs {
		docs[i].Release = release
	}
	if r, err = claim.Check(docs, c); err != nil {
		return nil, nil, err
	}
	problems, err := checkBenchmarks(p)
	for _, problem := range problems {
		regions = append(regions, fmt.Sprintf("%s:%d: %s", benchmarksFile, problem.Line, problem.Text))
	}
	for _, doc := range docs {
		for _, dead := range benchmarks.DeadLinks(doc.Path, doc.Text, config.ResultsDir, p.exists) {
			regions = append(regions, fmt.Sprintf("%s:%d: %s", doc.Path, dead.Line, dead.Text))
		}
	}
	return r, regions, err
}

// claimsCheckout is what claims are judged against here.
func claimsCheckout(ctx context.Context, p *place) (claim.Checkout, error) {
	c := claim.Checkout{Config: p.config, Toolchains: official.Toolchains(ctx, p.config.Suites), Today: time.Now()}
	repo, err := git.Open(ctx, p.dir)
	if err != nil {
		return c, err
	}
	for _, untracked := range []bool{false, true} {
		s, err := subject.Of(ctx, repo, p.dir, p.config, untracked)
		if err != nil {
			return c, err
		}
		c.Subjects = append(c.Subjects, s.Digest)
	}
	c.Evidence, err = claim.Open(os.DirFS(filepath.Join(p.dir, config.ResultsDir)))
	return c, err
}

// others are folders whose documents are not the project's own.
var others = []string{"vendor", "node_modules", "third_party", "testdata", config.ResultsDir}

// documents reads the named Markdown files, or all that git tracks.
func documents(ctx context.Context, p *place, names []string) ([]claim.Document, error) {
	named := len(names) > 0
	if !named {
		var err error
		if names, err = ownDocuments(ctx, p); err != nil {
			return nil, err
		}
	}
	var docs []claim.Document
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join(p.dir, filepath.FromSlash(name)))
		if errors.Is(err, fs.ErrNotExist) && !named {
			continue // deleted in the working tree
		}
		if err != nil {
			return nil, err
		}
		docs = append(docs, claim.Document{Path: path.Clean(filepath.ToSlash(name)), Text: text})
	}
	return docs, nil
}

// ownDocuments lists the Markdown files of the project that git tracks, links
// left out.
func ownDocuments(ctx context.Context, p *place) ([]string, error) {
	repo, err := git.Open(ctx, p.dir)
	if err != nil {
		return nil, err
	}
	files, err := repo.Files(ctx)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, f := range files {
		name, err := subject.Relative(repo, p.dir, f.Path)
		if err != nil {
			return nil, err
		}
		foreign := slices.ContainsFunc(strings.Split(name, "/"), func(folder string) bool {
			return folder == ".." || slices.Contains(others, folder)
		})
		if !foreign && strings.HasPrefix(f.Mode, "100") && strings.EqualFold(path.Ext(name), ".md") {
			names = append(names, name)
		}
	}
	return names, nil
}

func showClaims(out *console, r *claim.Report, all bool) {
	rows := [][]string{{"claim", "place", "verdict", "stated", "backed", "runs", "host"}}
	for _, f := range r.Claims {
		runs := ""
		if f.Runs > 0 {
			runs = fmt.Sprint(f.Runs)
		}
		rows = append(rows, []string{f.ID, fmt.Sprintf("%s:%d", f.File, f.Line), string(f.Verdict), f.Stated, f.Backed, runs, f.Host})
	}
	if len(rows) > 1 {
		out.Table(rows, 3, 4, 5)
	}
	for _, e := range r.Excused {
		out.Line("excused: %s:%d: %s", e.File, e.Line, e.Reason)
	}
	for _, id := range r.Unused {
		if all {
			out.Line("unused: %s is declared, and no document makes it", id)
		}
	}
	out.Line("%s, %d not backed, %d unmarked", plural(len(r.Claims), "claim"), len(r.Problems())-len(r.Unmarked), len(r.Unmarked))
}

// nextForClaims is what helps most: to write what is backed, or to measure.
func nextForClaims(r *claim.Report) string {
	for _, f := range r.Claims {
		if f.Verdict != claim.Supported && (f.Evidence == "" || f.Verdict == claim.Stale) && f.Verdict != claim.Unknown {
			return command("official")
		}
	}
	return command("claims:update")
}

// updateClaims writes the documents and the regions of BENCHMARKS.md, and
// returns the files that changed and what is still not backed.
func updateClaims(ctx context.Context, p *place, names []string) (changed, problems []string, err error) {
	c, err := claimsCheckout(ctx, p)
	if err != nil {
		return nil, nil, err
	}
	if len(names) == 0 {
		if changed, err = updateRegions(p, c); err != nil {
			return changed, nil, err
		}
	}
	docs, err := documents(ctx, p, names)
	if err != nil {
		return changed, nil, err
	}
	for _, doc := range docs {
		text, report, err := claim.Update(doc, c)
		if err != nil {
			return changed, problems, err
		}
		problems = append(problems, report.Problems()...)
		if bytes.Equal(text, doc.Text) {
			continue
		}
		if err := writeWhole(filepath.Join(p.dir, filepath.FromSlash(doc.Path)), text); err != nil {
			return changed, problems, err
		}
		changed = append(changed, doc.Path)
	}
	slices.Sort(changed)
	return slices.Compact(changed), problems, nil
}

// updateRegions writes the regions of BENCHMARKS.md from the evidence that
// claims may rest on; without any they stay as they are.
func updateRegions(p *place, c claim.Checkout) ([]string, error) {
	newest, err := c.Newest()
	if err != nil || newest == "" {
		return nil, err
	}
	return updateBenchmarks(p, config.ResultsDir+"/"+newest)
}
