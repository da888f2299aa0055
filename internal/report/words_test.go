package report

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"
)

// TestLineHidesNothingAndIsOne: a line of a log can be a command, and a carriage
// return can begin one.
func TestLineHidesNothingAndIsOne(t *testing.T) {
	long := strings.Repeat("x", 2*maxShown)
	for data, want := range map[string]string{
		"a\r::warning::b\n::error::c": `a\u000d::warning::b\n::error::c`,
		"\x1b[31mred":                 `\u001b[31mred`,
		"  ::add-mask::a":             `  \::add-mask::a`,
		"ok  \tpkg\t0.1s":             "ok  \tpkg\t0.1s",
		"\t::error::d":                "\t\\::error::d",
		"see ##[error]b":              `see #\#[error]b`,
		long:                          long,
	} {
		if got := Line(data); got != want {
			t.Errorf("%q is %q, want %q", data, got, want)
		}
	}
}

func TestNumberIsOneThatAComparisonTakes(t *testing.T) {
	for v, want := range map[float64]float64{0: 0, 1.5: 1.5, MaxRatio: MaxRatio, 1e300: MaxRatio, math.Inf(1): MaxRatio} {
		if got := *Number(v); got != want {
			t.Errorf("%v is %v, want %v", v, got, want)
		}
	}
	if got := *Number(math.NaN()); got != MaxRatio {
		t.Errorf("NaN is %v", got)
	}
}

func TestClipKeepsWhatAComparisonTakes(t *testing.T) {
	for name, text := range map[string]string{
		"short": "a", "as long as may be": strings.Repeat("x", MaxText), "longer": strings.Repeat("x", MaxText+1),
		"wide": strings.Repeat("\u65e5", MaxText), "not UTF-8": strings.Repeat("\xff", MaxText),
	} {
		got := Clip(text)
		if err := checkText(got); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if name == "as long as may be" && got != text {
			t.Errorf("%s: it was cut", name)
		}
	}
}

// TestHeadThatIsItsOwnBaseIsComparedWithTheCommitBefore: on the default branch, where
// nothing is edited, there is nothing else to compare it with.
func TestHeadThatIsItsOwnBaseIsComparedWithTheCommitBefore(t *testing.T) {
	c := &Comparison{Schema: SchemaSmoke, Verdict: Neutral, Reason: SameCommit}
	for base, want := range map[string]string{"": "smoke -base=HEAD~1   (", "HEAD~1": "official -quick"} {
		var b strings.Builder
		if err := (Text{Command: "cupel", Base: base}).Write(&b, c); err != nil || !strings.Contains(b.String(), "Next: cupel "+want) {
			t.Errorf("-base=%s: %v\n%s", base, err, b.String())
		}
	}
}

func TestTheNextCommandIsRunAsThePersonRunsIt(t *testing.T) {
	c := &Comparison{Schema: SchemaSmoke, Verdict: Failed, Reason: Cancelled}
	for want, text := range map[string]Text{
		"Next: go tool mage smoke   (":         {},
		"Next: cupel smoke   (":                {Command: "cupel"},
		"Next: cupel smoke -base=v1.2   (once": {Command: "cupel", Base: "v1.2"},
	} {
		var b strings.Builder
		if err := text.Write(&b, c); err != nil || !strings.Contains(b.String(), want) {
			t.Errorf("%q: %v\n%s", want, err, b.String())
		}
	}
}

func TestB07ARatioIsWrittenAsTimeChange(t *testing.T) {
	for _, c := range []struct {
		old, new float64
		want     string
	}{
		{9.42, 5.27, "-44.1 %"},
		{12.76, 1.75, "-86.3 %"},
		{1.66990, 1.27731, "-23.5 %"},
		{15348, 4022, "-73.8 %"},
		{4.25, 4.7, "+10.6 %"},
		{1, 5.155, "+415.5 %"},
		{1, 0.9999, "0.0 %"},
		{1, 1, "0.0 %"},
		{1, 20, "+1900 %"},
		{5, 0, "-100.0 %"},
	} {
		if got := percent(c.new / c.old); got != c.want {
			t.Errorf("%v to %v is %q, want %q", c.old, c.new, got, c.want)
		}
	}
}

