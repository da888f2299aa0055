package targets

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/claim"
	"github.com/cupel-dev/cupel/internal/config"
	"github.com/cupel-dev/cupel/internal/evidence"
	"github.com/cupel-dev/cupel/internal/official"
	"github.com/cupel-dev/cupel/internal/run"
)

// Rerun measures one claim again on this host and says whether it holds here.
//
// Its suites are built as they are now and run side by side, in random order.
// Nothing is written: evidence comes from official.
//
// Exit codes: 0 it reproduces here, 1 it does not, or not with certainty,
// 2 it could not be measured.
func (Claims) Rerun(
	ctx context.Context,
	id string, // of the claim in cupel.toml
	runs *int, // how many runs (default 5, or what cupel.toml says)
	benchtime *time.Duration, // that each benchmark gets in a run (default 1s)
) error {
	if err := positional("claims:rerun ID", id); err != nil {
		return err
	}
	p, err := here()
	if err != nil {
		return err
	}
	n := given(runs, p.config.Official.Runs)
	if n < 2 {
		return fail(exitRefused, fmt.Sprintf("-runs=%d: at least 2 runs are needed", n))
	}
	i := slices.IndexFunc(p.config.Claims, func(c config.Claim) bool { return c.ID == id })
	if i < 0 {
		return fail(exitRefused, fmt.Sprintf("no claim has the id %q in the configuration", id))
	}
	ctx, stop := untilTold(ctx)
	defer stop()
	out := newConsole(os.Stdout)
	r, err := rerun(ctx, out, p, p.config.Claims[i], n, given(benchtime, official.FullTime))
	if err != nil {
		return fail(exitRefused, err.Error())
	}
	return showRerun(out, r, p.config.Claims[i])
}

func rerun(ctx context.Context, out *console, p *place, c config.Claim, runs int, benchtime time.Duration) (*claim.Reproduction, error) {
	docs, err := documents(ctx, p, nil)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "cupel-rerun-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	m := remeasurement{out: out, checkout: run.Checkout{Dir: p.dir, Out: filepath.Join(p.cache, "build")}, dir: dir, runs: runs, benchtime: benchtime}
	m.suites = make(map[string]bench.Suite)
	names := claim.Suites(c)
	out.Line("claims:rerun: %s, %s of %s, each benchmark %v a run", c.ID, plural(runs, "run"), strings.Join(names, ", "), benchtime)
	for _, name := range names {
		if m.suites[name], err = p.config.Suite(name); err != nil {
			return nil, err
		}
		out.Status("build  %s", name)
		if err := m.build(ctx, m.suites[name]); err != nil {
			return nil, err
		}
	}
	return claim.Rerun(ctx, c, docs, runs, m.once)
}

// A remeasurement makes the runs of a claim.
type remeasurement struct {
	out       *console
	checkout  run.Checkout
	dir       string // for what the runs print
	suites    map[string]bench.Suite
	runs      int
	benchtime time.Duration
}

func (m remeasurement) build(ctx context.Context, s bench.Suite) error {
	var log strings.Builder
	if err := m.checkout.Build(ctx, s, &log); err != nil {
		return fmt.Errorf("%w\n%s", err, log.String())
	}
	if err := m.checkout.Setup(ctx, s, &log); err != nil {
		return fmt.Errorf("%w\n%s", err, log.String())
	}
	return nil
}

// once makes one run. One that cannot be believed is an error.
func (m remeasurement) once(ctx context.Context, suite string, n int) (*bench.Set, error) {
	s := m.suites[suite]
	m.out.Status("run %d/%d  %s", n, m.runs, suite)
	base := fmt.Sprintf("%s_run%d", suite, n)
	output := filepath.Join(m.dir, base)
	outcome, err := m.checkout.Once(ctx, s, m.benchtime, output)
	if err != nil {
		return nil, err
	}
	failure := outcome.Failure
	if failure == "" {
		failure, err = run.Unexpected(s, output)
	}
	if err != nil || failure != "" {
		return nil, errors.Join(err, fmt.Errorf("run %d of suite %s: %s", n, suite, failure))
	}
	set, err := evidence.Read(os.DirFS(m.dir), base, s.Format, bench.Known{Procs: run.Procs(s), Metrics: s.Metrics})
	if err != nil {
		return nil, err
	}
	if set.Status() != bench.OK {
		return nil, fmt.Errorf("run %d of suite %s is %s: %s", n, suite, set.Status(), strings.Join(append(set.Failures(), set.Missing...), "; "))
	}
	return set, nil
}

func showRerun(out *console, r *claim.Reproduction, c config.Claim) error {
	what := "the improvement is"
	if c.Kind == "bound" {
		what = "the value is"
	}
	out.Line("measured here: %s between %s and %s", what, short(r.Low), short(r.High))
	var missed []string
	for _, f := range r.Claims {
		if f.Verdict == claim.Supported {
			out.Line("%s:%d: %s reproduces here", f.File, f.Line, f.Stated)
			continue
		}
		word := "does not reproduce here"
		if f.Verdict == claim.NotEstablished {
			word = "may or may not hold here"
		}
		missed = append(missed, fmt.Sprintf("%s:%d: %s %s: %s", f.File, f.Line, f.Stated, word, f.Reason))
	}
	if len(r.Claims) == 0 {
		out.Line("no document makes this claim")
	}
	if len(missed) > 0 {
		return fail(exitFound, missed...)
	}
	return nil
}

// short writes a value with four digits.
func short(v float64) string {
	if math.Abs(v) >= 1e4 {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.4g", v)
}
