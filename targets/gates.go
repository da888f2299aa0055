package targets

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/cupel-dev/cupel/ci"
	"github.com/cupel-dev/cupel/internal/channel/gittag"
	"github.com/cupel-dev/cupel/internal/config"
	"github.com/cupel-dev/cupel/internal/evidence"
	"github.com/cupel-dev/cupel/internal/git"
	"github.com/cupel-dev/cupel/internal/release"
	"github.com/cupel-dev/cupel/internal/report"
	"github.com/cupel-dev/cupel/internal/smoke"
	"github.com/cupel-dev/cupel/internal/subject"
	versions "github.com/cupel-dev/cupel/internal/version"
)

// slowGates build and run things; a dry run leaves them out.
var slowGates = []string{"tests", "lint", "audit", "drift"}

// gates are all that is asked before a release. Those of integrity cannot be
// waived.
func (r *releasing) gates(d release.Draft, p preparation, channels []release.Channel) []release.Gate {
	return []release.Gate{
		{Name: "tree", Integrity: true, Check: r.treeGate},
		{Name: "history", Integrity: true, Check: r.historyGate},
		{Name: "branch", Integrity: true, Check: func(ctx context.Context) ([]string, error) { return r.branchGate(ctx, d) }},
		{Name: "version", Integrity: true, Check: func(ctx context.Context) ([]string, error) { return r.versionGate(ctx, p, channels) }},
		{Name: "changelog", Integrity: true, Check: func(context.Context) ([]string, error) { return said(p.changelog), nil }},
		{Name: "tests", Check: r.pipelineGate("test")},
		{Name: "lint", Check: r.pipelineGate("lint")},
		{Name: "audit", Check: r.pipelineGate("audit")},
		{Name: "evidence", Check: r.evidenceGate},
		{Name: "claims", Integrity: true, Check: r.claimsGate},
		{Name: "drift", Check: func(ctx context.Context) ([]string, error) { return r.driftGate(ctx, channels) }},
	}
}

// askGates asks them and prints each answer.
func (r *releasing) askGates(ctx context.Context, gates []release.Gate, waived map[string]string) ([]release.GateResult, error) {
	if r.dryRun {
		gates = slices.DeleteFunc(gates, func(g release.Gate) bool { return slices.Contains(slowGates, g.Name) })
		r.out.Line("gates that a dry run does not ask: %s", strings.Join(slowGates, ", "))
	}
	return release.RunGates(ctx, gates, waived, func(g release.GateResult) {
		switch {
		case g.Passed:
			r.out.Line("gate    %-9s open", g.Gate)
		case g.Waived != "":
			r.out.Line("gate    %-9s waived: %s", g.Gate, g.Waived)
		default:
			r.out.Line("gate    %-9s closed", g.Gate)
		}
		for _, line := range indent(g.Problems) {
			r.out.Line("%s", line)
		}
	})
}

// askOfEvidence asks those gates of a draft again that look at evidence, of the
// commit that the draft stands on now; what the others looked at is the same.
func (r *releasing) askOfEvidence(ctx context.Context, d *release.Draft) error {
	src, err := r.changes(nil).Checkout(ctx, r.repo, d.Head, filepath.Join(r.workspace(), "head"))
	if err != nil {
		return err
	}
	there := *r
	there.claims = d.Claims
	there.place = &place{dir: src, top: r.dir, cache: r.cache, config: r.config}
	if there.repo, err = git.Open(ctx, src); err != nil {
		return err
	}
	again := []release.Gate{{Name: "evidence", Check: there.evidenceGate}, {Name: "claims", Integrity: true, Check: there.claimsGate}}
	again = slices.DeleteFunc(again, func(g release.Gate) bool {
		return !slices.ContainsFunc(d.Gates, func(old release.GateResult) bool { return old.Gate == g.Name })
	})
	answers, err := r.askGates(ctx, again, d.Waived)
	if err != nil {
		return err
	}
	if closed := release.Closed(answers); len(closed) > 0 {
		return fmt.Errorf("with the evidence that came these gates are closed: %s", strings.Join(closed, ", "))
	}
	d.Gates, d.Claims = release.Answered(d.Gates, answers), there.claims
	return nil
}

// said is an error as the problems of a gate.
func said(err error) []string {
	if err == nil {
		return nil
	}
	return []string{err.Error()}
}

func (r *releasing) treeGate(ctx context.Context) ([]string, error) {
	changes, err := r.repo.Outline(ctx)
	if err != nil || len(changes) == 0 {
		return nil, err
	}
	problems := []string{"the work tree is not clean: commit or remove what is listed"}
	for i, c := range changes {
		if i == 10 {
			return append(problems, fmt.Sprintf("and %d more", len(changes)-i)), nil
		}
		problems = append(problems, c.Code+" "+c.Path)
	}
	return problems, nil
}

