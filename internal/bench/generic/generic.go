// Package generic reads the results of tools that no other format knows: lines
// that a project's own patterns match, or the two JSON shapes in which such
// results are usually exchanged, github-action-benchmark's list
// ([{"name", "unit", "value"}]) and the Bencher Metric Format
// ({benchmark: {measure: {"value"}}}).
//
// Time, size and rate units are converted to their base unit. A direction
// comes from the rule or from the unit; it is never guessed from a name.
package generic

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/bench/barejson"
	"github.com/cupel-dev/cupel/internal/bench/lines"
)

// Read adds the results in r to set. Where a rule of known.Metrics has a
// pattern, r is read line by line with the patterns; else it is JSON. A rule
// that matches nothing is missing under its name. The error is r's.
func Read(r io.Reader, known bench.Known, set *bench.Set) error {
	var err error
	if slices.ContainsFunc(known.Metrics, func(rule bench.MetricRule) bool { return rule.Pattern != "" }) {
		err = readLines(r, known.Metrics, set)
	} else {
		err = readJSON(r, set)
	}
	if err != nil {
		return fmt.Errorf("read benchmark output: %w", err)
	}
	return nil
}

func readLines(r io.Reader, rules []bench.MetricRule, set *bench.Set) error {
	patterns := compile(rules, set)
	in := lines.NewScanner(r)
	for in.Scan() {
		for _, p := range patterns {
			p.line(in.Bytes(), in.Whole(), set)
		}
	}
	for _, p := range patterns {
		if !p.matched {
			set.Miss(p.rule.Name)
		}
	}
	return in.Err()
}

// unitMetric returns the metric of a value and the value in its unit. The
// metric is named after what the unit measures, or after the unit.
func unitMetric(value float64, unit string) (bench.Metric, float64) {
	value, unit, better := bench.Normalize(value, unit)
	m := bench.Metric{Unit: unit, Better: better}
	switch {
	case m.IsTime():
		m.Name = bench.Time.Name
	case unit == "B":
		m.Name = "size"
	case better == bench.Higher:
		m.Name = "throughput"
	default:
		m.Name = cmp.Or(unit, "value")
	}
	return m, value
}

var errNoResults = errors.New("no results: neither a list of {name, unit, value} nor Bencher's JSON " +
	"is in the output, and no metric of the suite has a pattern")

func readJSON(r io.Reader, set *bench.Set) error {
	d := barejson.NewDecoder(r)
	rep := report{d: d, set: set}
	d.Documents(rep.document)
	if err := d.Err(); err != nil {
		return err
	}
	for _, fault := range d.Faults() {
		set.Fail("%v", fault)
	}
	if !rep.found && len(d.Faults()) == 0 {
		set.Fail("%v", cmp.Or(rep.foreign, errNoResults))
	}
	return nil
}
