package claim

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cupel-dev/cupel/internal/config"
)

const marker = " <!-- claim: fused-softmax -->"

func TestSeedsLineIsRefutedAndWrittenAsTheSeedWantsIt(t *testing.T) {
	doc := Document{Path: "CHANGELOG.md", Text: []byte("# Changelog\n\n## [Unreleased]\n\n### Added\n\n" +
		"- **Fused Softmax Kernel**: Integrated custom Metal kernel (#27)\n" +
		"  - 3.25x speedup for softmax operations <!-- claim: fused-softmax -->\n" +
		"  - Tested on tensor shapes [2, 128, 512] (batch, seq, features)\n")}
	c := checkout(t, measurement{suites: softmax}.write(t), fused)
	report, err := Check([]Document{doc}, c)
	if err != nil {
		t.Fatal(err)
	}
	f := report.Claims[0]
	if f.Line != 8 || f.Stated != "3.25x" || f.Backed != "3.2x" || f.Verdict == Supported {
		t.Errorf("finding is %+v", f)
	}
	got := updated(t, c, doc)
	want := strings.Replace(string(doc.Text), "3.25x speedup for softmax operations <!--", "3.2x speedup for softmax operations (M1 Max, median of 5 runs) <!--", 1)
	if got != want {
		t.Errorf("updated to\n%s\nwant\n%s", got, want)
	}
	doc.Text = []byte(got)
	if report, _ = Check([]Document{doc}, c); len(report.Problems()) != 0 {
		t.Errorf("after the update: %q", report.Problems())
	}
	if again := updated(t, c, doc); again != got {
		t.Errorf("a second update wrote\n%s", again)
	}
}

func TestUpdateWritesHostAndRunsWhereTheLineHasThem(t *testing.T) {
	c := checkout(t, measurement{suites: softmax}.write(t), fused)
	for _, test := range []struct{ line, want string }{
		{"3x faster", "3x faster (M1 Max, median of 5 runs)"},
		{"3x faster (M2, 3 runs)", "3x faster (M1 Max, 5 runs)"},
		{"3x faster (median of 3 runs)", "3x faster (M1 Max, median of 5 runs)"},
		{"3x faster (M2-median of 3 runs)", "3x faster (M1 Max 5 runs)"},
		{"softmax (3x faster, median of 3 runs)", "softmax (3x faster, M1 Max, median of 5 runs)"},
		{"softmax (3x faster, M2, median of 3 runs)", "softmax (3x faster, M1 Max, median of 5 runs)"},
		{"softmax (3x faster on M2, 3 runs)", "softmax (3x faster on M1 Max, 5 runs)"},
	} {
		if got := updated(t, c, notes("- "+test.line+" <!-- claim: fused-softmax -->\n")); got != "- "+test.want+" <!-- claim: fused-softmax -->\n" {
			t.Errorf("%s: updated to %q, want %q", test.line, got, test.want)
		}
	}
}

func TestVerdictsOfOneNumber(t *testing.T) {
	c := checkout(t, measurement{suites: softmax}.write(t), fused)
	const where = " (M1 Max, median of 5 runs)"
	for _, test := range []struct {
		line, backed string
		want         Verdict
	}{
		{"3.2x speedup" + where, "3.2x", Supported},
		{"3x faster" + where, "3x", Supported},
		{"about 3.23x faster" + where, "3.2x", NotEstablished},
		{"3.3x faster" + where, "3.2x", Refuted},
		{"68% less time" + where, "68%", Supported},
		{"takes 70% less time" + where, "68%", Refuted},
		{"time reduced by 68%" + where, "68%", Supported},
		{"220% faster" + where, "221%", Supported},
		{"throughput up by 250%" + where, "221%", Refuted},
		{"3.2 times faster" + where, "3.2 times", Supported},
		{"3.2× speedup (Apple M1 Max, macOS 15, 5 runs)", "3.2×", Supported},
		{"3.2x speedup", "3.2x", NotEstablished},
		{"3.2x speedup (M4 Max, median of 5 runs)", "3.2x", WrongHost},
		{"3.2x speedup (M1 Max, median of 10 runs)", "3.2x", Refuted},
		{"3.2x speedup on 2x64x512" + where, "", Refuted},
		{"3.2x speedup on [2, 128, 512]" + where, "3.2x", Supported},
		{"3.2x less memory" + where, "", Refuted},
		{"68%" + where, "", Unknown},
		{"faster" + where, "", Unknown},
	} {
		f := only(t, c, test.line+marker+"\n")
		if f.Verdict != test.want || f.Backed != test.backed {
			t.Errorf("%q: %s, backed %q (%s), want %s, %q", test.line, f.Verdict, f.Backed, f.Reason, test.want, test.backed)
		}
		if f.Verdict != Supported && f.Reason == "" {
			t.Errorf("%q: no reason", test.line)
		}
	}
}

