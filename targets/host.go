package targets

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"

	"github.com/magefile/mage/mg"
	"golang.org/x/term"

	"github.com/cupel-dev/cupel/internal/checkout"
	"github.com/cupel-dev/cupel/internal/git"
	"github.com/cupel-dev/cupel/internal/host"
	"github.com/cupel-dev/cupel/internal/report"
	"github.com/cupel-dev/cupel/internal/smoke"
)

// Host looks at the machine.
type Host mg.Namespace

// Check is the pre-flight alone: whether this machine is quiet enough to measure on.
//
// Exit codes: 0 ready, 2 not.
func (Host) Check(
	ctx context.Context,
	json *string, // write the findings to this file
	kill *bool, // ask for each busy process whether to end it; needs a terminal
) error {
	ctx, stop := untilTold(ctx)
	defer stop()
	found := host.Check(ctx, host.Options{})
	if err := ctx.Err(); err != nil {
		return fail(exitRefused, "interrupted")
	}
	if json != nil {
		if err := writeJSON(*json, found); err != nil {
			return fail(exitRefused, err.Error())
		}
	}
	if err := found.WriteText(os.Stdout); err != nil {
		return fail(exitRefused, err.Error())
	}
	out := newConsole(os.Stdout)
	if given(kill, false) {
		return endBusy(ctx, out, found.Candidates())
	}
	if !found.Ready {
		return fail(exitRefused, "this host is not ready", "next: make it quiet, or "+command("official -quick"))
	}
	out.Line("next: %s", command("official"))
	return nil
}

// Calibrate compares this project's benchmarks with themselves: what they differ by on this host.
//
// The same program is in both arms. A later smoke on this host lets no smaller
// change of a benchmark pass for one.
//
// Exit codes: 0 done, 2 could not measure.
func (Host) Calibrate(
	ctx context.Context,
	runs *int, // pairs of runs of every suite (default 20)
) error {
	pairs := given(runs, 20)
	if pairs < smoke.LeastPairs {
		return fail(exitRefused, fmt.Sprintf("-runs=%d: at least %d are needed", pairs, smoke.LeastPairs))
	}
	p, err := here()
	if err != nil {
		return err
	}
	if len(p.config.Suites) == 0 {
		return fail(exitRefused, "this project has no benchmarks", "next: describe them in cupel.toml, or write a Go benchmark")
	}
	ctx, stop := untilTold(ctx)
	defer stop()
	out := newConsole(os.Stdout)
	out.Line("host:calibrate: %s of %s, each against itself, %v a benchmark and run", plural(pairs, "pair"), plural(len(p.config.Suites), "suite"), smoke.FullTime)
	c, noises, err := calibrate(ctx, out, p, pairs)
	switch {
	case ctx.Err() != nil:
		return fail(exitRefused, "interrupted: nothing was kept")
	case err != nil:
		return fail(exitRefused, waitFor(err))
	}
	showNoises(out, c, noises)
	return nil
}

// calibrate measures the working tree against itself, in a copy of it.
func calibrate(ctx context.Context, out *console, p *place, pairs int) (*smoke.Calibration, []smoke.Noise, error) {
	repo, err := git.Open(ctx, p.dir)
	if err != nil {
		return nil, nil, err
	}
	head, err := checkout.PrepareHead(ctx, repo, p.dir, p.cache)
	if err != nil {
		return nil, nil, err
	}
	defer head.Close()
	for _, note := range head.Notes {
		out.Line("  %s", report.Line(note))
	}
	c, noises, err := smoke.Calibrate(ctx, smoke.CalibrateOptions{
		Checkout: head.Checkout, Config: p.config, Cache: p.cache,
		Pairs: pairs, Seed: rand.Uint64(), Report: func(e smoke.Event) { showCalibration(out, e, pairs) },
	})
	if err != nil && ctx.Err() == nil {
		tellIgnored(ctx, out, head)
	}
	return c, noises, err
}

// showNoises says what benchmarks differ by from themselves.
func showNoises(out *console, c *smoke.Calibration, noises []smoke.Noise) {
	rows := [][]string{{"suite", "benchmark", "metric", "differs from itself by", "would have found"}}
	for _, n := range noises {
		rows = append(rows, []string{n.Suite, n.Name, n.Metric, fmt.Sprintf("%.1f %%", 100*n.Floor), limit(n.MDE)})
	}
	out.Line("")
	out.Table(rows, 3, 4)
	out.Line("")
	out.Line("false alarms of all benchmarks together: in %d of %d comparisons of these pairs, arms swapped by chance", c.Alarms, c.Comparisons)
	out.Line("kept for %s", c.Host)
	out.Line("next: %s", command("smoke"))
}

func showCalibration(out *console, e smoke.Event, pairs int) {
	switch {
	case e.Stage == smoke.Building:
		out.Status("build  %s", e.Suite)
	case out.live || e.Pairs == 1 || e.Pairs%10 == 0:
		out.Status("pair %d/%d, about %s left", e.Pairs, pairs, about(e.Left))
	}
}

// endBusy asks for each busy process that was shown whether to end it.
func endBusy(ctx context.Context, out *console, busy *host.Candidates) error {
	if !term.IsTerminal(int(os.Stdin.Fd())) {
		return fail(exitRefused, "-kill asks for each process, and there is no terminal to ask on")
	}
	if len(busy.List()) == 0 {
		out.Line("no process is busy")
	}
	answers := bufio.NewScanner(os.Stdin)
	for _, p := range busy.List() {
		fmt.Fprintf(os.Stdout, "end %s? [y/N] ", p)
		if !answers.Scan() {
			break
		}
		if answer := strings.ToLower(strings.TrimSpace(answers.Text())); answer != "y" && answer != "yes" {
			continue
		}
		gone, err := busy.End(ctx, p.PID)
		switch {
		case err != nil:
			out.Line("%v", err)
		case gone:
			out.Line("ended")
		default:
			out.Line("it was asked to end and is still there")
		}
	}
	out.Line("next: %s", command("host:check"))
	return nil
}
