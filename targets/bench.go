package targets

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/magefile/mage/mg"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/bench/format"
	"github.com/cupel-dev/cupel/internal/evidence"
	"github.com/cupel-dev/cupel/internal/stats"
)

// Bench looks at results without measuring.
type Bench mg.Namespace

// Parse shows what Cupel reads in a file of results, or in a target/criterion directory.
//
// Exit codes: 0 all was read, 2 the results are incomplete or failed.
func (Bench) Parse(
	ctx context.Context,
	format string, // gobench, criterion, libtest, googlebenchmark, hyperfine, pytest, llamabench or generic
	file string, // a file, or a directory for criterion
	json *string, // write what was read to this file
) error {
	if err := positional("bench:parse FORMAT FILE", format, file); err != nil {
		return err
	}
	set, err := parse(format, file)
	if err != nil {
		return fail(exitRefused, err.Error())
	}
	if json != nil {
		if err := writeJSON(*json, parsed(format, set)); err != nil {
			return fail(exitRefused, err.Error())
		}
	}
	out := newConsole(os.Stdout)
	out.Line("%s: %s, %s", set.Status(), file, plural(len(set.Results), "result"))
	out.Table(parsedRows(set), 3, 4)
	for _, note := range set.Notes {
		out.Line("note: %s", note)
	}
	if set.Status() != bench.OK {
		return fail(exitRefused, whatIsWrong(set)...)
	}
	return nil
}

// collectEarly makes the garbage collector run at half its usual growth: large
// files are read with less memory, and there is time to spare.
const collectEarly = 50

func parse(formatName, file string) (*bench.Set, error) {
	debug.SetGCPercent(collectEarly)
	f, err := format.Lookup(formatName)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	set := new(bench.Set)
	if info.IsDir() {
		if f.ReadTree == nil {
			return nil, fmt.Errorf("%s is a directory, and format %s is read from a file", file, formatName)
		}
		return set, f.ReadTree(os.DirFS(file), time.Time{}, set)
	}
	r, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return set, f.Read(r, bench.Known{Metrics: metricRules()}, set)
}

// metricRules are those of the project's generic suites, where the command is
// run inside one.
func metricRules() []bench.MetricRule {
	p, err := here()
	if err != nil {
		return nil
	}
	var rules []bench.MetricRule
	for _, s := range p.config.Suites {
		if s.Format == "generic" {
			rules = append(rules, s.Metrics...)
		}
	}
	return rules
}

func whatIsWrong(set *bench.Set) []string {
	lines := []string{fmt.Sprintf("the results are %s:", set.Status())}
	lines = append(lines, indent(set.Failures())...)
	for _, name := range set.Missing {
		lines = append(lines, "  announced and not measured: "+name)
	}
	return lines
}

func parsedRows(set *bench.Set) [][]string {
	rows := [][]string{{"benchmark", "metric", "better", "values", "median"}}
	for _, r := range set.Results {
		median := r.Err
		if m, ok := stats.Median(r.Values); ok && r.Err == "" {
			median = evidence.FormatValue(m, r.Metric.Unit)
		}
		name := r.Benchmark.String()
		if r.Benchmark.Package != "" {
			name = r.Benchmark.Package + " " + name
		}
		rows = append(rows, []string{name, r.Metric.Name, string(r.Metric.Better), strconv.Itoa(len(r.Values)), median})
	}
	return rows
}

// A parseReport is the JSON of bench:parse; docs/json.md describes it.
type parseReport struct {
	Schema  string        `json:"schema"`
	Format  string        `json:"format"`
	Status  bench.Status  `json:"status"`
	Missing []string      `json:"missing"`
	Notes   []string      `json:"notes"`
	Results []parseResult `json:"results"`
}

type parseResult struct {
	Name    string            `json:"name"`
	Params  map[string]string `json:"params,omitempty"`
	Package string            `json:"package,omitempty"`
	Procs   int               `json:"procs,omitempty"`
	Metric  string            `json:"metric"`
	Unit    string            `json:"unit"`
	Better  bench.Direction   `json:"better"`
	Values  []float64         `json:"values"`
	Error   string            `json:"error,omitempty"`
}

func parsed(format string, set *bench.Set) parseReport {
	report := parseReport{
		Schema: "cupel/parse/1", Format: format, Status: set.Status(),
		Missing: append([]string{}, set.Missing...),
		Notes:   append(append([]string{}, set.Failures()...), set.Notes...),
		Results: []parseResult{},
	}
	for _, r := range set.Results {
		report.Results = append(report.Results, parseResult{
			Name: r.Benchmark.Name, Params: r.Benchmark.Params.Map(), Package: r.Benchmark.Package, Procs: r.Benchmark.Procs,
			Metric: r.Metric.Name, Unit: r.Metric.Unit, Better: cmp.Or(r.Metric.Better, bench.Unknown),
			Values: append([]float64{}, r.Values...), Error: r.Err,
		})
	}
	return report
}