func TestSlowerAndOverheadAreRead(t *testing.T) {
	debug := config.Claim{ID: "debug", Kind: "ratio", Metric: "time", Baseline: "s: Run/mode=plain", Contender: "s: Run/mode=debug"}
	c := checkout(t, measurement{suites: map[string]map[string][]float64{"s": {
		"Run/mode=plain": {100, 101, 100, 99, 100}, "Run/mode=debug": {203, 204, 202, 201, 203},
	}}}.write(t), debug)
	const where = " (M1 Max, median of 5 runs) <!-- claim: debug -->\n"
	for _, test := range []struct {
		line, backed string
		want         Verdict
	}{
		{"Debugging is 2x slower", "2x", Supported},
		{"Debugging is only 2x slower", "3x", Refuted}, // it is more
		{"Debugging is at most 3x slower", "3x", Supported},
		{"Debugging is at most 1.5x slower", "2.1x", Refuted},
		{"overhead <110%", "104%", Supported},
		{"overhead <5%", "104%", Refuted},
		{"2x faster", "", Refuted},
		{"50% less time", "", Refuted},
	} {
		f := only(t, c, test.line+where)
		if f.Verdict != test.want || f.Backed != test.backed {
			t.Errorf("%q: %s, backed %q (%s), want %s, %q", test.line, f.Verdict, f.Backed, f.Reason, test.want, test.backed)
		}
	}
}

func TestBoundsOnANamedHost(t *testing.T) {
	load := config.Claim{ID: "load", Kind: "bound", Metric: "time", Contender: "s: Load/rank=8", Hosts: []string{"Apple M1 Max"}}
	c := checkout(t, measurement{suites: map[string]map[string][]float64{"s": {"Load/rank=8": {2.50e6, 2.51e6, 2.49e6, 2.50e6, 2.52e6}}}}.write(t), load)
	const where = " (M1 Max, median of 5 runs) <!-- claim: load -->\n"
	for _, test := range []struct {
		line, backed string
		want         Verdict
	}{
		{"loads in <500ms", "3ms", Supported},
		{"loads in 2.6 ms", "2.6 ms", Supported},
		{"loads in 2.5 ms", "2.6 ms", NotEstablished},
		{"loads in 1.3 ms", "2.6 ms", Refuted},
		{"loads at 500 MB/s", "", Refuted},
		{"loads 3x faster", "", Unknown},
	} {
		f := only(t, c, test.line+where)
		if f.Verdict != test.want || f.Backed != test.backed {
			t.Errorf("%q: %s, backed %q (%s), want %s, %q", test.line, f.Verdict, f.Backed, f.Reason, test.want, test.backed)
		}
	}
	c.Config.Claims[0].Hosts = []string{"Apple M4"}
	if f := only(t, c, "loads in <500ms"+where); f.Verdict != WrongHost {
		t.Errorf("on another host: %s (%s)", f.Verdict, f.Reason)
	}
}

