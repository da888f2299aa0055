package smoke

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/report"
	"github.com/cupel-dev/cupel/internal/stats"
)

var (
	goTime   = bench.Metric{Name: "time", Unit: "ns/op", Better: bench.Lower}
	goBytes  = bench.Metric{Name: "bytes", Unit: "B/op", Better: bench.Lower}
	goAllocs = bench.Metric{Name: "allocs", Unit: "allocs/op", Better: bench.Lower}
	rate     = bench.Metric{Name: "rate", Unit: "tok/s", Better: bench.Higher}
)

// seriesOf is a series with these pairs, judged at the last look of a design for
// one benchmark.
func seriesOf(t *testing.T, m bench.Metric, rule bench.MetricRule, floor float64, base, head []float64) *series {
	t.Helper()
	s := newSeries("s", "A", key{bench.Benchmark{Name: "A"}, m.Name}, m, rule)
	s.floor = floor
	for i := range base {
		s.add(base[i], head[i])
	}
	d := stats.Design{Threshold: 0.02, Alpha: Alpha, Benchmarks: 1, Looks: Looks}
	if err := s.look(d, Looks); err != nil {
		t.Fatal(err)
	}
	return s
}

// around are n values about a centre, 0.5 % apart as a rule.
func around(seed uint64, n int, centre float64) []float64 {
	rng := rand.New(rand.NewPCG(seed, 0))
	list := make([]float64, n)
	for i := range list {
		list[i] = centre * (1 + 0.005*rng.NormFloat64())
	}
	return list
}

func TestTimesAreJudgedByThresholdAndFloors(t *testing.T) {
	const n = 100
	for name, tc := range map[string]struct {
		metric     bench.Metric
		rule       bench.MetricRule
		floor      float64
		base, head float64
		want       report.Verdict
		reason     string
	}{
		"a slowdown":                               {goTime, bench.MetricRule{}, 0, 100, 105, report.Regression, ""},
		"a speedup":                                {goTime, bench.MetricRule{}, 0, 100, 95, report.Improvement, ""},
		"the same":                                 {goTime, bench.MetricRule{}, 0, 100, 100, report.Unchanged, ""},
		"a rate that falls is a slowdown (A17)":    {rate, bench.MetricRule{}, 0, 200, 100, report.Regression, ""},
		"a rate that rises is none":                {rate, bench.MetricRule{}, 0, 100, 200, report.Improvement, ""},
		"a slowdown within the metric's tolerance": {goTime, bench.MetricRule{Tolerance: 0.10}, 0, 100, 105, report.Unchanged, ""},
		"less than a cycle":                        {goTime, bench.MetricRule{}, 0, 0.40, 0.48, report.Unchanged, report.BelowFloor},
		"less than the host's own noise":           {goTime, bench.MetricRule{}, 0.08, 100, 105, report.Inconclusive, report.BelowFloor},
		"more than the host's own noise":           {goTime, bench.MetricRule{}, 0.03, 100, 105, report.Regression, ""},
	} {
		s := seriesOf(t, tc.metric, tc.rule, tc.floor, around(1, n, tc.base), around(2, n, tc.head))
		if s.row.Verdict != tc.want || !strings.HasPrefix(s.row.Reason, tc.reason) || (tc.reason == "") != (s.row.Reason == "") {
			t.Errorf("%s: %s (%s), want %s (%s)", name, s.row.Verdict, s.row.Reason, tc.want, tc.reason)
		}
	}
}

// B04: few pairs are never a pass, and the row says that they are few.
// B11: what the machine does to a session it does to both versions, and to the
// order in each pair. Repeating inside the session confirmed it 4 of 4 times.
func TestB11TheStateOfTheMachineIsNoRegression(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 1))
	for session := range 40 {
		s := newSeries("s", "A", key{bench.Benchmark{Name: "A"}, "time"}, bench.Metric{Name: "time", Unit: "ns", Better: bench.Lower}, bench.MetricRule{})
		for pair := range 60 {
			state := 1 + 0.3*math.Sin(float64(session+pair)/9)     // slow drift of clock and neighbours
			values := []float64{1000 * state, 1000 * state * 1.02} // the second of a pair is always 2 % slower
			rng.Shuffle(2, func(i, j int) { values[i], values[j] = values[j], values[i] })
			s.add(values[0]*(1+0.002*rng.NormFloat64()), values[1]*(1+0.002*rng.NormFloat64()))
		}
		if err := s.look(stats.Design{Threshold: 0.02, Alpha: Alpha, Benchmarks: 1, Looks: Looks}, Looks); err != nil {
			t.Fatal(err)
		}
		if s.row.Verdict == report.Regression || s.row.Verdict == report.Improvement {
			t.Errorf("session %d: %+v", session, s.row)
		}
	}
}

