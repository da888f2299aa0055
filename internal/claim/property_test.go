package claim

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/config"
	"github.com/cupel-dev/cupel/internal/evidence"
)

// timed is a benchmark of suite s with its times, one a run.
func timed(name string, runs []float64) evidence.Benchmark {
	return evidence.Benchmark{Suite: "s", Name: name, Metric: "time", Unit: "ns/op", Better: bench.Lower, Runs: runs}
}

var pair = config.Claim{ID: "c", Kind: "ratio", Metric: "time", Baseline: "s: Old", Contender: "s: New"}

// against is a checkout whose evidence is these runs of Old and New.
func against(old, new []float64, claims ...config.Claim) Checkout {
	c := config.Default()
	c.Claims = claims
	return Checkout{Config: c, Evidence: memory(len(old), timed("Old", old), timed("New", new)), Subjects: []string{"sha256:now"}, Today: noon}
}

// lines are claims in all wordings; the number is any.
var lines = []string{
	"%sx faster", "%sx speedup (M1 Max, median of 5 runs)", "a %s%% faster thing", "takes %s%% less time (on something, 3 runs)", "time reduced by %s%%.",
	"%s× throughput", "%s times faster", "the old one is %sx slower", "overhead at most %s%%", "| %sx | M1 Max |", "**%sx** quicker: yes",
}

func randomRuns(rng *rand.Rand) (old, new []float64) {
	ratio, spread := math.Exp(rng.NormFloat64()), rng.Float64()*0.2
	for range 2 + rng.IntN(8) {
		old = append(old, 1000*ratio*math.Exp(spread*rng.NormFloat64()))
		new = append(new, 1000*math.Exp(spread*rng.NormFloat64()))
	}
	return old, new
}

func randomNumber(rng *rand.Rand) string {
	return fmt.Sprintf("%.*f", rng.IntN(4), math.Exp(3*rng.NormFloat64()))
}

func TestWhatIsWrittenHolds(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 9))
	for range 2000 {
		old, new := randomRuns(rng)
		c := against(old, new, pair)
		text := fmt.Sprintf("before\r\n\r\n"+lines[rng.IntN(len(lines))], randomNumber(rng)) + " <!-- claim: c -->\r\nafter 7x\r\n"
		once := updated(t, c, notes(text))
		f := only(t, c, once)
		describe := func() string { return fmt.Sprintf("%q became %q with old %v, new %v: %+v", text, once, old, new, f) }
		if once == text {
			continue
		}
		if f.Verdict != Supported {
			t.Fatalf("what was written is not supported: %s", describe())
		}
		checkStated(t, f, describe)
		if twice := updated(t, c, notes(once)); twice != once {
			t.Fatalf("twice is %q: %s", twice, describe())
		}
		if !sameBesides(text, once) {
			t.Fatalf("another byte moved: %s", describe())
		}
		order := rng.Perm(len(old))
		if again := updated(t, against(permuted(old, order), permuted(new, order), pair), notes(text)); again != once {
			t.Fatalf("in another order of runs it is %q: %s", again, describe())
		}
	}
}

// checkStated wants a number inside of what backs it: never above the lower
// bound, and never below the upper where it is a promise not to exceed.
func checkStated(t *testing.T, f Finding, describe func() string) {
	t.Helper()
	n := numbers([]byte(f.Stated), span(f.Stated))[0]
	v := n.digits[0].value * n.scale()
	if v < 0 || v > *f.Low && v < *f.High {
		t.Fatalf("%s is stated: %s", f.Stated, describe())
	}
}

func permuted(xs []float64, order []int) []float64 {
	out := make([]float64, len(xs))
	for i, j := range order {
		out[i] = xs[j]
	}
	return out
}

// sameBesides takes the number, host and runs out of both texts.
func sameBesides(a, b string) bool {
	return strings.ReplaceAll(stripped(a), " ", "") == strings.ReplaceAll(stripped(b), " ", "")
}

func stripped(text string) string {
	p := []byte(text)
	region := span(text)
	if place := placeOf(p, region); place.found {
		open := bytes.LastIndexByte(p[:place.runs.Start], '(')
		shut := place.runs.End + bytes.IndexByte(p[place.runs.End:], ')')
		p = slices.Concat(p[:open], p[shut+1:])
	}
	n := numbers(p, spanOf(p))[0].digits[0].span
	return string(slices.Concat(p[:n.Start], p[n.End:]))
}