func TestSetsOfPairs(t *testing.T) {
	pairs := [][2]string{{"s: A/impl=old", "s: A/impl=new"}, {"s: B/impl=old", "s: B/impl=new"}}
	claims := []config.Claim{
		{ID: "most", Kind: "up-to", Metric: "time", Pairs: pairs},
		{ID: "all", Kind: "range", Metric: "time", Pairs: pairs},
		{ID: "mean", Kind: "geomean", Metric: "time", Pairs: pairs},
	}
	c := checkout(t, measurement{suites: map[string]map[string][]float64{"s": {
		"A/impl=old": {201, 202, 203, 202, 201}, "A/impl=new": {100, 100, 101, 100, 100},
		"B/impl=old": {802, 803, 805, 801, 804}, "B/impl=new": {100, 100, 101, 100, 100},
	}}}.write(t), claims...)
	const where = " (M1 Max, median of 5 runs)"
	for _, test := range []struct {
		line, backed string
		want         Verdict
	}{
		{"up to 7.9x faster" + where + "<!-- claim: most -->", "7.9x", Supported},
		{"up to 9x faster" + where + "<!-- claim: most -->", "7x", Refuted},
		{"2–8.01x faster" + where + "<!-- claim: all -->", "2–7.9x", NotEstablished},
		{"2–7.9x faster" + where + "<!-- claim: all -->", "2–7.9x", Supported},
		{"1.9x-7x faster" + where + "<!-- claim: all -->", "2.0x-7x", Supported},
		{"1.9x to 12x faster" + where + "<!-- claim: all -->", "2.0x to 7x", Refuted},
		{"3.9x faster on average" + where + "<!-- claim: mean -->", "3.9x", Supported},
		{"7.9x faster" + where + "<!-- claim: most -->", "", Unknown},
		{"3.9x faster" + where + "<!-- claim: mean -->", "", Unknown},
		{"up to 2x slower" + where + "<!-- claim: most -->", "", Unknown},
		{"7x faster" + where + "<!-- claim: all -->", "", Unknown},
	} {
		f := only(t, c, test.line+"\n")
		if f.Verdict != test.want || f.Backed != test.backed {
			t.Errorf("%q: %s, backed %q (%s), want %s, %q", test.line, f.Verdict, f.Backed, f.Reason, test.want, test.backed)
		}
	}
}

func TestNotEstablishedSaysHowManyRunsWouldSettleIt(t *testing.T) {
	c := checkout(t, measurement{suites: map[string]map[string][]float64{"softmax": {
		"Softmax/impl=naive/shape=2x128x512": {330, 300, 350, 310, 320},
		"Softmax/impl=fused/shape=2x128x512": {100, 100, 100, 100, 100},
	}}}.write(t), fused)
	f := only(t, c, "3.1x faster (M1 Max, median of 5 runs)"+marker)
	if f.Verdict != NotEstablished || f.Needed < 6 || !strings.Contains(f.Reason, "runs would settle it") {
		t.Errorf("finding is %+v", f)
	}
	if f = only(t, c, "3.4x faster (M1 Max, median of 5 runs)"+marker); f.Needed != 0 {
		t.Errorf("no number of runs lifts the median above itself: %+v", f)
	}
}

func TestAnIntervalOfTwoRunsIsNotQuoted(t *testing.T) {
	c := checkout(t, measurement{suites: map[string]map[string][]float64{"softmax": {
		"Softmax/impl=naive/shape=2x128x512": {330, 300},
		"Softmax/impl=fused/shape=2x128x512": {100, 110},
	}}}.write(t), fused)
	f := only(t, c, "3.1x faster (M1 Max, median of 2 runs)"+marker)
	if f.Verdict != NotEstablished || !strings.Contains(f.Reason, "the runs are too few") || strings.Contains(f.Reason, "e+") {
		t.Errorf("finding is %+v", f)
	}
}

