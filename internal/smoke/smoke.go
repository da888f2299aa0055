// Package smoke compares two versions of a project by running their benchmarks
// in pairs on one machine: one process a run, base and head side by side in
// random order, many short runs, until every benchmark is decided or the budget
// ends.
//
// It builds, runs and judges, and returns the comparison as data. It finds no
// commits, prints nothing and chooses no exit code. Its numbers tell two
// versions apart; they are no evidence for a claim about speed.
package smoke

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/checkout"
	"github.com/cupel-dev/cupel/internal/config"
	"github.com/cupel-dev/cupel/internal/report"
	"github.com/cupel-dev/cupel/internal/run"
)

// Options are what a comparison is asked for.
type Options struct {
	Pair   *checkout.Pair // both versions, not yet built
	Budget time.Duration  // of everything after the build; 0 is what base's configuration says
	Seed   uint64         // decides the order of all runs
	Floors Floors         // what calibration found on this host; nil where there was none

	// SameAsBase reports whether nothing measured changed between a commit and
	// base, by what a configuration says counts. It decides whether a waiver's
	// baseline is this one; nil says no. A commit that is not to be had is a
	// [*checkout.BaseError].
	SameAsBase func(ctx context.Context, commit string, c *config.Config) (bool, error)

	// Merged says that head is on the branch that base is on, as a release is: its
	// own waivers hold, since somebody has agreed to them.
	Merged bool

	Today  time.Time   // the day that waivers expire by
	Report func(Event) // hears of the progress; nil hears nothing
}

// Compare builds both versions, measures what changed between them, and judges
// it. What the versions do wrong is in the comparison; the error says that
// Compare itself could not go on. Where ctx ends, all children are ended and the
// comparison says what was seen until then.
func Compare(ctx context.Context, o Options) (*report.Comparison, error) {
	if o.Report == nil {
		o.Report = func(Event) {}
	}
	c := &comparison{Options: o, result: report.Comparison{Schema: report.SchemaSmoke, Base: o.Pair.Base.Commit, Head: headName(o.Pair)}}
	err := c.compare(ctx)
	var stop *conclusion
	switch {
	case errors.As(err, &stop):
		c.result.Verdict, c.result.Reason = stop.verdict, report.Clip(stop.reason)
	case err != nil && ctx.Err() != nil:
		c.result.Verdict, c.result.Reason = report.Failed, report.Cancelled
	case err != nil:
		return nil, err
	}
	return &c.result, nil
}

// headName is head's commit; a working tree that differs from it says so.
func headName(p *checkout.Pair) string {
	if !p.Head.Dirty {
		return p.Head.Commit
	}
	return fmt.Sprintf("%.12s with changes", p.Head.Commit)
}

// A conclusion ends a comparison before its time, with this verdict.
type conclusion struct {
	verdict report.Verdict
	reason  string
}

func (c *conclusion) Error() string { return string(c.verdict) + ": " + c.reason }

// join adds a detail to a reason, where there are both.
func join(reason, detail string) string {
	if reason == "" || detail == "" {
		return reason + detail
	}
	return reason + ": " + detail
}

func conclude(v report.Verdict, reason string) error { return &conclusion{v, reason} }

// A comparison is one call of Compare.
type comparison struct {
	Options
	rules  *rules
	result report.Comparison
}

func (c *comparison) compare(ctx context.Context) error {
	var err error
	if c.rules, err = readRules(c.Pair); err != nil {
		return conclude(report.Failed, err.Error())
	}
	if c.Merged {
		c.rules.base.Waivers = c.rules.head.Waivers
	}
	changed, err := c.rules.changed(c.Pair)
	switch {
	case err != nil:
		return err
	case c.Pair.Base.Content == c.Pair.Head.Content:
		return conclude(report.Neutral, report.SameCommit)
	case len(changed) == 0:
		return conclude(report.Neutral, join(report.NothingMeasured, c.rules.edited()))
	}
	if err := c.notice(ctx, changed); err != nil {
		return err
	}
	suites, err := c.build(ctx)
	if err != nil {
		return err
	}
	if same, err := c.Pair.SameProgram(changed, headSuites(suites)...); err != nil || same {
		if err != nil {
			return err
		}
		return conclude(report.Neutral, join(report.SameProgram, c.rules.edited()))
	}
	return c.measure(ctx, suites)
}

