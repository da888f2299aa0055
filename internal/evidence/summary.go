package evidence

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/host"
	"github.com/cupel-dev/cupel/internal/stats"
)

// SummarySchema names the format of summary.json.
const SummarySchema = "cupel/summary/1"

// unstableCV is the variation between runs above which a benchmark is called
// unstable: one run out of line in five is enough to reach it.
const unstableCV = 0.10

// A Summary is computed from the raw runs alone.
type Summary struct {
	Schema     string      `json:"schema"`
	Commit     string      `json:"commit"`
	Subject    string      `json:"subject"`
	Class      host.Class  `json:"class"`
	Status     string      `json:"status"`
	Runs       int         `json:"runs"`
	Benchmarks []Benchmark `json:"benchmarks"`
	Failed     []string    `json:"failed,omitempty"` // what cannot be believed, and why
}

// A Benchmark is one benchmark and metric over all runs. The run is the unit
// of replication: each contributes the median of what it printed.
type Benchmark struct {
	Suite   string            `json:"suite"`
	Package string            `json:"package,omitempty"`
	Name    string            `json:"name"`
	Params  map[string]string `json:"params,omitempty"`
	Procs   int               `json:"procs,omitempty"`
	Metric  string            `json:"metric"`
	Unit    string            `json:"unit"`
	Better  bench.Direction   `json:"better"`

	Runs   []float64 `json:"runs"` // one value a run, in the order of the runs
	Median float64   `json:"median"`
	// Low and High bound the median; they are absent where there are too few
	// runs for any such interval. Confidence is the interval's actual level.
	Low        *float64 `json:"low,omitempty"`
	High       *float64 `json:"high,omitempty"`
	Confidence float64  `json:"confidence,omitempty"`
	CV         *float64 `json:"cv,omitempty"` // sample standard deviation over mean; absent for one run
	Unstable   bool     `json:"unstable,omitempty"`
}

// summarise computes the summary of all runs.
func summarise(m *Manifest, sets []RunSet) *Summary {
	s := &Summary{
		Schema: SummarySchema, Commit: m.Commit, Subject: m.Subject.Digest,
		Class: m.Class, Status: m.Status, Runs: m.Plan.Runs,
	}
	s.Benchmarks = Collect(m, sets)
	for _, r := range m.Runs {
		for _, reason := range r.Reasons {
			s.Failed = append(s.Failed, r.Base()+": "+reason)
		}
	}
	return s
}

// Collect groups the values of all runs, suites in the order of the plan and
// benchmarks in the order in which the first run printed them.
func Collect(m *Manifest, sets []RunSet) []Benchmark {
	type key struct {
		suite     string
		benchmark bench.Benchmark
		metric    bench.Metric
	}
	var order []key
	runs := make(map[key][]float64)
	for _, suite := range m.Plan.Suites {
		for _, rs := range byNumber(sets, suite.Name) {
			for _, r := range rs.Set.Results {
				value, ok := stats.Median(r.Values)
				if !ok || r.Err != "" {
					continue
				}
				k := key{suite.Name, r.Benchmark, r.Metric}
				if runs[k] == nil {
					order = append(order, k)
				}
				runs[k] = append(runs[k], value)
			}
		}
	}
	benchmarks := make([]Benchmark, 0, len(order))
	for _, k := range order {
		benchmarks = append(benchmarks, describe(k.suite, k.benchmark, k.metric, runs[k]))
	}
	return benchmarks
}

// byNumber picks a suite's runs in the order of their numbers, whatever the
// order in which they were made.
func byNumber(sets []RunSet, suite string) []RunSet {
	var picked []RunSet
	for _, rs := range sets {
		if rs.Run.Suite == suite {
			picked = append(picked, rs)
		}
	}
	slices.SortStableFunc(picked, func(a, b RunSet) int { return a.Run.Number - b.Run.Number })
	return picked
}

func describe(suite string, b bench.Benchmark, m bench.Metric, runs []float64) Benchmark {
	out := Benchmark{
		Suite: suite, Package: b.Package, Name: b.Name, Params: b.Params.Map(), Procs: b.Procs,
		Metric: m.Name, Unit: m.Unit, Better: m.Better, Runs: runs,
	}
	out.Median, _ = stats.Median(runs)
	for _, confidence := range []float64{0.95, 0.90} {
		if i, ok := stats.MedianInterval(runs, confidence); ok {
			out.Low, out.High, out.Confidence = &i.Low, &i.High, i.Coverage
			break
		}
	}
	if cv, ok := stats.CV(runs); ok {
		out.CV = &cv
		out.Unstable = cv > unstableCV
	}
	return out
}

// Markdown renders the summary for people.
func (s *Summary) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Evidence of %.12s\n\n", s.Commit)
	fmt.Fprintf(&b, "Class %s, %d runs, %s. Subject `%s`.\n", s.Class, s.Runs, s.Status, s.Subject)
	suite := ""
	for _, bm := range s.Benchmarks {
		if bm.Suite != suite {
			suite = bm.Suite
			fmt.Fprintf(&b, "\n## %s\n\n| benchmark | metric | median | interval | CV | runs |\n|---|---|--:|--:|--:|--:|\n", suite)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %d |\n",
			cell(bm.String()), cell(bm.Metric), FormatValue(bm.Median, bm.Unit), bm.Spread(), bm.Variation(), len(bm.Runs))
	}
	if len(s.Failed) > 0 {
		b.WriteString("\n## Not to be believed\n\n")
		for _, f := range s.Failed {
			fmt.Fprintf(&b, "- %s\n", cell(f))
		}
	}
	return b.String()
}

// String is the benchmark as people write it.
func (b Benchmark) String() string {
	var params []bench.Param
	for k, v := range b.Params {
		params = append(params, bench.Param{Key: k, Value: v})
	}
	return bench.Benchmark{Package: b.Package, Name: b.Name, Params: bench.MakeParams(params...), Procs: b.Procs}.String()
}

// Spread is the interval of the median, or why there is none.
func (b Benchmark) Spread() string {
	if b.Low == nil {
		return "too few runs"
	}
	return FormatValue(*b.Low, b.Unit) + " to " + FormatValue(*b.High, b.Unit)
}

// Variation is the coefficient of variation over the runs, and whether it is
// too large to rely on.
func (b Benchmark) Variation() string {
	switch {
	case b.CV == nil:
		return "one run"
	case b.Unstable:
		return fmt.Sprintf("%.1f %% unstable", *b.CV*100)
	default:
		return fmt.Sprintf("%.1f %%", *b.CV*100)
	}
}

// harmless takes from text what means something in a table of Markdown.
var harmless = strings.NewReplacer("|", `\|`, "\n", " ", "\r", " ", "<", "&lt;", ">", "&gt;", "`", "'")

// cell makes text from outside harmless inside a table of Markdown.
func cell(text string) string { return harmless.Replace(text) }