func TestEvidenceMustFitTheCheckout(t *testing.T) {
	line := "3.2x speedup (M1 Max, median of 5 runs)" + marker
	for _, test := range []struct {
		name   string
		m      measurement
		change func(*Checkout)
		want   Verdict
		reason string
	}{
		{"nothing was measured", measurement{suites: map[string]map[string][]float64{"lora": {"L": {1, 2}}}}, nil,
			NotEstablished, "there is no evidence of its benchmarks: measure with official"},
		{"another subject", measurement{suites: softmax, subject: "sha256:then"}, nil,
			Stale, "the evidence 20260301_120000 is of another subject: what is measured has changed since"},
		{"another compiler", measurement{suites: softmax, tools: map[string]string{"go": "go version go1.25.3 darwin/arm64"}},
			func(c *Checkout) { c.Toolchains = map[string]string{"go": "go version go1.26.1 linux/amd64"} },
			Stale, "the evidence 20260301_120000 is of another toolchain: go was 1.25.3 and is 1.26.1"},
		{"the same compiler on another system", measurement{suites: softmax, tools: map[string]string{"go": "go version go1.26.1 darwin/arm64"}},
			func(c *Checkout) { c.Toolchains = map[string]string{"go": "go version go1.26.1 linux/amd64"} }, Supported, ""},
		{"too old", measurement{suites: softmax}, func(c *Checkout) {
			c.Config.Claims[0].MaxAge, c.Today = 30, noon.Add(40*24*time.Hour)
		}, Stale, "the evidence 20260301_120000 is 40 days old, and 30 are allowed"},
		{"a shared host", measurement{suites: softmax, quick: true}, nil,
			WrongHost, "a controlled host is required, and the evidence 20260301_120000 is of class shared"},
		{"another host than it must hold on", measurement{suites: softmax}, func(c *Checkout) { c.Config.Claims[0].Hosts = []string{"M4"} },
			WrongHost, "it must hold on M4, and the evidence 20260301_120000 is from Apple M1 Max, 10 cores, 32 GiB, macOS 15, arm64"},
		{"another version of the competitor", measurement{suites: softmax}, func(c *Checkout) { c.Config.Claims[0].Competitor = "naivelib 1.5.0" },
			Stale, "the runs of 20260301_120000 do not say that they compare with naivelib 1.5.0"},
		{"the competitor's version", measurement{suites: softmax}, func(c *Checkout) { c.Config.Claims[0].Competitor = "naivelib 1.4.0" }, Supported, ""},
		{"a benchmark that is not there", measurement{suites: softmax}, func(c *Checkout) { c.Config.Claims[0].Baseline = "softmax: Softmax/impl=old/shape=2x128x512" },
			NotEstablished, `the evidence 20260301_120000 holds no time of "softmax: Softmax/impl=old/shape=2x128x512"`},
	} {
		c := checkout(t, test.m.write(t), fused)
		if test.change != nil {
			test.change(&c)
		}
		if f := only(t, c, line); f.Verdict != test.want || f.Reason != test.reason {
			t.Errorf("%s: %s, %q; want %s, %q", test.name, f.Verdict, f.Reason, test.want, test.reason)
		}
	}
}

func TestB09ShapesThatDifferAreNotCompared(t *testing.T) {
	m := measurement{suites: map[string]map[string][]float64{"s": {
		"F/impl=a/n=100": {10, 10}, "F/impl=b/n=200": {5, 5}, "G/a/100": {10, 10}, "G/b/200": {5, 5}, "H/procs=1": {10, 10}, "H/procs=8": {5, 5},
	}}}
	results := m.write(t)
	for _, test := range []struct {
		base, head string
		varies     []string
		refused    bool
	}{
		{"F/impl=a/n=100", "F/impl=b/n=200", nil, true},
		{"G/a/100", "G/b/200", nil, true},
		{"H/procs=1", "H/procs=8", nil, true},
		{"H/procs=1", "H/procs=8", []string{"procs"}, false},
	} {
		c := checkout(t, results, config.Claim{ID: "c", Kind: "ratio", Metric: "time", Baseline: "s: " + test.base, Contender: "s: " + test.head, Varies: test.varies})
		f := only(t, c, "1.5x faster <!-- claim: c -->")
		if refused := strings.Contains(f.Reason, "do not measure the same"); refused != test.refused || f.Verdict == Supported {
			t.Errorf("%s and %s: %s (%s)", test.base, test.head, f.Verdict, f.Reason)
		}
	}
}