// notice says where all that changed are files that git does not know, such as
// those that another program has left: they are part of the working tree.
func (c *comparison) notice(ctx context.Context, changed []string) error {
	unknown, err := c.Pair.Untracked(ctx)
	if err != nil || slices.ContainsFunc(changed, func(name string) bool { return !within(name, unknown) }) {
		return err
	}
	const shown = 5
	list := strings.Join(changed[:min(shown, len(changed))], ", ")
	if more := len(changed) - shown; more > 0 {
		list += fmt.Sprintf(" and %d more", more)
	}
	c.Report(Event{Stage: Noticed, Detail: "only what git does not know differs from base, and counts as long as .gitignore does not name it: " + list})
	return nil
}

// within reports whether a path is one of these, or lies in one of them: a repository
// in the working tree is one.
func within(name string, paths []string) bool {
	return slices.ContainsFunc(paths, func(p string) bool { return name == p || strings.HasPrefix(name, p+"/") })
}

// headSuites are head's, and in the place of one that base has nothing to compare
// with one that nothing is the same as.
func headSuites(suites []*suite) []bench.Suite {
	list := make([]bench.Suite, len(suites))
	for i, s := range suites {
		if !s.alone() {
			list[i] = s.arms[head].suite
		}
	}
	return list
}

// build builds head and then base, so that both resolve what they depend on
// equally.
func (c *comparison) build(ctx context.Context) ([]*suite, error) {
	matched := c.rules.match()
	for _, m := range matched {
		if m.head == nil {
			continue
		}
		if err := c.buildOne(ctx, "head", c.Pair.Head.Checkout, *m.head); err != nil {
			return nil, notBuilt(ctx, report.Failed, report.HeadNotBuilt, err)
		}
	}
	if err := c.Pair.ShareLocks(); err != nil {
		return nil, err
	}
	var suites []*suite
	for _, m := range matched {
		s := &suite{name: m.name}
		suites = append(suites, s)
		switch {
		case m.head == nil:
			s.add(report.Removed, m.name, "head configures no such suite")
		case m.base == nil:
			s.arms[head] = arm{c.Pair.Head.Checkout, *m.head}
			s.add(report.Added, m.name, "base configures no such suite")
		default:
			err := c.buildOne(ctx, "base", c.Pair.Base.Checkout, *m.base)
			if ctx.Err() != nil {
				return nil, err
			}
			s.arms[head] = arm{c.Pair.Head.Checkout, *m.head}
			if err != nil {
				s.add(report.NotComparable, m.name, report.Reason(report.BaseNotBuilt, "%v", err))
				continue
			}
			s.arms[base] = arm{c.Pair.Base.Checkout, *m.base}
		}
	}
	return suites, nil
}

func (c *comparison) buildOne(ctx context.Context, version string, co run.Checkout, s bench.Suite) error {
	c.Report(Event{Stage: Building, Suite: s.Name, Detail: version})
	log := new(run.Tail)
	if err := co.Build(ctx, s, log); err != nil {
		return withLog(err, log)
	}
	return nil
}

// withLog adds what a build printed last, in one line: it becomes a reason.
func withLog(err error, log *run.Tail) error {
	lines := log.Lines()
	if len(lines) == 0 {
		return err
	}
	return fmt.Errorf("%w: %s", err, strings.Join(lines[max(0, len(lines)-5):], "; "))
}

// notBuilt is the verdict on a build that failed, or the error of one that was
// cancelled.
func notBuilt(ctx context.Context, v report.Verdict, word string, err error) error {
	if ctx.Err() != nil {
		return err
	}
	return conclude(v, report.Reason(word, "%v", err))
}

// measure runs the pairs and fills the result in.
func (c *comparison) measure(ctx context.Context, suites []*suite) error {
	dir, err := c.Pair.Scratch()
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	s := newSession(c.Options, c.rules, dir, suites)
	if err := s.run(ctx); err != nil && ctx.Err() == nil {
		return err
	}
	c.result.Elapsed = time.Since(s.start).Seconds()
	c.result.Benchmarks = s.rows()
	c.result.Pairs = s.pairs()
	if err := c.waive(ctx); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return conclude(report.Failed, report.Cancelled)
	}
	c.result.Verdict, c.result.Reason = conclusionOf(c.result.Benchmarks)
	if c.result.Verdict != report.Failed {
		c.result.Reason = report.Clip(join(c.result.Reason, c.rules.edited()))
	}
	return nil
}
