package targets

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"time"

	"github.com/magefile/mage/mg"

	"github.com/cupel-dev/cupel/internal/smoke"
)

// Selftest measures the methods themselves.
type Selftest mg.Namespace

// Smoke measures how often smoke raises a false alarm on this machine, and which slowdowns it finds.
//
// It builds three small benchmarks into which slowdowns are injected, measures
// them with and without a competing load, and judges the same runs with smoke's
// method and with those of others. It needs the Go toolchain.
//
// Exit codes: 0 done, 2 could not measure.
func (Selftest) Smoke(
	ctx context.Context,
	budget *time.Duration, // of all runs together (default 15m)
	seed *int, // decides the order of runs (default by chance, and printed)
	recorded *string, // judge the pairs in this file instead of measuring
	record *string, // write the measured pairs to this file
	json *string, // write the scores to this file
) error {
	ctx, stop := untilTold(ctx)
	defer stop()
	out := newConsole(os.Stdout)
	number := uint64(given(seed, int(rand.Int32())))
	start := time.Now()
	recordings, err := recordings(ctx, out, given(recorded, ""), given(budget, 15*time.Minute), number)
	if err != nil {
		return fail(exitRefused, err.Error())
	}
	elapsed := time.Since(start)
	if record != nil {
		var b bytes.Buffer
		if err := smoke.WriteRecordings(&b, recordings); err != nil {
			return fail(exitRefused, err.Error())
		}
		if err := writeWhole(*record, b.Bytes()); err != nil {
			return fail(exitRefused, err.Error())
		}
	}
	test, err := smoke.ScoreRecordings(recordings, 400, number)
	if err != nil {
		return fail(exitRefused, err.Error())
	}
	if recorded == nil {
		test.Elapsed = elapsed.Seconds()
	}
	if json != nil {
		if err := writeJSON(*json, test); err != nil {
			return fail(exitRefused, err.Error())
		}
	}
	showSelftest(out, test)
	out.Line("next: %s", command("smoke"))
	return nil
}

// recordings are those of a file, else of this machine.
func recordings(ctx context.Context, out *console, file string, budget time.Duration, seed uint64) ([]*smoke.Recording, error) {
	if file != "" {
		f, err := os.Open(file)
		if err != nil {
			return nil, fmt.Errorf("read recording: %w", err)
		}
		defer f.Close()
		out.Line("selftest:smoke: judges the pairs in %s window by window (seed %d)", file, seed)
		return smoke.ReadRecordings(f)
	}
	out.Line("selftest:smoke: builds three benchmarks and measures them for about %s (seed %d)", about(budget), seed)
	return smoke.RunSelftest(ctx, smoke.SelftestOptions{Budget: budget, Seed: seed, Report: func(stage string, left time.Duration) {
		out.Status("%s, about %s left", stage, about(left))
	}})
}

func showSelftest(out *console, t *smoke.Selftest) {
	out.Line("")
	out.Line("False alarms, as a share of suite runs of the same program:")
	rows := [][]string{{"recording", "method", "threshold", "pairs", "suite runs", "false alarms"}}
	for _, s := range t.Results {
		if s.Slowdown == 0 {
			rows = append(rows, []string{s.Recording, s.Method, limit(s.Threshold), fmt.Sprint(s.Pairs), fmt.Sprint(s.Comparisons), share(s)})
		}
	}
	out.Table(rows, 2, 3, 4, 5)
	out.Line("")
	out.Line("Slowdowns found (* is built into the program, the others are added to the times):")
	out.Table(powerRows(t), 2, 4, 5, 6, 7, 8, 9, 10)
	out.Line("")
	out.Line("What all pairs of a recording say:")
	rows = [][]string{{"recording", "built in", "benchmark", "pairs", "took", "change", "interval", "verdict"}}
	for _, e := range t.Estimates {
		rows = append(rows, []string{e.Recording, limit(e.Slowdown), e.Benchmark, fmt.Sprint(e.Pairs), took(e), signed(e.Ratio), signed(e.Low) + " to " + signed(e.High), e.Verdict})
	}
	out.Table(rows, 1, 3, 4, 5, 6)
	if t.Elapsed > 0 {
		out.Line("")
		out.Line("measured in %s", about(time.Duration(t.Elapsed*float64(time.Second))))
	}
}

// powerRows has a row a recording, method and benchmark, and a column a slowdown.
func powerRows(t *smoke.Selftest) [][]string {
	heading := []string{"recording", "method", "threshold", "benchmark"}
	for _, s := range smoke.Slowdowns {
		heading = append(heading, limit(s))
	}
	rows := [][]string{heading}
	index := make(map[string]int)
	for _, s := range t.Results {
		if s.Slowdown == 0 {
			continue
		}
		mark := map[bool]string{true: "*"}[s.BuiltIn]
		key := fmt.Sprint(s.Recording, s.Method, s.Threshold, s.Benchmark, mark)
		i, ok := index[key]
		if !ok {
			i = len(rows)
			index[key] = i
			rows = append(rows, append([]string{s.Recording, s.Method, limit(s.Threshold), s.Benchmark + mark}, make([]string, len(smoke.Slowdowns))...))
		}
		for j, slowdown := range smoke.Slowdowns {
			if slowdown == s.Slowdown {
				rows[i][4+j] = share(s)
			}
		}
	}
	return rows
}

func share(s smoke.Score) string { return fmt.Sprintf("%.1f %%", 100*s.Share) }

func limit(threshold float64) string {
	if threshold == 0 {
		return ""
	}
	return fmt.Sprintf("%.3g %%", 100*threshold)
}

// took is how long the pairs of a recording took, all benchmarks together.
func took(e smoke.Estimate) string {
	if e.Took == 0 {
		return ""
	}
	return fmt.Sprintf("%.0f s", e.Took)
}

func signed(ratio float64) string { return fmt.Sprintf("%+.1f %%", 100*(ratio-1)) }