func TestTheNewestEvidenceThatFitsIsTaken(t *testing.T) {
	results := measurement{suites: softmax}.write(t)
	later := map[string]map[string][]float64{"softmax": {
		"Softmax/impl=naive/shape=2x128x512": {222, 224, 221, 223, 226}, "Softmax/impl=fused/shape=2x128x512": {100, 100.5, 99.5, 100, 101},
	}}
	measurement{results: results, created: noon.Add(time.Hour), suites: later}.write(t)
	measurement{results: results, created: noon.Add(2 * time.Hour), suites: softmax, quick: true}.write(t)
	measurement{results: results, created: noon.Add(3 * time.Hour), suites: softmax, subject: "sha256:other"}.write(t)
	f := only(t, checkout(t, results, fused), "2.2x faster (M1 Max, median of 5 runs)"+marker)
	if f.Verdict != Supported || f.Evidence != "20260301_130000" {
		t.Errorf("finding is %+v", f)
	}
}

func TestAQuickLookShadowsNoEvidence(t *testing.T) {
	slow := map[string]map[string][]float64{"softmax": {
		"Softmax/impl=naive/shape=2x128x512": {100, 101}, "Softmax/impl=fused/shape=2x128x512": {100, 99},
	}}
	results := measurement{suites: softmax}.write(t)
	measurement{results: results, created: noon.Add(time.Hour), suites: slow, quick: true}.write(t)
	c := checkout(t, results, fused)
	c.Config.Official.Require = "shared"
	f := only(t, c, "3.2x faster (M1 Max, median of 5 runs)"+marker)
	if f.Verdict != Supported || f.Evidence != "20260301_120000" {
		t.Errorf("finding is %+v", f)
	}
	if newest, err := c.Newest(); err != nil || newest != "20260301_120000" {
		t.Errorf("the newest evidence is %q, %v", newest, err)
	}
	if err := os.RemoveAll(filepath.Join(results, "20260301_120000")); err != nil {
		t.Fatal(err)
	}
	c = checkout(t, results, fused)
	c.Config.Official.Require = "shared"
	if newest, err := c.Newest(); err != nil || newest != "20260301_130000" {
		t.Errorf("without any other, it is %q, %v", newest, err)
	}
}

func TestEveryHostThatIsRequiredMustBackIt(t *testing.T) {
	both := fused
	both.Hosts = []string{"M1 Max", "M4 Max"}
	results := measurement{suites: softmax}.write(t)
	const line = "2x faster (M1 Max, median of 5 runs)" + marker
	if f := only(t, checkout(t, results, both), line); f.Verdict != WrongHost {
		t.Errorf("with one of two hosts: %s (%s)", f.Verdict, f.Reason)
	}
	slower := map[string]map[string][]float64{"softmax": {
		"Softmax/impl=naive/shape=2x128x512": {202, 204, 201, 203, 206}, "Softmax/impl=fused/shape=2x128x512": {100, 100.5, 99.5, 100, 101},
	}}
	measurement{results: results, created: noon.Add(time.Hour), cpu: "Apple M4 Max", suites: slower}.write(t)
	if f := only(t, checkout(t, results, both), "3x faster (M4 Max, median of 5 runs)"+marker); f.Verdict != Refuted || f.Host != "M4 Max" {
		t.Errorf("the slower host decides: %+v", f)
	}
}