func TestADurationIsWrittenWithoutZeroAtItsEnd(t *testing.T) {
	for d, want := range map[time.Duration]string{
		112400 * time.Millisecond: "1m52s", 2 * time.Minute: "2m", 200 * time.Second: "3m20s", 10 * time.Minute: "10m",
		time.Hour: "1h", 70 * time.Minute: "1h10m", 40 * time.Second: "40s", time.Millisecond: "0s",
	} {
		if got := clock(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}

func TestWhatChangedStaysInSightAboveManyQuietBenchmarks(t *testing.T) {
	c := &Comparison{Schema: SchemaSmoke, Verdict: Regression}
	for range 30 {
		c.Benchmarks = append(c.Benchmarks, bench("Quiet", Inconclusive, 1.01, 0.95, 1.06, 0.05, 40), bench("Same", Unchanged, 1, 0.99, 1.01, 0.01, 40))
	}
	c.Benchmarks = append(c.Benchmarks, bench("Slow", Regression, 1.1, 1.05, 1.15, 0.05, 40))
	for all, want := range map[bool]int{false: 20, true: 60} {
		var b strings.Builder
		if err := (Text{All: all}).Write(&b, c); err != nil {
			t.Fatal(err)
		}
		quiet := strings.Count(b.String(), "Quiet ") + strings.Count(b.String(), "Same ")
		if quiet != want || strings.Contains(b.String(), "\nand 10 inconclusive, 30 unchanged (-json=FILE writes all)\n") == all {
			t.Errorf("all=%v shows %d quiet benchmarks, want %d:\n%s", all, quiet, want, b.String())
		}
	}
}

func TestMoreTimeIsMoreThanWasTaken(t *testing.T) {
	for elapsed, want := range map[float64]string{0: "10m", 118: "10m", 600: "20m", 610: "21m"} {
		if got := (&Comparison{Elapsed: elapsed}).longerBudget(); got != want {
			t.Errorf("after %v s: %s, want %s", elapsed, got, want)
		}
	}
}

func TestB09AShiftOfAllBenchmarksIsCalledAMachineEffect(t *testing.T) {
	of := func(ratios ...float64) *Comparison {
		c := &Comparison{Schema: SchemaSmoke, Verdict: Regression}
		for _, r := range ratios {
			c.Benchmarks = append(c.Benchmarks, bench("A", Inconclusive, r, r-0.02, r+0.02, 0.01, 40))
		}
		return c
	}
	for name, c := range map[string]struct {
		comparison *Comparison
		n          int
		way        string
	}{
		"all slower":             {of(1.5, 1.6, 1.7, 1.9), 4, "slower"},
		"all faster":             {of(0.5, 0.6, 0.7, 0.9), 4, "faster"},
		"one unmoved":            {of(1.5, 1.6, 1.01, 1.9), 0, ""},
		"one the other way":      {of(1.5, 1.6, 0.7, 1.9), 0, ""},
		"too few to be the same": {of(1.5, 1.6, 1.7), 0, ""},
		"nothing compared":       {comparisons["other-machine"], 0, ""},
	} {
		if n, way := c.comparison.shift(); n != c.n || way != c.way {
			t.Errorf("%s: shift is %d %q, want %d %q", name, n, way, c.n, c.way)
		}
	}
}

func TestOnlyWhatSomebodyCanActOnIsActionable(t *testing.T) {
	for name, want := range map[string]bool{
		"regression": true, "failed": true, "pass": false, "no-baseline": false, "nothing-measured": false, "other-machine": false, "few-pairs": false,
	} {
		if got := comparisons[name].Actionable(); got != want {
			t.Errorf("%s: actionable is %v, want %v", name, got, want)
		}
	}
	lost := &Comparison{Verdict: Pass, Benchmarks: []Benchmark{{Name: "A", Verdict: Removed}}}
	if !lost.Actionable() {
		t.Error("a benchmark that is gone is not actionable")
	}
}

func TestEveryKnownReasonIsFoundWithAndWithoutADetail(t *testing.T) {
	for word := range explanations {
		if known(word) != word || known(Reason(word, "%d: 2", 1)) != word {
			t.Errorf("%q is not found", word)
		}
	}
	for _, other := range []string{"", "waivedx", "because: waived", "x"} {
		if got := known(other); got != "" {
			t.Errorf("%q is taken for %q", other, got)
		}
	}
}

func TestColourIsOnlyWhereItIsAskedForAndTheTextStaysTheSame(t *testing.T) {
	for name, c := range comparisons {
		var plain, colored strings.Builder
		if err := (Text{}).Write(&plain, c); err != nil {
			t.Fatal(err)
		}
		if err := (Text{Color: true}).Write(&colored, c); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(plain.String(), "\x1b") {
			t.Errorf("%s: colour in plain text", name)
		}
		bare := colored.String()
		for _, sequence := range []string{"\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[0m"} {
			bare = strings.ReplaceAll(bare, sequence, "")
		}
		if bare != plain.String() || bare == colored.String() {
			t.Errorf("%s: coloured text differs in more than colour, or has none", name)
		}
	}
}

func TestHostileNamesReachNoTerminalAndNoRunner(t *testing.T) {
	for _, data := range hostile {
		var text, commands strings.Builder
		if err := (Text{}).Write(&text, one(data)); err != nil {
			t.Fatal(err)
		}
		if err := Annotate(&commands, one(data)); err != nil {
			t.Fatal(err)
		}
		for _, r := range strings.ReplaceAll(text.String()+commands.String(), "\n", "") {
			if r < ' ' || r == 0x7f || r >= 0x202a && r <= 0x202e {
				t.Errorf("%q: control character %U in the text", data, r)
			}
		}
		for line := range strings.SplitSeq(strings.TrimSuffix(commands.String(), "\n"), "\n") {
			if !strings.HasPrefix(line, "::error title=") && !strings.HasPrefix(line, "::notice title=") {
				t.Errorf("%q: a line that is no command of ours: %q", data, line)
			}
			if title, _, _ := strings.Cut(line[len("::error title="):], "::"); strings.ContainsAny(title, ":,") {
				t.Errorf("%q: a title that ends early: %q", data, line)
			}
		}
	}
}

func TestWorkflowCommandsAreEscapedAsTheRunnerReadsThem(t *testing.T) {
	const text = "50%\r\na:b,c"
	if got, want := commandData(text), "50%25%0D%0Aa:b,c"; got != want {
		t.Errorf("data is %q, want %q", got, want)
	}
	if got, want := commandProperty(text), "50%25%0D%0Aa%3Ab%2Cc"; got != want {
		t.Errorf("property is %q, want %q", got, want)
	}
}

func TestAnnotationsAreNoMoreThanGitHubShows(t *testing.T) {
	var b strings.Builder
	if err := Annotate(&b, large(100)); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(b.String(), "::error"); n != maxAnnotations {
		t.Errorf("%d errors, want %d", n, maxAnnotations)
	}
	if !strings.Contains(b.String(), "and 41 more") {
		t.Errorf("got:\n%s", b.String())
	}
}

func TestAWriteThatFailsIsAnError(t *testing.T) {
	c := comparisons["regression"]
	for name, err := range map[string]error{"text": (Text{}).Write(full{}, c), "annotations": Annotate(full{}, c), "json": c.Write(full{})} {
		if !errors.Is(err, errFull) {
			t.Errorf("%s: error is %v", name, err)
		}
	}
}

var errFull = errors.New("disk full")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestSizeOfAChangeHasNoDirection(t *testing.T) {
	up, down := Benchmark{Ratio: num(1.25)}, Benchmark{Ratio: num(0.8)}
	if math.Abs(size(up)-size(down)) > 1e-12 {
		t.Errorf("1.25 is %v, 0.8 is %v", size(up), size(down))
	}
	if size(Benchmark{Ratio: num(0)}) <= size(up) || size(Benchmark{}) <= size(up) {
		t.Error("from or to zero is not the largest change")
	}
}