func (r *releasing) historyGate(ctx context.Context) ([]string, error) {
	shallow, err := r.repo.Shallow(ctx)
	if err != nil || !shallow {
		return nil, err
	}
	return []string{"the history is cut off (a shallow clone), so older versions are not seen: git fetch --unshallow --tags"}, nil
}

func (r *releasing) branchGate(ctx context.Context, d release.Draft) ([]string, error) {
	want := r.config.Release.Branch
	branch, err := r.repo.Branch(ctx)
	if err != nil {
		return nil, err
	}
	var problems []string
	if branch != want && branch != "" { // a workflow has the commit alone
		problems = append(problems, fmt.Sprintf("%s is checked out, and releases are made from %s", branch, want))
	}
	refs, err := gittag.Refs(ctx, r.repo, r.remote, "refs/heads/"+want)
	if err != nil {
		return problems, err
	}
	switch at := refs["refs/heads/"+want].Commit; {
	case at == "":
		problems = append(problems, fmt.Sprintf("%s has no branch %s", r.remote, want))
	case at != d.Head:
		problems = append(problems, fmt.Sprintf("%s of %s is %.12s, and %.12s is checked out: pull or push first", want, r.remote, at, d.Head))
	}
	elsewhere, err := r.pushedElsewhere(ctx, refs)
	return append(problems, elsewhere...), err
}

// pushedElsewhere says where a push goes to another repository than the one that
// is asked what is there: nobody would see what came of it.
func (r *releasing) pushedElsewhere(ctx context.Context, seen map[string]git.Ref) ([]string, error) {
	out, err := r.repo.Run(ctx, "remote", "get-url", "--push", "--all", "--", r.remote)
	if err != nil {
		return nil, nil // the remote is a URL
	}
	urls := strings.Fields(out)
	if len(urls) > 1 {
		return []string{fmt.Sprintf("%s is pushed to %d repositories, and not to all of them or none: name a remote with one URL in [release]", r.remote, len(urls))}, nil
	}
	from, err := r.repo.Run(ctx, "remote", "get-url", "--", r.remote)
	if err != nil || strings.TrimSpace(from) == urls[0] {
		return nil, err
	}
	there, err := gittag.Refs(ctx, r.repo, urls[0], "refs/heads/"+r.config.Release.Branch)
	if err != nil || maps.Equal(there, seen) {
		return nil, err
	}
	return []string{fmt.Sprintf("%s is read from one repository and pushed to another, whose %s is not the same: give it one URL", r.remote, r.config.Release.Branch)}, nil
}

// versionGate holds the number against every place that uses numbers, and
// against the project's own files.
func (r *releasing) versionGate(ctx context.Context, p preparation, channels []release.Channel) ([]string, error) {
	problems := said(p.version)
	fsys := os.DirFS(r.dir)
	if err := versions.CheckModule(fsys, "go.mod", r.version); err != nil {
		problems = append(problems, err.Error())
	}
	ledger, err := r.ledger(ctx, channels)
	if err != nil {
		return problems, err
	}
	if _, err := ledger.Decide(versions.Request{Version: r.version, Backport: r.backport}); err != nil {
		problems = append(problems, err.Error())
	}
	return problems, nil
}

// ledger asks all channels which numbers are burned.
func (r *releasing) ledger(ctx context.Context, channels []release.Channel) (*versions.Ledger, error) {
	places := map[string]versions.Place{"git": versions.RemoteTags}
	for _, p := range r.config.Publish {
		places[p.Name()] = map[string]versions.Place{"github": versions.ForgeReleases, "oci": versions.RegistryTags}[p.Kind]
		if places[p.Name()] == "" {
			places[p.Name()] = versions.PackageIndex
		}
	}
	ledger, err := r.localLedger(ctx)
	if err != nil {
		return nil, err
	}
	for _, c := range channels {
		entries, err := c.Entries(ctx)
		if err != nil {
			return nil, fmt.Errorf("ask %s which versions exist: %w", c.Name(), err)
		}
		prefix, place := "", cmp.Or(places[c.Name()], versions.PackageIndex) // a nested module's channel has its path in its name
		if place == versions.RemoteTags || place == versions.ForgeReleases {
			prefix = r.prefix()
		}
		ledger.Record(place, prefix, entries...)
	}
	return ledger, nil
}

// localLedger knows the tags here and what the changelog says is yanked.
func (r *releasing) localLedger(ctx context.Context) (*versions.Ledger, error) {
	out, err := r.repo.Run(ctx, "tag", "--list")
	if err != nil {
		return nil, err
	}
	ledger := new(versions.Ledger)
	for _, tag := range strings.Fields(out) {
		ledger.Record(versions.LocalTags, r.prefix(), versions.Entry{Name: tag})
	}
	yanked, err := withdrawn(r.dir)
	for _, v := range yanked {
		ledger.Record("changelog", "", versions.Entry{Name: v.String(), Yanked: true})
	}
	return ledger, err
}