func TestOneChangedByteBacksNothing(t *testing.T) {
	results := measurement{suites: softmax}.write(t)
	for _, name := range []string{"softmax_run3.txt", "summary.json", "environment.json", "manifest.json"} {
		path := filepath.Join(results, "20260301_120000", name)
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		at := strings.LastIndexAny(string(whole), "123456789")
		changed := slices.Clone(whole)
		changed[at]--
		if err := os.WriteFile(path, changed, 0o644); err != nil {
			t.Fatal(err)
		}
		report, err := Check([]Document{notes("3.2x speedup (M1 Max, median of 5 runs)" + marker)}, checkout(t, results, fused))
		if err == nil && report.Claims[0].Verdict == Supported {
			t.Errorf("%s was changed, and the claim is supported", name)
		}
		if err := os.WriteFile(path, whole, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestUnknownUnusedAndExcused(t *testing.T) {
	other := fused
	other.ID = "never-used"
	c := checkout(t, measurement{suites: softmax}.write(t), fused, other)
	report, err := Check([]Document{notes("9x faster <!-- claim: fused -->\n\n" +
		"10x faster, says the old manual <!-- claim: none, it quotes the old manual -->\n\n" +
		"5x faster <!-- claim: none -->\n\n3x faster" + marker)}, c)
	if err != nil {
		t.Fatal(err)
	}
	if f := report.Claims[0]; f.Verdict != Unknown || f.Line != 1 {
		t.Errorf("an id that is not declared: %+v", f)
	}
	if f := report.Claims[1]; f.Verdict != Unknown || f.Line != 5 {
		t.Errorf("an excuse without reason: %+v", f)
	}
	if want := (Excuse{"NOTES.md", 3, "it quotes the old manual", "10x faster, says the old manual"}); report.Excused[0] != want {
		t.Errorf("excused %+v", report.Excused)
	}
	if !slices.Equal(report.Unused, []string{"never-used"}) {
		t.Errorf("unused %q", report.Unused)
	}
}

func TestOldSectionsOfAChangelogAreHistory(t *testing.T) {
	text := "# Changelog\n\n## [Unreleased]\n\n- 3.9x faster" + marker + "\n- 5x faster, too\n\n## [1.0.0] - 2026-01-01\n\n- 9x faster" + marker + "\n- 10x faster\n"
	c := checkout(t, measurement{suites: softmax}.write(t), fused)
	for release, want := range map[string]int{"": 5, "1.0.0": 10} {
		report, err := Check([]Document{{Path: "CHANGELOG.md", Text: []byte(text), Release: release}}, c)
		if err != nil {
			t.Fatal(err)
		}
		if len(report.Claims) != 1 || report.Claims[0].Line != want || len(report.Unmarked) != 1 || report.Unmarked[0].Line != want+1 {
			t.Errorf("release %q: %+v", release, report)
		}
	}
	if _, err := Check([]Document{{Path: "CHANGELOG.md", Text: []byte(text), Release: "2.0.0"}}, c); err == nil {
		t.Error("a version without a section was checked")
	}
}

func TestWithdrawnClaimsSayAndStaySo(t *testing.T) {
	text := "## [Unreleased]\n\n- 4x faster" + marker + "\n\n## [1.0.0] - 2026-01-01\r\n\r\n- 3.2x faster (M1 Max)" + marker + "\r\n- plain\r\n"
	used, err := OfVersion([]byte(text), "v1.0.0")
	if err != nil || len(used) != 1 || used[0] != (Used{"fused-softmax", 7, "- 3.2x faster (M1 Max)"}) {
		t.Errorf("claims of 1.0.0 are %+v, %v", used, err)
	}
	once, _, err := Withdraw([]byte(text), "1.0.0")
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Replace(text, "(M1 Max)"+marker, "(M1 Max) (withdrawn) <!-- claim: none, withdrawn with 1.0.0 -->", 1)
	if string(once) != want {
		t.Errorf("withdrawn is\n%q, want\n%q", once, want)
	}
	if twice, used, err := Withdraw(once, "1.0.0"); string(twice) != want || len(used) != 0 || err != nil {
		t.Errorf("withdrawn twice is %q, %v", twice, err)
	}
}
