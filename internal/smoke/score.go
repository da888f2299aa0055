package smoke

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/cupel-dev/cupel/internal/report"
	"github.com/cupel-dev/cupel/internal/stats"
)

// SchemaSelftest is the schema of a [Selftest] in JSON.
const SchemaSelftest = "cupel/selftest/1"

// A Selftest says how often methods of comparing raise a false alarm and find a
// slowdown, on recorded pairs whose true difference is known.
type Selftest struct {
	Schema  string  `json:"schema"`
	Seed    uint64  `json:"seed"`
	Results []Score `json:"results"`

	// Estimates are what all pairs of each recording together say.
	Estimates []Estimate `json:"estimates"`

	Notes   []string `json:"notes,omitempty"`
	Elapsed float64  `json:"elapsed_s,omitempty"` // of measuring; absent for what was recorded before
}

// A Score is what one method came to on one recording.
type Score struct {
	Method    string  `json:"method"`
	Recording string  `json:"recording,omitempty"`
	Threshold float64 `json:"threshold,omitempty"` // of the method, where it has one
	Pairs     int     `json:"pairs"`               // that one comparison uses

	// Slowdown is the true one. Where it is 0, Found counts false alarms of a
	// whole suite run: of any benchmark. BuiltIn says that the measured program
	// did more work; otherwise head's times were multiplied.
	Slowdown  float64 `json:"slowdown"`
	BuiltIn   bool    `json:"built_in,omitempty"`
	Benchmark string  `json:"benchmark,omitempty"`

	Comparisons int     `json:"comparisons"`
	Found       int     `json:"found"`
	Share       float64 `json:"share"`
}

// An Estimate is the ratio head/base of one benchmark on a whole recording.
type Estimate struct {
	Recording string  `json:"recording,omitempty"`
	Slowdown  float64 `json:"slowdown"` // that was built in
	Benchmark string  `json:"benchmark"`
	Pairs     int     `json:"pairs"`
	Verdict   string  `json:"verdict"` // of the last look, at 2 %; "layout effect" where head does the same work
	Ratio     float64 `json:"ratio"`
	Low       float64 `json:"low"`
	High      float64 `json:"high"`
	Took      float64 `json:"took_s,omitempty"` // to measure all pairs of all benchmarks; absent for what was recorded before
}

// Paired is smoke's own method, in a [Score].
const Paired = "pairs"

// Slowdowns are those that a self-test adds.
var Slowdowns = []float64{0.02, 0.03, 0.05, 0.10}

// The comparisons that a self-test makes of a recording.
const (
	fullPairs  = 200 // what the default budget gives five benchmarks
	windowStep = 10  // pairs between the beginnings of two windows
	rivalStep  = 5   // the same for methods that take fewer pairs
)

// ScoreRecordings judges recordings window by window with the code that judges
// what smoke measures, at thresholds of 2 and 1 %, and with the methods that
// others use. Of the same program in both arms it makes at least the given
// number of comparisons; the seed decides which arms are swapped for that.
func ScoreRecordings(recordings []*Recording, comparisons int, seed uint64) (*Selftest, error) {
	t := &Selftest{Schema: SchemaSelftest, Seed: seed}
	for _, r := range recordings {
		for _, threshold := range []float64{0.02, 0.01} {
			scores, err := r.scorePairs(threshold, r.added(), comparisons, seed)
			if err != nil {
				return nil, err
			}
			t.Results = append(t.Results, scores...)
		}
		for _, m := range rivals {
			t.Results = append(t.Results, r.scoreRival(m)...)
		}
		estimates, err := r.estimates()
		if err != nil {
			return nil, err
		}
		t.Estimates = append(t.Estimates, estimates...)
	}
	return t, nil
}

// estimates judges the whole recording at once.
func (r *Recording) estimates() ([]Estimate, error) {
	d := stats.Design{Threshold: 0.02, Alpha: Alpha, Benchmarks: len(r.Benchmarks), Looks: 1}
	rows, err := r.replay(d)
	if err != nil {
		return nil, fmt.Errorf("estimate recording: %w", err)
	}
	var list []Estimate
	for _, row := range rows {
		if row.Ratio == nil {
			continue // too few pairs
		}
		e := Estimate{Recording: r.Name, Slowdown: r.Slowdown, Benchmark: row.Name, Pairs: row.Pairs, Verdict: r.call(row.Verdict), Ratio: *row.Ratio, Low: *row.Low, High: *row.High, Took: r.Took.Seconds()}
		list = append(list, e)
	}
	return list, nil
}

// call is what a verdict on the recording is called: of versions that do the same
// work, a change is where the linker put it.
func (r *Recording) call(v report.Verdict) string {
	if r.Layout && (v == report.Regression || v == report.Improvement) {
		return report.LayoutEffect
	}
	return string(v)
}

// added are the slowdowns that are added to head: none where one is built in.
func (r *Recording) added() []float64 {
	if r.Slowdown > 0 || r.Layout {
		return []float64{0}
	}
	return append([]float64{0}, Slowdowns...)
}