func TestFewPairsAreInconclusive(t *testing.T) {
	for n := 1; n <= 5; n++ {
		s := seriesOf(t, goTime, bench.MetricRule{}, 0, around(1, n, 100), around(2, n, 150))
		if s.row.Verdict != report.Inconclusive || s.row.Reason != report.TooFew || s.row.Pairs != n {
			t.Errorf("%d pairs: %+v", n, s.row)
		}
	}
}

func TestADecidedSeriesStaysAsItIs(t *testing.T) {
	s := seriesOf(t, goTime, bench.MetricRule{}, 0, around(1, 100, 100), around(2, 100, 130))
	s.add(1, 1000)
	if len(s.base) != 100 {
		t.Error("it takes more pairs")
	}
}

func repeat(n int, cycle ...float64) []float64 {
	list := make([]float64, n)
	for i := range list {
		list[i] = cycle[i%len(cycle)]
	}
	return list
}

func TestCountsAreJudgedExactly(t *testing.T) {
	exact := bench.MetricRule{Class: "exact"}
	for name, tc := range map[string]struct {
		metric     bench.Metric
		rule       bench.MetricRule
		base, head []float64
		want       report.Verdict
		reason     string
	}{
		"one more allocation":                {goAllocs, bench.MetricRule{}, repeat(3, 3), repeat(3, 4), report.Regression, ""},
		"one less":                           {goAllocs, bench.MetricRule{}, repeat(3, 4), repeat(3, 3), report.Improvement, ""},
		"none more":                          {goAllocs, bench.MetricRule{}, repeat(3, 3), repeat(3, 3), report.Unchanged, ""},
		"the first allocation (A17)":         {goAllocs, bench.MetricRule{}, repeat(3, 0), repeat(3, 1), report.Regression, ""},
		"the last one gone":                  {goAllocs, bench.MetricRule{}, repeat(3, 1), repeat(3, 0), report.Improvement, ""},
		"none at all (B06)":                  {goAllocs, bench.MetricRule{}, repeat(3, 0), repeat(3, 0), report.Unchanged, ""},
		"one in a thousand":                  {goAllocs, bench.MetricRule{}, repeat(3, 1000), repeat(3, 1001), report.Unchanged, ""},
		"one in a thousand, counted exactly": {goAllocs, exact, repeat(3, 1000), repeat(3, 1001), report.Regression, ""},
		"less than an object":                {goBytes, bench.MetricRule{}, repeat(3, 8), repeat(3, 16), report.Unchanged, report.BelowFloor},
		"two pairs say nothing":              {goAllocs, bench.MetricRule{}, repeat(2, 3), repeat(2, 4), report.Inconclusive, report.TooFew},
		"bimodal bytes (B03)": {
			goBytes, bench.MetricRule{}, []float64{3.6e6, 7.9e6, 3.6e6, 7.9e6, 3.6e6}, []float64{7.9e6, 3.6e6, 7.9e6, 7.9e6, 3.6e6},
			report.Inconclusive, report.Bimodal,
		},
		"bimodal bytes, many pairs": {goBytes, bench.MetricRule{}, repeat(20, 3.6e6, 7.9e6), repeat(20, 7.9e6, 7.9e6, 3.6e6), report.Inconclusive, report.Bimodal},
		"averages that hardly vary": {goBytes, bench.MetricRule{}, repeat(12, 1000, 1001, 1002), repeat(12, 1001, 1003), report.Unchanged, ""},
		"averages about nothing":    {goBytes, bench.MetricRule{}, repeat(12, 0, 0, 3), repeat(12, 0, 5, 11), report.Unchanged, report.BelowFloor},
		"averages that part":        {goBytes, bench.MetricRule{}, repeat(12, 1000, 1010, 1020), repeat(12, 1100, 1130), report.Regression, ""},
		"averages that overlap":     {goBytes, bench.MetricRule{}, repeat(12, 1000, 1040, 1080), repeat(12, 1020, 1060, 1100), report.Inconclusive, "varies from run to run"},
	} {
		s := seriesOf(t, tc.metric, tc.rule, 0, tc.base, tc.head)
		if s.row.Verdict != tc.want || !strings.HasPrefix(s.row.Reason, tc.reason) || (tc.reason == "") != (s.row.Reason == "") {
			t.Errorf("%s: %s (%s), want %s (%s)", name, s.row.Verdict, s.row.Reason, tc.want, tc.reason)
		}
		c := report.Comparison{Schema: report.SchemaSmoke, Verdict: report.Failed, Reason: "x", Benchmarks: []report.Benchmark{s.row}}
		if err := c.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
