package smoke

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/bench/format"
	"github.com/cupel-dev/cupel/internal/report"
	"github.com/cupel-dev/cupel/internal/run"
	"github.com/cupel-dev/cupel/internal/stats"
)

// An arm is one version of a suite, built and ready to run.
type arm struct {
	checkout run.Checkout
	suite    bench.Suite
}

// A key names what is compared: a benchmark in a metric.
type key struct {
	bench.Benchmark
	metric string
}

// A sample is what one run of an arm gave: for each benchmark and metric one
// value, the median of what it printed.
type sample struct {
	keys    []key // in the order of the output
	values  map[key]float64
	metrics map[key]bench.Metric
	lost    []loss // what the run announced or began and did not measure
	failure string // why the run cannot be believed; a known reason of package report
	elapsed time.Duration
}

// A loss is a benchmark that a run lost.
type loss struct{ name, reason string }

// why is the reason for which a run lost a benchmark: that of the whole run with
// its own, unless that speaks of another one.
func (s *sample) why(l loss) string {
	says := func(l loss) bool { return strings.Contains(s.failure, l.name+": "+l.reason) }
	switch {
	case !says(l) && slices.ContainsFunc(s.lost, says):
		word, _, _ := strings.Cut(s.failure, ": ")
		return report.Reason(word, "%s: %s", l.name, l.reason)
	case !strings.Contains(s.failure, l.reason):
		return s.failure + " (" + l.reason + ")"
	}
	return s.failure
}

// once makes one run. The error says that there was none, or that ctx ended it.
func (a arm) once(ctx context.Context, benchtime time.Duration, output string) (*sample, error) {
	start := time.Now()
	outcome, err := a.checkout.Once(ctx, a.suite, benchtime, output)
	defer removeOutput(output)
	switch {
	case err != nil && ctx.Err() == nil && notStarted(err):
		return &sample{failure: report.Reason(report.Crashed, "%v", err), elapsed: time.Since(start)}, nil
	case err != nil:
		return nil, err
	}
	set, err := a.read(output)
	if err != nil {
		return nil, err
	}
	wrong, err := run.Unexpected(a.suite, output)
	if err != nil {
		return nil, err
	}
	s := sampleOf(set)
	s.failure = failureOf(outcome, outcome.Explain(output), set, wrong)
	s.elapsed = time.Since(start)
	return s, nil
}

// notStarted reports whether a run failed because of what the version lacks: the
// program, the right to run it, or the directory that it runs in.
func notStarted(err error) bool {
	return errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.ENOEXEC)
}

// removeOutput removes what a run left; what it said is in memory.
func removeOutput(output string) {
	for _, ending := range []string{".txt", ".stderr.txt", ".json"} {
		_ = os.Remove(output + ending) // the whole directory goes later
	}
}

// read reads the report that the tool wrote, else what it printed, with
// criterion's own files where there are some.
func (a arm) read(output string) (*bench.Set, error) {
	f, err := format.Lookup(a.suite.Format)
	if err != nil {
		return nil, err
	}
	name := output + ".json"
	if _, err := os.Stat(name); errors.Is(err, fs.ErrNotExist) {
		name = output + ".txt"
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("read run of suite %s: %w", a.suite.Name, err)
	}
	defer file.Close()
	known := bench.Known{Procs: run.Procs(a.suite), Metrics: a.suite.Metrics}
	set := new(bench.Set)
	tree := os.DirFS(filepath.Join(a.checkout.CargoTarget(), "criterion"))
	if _, statErr := fs.Stat(tree, "."); statErr == nil && f.ReadRun != nil {
		err = f.ReadRun(file, tree, known, set)
	} else {
		err = f.Read(file, known, set)
	}
	if err != nil {
		return nil, fmt.Errorf("read run of suite %s: %w", a.suite.Name, err)
	}
	set.Apply(known.Metrics)
	return set, nil
}

func sampleOf(set *bench.Set) *sample {
	s := &sample{values: make(map[key]float64), metrics: make(map[key]bench.Metric)}
	for _, r := range set.Results {
		if r.Err != "" {
			s.lost = append(s.lost, loss{r.Benchmark.String(), r.Err})
			continue
		}
		value, ok := stats.Median(r.Values)
		if !ok {
			continue
		}
		k := key{r.Benchmark, r.Metric.Name}
		if _, twice := s.values[k]; !twice {
			s.keys = append(s.keys, k)
		}
		s.values[k], s.metrics[k] = value, r.Metric
	}
	for _, name := range set.Missing {
		if !slices.ContainsFunc(s.lost, func(l loss) bool { return l.name == name }) {
			s.lost = append(s.lost, loss{name, "announced and not measured"})
		}
	}
	return s
}

// failureOf says why a run cannot be believed, "" where it can.
func failureOf(o run.Outcome, explained string, set *bench.Set, wrong string) string {
	switch {
	case o.TimedOut:
		return report.Reason(report.TimedOut, "%s", explained)
	case o.Failure != "":
		return report.Reason(report.Crashed, "%s", explained)
	case wrong != "":
		return wrong
	case !set.Measured():
		return report.Reason(report.NoResults, "%s", firstOf(set.Failures()))
	case set.Status() != bench.OK:
		return report.Reason(report.Crashed, "%s", firstOf(append(set.Failures(), set.Missing...)))
	}
	return ""
}

func firstOf(texts []string) string {
	if len(texts) == 0 {
		return "the output says no more"
	}
	return texts[0]
}
