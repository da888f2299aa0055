package generic

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/bench/barejson"
)

// A report is the JSON documents of one output.
type report struct {
	d       *barejson.Decoder
	set     *bench.Set
	found   bool  // a value
	foreign error // what is wrong in the first document that is none of ours
}

func (rep *report) document() error {
	if rep.d.Kind() == '[' {
		return rep.d.Array(rep.entry)
	}
	return rep.bencher()
}

// entry reads one object of github-action-benchmark's list (its README,
// "customBiggerIsBetter"). The direction is not in it.
func (rep *report) entry() error {
	var e struct {
		Name  string `json:"name"`
		Unit  string `json:"unit"`
		Value any    `json:"value"`
	}
	if err := rep.d.Decode(&e); err != nil {
		return err
	}
	if e.Name == "" || e.Value == nil {
		return rep.d.Errorf("an entry without name or value")
	}
	rep.found = true
	b := bench.Benchmark{Name: e.Name, Params: bench.PathParams(e.Name)}
	value, ok := barejson.Float(e.Value)
	if !ok {
		var err error
		if value, err = number(fmt.Sprint(e.Value)); err != nil {
			m, _ := unitMetric(0, e.Unit)
			rep.set.FailBenchmark(b, m, err.Error())
			return nil
		}
	}
	m, value := unitMetric(value, e.Unit)
	rep.set.Add(b, m, value)
	return nil
}

// measures are the built-in measures of Bencher whose units its documentation
// fixes ("Bencher Metric Format", "Track Build Time"), and their scales.
var measures = map[string]struct {
	metric bench.Metric
	scale  float64
}{
	"latency":    {bench.Time, 1},
	"throughput": {bench.Metric{Name: "throughput", Unit: "ops/s", Better: bench.Higher}, 1},
	"build-time": {bench.Metric{Name: "build-time", Unit: "ns", Better: bench.Lower}, 1e9},
	"file-size":  {bench.Metric{Name: "file-size", Unit: "B", Better: bench.Lower}, 1},
}

// bencher reads an object in the Bencher Metric Format. One without any value
// is something else, a line of a log perhaps.
func (rep *report) bencher() error {
	const mostFaults = 20
	var faults []error
	ours := false
	err := rep.d.Object(func(name string) error {
		var benchmark any
		if err := rep.d.Decode(&benchmark); err != nil {
			return err
		}
		if fault := rep.benchmark(name, benchmark); fault == nil {
			ours = true
		} else if len(faults) < mostFaults {
			faults = append(faults, fault)
		}
		return nil
	})
	rep.found = rep.found || ours
	for _, fault := range faults {
		if ours {
			rep.set.Fail("%v", fault)
		}
		rep.foreign = cmp.Or(rep.foreign, fault)
	}
	return err
}

// benchmark adds the values of one benchmark, all or none.
func (rep *report) benchmark(name string, v any) error {
	byMeasure, ok := v.(map[string]any)
	if !ok || len(byMeasure) == 0 || name == "" {
		return rep.d.Errorf("benchmark %q has no measures", clip(name))
	}
	values := make(map[string]float64)
	for _, measure := range slices.Sorted(maps.Keys(byMeasure)) {
		fields, _ := byMeasure[measure].(map[string]any)
		if values[measure], ok = barejson.Float(fields["value"]); !ok {
			return rep.d.Errorf("measure %q of benchmark %q has no value", clip(measure), clip(name))
		}
	}
	b := bench.Benchmark{Name: name, Params: bench.PathParams(name)}
	for _, measure := range slices.Sorted(maps.Keys(values)) {
		m, known := measures[measure]
		if !known {
			m.metric, m.scale = bench.Metric{Name: measure, Better: bench.Unknown}, 1
		}
		rep.set.Add(b, m.metric, values[measure]*m.scale)
	}
	return nil
}