// pipelineGate runs one of the project's pipelines.
func (r *releasing) pipelineGate(name string) func(context.Context) ([]string, error) {
	return func(ctx context.Context) ([]string, error) {
		project, err := r.project(ctx)
		if err != nil {
			return nil, err
		}
		pipeline, err := project.Pipeline(name)
		if err != nil {
			return nil, err
		}
		report, err := r.runSteps(ctx, r.out, project, pipeline, "", "")
		switch {
		case err != nil:
			return nil, err
		case len(report.Steps) == 0:
			return []string{fmt.Sprintf("ci:%s has no step for this project, so nothing is known", name)}, nil
		case report.Exit() != 0:
			return unpassed(report), nil
		}
		return nil, nil
	}
}

// unpassed names the steps that keep a pipeline from passing.
func unpassed(report *ci.Report) []string {
	var bad []string
	for _, s := range report.Steps {
		if s.Status != ci.Passed {
			bad = append(bad, fmt.Sprintf("%s %s", s.Step, s.Status))
		}
	}
	return bad
}

// evidenceGate looks for official evidence of exactly these files.
func (r *releasing) evidenceGate(ctx context.Context) ([]string, error) {
	if len(r.config.Suites) == 0 {
		return nil, nil
	}
	s, err := subject.Of(ctx, r.repo, r.dir, r.config, false)
	if err != nil {
		return nil, err
	}
	results := os.DirFS(filepath.Join(r.dir, config.ResultsDir))
	names, err := fs.Glob(results, "*/manifest.json")
	if err != nil {
		return nil, err
	}
	why := "there is none"
	for _, name := range slices.Backward(names) {
		if why = r.unfit(results, filepath.Dir(name), s.Digest); why == "" {
			return nil, nil
		}
	}
	return []string{"no official evidence for these files (subject " + s.Digest[:min(19, len(s.Digest))] + "): " + why + "; " + command("official") + " measures it, then commit it"}, nil
}

// unfit says why a set of evidence does not do for a subject; "" it does.
func (r *releasing) unfit(results fs.FS, name, digest string) string {
	dir, err := fs.Sub(results, name)
	if err != nil {
		return err.Error()
	}
	m, err := evidence.Verify(dir)
	switch {
	case err != nil:
		return fmt.Sprintf("%s: %v", name, err)
	case m.Subject.Digest != digest:
		return name + " is of other files"
	case m.Status != evidence.StatusComplete:
		return fmt.Sprintf("%s is %s", name, m.Status)
	case m.Quick:
		return name + " was measured with -quick"
	case r.config.Official.Require == "controlled" && m.Class != "controlled":
		return fmt.Sprintf("%s is of class %s", name, m.Class)
	}
	return ""
}

// claimsGate holds every number in the documents against evidence.
func (r *releasing) claimsGate(ctx context.Context) ([]string, error) {
	found, regions, err := checkClaims(ctx, r.place, nil, "")
	if err != nil {
		return nil, err
	}
	r.claims = found.Receipt()
	return append(found.Problems(), regions...), nil
}

// driftGate compares with the last release: many changes that each pass add up.
func (r *releasing) driftGate(ctx context.Context, channels []release.Channel) ([]string, error) {
	if len(r.config.Suites) == 0 {
		return nil, nil
	}
	ledger, err := r.ledger(ctx, channels)
	if err != nil {
		return nil, err
	}
	previous, ok := ledger.PreviousGood(r.version)
	if !ok {
		return nil, nil // the first release
	}
	pair, same, err := sides(ctx, r.out, r.place, "refs/tags/"+r.prefix()+previous.Tag(), "")
	if err != nil {
		return nil, err
	}
	defer pair.Close()
	floors, err := smoke.ReadFloors(ctx, r.cache, r.config.Suites)
	if err != nil {
		return nil, err
	}
	c, err := smoke.Compare(ctx, smoke.Options{
		Pair: pair, Seed: uint64(time.Now().UnixNano()), Floors: floors, SameAsBase: same, Merged: true, Today: time.Now(), Report: smokeProgress{r.out}.show,
	})
	if err != nil {
		return nil, err
	}
	return drifted(c, previous.Tag()), nil
}

// drifted says what speaks against a release in its comparison with the last one.
func drifted(c *report.Comparison, base string) []string {
	nothing := slices.ContainsFunc([]string{report.SameCommit, report.NothingMeasured, report.SameProgram}, func(reason string) bool {
		return strings.HasPrefix(c.Reason, reason)
	})
	if c.Verdict == report.Pass || c.Verdict == report.Neutral && nothing {
		return nil
	}
	problems := []string{fmt.Sprintf("against %s: %s: %s", base, c.Verdict, c.Reason)}
	for _, b := range c.Benchmarks {
		if b.Verdict == report.Regression && !b.Waived() && b.Ratio != nil {
			problems = append(problems, fmt.Sprintf("%s: %s %s %+.1f %%", b.Suite, b.Name, b.Metric, (*b.Ratio-1)*100))
		}
	}
	return problems
}
