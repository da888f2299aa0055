package targets

import (
	"cmp"
	"context"
	"crypto"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/config"
	"github.com/cupel-dev/cupel/internal/dsse"
	"github.com/cupel-dev/cupel/internal/evidence"
	"github.com/cupel-dev/cupel/internal/official"
)

// Official measures every suite on this host and writes evidence.
//
// It builds every suite, checks that the host is quiet, and goes run by run
// over all suites, with a cooldown in between. The evidence lands in
// benchmark_results/YYYYMMDD_HHMMSS (UTC). Ctrl-C keeps what is measured.
//
// Exit codes: 0 done, 2 refused before measuring, 3 measured but failed,
// 4 incomplete, resumable.
func Official(
	ctx context.Context,
	quick *bool, // 2 runs, 10 s cooldown, a tenth of the time; evidence of class shared
	noMLX *bool, // leave out the suites that are tagged mlx
	runs *int, // how many runs (default 5, or what cupel.toml says)
	cooldown *time.Duration, // pause between runs (default 60s)
	suites *string, // the suites to measure, as a,b (default all)
	resume *string, // go on with this incomplete directory of evidence
	force *string, // measure in spite of a failed probe or a dirty tree, for this reason
) error {
	if runs != nil && *runs < 1 {
		return fail(exitRefused, fmt.Sprintf("-runs=%d: at least 1 run is needed", *runs))
	}
	if cooldown != nil && *cooldown < 0 {
		return fail(exitRefused, fmt.Sprintf("-cooldown=%v: a pause cannot be negative", *cooldown))
	}
	if force != nil && strings.TrimSpace(*force) == "" {
		return fail(exitRefused, "-force needs a reason, which the evidence will show: -force=REASON")
	}
	p, err := here()
	if err != nil {
		return err
	}
	key, err := signingKey()
	if err != nil {
		return fail(exitRefused, err.Error())
	}
	ctx, stop := untilTold(ctx)
	defer stop()
	out := newConsole(os.Stdout)
	o := official.Options{
		Project: p.dir, Cache: p.cache, Config: p.config,
		Quick: given(quick, false), NoMLX: given(noMLX, false),
		Runs: given(runs, 0), Cooldown: given(cooldown, -1),
		Suites: list(given(suites, "")), Resume: given(resume, ""), Force: given(force, ""),
		Key:    key,
		Report: func(e official.Event) { showEvent(out, e) },
	}
	result, err := official.Measure(ctx, o)
	if err != nil {
		return officialError(p, err)
	}
	showResult(out, p, result)
	if result.Manifest.Status != evidence.StatusComplete {
		return fail(exitFailed, append([]string{"measured, but not to be believed:"}, result.Summary.Failed...)...)
	}
	return nil
}

// signingKey reads the key that signs, from the file that
// CUPEL_SIGNING_KEY_FILE names or from CUPEL_SIGNING_KEY itself, so that it is
// in no argument; nil where neither is set.
func signingKey() (crypto.Signer, error) {
	return dsse.ReadPrivateKey(os.LookupEnv, "CUPEL_SIGNING_KEY")
}

func list(words string) []string {
	return strings.FieldsFunc(words, func(r rune) bool { return r == ',' || r == ' ' })
}

func showEvent(out *console, e official.Event) {
	switch e.Stage {
	case official.Planned:
		out.Line("official: %s", e.Detail)
		out.Line("this takes about %s; evidence goes to %s/", about(e.Left), config.ResultsDir)
	case official.Found:
		out.Line("  %s", e.Detail)
	case official.Building:
		out.Status("build  %s", e.Suite)
	case official.SettingUp:
		out.Status("setup  %s", e.Suite)
	case official.Running:
		out.Status("run %d/%d  %s, about %s left", e.Run, e.Runs, e.Suite, about(e.Left))
	case official.Ran:
		out.Line("run %d/%d  %-20s %-10s %s", e.Run, e.Runs, e.Suite, e.Status, about(e.Elapsed))
		if e.Detail != "" {
			out.Line("         %s", e.Detail)
		}
		if e.Run == 1 {
			for _, line := range leftOut(e.Skipped) {
				out.Line("         %s", line)
			}
		}
	case official.Cooling:
		out.Status("cooldown %s after run %d/%d, about %s left", about(e.Elapsed), e.Run, e.Runs, about(e.Left))
	}
}

