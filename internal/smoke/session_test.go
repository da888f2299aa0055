package smoke

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/report"
	"github.com/cupel-dev/cupel/internal/run"
	"github.com/cupel-dev/cupel/internal/stats"
)

// TestMain lets the test binary serve as a program of benchmarks: a real process
// that prints what its environment says, with noise of 0.5 %.
func TestMain(m *testing.M) {
	if list := os.Getenv("SMOKE_TEST_BENCHMARKS"); list != "" {
		os.Exit(printBenchmarks(list, os.Args[1:]))
	}
	os.Exit(m.Run())
}

// printBenchmarks takes "NAME=NS/ALLOCS ..."; NS "panic" crashes there.
func printBenchmarks(list string, args []string) (code int) {
	filter := regexp.MustCompile(".")
	for _, arg := range args {
		if pattern, ok := strings.CutPrefix(arg, "-test.bench="); ok {
			filter = regexp.MustCompile(strings.ReplaceAll(pattern, "$/^", "/")) // levels as one text
		}
	}
	if filter.String() != "." && os.Getenv("SMOKE_TEST_NO_FILTER") != "" {
		return 3
	}
	fmt.Println("pkg: example.com/p")
	for _, b := range strings.Fields(list) {
		at := strings.LastIndexByte(b, '=')
		name, values := b[:at], b[at+1:]
		if !filter.MatchString("Benchmark" + name) {
			continue
		}
		time, allocs, _ := strings.Cut(values, "/")
		if time == "panic" {
			fmt.Printf("Benchmark%s\npanic: boom\n", name)
			return 2
		}
		ns, err := strconv.ParseFloat(time, 64)
		if err != nil {
			return 4
		}
		fmt.Printf("Benchmark%s\t100\t%.4f ns/op\t0 B/op\t%s allocs/op\n", name, ns*(1+0.005*rand.NormFloat64()), allocs)
	}
	fmt.Println("PASS")
	return 0
}

// fake is a suite of which base and head print these benchmarks.
func fake(t *testing.T, base, head string, env ...string) *suite {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	u := &suite{name: "fake"}
	for i, list := range []string{base, head} {
		dir := t.TempDir()
		s := bench.Suite{Name: "fake", Format: "gobench", Run: []string{self, "-test.bench=."}, Env: map[string]string{"SMOKE_TEST_BENCHMARKS": list}}
		for _, e := range env {
			s.Env[e] = "1"
		}
		u.arms[i] = arm{run.Checkout{Dir: dir, Out: filepath.Join(dir, "out")}, s}
	}
	return u
}

func measured(t *testing.T, ctx context.Context, u *suite, o Options) (*session, error) {
	t.Helper()
	real := o.Budget > 0
	if !real {
		o.Budget = time.Hour
	}
	if o.Report == nil {
		o.Report = func(Event) {}
	}
	s := newSession(o, plainRules(), t.TempDir(), []*suite{u})
	if !real {
		s.now = clock(s.start)
	}
	return s, s.run(ctx)
}

// clock goes on by a quarter of a minute whenever somebody looks at it, so that
// an hour has as many pairs on any machine: about forty.
func clock(now time.Time) func() time.Time {
	return func() time.Time {
		now = now.Add(15 * time.Second)
		return now
	}
}

func row(t *testing.T, rows []report.Benchmark, name, metric string) report.Benchmark {
	t.Helper()
	for _, b := range rows {
		if b.Name == name && (metric == "" || b.Metric == metric) {
			return b
		}
	}
	t.Fatalf("no row of %s %s in %+v", name, metric, rows)
	return report.Benchmark{}
}