func TestClaimsAreStableWhenOldAndNewChangePlaces(t *testing.T) {
	swapped := config.Claim{ID: "c", Kind: "ratio", Metric: "time", Baseline: pair.Contender, Contender: pair.Baseline}
	rng := rand.New(rand.NewPCG(4, 2))
	for range 500 {
		old, new := randomRuns(rng)
		fast := only(t, against(old, new, pair), "9.99x faster <!-- claim: c -->")
		slow := only(t, against(old, new, swapped), "9.99x slower <!-- claim: c -->")
		if fast.Verdict != slow.Verdict || fast.Backed != slow.Backed || math.Abs(*fast.Low / *slow.Low - 1) > 1e-9 {
			t.Fatalf("faster %+v, slower %+v", fast, slow)
		}
	}
}

func TestB07SpeedupAndTimeChange(t *testing.T) {
	for _, test := range []struct{ old, new, speedup, less float64 }{
		{9.42, 5.27, 1.787, 44.06}, {12.76, 1.75, 7.291, 86.29}, {1.66990, 1.27731, 1.307, 23.51}, {15348, 4022, 3.816, 73.79},
	} {
		c := against(slices.Repeat([]float64{test.old}, 5), slices.Repeat([]float64{test.new}, 5), pair)
		x, less := only(t, c, "1x faster <!-- claim: c -->"), only(t, c, "1% less time <!-- claim: c -->")
		if math.Abs(*x.Low-test.speedup) > 6e-4 || math.Abs(*less.Low*100-test.less) > 6e-3 {
			t.Errorf("%v to %v: %vx, %v%% less; want %v and %v", test.old, test.new, *x.Low, *less.Low*100, test.speedup, test.less)
		}
	}
	// 4.25 to 4.7 is slower: no speedup is backed, and 10.59 % more time is.
	c := against(slices.Repeat([]float64{4.25}, 5), slices.Repeat([]float64{4.7}, 5), pair)
	if f := only(t, c, "1.1x faster <!-- claim: c -->"); f.Verdict != Refuted || f.Backed != "" {
		t.Errorf("a slowdown backs a speedup: %+v", f)
	}
	if f := only(t, c, "10.5% slower <!-- claim: c -->"); math.Abs(*f.Low-0.1059) > 1e-4 {
		t.Errorf("10.59 %% more time is read as %v", *f.Low)
	}
	// +415.5 % is 5.155 times the time, not 4.155 times.
	c = against(slices.Repeat([]float64{1}, 5), slices.Repeat([]float64{5.155}, 5), pair)
	if f := only(t, c, "5.1x slower (M1 Max, 5 runs) <!-- claim: c -->"); f.Verdict != Supported {
		t.Errorf("+415.5%% is not 5.1x slower: %+v", f)
	}
	if f := only(t, c, "415% slower (M1 Max, 5 runs) <!-- claim: c -->"); f.Verdict != Supported {
		t.Errorf("+415.5%% is not 415%% slower: %+v", f)
	}
}

func TestB08DecimalsAreCutAndNeverRounded(t *testing.T) {
	for _, test := range []struct {
		old, new float64
		line     string
		want     Verdict
		backed   string
	}{
		{118.5, 37.8, "3.14x", Refuted, "3.1x"}, // 3.1349
		{262.3, 98.4, "2.67x", Refuted, "2.6x"}, // 2.6657
		{3.25, 1, "3.3x", Refuted, "3.2x"},
		{3.35, 1, "3.4x", Refuted, "3.3x"},
		{1.96, 1, "2x", Refuted, "1.9x"},
		{3.25, 1, "3.2x", Supported, "3.2x"},
		{3.25, 1, "3.25x", Supported, "3.2x"},
		{2, 1, "2x", Supported, "2x"},
	} {
		c := against(slices.Repeat([]float64{test.old}, 5), slices.Repeat([]float64{test.new}, 5), pair)
		f := only(t, c, test.line+" faster (M1 Max, median of 5 runs) <!-- claim: c -->")
		if f.Verdict != test.want || f.Backed != test.backed {
			t.Errorf("%v/%v, %s: %s, backed %s; want %s, %s", test.old, test.new, test.line, f.Verdict, f.Backed, test.want, test.backed)
		}
	}
}
