package bench

import (
	"fmt"
	"math"
)

// A Status says how far the output of one run can be believed.
type Status string

// The statuses. Only OK may enter a comparison: zero results, a missing
// benchmark and a crash are never a pass.
const (
	OK         Status = "ok"
	Incomplete Status = "incomplete" // something announced was not measured
	Failed     Status = "failed"     // a crash, a failed benchmark, or nothing measured at all
)

// A Result is all values of one benchmark and metric in one run, in the order
// in which they were printed.
type Result struct {
	Benchmark Benchmark
	Metric    Metric
	Values    []float64
	Err       string // why the benchmark has no valid value; "" where it has
}

// A Set is what one run printed. Readers fill it in the order of the output;
// the zero value is ready to use.
type Set struct {
	Results []*Result
	Missing []string // names that were announced and have no result
	Skipped []Skip   // benchmarks that said that they do not apply here; Notes has them too
	Notes   []string // what a person should know: skipped benchmarks, warnings of the tool

	failures []string
	index    map[resultKey]*Result
}

// A Skip is a benchmark that said that it does not apply here.
type Skip struct {
	Name   string
	Reason string // "" where it gave none
}

type resultKey struct {
	benchmark Benchmark
	metric    string
}

// Add appends one value. A value that cannot be a measurement (not finite, or
// a time that is not positive) fails its benchmark instead.
func (s *Set) Add(b Benchmark, m Metric, value float64) {
	s.append(s.result(b, m), m, value)
}

// AddAll appends values as Add does one after the other. It keeps values, which
// the caller must not use again.
func (s *Set) AddAll(b Benchmark, m Metric, values []float64) {
	r := s.result(b, m)
	if r.Values == nil {
		r.Values = values[:0]
	}
	for _, value := range values {
		s.append(r, m, value)
	}
}

func (s *Set) append(r *Result, m Metric, value float64) {
	switch {
	case math.IsNaN(value) || math.IsInf(value, 0):
		s.invalidate(r, fmt.Sprintf("measured %v, which is not a number", value))
	case m.IsTime() && value <= 0:
		s.invalidate(r, fmt.Sprintf("measured %v %s: a time is never zero", value, m.Unit))
	case r.Metric.Unit != m.Unit:
		s.invalidate(r, fmt.Sprintf("metric %s is in %s and in %s", m.Name, r.Metric.Unit, m.Unit))
	default:
		r.Values = append(r.Values, value)
	}
}

// FailBenchmark records that a benchmark ended without a valid value.
func (s *Set) FailBenchmark(b Benchmark, m Metric, reason string) {
	s.invalidate(s.result(b, m), reason)
}

// Fail records that the whole run went wrong.
func (s *Set) Fail(format string, args ...any) {
	s.failures = append(s.failures, fmt.Sprintf(format, args...))
}

// Note records something that a person should know and that changes no verdict.
func (s *Set) Note(format string, args ...any) {
	s.Notes = append(s.Notes, fmt.Sprintf(format, args...))
}

// Skip records that a benchmark said that it does not apply here, and why.
func (s *Set) Skip(name, reason string) {
	s.Skipped = append(s.Skipped, Skip{name, reason})
	if reason != "" {
		reason = ": " + reason
	}
	s.Note("%s was skipped%s", name, reason)
}

// Miss records that name was announced and not measured.
func (s *Set) Miss(name string) {
	s.Missing = append(s.Missing, name)
}

// Apply sets the direction of every metric that a rule names, by its name or
// by its unit, and the unit where the tool printed none; the values are then
// converted as if it had been printed.
func (s *Set) Apply(rules []MetricRule) {
	for _, rule := range rules {
		for _, r := range s.Results {
			if rule.Name != r.Metric.Name && rule.Name != r.Metric.Unit {
				continue
			}
			if rule.Better != "" {
				r.Metric.Better = rule.Better
			}
			if rule.Unit != "" && r.Metric.Unit == "" {
				s.giveUnit(r, rule.Unit)
			}
		}
	}
}

// giveUnit says what the values of r are in, which had no unit.
func (s *Set) giveUnit(r *Result, unit string) {
	scale, base, better := Normalize(1, unit)
	r.Metric.Unit = base
	if r.Metric.Better == Unknown {
		r.Metric.Better = better
	}
	for i, v := range r.Values {
		r.Values[i] = v * scale
		if r.Metric.IsTime() && v <= 0 {
			s.invalidate(r, fmt.Sprintf("measured %v %s: a time is never zero", v, unit))
		}
	}
}

// Failures says what went wrong, in the order in which it was found. A set
// without any valid value always has at least one.
func (s *Set) Failures() []string {
	if len(s.failures) == 0 && !s.Measured() {
		return []string{"no benchmark was measured"}
	}
	return s.failures
}

// Status is the verdict over the whole output.
func (s *Set) Status() Status {
	switch {
	case len(s.Failures()) > 0:
		return Failed
	case len(s.Missing) > 0:
		return Incomplete
	default:
		return OK
	}
}

// Measured reports whether any benchmark has a valid value.
func (s *Set) Measured() bool { return s.Count() > 0 }

// Count is the number of results that have a valid value.
func (s *Set) Count() int {
	n := 0
	for _, r := range s.Results {
		if r.Err == "" && len(r.Values) > 0 {
			n++
		}
	}
	return n
}

func (s *Set) result(b Benchmark, m Metric) *Result {
	key := resultKey{b, m.Name}
	r, ok := s.index[key]
	if !ok {
		r = &Result{Benchmark: b, Metric: m}
		if s.index == nil {
			s.index = make(map[resultKey]*Result)
		}
		s.index[key] = r
		s.Results = append(s.Results, r)
	}
	return r
}

func (s *Set) invalidate(r *Result, reason string) {
	if r.Err == "" {
		r.Err = reason
		s.failures = append(s.failures, r.Benchmark.String()+": "+reason)
	}
}