func TestASessionJudgesEveryBenchmarkAndMetric(t *testing.T) {
	t.Parallel()
	u := fake(t, "Slow=100/3 Same/n=1=200/3 Gone=10/0", "Slow=150/3 Same/n=1=203.9/4 New=10/0")
	s, err := measured(t, t.Context(), u, Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	rows := s.rows()
	for _, want := range []struct {
		name, metric string
		verdict      report.Verdict
	}{
		{"Slow", "time", report.Regression},
		{"Slow", "allocs", report.Unchanged},
		{"Same/n=1", "allocs", report.Regression},
		{"Gone", "time", report.Removed},
		{"New", "time", report.Added},
	} {
		if got := row(t, rows, want.name, want.metric); got.Verdict != want.verdict {
			t.Errorf("%s %s: %+v, want %s", want.name, want.metric, got, want.verdict)
		}
	}
	if v, _ := conclusionOf(rows); v != report.Regression {
		t.Errorf("the whole verdict is %s", v)
	}
	if !u.narrowed || !u.proven {
		t.Error("what is decided was measured to the end")
	}
	c := report.Comparison{Schema: report.SchemaSmoke, Verdict: report.Regression, Benchmarks: rows}
	if err := c.Validate(); err != nil {
		t.Error(err)
	}
}

// A07: what was measured before a crash is kept, what it took away is failed and
// nothing of it is "removed".
func TestACrashOfHeadFailsTheBenchmarksThatItTook(t *testing.T) {
	t.Parallel()
	s, err := measured(t, t.Context(), fake(t, "A=100/0 B=100/0", "A=100/0 B=panic"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	rows := s.rows()
	b := row(t, rows, "B", "")
	if b.Verdict != report.Failed || !strings.HasPrefix(b.Reason, report.Crashed+": ") {
		t.Errorf("the crashed benchmark is %+v", b)
	}
	for _, r := range rows {
		if r.Verdict == report.Removed {
			t.Errorf("%s is called removed", r.Name)
		}
	}
	if v, reason := conclusionOf(rows); v != report.Failed || reason == "" {
		t.Errorf("the whole verdict is %s: %s", v, reason)
	}
}

// TestARowIsWhatAReportTakes: whatever a benchmark is called, and by whatever
// factor it became slower, the comparison can be written.
func TestARowIsWhatAReportTakes(t *testing.T) {
	long := strings.Repeat("x", report.MaxText+1)
	u := &suite{name: "s"}
	times := bench.Metric{Name: "time", Unit: "ns", Better: bench.Lower}
	s := newSeries("s", long, key{bench.Benchmark{Name: long}, "time"}, times, bench.MetricRule{})
	counts := newSeries("s", "A", key{bench.Benchmark{Name: "A"}, "allocs"}, bench.Metric{Name: "allocs", Better: bench.Lower}, bench.MetricRule{})
	for range LeastPairs {
		s.add(0.1, 1e300)
		counts.add(1, 1e12)
	}
	u.series = []*series{s, counts}
	if err := lookAt(u.series, stats.Design{Threshold: 0.02, Alpha: 0.05, Benchmarks: 1, Looks: 1}, 1); err != nil {
		t.Fatal(err)
	}
	u.add(report.Failed, long, "crashed: "+long)
	u.addMetric(report.Added, long, long, "")
	c := report.Comparison{Schema: report.SchemaSmoke, Verdict: report.Regression, Benchmarks: append(u.rows, s.row, counts.row)}
	if err := c.Write(io.Discard); err != nil {
		t.Error(err)
	}
	if s.row.Verdict != report.Regression || counts.row.Verdict != report.Regression {
		t.Errorf("%s, %s; want regressions", s.row.Verdict, counts.row.Verdict)
	}
}

// TestAReasonIsGivenOnce: a run that failed because of what it lost says so in
// one place.
func TestAReasonIsGivenOnce(t *testing.T) {
	s, err := measured(t, t.Context(), fake(t, "A=100/0", "A=0/0"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if row := s.rows()[0]; row.Verdict != report.Failed || strings.Count(row.Reason, "measured 0 ns/op") != 1 {
		t.Errorf("%+v", row)
	}
}

// TestEachLossHasItsOwnReason: a run that failed for one benchmark lost others, too.
func TestEachLossHasItsOwnReason(t *testing.T) {
	a, b, c := loss{"A", "boom"}, loss{"B", "boom"}, loss{"C", "announced and not measured"}
	for _, tc := range []struct {
		failure string
		of      loss
		want    string
	}{
		{"no results: A: boom", a, "no results: A: boom"},
		{"no results: A: boom", b, "no results: B: boom"},
		{"no results: A: boom", c, "no results: C: announced and not measured"},
		{"crashed: x exited with code 2", a, "crashed: x exited with code 2 (boom)"},
		{"crashed: x exited with code 2: boom", b, "crashed: x exited with code 2: boom"},
	} {
		s := &sample{failure: tc.failure, lost: []loss{a, b, c}}
		if got := s.why(tc.of); got != tc.want {
			t.Errorf("%s, of %s: %q, want %q", tc.failure, tc.of.name, got, tc.want)
		}
	}
}

// TestASuiteThatWasGivenUpSaysWhy, whichever version it was given up for.
func TestASuiteThatWasGivenUpSaysWhy(t *testing.T) {
	measured := &sample{}
	crashed := &sample{failure: "crashed: why"}
	for name, pair := range map[string][2]*sample{"base": {crashed, measured}, "head": {measured, crashed}} {
		u := &suite{name: "s", pairs: 1}
		u.series = []*series{newSeries("s", "A", key{bench.Benchmark{Name: "A"}, "time"}, bench.Metric{Name: "time"}, bench.MetricRule{})}
		for range baseFailures {
			u.take(pair, plainRules(), nil)
		}
		if !u.over || !strings.Contains(u.why(), "crashed: why") {
			t.Errorf("%s: over is %v, why is %q", name, u.over, u.why())
		}
	}
}

func TestABaseThatCrashesGivesNoVerdict(t *testing.T) {
	t.Parallel()
	s, err := measured(t, t.Context(), fake(t, "A=panic", "A=100/0"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if v, reason := conclusionOf(s.rows()); v != report.Neutral || !strings.Contains(reason, "base: crashed") {
		t.Errorf("the whole verdict is %s: %s", v, reason)
	}
}

// A07 (iii): zero results are never a pass.
// TestAProgramThatCannotBeStartedIsItsVersionsFault: base may have none yet, head
// must not lose it.
func TestAProgramThatCannotBeStartedIsItsVersionsFault(t *testing.T) {
	t.Parallel()
	for name, breaks := range map[string]func(*arm){
		"no program":   func(a *arm) { a.suite.Run = []string{"./nowhere"} },
		"not on PATH":  func(a *arm) { a.suite.Run = []string{"a-program-that-nobody-has"} },
		"no directory": func(a *arm) { a.suite.Dir = "nowhere" },
		"no executable": func(a *arm) {
			a.suite.Run = []string{"./text"}
			if err := os.WriteFile(filepath.Join(a.checkout.Dir, "text"), []byte("text"), 0o644); err != nil {
				t.Fatal(err)
			}
		},
	} {
		for i, want := range []report.Verdict{report.Neutral, report.Failed} {
			u := fake(t, "A=100/0", "A=100/0")
			breaks(&u.arms[i])
			s, err := measured(t, t.Context(), u, Options{})
			if err != nil {
				t.Errorf("%s, arm %d: %v", name, i, err)
				continue
			}
			if v, reason := conclusionOf(s.rows()); v != want || !strings.Contains(reason, report.Crashed+": run suite fake: ") {
				t.Errorf("%s, arm %d: %s: %s", name, i, v, reason)
			}
		}
	}
}

// TestASuiteThatBaseLacksIsRunOnce: nothing is compared, and head must not lose it
// all the same.
func TestASuiteThatBaseLacksIsRunOnce(t *testing.T) {
	t.Parallel()
	for head, want := range map[string]report.Verdict{"A=100/0": report.Neutral, "A=100/0 B=panic": report.Failed} {
		for _, verdict := range []report.Verdict{report.Added, report.NotComparable} {
			u := fake(t, "", head)
			u.arms[base] = arm{}
			u.add(verdict, u.name, "base does not build")
			s, err := measured(t, t.Context(), u, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if v, reason := conclusionOf(s.rows()); v != want {
				t.Errorf("%s, %s: %s: %s", head, verdict, v, reason)
			}
			if s.runs != 1 {
				t.Errorf("%s: %d runs", head, s.runs)
			}
		}
	}
}

func TestNoBenchmarkAtAllIsNoPass(t *testing.T) {
	t.Parallel()
	s, err := measured(t, t.Context(), fake(t, "A=100/0", " "), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if v, reason := conclusionOf(s.rows()); v != report.Failed || !strings.Contains(reason, report.NoResults) {
		t.Errorf("the whole verdict is %s: %s", v, reason)
	}
}

func TestAnInterruptedSessionSaysWhatItSaw(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	pairs := 0
	s, err := measured(t, ctx, fake(t, "A=100/0", "A=100/0"), Options{Budget: time.Hour, Report: func(e Event) {
		if e.Stage == Running {
			if pairs = e.Pairs; pairs == 4 {
				cancel()
			}
		}
	}})
	if err == nil {
		t.Fatal("no error")
	}
	a := row(t, s.rows(), "A", "time")
	if a.Verdict != report.Inconclusive || a.Pairs != 4 {
		t.Errorf("after 4 pairs: %+v", a)
	}
}

func TestAToolThatTakesNoFilterIsRunWhole(t *testing.T) {
	t.Parallel()
	u := fake(t, "Slow=100/0 Same=200/0", "Slow=190/0 Same=203/0", "SMOKE_TEST_NO_FILTER")
	s, err := measured(t, t.Context(), u, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range s.rows() {
		if b.Verdict == report.Failed {
			t.Errorf("%+v", b)
		}
	}
	if !u.unnarrowed {
		t.Error("it was not tried to narrow the suite, or that it failed was not seen")
	}
}

func TestARunThatOutlastsTheBudgetIsEnded(t *testing.T) {
	t.Parallel()
	u := fake(t, "A=1/0", "A=1/0")
	for i := range u.arms {
		u.arms[i].suite.Run = []string{"sleep", "600"}
	}
	s, err := measured(t, t.Context(), u, Options{Budget: 200 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	v, reason := conclusionOf(s.rows())
	if v != report.Failed || !strings.Contains(reason, "too few pairs") {
		t.Errorf("the whole verdict is %s: %s", v, reason)
	}
}

// Time goes where it decides most: suites of one cost a benchmark get equal
// numbers of pairs, a dearer one fewer.
func TestTurnsShareTheTime(t *testing.T) {
	open := func(n int) (list []*series) {
		for range n {
			list = append(list, &series{})
		}
		return list
	}
	for name, tc := range map[string]struct{ a, b suite }{
		"two of one cost a benchmark": {
			suite{pairs: 10, cost: time.Second, series: open(10)},
			suite{pairs: 10, cost: 4 * time.Second, series: open(40)},
		},
		"a hundred times the cost, a tenth of the pairs": {
			suite{pairs: 10, cost: time.Second, series: open(1)},
			suite{pairs: 1, cost: 100 * time.Second, series: open(1)},
		},
	} {
		if a, b := tc.a.turn(), tc.b.turn(); a < b*0.999 || a > b*1.001 {
			t.Errorf("%s: %v and %v", name, a, b)
		}
	}
}