// leftOut says a reason a line how many benchmarks a suite left out.
func leftOut(skips []bench.Skip) []string {
	var reasons []string
	count := make(map[string]int)
	for _, s := range skips {
		if count[s.Reason]++; count[s.Reason] == 1 {
			reasons = append(reasons, s.Reason)
		}
	}
	lines := make([]string, len(reasons))
	for i, reason := range reasons {
		lines[i] = fmt.Sprintf("%s left out: %s", plural(count[reason], "benchmark"), cmp.Or(reason, "no reason is given"))
	}
	return lines
}

func officialError(p *place, err error) error {
	var refusal *official.Refusal
	var interruption *official.Interruption
	switch {
	case errors.As(err, &refusal):
		lines := append([]string{"nothing was measured"}, indent(refusal.Reasons)...)
		if refusal.Advice != "" {
			lines = append(lines, refusal.Advice)
		}
		return fail(exitRefused, lines...)
	case errors.As(err, &interruption):
		why := interruption.Error()
		if interrupted(err) {
			why = "interrupted"
		}
		dir := relative(p.dir, interruption.Dir)
		return fail(exitIncomplete, "incomplete: "+why, "what was measured is kept in "+dir, "next: "+command("official -resume="+dir))
	case interrupted(err):
		return fail(exitRefused, "interrupted before anything was measured")
	default:
		return fail(exitRefused, err.Error())
	}
}

func indent(lines []string) []string {
	indented := make([]string, len(lines))
	for i, line := range lines {
		indented[i] = "  " + strings.ReplaceAll(line, "\n", "\n  ")
	}
	return indented
}

// relative is the path as a person in dir would write it.
func relative(dir, path string) string {
	if rel, err := filepath.Rel(dir, path); err == nil && !strings.HasPrefix(rel, "..") {
		return filepath.ToSlash(rel)
	}
	return path
}

// shownRows bounds the table on the screen; the evidence has all.
const shownRows = 40

func showResult(out *console, p *place, r *official.Result) {
	m := r.Manifest
	dir := relative(p.dir, r.Dir)
	out.Line("")
	out.Line("evidence %s: %s, class %s, %s, %s", m.Status, dir, m.Class, plural(len(m.Plan.Suites), "suite"), plural(m.Plan.Runs, "run"))
	for i, doubt := range m.Shared {
		if i == 5 {
			out.Line("  and %d more findings in manifest.json", len(m.Shared)-i)
			break
		}
		out.Line("  shared because %s", doubt)
	}
	if r.Size > evidence.Budget {
		out.Line("  the set has %.1f MB, over the budget of %.0f MB: think before you commit it", float64(r.Size)/1e6, float64(evidence.Budget)/1e6)
	}
	for _, leak := range r.Leaks {
		out.Line("  %s: look before you publish it", leak)
	}
	out.Line("")
	rows, more := summaryRows(r.Summary)
	out.Table(rows, 3, 4, 5)
	if more > 0 {
		out.Line("and %s in summary.md", plural(more, "more row"))
	}
	out.Line("")
	out.Line("next: %s", command("evidence:verify "+dir))
}

// summaryRows shows the first metric of each benchmark.
func summaryRows(s *evidence.Summary) (rows [][]string, more int) {
	rows = [][]string{{"suite", "benchmark", "metric", "median", "interval", "CV"}}
	shown := make(map[string]bool)
	for _, b := range s.Benchmarks {
		key := b.Suite + "\x00" + b.Package + "\x00" + b.String()
		if shown[key] {
			continue
		}
		shown[key] = true
		if len(rows) <= shownRows {
			rows = append(rows, []string{b.Suite, b.String(), b.Metric, evidence.FormatValue(b.Median, b.Unit), b.Spread(), b.Variation()})
		}
	}
	return rows, len(s.Benchmarks) - (len(rows) - 1)
}
