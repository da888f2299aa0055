package benchtest

import (
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/cupel-dev/cupel/internal/bench"
)

// An observation is what one reading did.
type observation struct {
	set      bench.Set
	err      error
	panicked any
}

// observe reads r and turns a panic into data, so that one bad input does not
// hide the others.
func observe(read Reader, r io.Reader) (o *observation) {
	o = new(observation)
	defer func() { o.panicked = recover() }()
	o.err = read(r, bench.Known{}, &o.set)
	return o
}

// faults lists what no reading of bytes in memory may show.
func (o *observation) faults() []string {
	if o.panicked != nil {
		return []string{fmt.Sprintf("panic: %v", o.panicked)}
	}
	var faults []string
	if o.err != nil {
		faults = append(faults, fmt.Sprintf("error %q, though no read failed: bad content belongs into the set", o.err))
	}
	seen := make(map[series]bool)
	for _, r := range o.set.Results {
		key := series{r.Benchmark, r.Metric.Name}
		if seen[key] {
			faults = append(faults, fmt.Sprintf("%v: two results for metric %q", r.Benchmark, r.Metric.Name))
		}
		seen[key] = true
		faults = append(faults, valueFaults(r)...)
	}
	if o.set.Status() == bench.OK && !o.measured() {
		faults = append(faults, "status ok without a single valid value")
	}
	if o.set.Status() == bench.OK && len(o.set.Missing) > 0 {
		faults = append(faults, fmt.Sprintf("status ok with missing %q", o.set.Missing))
	}
	return faults
}

func valueFaults(r *bench.Result) []string {
	var faults []string
	for _, v := range r.Values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			faults = append(faults, fmt.Sprintf("%v: %s is %v", r.Benchmark, r.Metric.Name, v))
		}
		if r.Metric.IsTime() && v <= 0 {
			faults = append(faults, fmt.Sprintf("%v: %s is %v %s: a time is never zero", r.Benchmark, r.Metric.Name, v, r.Metric.Unit))
		}
	}
	return faults
}

func (o *observation) measured() bool {
	for _, r := range o.set.Results {
		if r.Err == "" && len(r.Values) > 0 {
			return true
		}
	}
	return false
}

// A series is what values belong to.
type series struct {
	benchmark bench.Benchmark
	metric    string
}

// lines is the observation as text, one fact a line.
func (o *observation) lines() []string {
	lines := []string{fmt.Sprintf("status %s", o.set.Status())}
	if o.panicked != nil {
		lines = append(lines, fmt.Sprintf("panic %v", o.panicked))
	}
	for _, r := range o.set.Results {
		lines = append(lines, fmt.Sprintf("result %+v %+v %v %q", r.Benchmark, r.Metric, r.Values, r.Err))
	}
	for _, s := range o.set.Failures() {
		lines = append(lines, "failure "+s)
	}
	for _, s := range o.set.Missing {
		lines = append(lines, "missing "+s)
	}
	for _, s := range o.set.Notes {
		lines = append(lines, "note "+s)
	}
	return lines
}

// diff names the first fact in which two observations differ, "" if none does.
func (o *observation) diff(p *observation) string {
	a, b := o.lines(), p.lines()
	for i := range max(len(a), len(b)) {
		x, y := at(a, i), at(b, i)
		if x != y {
			return fmt.Sprintf("%q, then %q", clip(x), clip(y))
		}
	}
	return ""
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "nothing more"
}

func clip(s string) string {
	const most = 300
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "..."
}

// invented lists the values of o that whole does not have in the same series.
func (o *observation) invented(whole *observation) []string {
	have := make(map[series]map[float64]int)
	for _, r := range whole.set.Results {
		counts := make(map[float64]int)
		for _, v := range r.Values {
			counts[v]++
		}
		have[series{r.Benchmark, r.Metric.Name}] = counts
	}
	var invented []string
	for _, r := range o.set.Results {
		counts := have[series{r.Benchmark, r.Metric.Name}]
		for _, v := range r.Values {
			if counts[v] == 0 {
				invented = append(invented, fmt.Sprintf("%+v: %s = %v %s", r.Benchmark, r.Metric.Name, v, r.Metric.Unit))
				continue
			}
			counts[v]--
		}
	}
	return invented
}
