package official

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/evidence"
	"github.com/cupel-dev/cupel/internal/host"
	"github.com/cupel-dev/cupel/internal/run"
)

// runAll goes run by run, not suite by suite, so that what drifts hits all
// suites alike.
func (m *measurement) runAll(ctx context.Context) error {
	plan := m.manifest.Plan
	for number := 1; number <= plan.Runs; number++ {
		measured := false
		for _, s := range m.order(number) {
			if _, done := m.manifest.Done(s.Name, number); done {
				continue
			}
			if err := m.once(ctx, s, number); err != nil {
				return err
			}
			measured = true
		}
		if !measured || number == plan.Runs {
			continue
		}
		if err := m.probe(ctx, fmt.Sprintf("after run %d", number)); err != nil {
			return err
		}
		if err := m.cooldown(ctx, number); err != nil {
			return err
		}
	}
	return nil
}

func (m *measurement) cooldown(ctx context.Context, number int) error {
	wait := time.Duration(m.manifest.Plan.Cooldown)
	if wait == 0 {
		return nil
	}
	m.Report(Event{Stage: Cooling, Run: number, Runs: m.manifest.Plan.Runs, Left: m.clock.left(m) + wait, Elapsed: wait})
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// once makes one run of one suite and records it.
func (m *measurement) once(ctx context.Context, s bench.Suite, number int) error {
	record := evidence.Run{Suite: s.Name, Number: number}
	if reason := m.gaveUp(s.Name); reason != "" {
		record.Started, record.Status = now(), bench.Failed
		record.Reasons = []string{reason}
		return m.dir.Record(record)
	}
	m.Report(Event{Stage: Running, Suite: s.Name, Run: number, Runs: m.manifest.Plan.Runs, Left: m.clock.left(m)})
	output := filepath.Join(m.dir.Path, record.Base())
	before := host.Now()
	outcome, err := m.checkout.Once(ctx, s, m.benchtime(), output)
	if err != nil {
		return err
	}
	if err := m.keepTree(s, output, outcome.Started); err != nil {
		return err
	}
	record.Marks = marks(before, host.Now())
	record.Started, record.Elapsed = outcome.Started.UTC().Truncate(time.Second), evidence.Duration(outcome.Elapsed)
	record.Exit = outcome.State.ExitCode
	skipped, err := m.judge(s, &record, outcome)
	if err != nil {
		return err
	}
	m.clock.add(outcome.Elapsed)
	m.Report(Event{
		Stage: Ran, Suite: s.Name, Run: number, Runs: m.manifest.Plan.Runs, Elapsed: outcome.Elapsed,
		Status: record.Status, Detail: strings.Join(record.Reasons, "; "), Skipped: skipped,
	})
	return m.dir.Record(record)
}

// gaveUp says why a suite is not run again: a run of it gave no value at all.
func (m *measurement) gaveUp(suite string) string {
	for _, r := range m.manifest.Runs {
		if r.Suite == suite && r.Measured == 0 {
			return fmt.Sprintf("not made: run %d measured nothing", r.Number)
		}
	}
	return ""
}

// judge reads what the run printed, decides how far it can be believed, and
// returns what the suite left out.
func (m *measurement) judge(s bench.Suite, r *evidence.Run, o run.Outcome) ([]bench.Skip, error) {
	fsys, output := os.DirFS(m.dir.Path), filepath.Join(m.dir.Path, r.Base())
	set, err := evidence.Read(fsys, r.Base(), s.Format, bench.Known{Procs: run.Procs(s), Metrics: s.Metrics})
	if err != nil {
		return nil, err
	}
	r.Status, r.Missing = set.Status(), set.Missing
	r.Measured = set.Count()
	if o.Failure != "" {
		r.Reasons = append(r.Reasons, o.Explain(output))
	}
	wrong, err := run.Unexpected(s, output)
	if err != nil {
		return nil, err
	}
	if wrong != "" {
		r.Reasons = append(r.Reasons, wrong)
	}
	if o.Failure != "" || wrong != "" {
		r.Status = bench.Failed
	}
	r.Reasons = append(r.Reasons, set.Failures()...)
	for _, name := range set.Missing {
		r.Reasons = append(r.Reasons, name+": announced and not measured")
	}
	return set.Skipped, nil
}

// marks says what happened to the machine during a run.
func marks(before, after host.Instant) []string {
	var marks []string
	suspended, jumped := before.Gap(after)
	if suspended > 0 {
		marks = append(marks, fmt.Sprintf("the machine slept for %v", suspended.Round(time.Second)))
	}
	if jumped != 0 {
		marks = append(marks, fmt.Sprintf("the clock jumped by %v", jumped.Round(time.Second)))
	}
	return marks
}