// scorePairs scores smoke's own method, at a threshold and for slowdowns that are
// added.
func (r *Recording) scorePairs(threshold float64, added []float64, comparisons int, seed uint64) ([]Score, error) {
	pairs := min(fullPairs, r.Len())
	d := stats.Design{Threshold: threshold, Alpha: Alpha, Benchmarks: len(r.Benchmarks), Looks: Looks}
	var scores []Score
	for _, slowdown := range added {
		t, err := r.alarms(d, pairs, slowdown, comparisons, rand.New(rand.NewPCG(seed, 2)))
		if err != nil {
			return nil, fmt.Errorf("score recording: %w", err)
		}
		scores = append(scores, t.scores(r, Score{Method: Paired, Threshold: threshold, Pairs: pairs}, slowdown)...)
	}
	return scores, nil
}

// alarms judges every window as it was recorded and, where both arms are the
// same program, with arms swapped by chance until there are enough comparisons.
func (r *Recording) alarms(d stats.Design, pairs int, slowdown float64, comparisons int, rng *rand.Rand) (*tally, error) {
	windows := (r.Len()-pairs)/windowStep + 1
	swaps := 0
	if r.Slowdown == 0 && !r.Layout {
		swaps = (comparisons - 1) / windows
	}
	t := newTally(r)
	for w := range windows {
		for swap := range swaps + 1 {
			chance := rng
			if swap == 0 {
				chance = nil
			}
			rows, err := r.window(w*windowStep, pairs, 1+slowdown, chance).replay(d)
			if err != nil {
				return nil, err
			}
			t.add(func(b int) bool { return rows[b].Verdict == report.Regression })
		}
	}
	return t, nil
}

// A tally counts comparisons, and the alarms that they raised.
type tally struct {
	comparisons int
	suites      int   // in which any benchmark raised one
	found       []int // by benchmark
}

func newTally(r *Recording) *tally { return &tally{found: make([]int, len(r.Benchmarks))} }

func (t *tally) add(slower func(benchmark int) bool) {
	t.comparisons++
	alarm := false
	for b := range t.found {
		if slower(b) {
			t.found[b]++
			alarm = true
		}
	}
	if alarm {
		t.suites++
	}
}

// scores are the false alarms of a suite run, or the power for each benchmark.
func (t *tally) scores(r *Recording, s Score, added float64) []Score {
	s.Recording, s.Slowdown, s.BuiltIn, s.Comparisons = r.Name, r.Slowdown+added, r.Slowdown > 0, t.comparisons
	switch {
	case t.comparisons == 0:
		return nil // the recording is too short for the method
	case s.Slowdown == 0:
		return []Score{s.of("", t.suites)}
	}
	var scores []Score
	for b, name := range r.Benchmarks {
		scores = append(scores, s.of(name, t.found[b]))
	}
	return scores
}

func (s Score) of(benchmark string, found int) Score {
	s.Benchmark, s.Found, s.Share = benchmark, found, float64(found)/float64(max(1, s.Comparisons))
	return s
}

// A rival is how others decide from runs of two versions.
type rival struct {
	name      string
	threshold float64
	pairs     int // that it takes from the recording
	slower    func(base, head []float64) bool
}

// rivals are, on the same runs: blocks of old and then of new runs with
// Mann-Whitney's test at 5 %, as benchstat does; one run against one at 20 %; and
// the last value at twice the one before, the default of
// github-action-benchmark.
var rivals = []rival{
	{"blocks of 10, Mann-Whitney", 0, 20, blocks(10)},
	{"blocks of 20, Mann-Whitney", 0, 40, blocks(20)},
	{"one against one", 0.20, 2, lastAgainstLast(1.20)},
	{"last value", 1, 2, lastAgainstLast(2)},
}

func blocks(n int) func(base, head []float64) bool {
	return func(base, head []float64) bool {
		old, changed := base[:n], head[n:2*n]
		test, ok := stats.MannWhitney(changed, old)
		return ok && test.P < 0.05 && test.U > float64(n*n)/2
	}
}

func lastAgainstLast(limit float64) func(base, head []float64) bool {
	return func(base, head []float64) bool { return head[1] > limit*base[0] }
}

// scoreRival scores a method window by window.
func (r *Recording) scoreRival(m rival) []Score {
	var scores []Score
	for _, slowdown := range r.added() {
		t := newTally(r)
		for from := 0; from+m.pairs <= r.Len(); from += rivalStep {
			w := r.window(from, m.pairs, 1+slowdown, nil)
			t.add(func(b int) bool { return m.slower(w.Base[b], w.Head[b]) })
		}
		scores = append(scores, t.scores(r, Score{Method: m.name, Threshold: m.threshold, Pairs: m.pairs / 2}, slowdown)...)
	}
	return scores
}

// Of returns the results of a method at a threshold, in their order.
func (t *Selftest) Of(method string, threshold float64) []Score {
	return slices.DeleteFunc(slices.Clone(t.Results), func(s Score) bool {
		return s.Method != method || s.Threshold != threshold
	})
}
