package targets

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/cupel-dev/cupel/internal/checkout"
	"github.com/cupel-dev/cupel/internal/config"
	"github.com/cupel-dev/cupel/internal/forge"
	"github.com/cupel-dev/cupel/internal/git"
	"github.com/cupel-dev/cupel/internal/report"
	"github.com/cupel-dev/cupel/internal/smoke"
)

// Smoke compares the working tree with its base and finds what became slower.
//
// It builds both versions side by side and runs their benchmarks in pairs, in
// random order, until all is decided or the budget is spent. The working tree is
// not touched.
//
// Exit codes: 0 nothing became slower or there was nothing to compare,
// 1 regression, 2 could not measure.
func Smoke(
	ctx context.Context,
	base *string, // compare with this revision (default: where this branch left the default branch)
	budget *time.Duration, // of all runs together, builds excluded (default 2m, or what cupel.toml of base says)
	json *string, // write the comparison to this file
) error {
	if budget != nil && *budget <= 0 {
		return fail(exitRefused, fmt.Sprintf("-budget=%v: a budget is more than nothing", *budget))
	}
	if err := takesFile(given(json, "")); err != nil {
		return err
	}
	p, err := here()
	if err != nil {
		return err
	}
	ctx, stop := untilTold(ctx)
	defer stop()
	out := newConsole(os.Stdout)
	pair, same, err := sides(ctx, out, p, given(base, ""), given(json, ""))
	if err != nil {
		return publish(out, notCompared(ctx, err), given(base, ""), given(json, ""))
	}
	defer pair.Close()
	floors, err := smoke.ReadFloors(ctx, p.cache, p.config.Suites)
	if err != nil {
		return fail(exitRefused, err.Error())
	}
	c, err := smoke.Compare(ctx, smoke.Options{
		Pair: pair, Budget: given(budget, 0), Seed: rand.Uint64(), Floors: floors,
		SameAsBase: same, Today: time.Now(), Report: smokeProgress{out}.show,
	})
	if err != nil {
		c = notCompared(ctx, err)
	}
	if c.Verdict == report.Failed && c.Pairs == 0 && ctx.Err() == nil {
		tellIgnored(ctx, out, pair)
	}
	return publish(out, c, given(base, ""), given(json, ""))
}

// sides finds both versions and writes their copies, without the file that the
// comparison is to be written to, "" being none. Same tells whether a commit
// is measured as base is.
func sides(ctx context.Context, out *console, p *place, base, file string) (*checkout.Pair, func(context.Context, string, *config.Config) (bool, error), error) {
	repo, err := git.Open(ctx, p.dir)
	if err != nil {
		return nil, nil, err
	}
	versions, err := checkout.Resolve(ctx, repo, checkout.Request{Base: base, Target: os.Getenv("GITHUB_BASE_REF")})
	if err != nil {
		return nil, nil, err
	}
	if file != "" {
		path, err := filepath.Abs(file)
		if err != nil {
			return nil, nil, err
		}
		versions.Without = []string{path}
	}
	out.Line("smoke: head, this working tree, against base %.12s (%s)", versions.Base, versions.How)
	pair, err := checkout.Prepare(ctx, repo, p.dir, versions, p.cache)
	if err != nil {
		return nil, nil, err
	}
	for _, note := range pair.Notes {
		out.Line("  %s", report.Line(note))
	}
	same := func(ctx context.Context, commit string, c *config.Config) (bool, error) {
		return sameSubject(ctx, repo, p.dir, c, commit, versions.Base)
	}
	return pair, same, nil
}

// notCompared is the comparison that did not come about.
func notCompared(ctx context.Context, err error) *report.Comparison {
	reason := waitFor(err)
	if ctx.Err() != nil {
		reason = report.Cancelled
	}
	reason = report.Clip(strings.Join(strings.Fields(reason), " ")) // git says things in several lines
	return &report.Comparison{Schema: report.SchemaSmoke, Verdict: report.Failed, Reason: reason}
}

// waitFor is an error in words, with what helps where another comparison is running.
func waitFor(err error) string {
	if errors.Is(err, checkout.ErrBusy) {
		return err.Error() + ": wait until it has ended, since two would disturb each other"
	}
	return err.Error()
}

// tellIgnored names what head may have failed for: it has a copy without what git
// ignores.
func tellIgnored(ctx context.Context, out *console, copies interface {
	Ignored(context.Context) ([]string, error)
}) {
	const shown = 5
	names, err := copies.Ignored(ctx)
	if err != nil || len(names) == 0 {
		return // it is a hint, and there is none
	}
	list := report.Line(strings.Join(names[:min(shown, len(names))], ", "))
	if more := len(names) - shown; more > 0 {
		list += fmt.Sprintf(" and %d more", more)
	}
	out.Line("not in the copies, since git ignores it: %s (what a suite needs of it, its build or setup has to make)", list)
}

// publish writes the comparison for everybody who reads it: the screen, the file,
// and in GitHub Actions the annotations and the step summary.
func publish(out *console, c *report.Comparison, base, file string) error {
	out.Line("")
	text := report.Text{Color: out.live && os.Getenv("NO_COLOR") == "", Command: strings.TrimSpace(command("")), Base: base}
	if err := text.Write(os.Stdout, c); err != nil {
		return fail(exitRefused, err.Error())
	}
	if file != "" {
		if err := writeComparison(file, c); err != nil {
			return fail(exitRefused, err.Error())
		}
	}
	if err := tellActions(c); err != nil {
		out.Line("warning: %v", err) // the verdict stands whatever GitHub takes
	}
	switch c.Verdict {
	case report.Regression:
		return fail(1, "something became slower")
	case report.Failed:
		return fail(exitRefused, "could not measure: "+report.Line(c.Reason))
	}
	return nil
}

func writeComparison(file string, c *report.Comparison) error {
	var b bytes.Buffer
	if err := c.Write(&b); err != nil {
		return err
	}
	return writeWhole(file, b.Bytes())
}

// tellActions annotates and writes the step summary, where there is one.
func tellActions(c *report.Comparison) error {
	actions, err := forge.ReadActions(os.Environ())
	if errors.Is(err, forge.ErrNotActions) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := report.Annotate(os.Stdout, c); err != nil {
		return err
	}
	return actions.AppendSummary(report.SummaryLimit, func(limit int) string {
		return report.Markdown{Limit: limit}.Render(report.Section{Comparison: c})
	})
}
