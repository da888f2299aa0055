package bench_test

import (
	"reflect"
	"testing"

	"github.com/cupel-dev/cupel/internal/bench"
)

func TestApplyGivesCountersTheirUnitAndDirection(t *testing.T) {
	tests := []struct {
		name   string
		rule   bench.MetricRule
		want   bench.Metric
		values []float64
		err    bool
	}{
		{"a unit converts the values and brings its direction", bench.MetricRule{Name: "p99", Unit: "us"},
			bench.Metric{Name: "p99", Unit: "ns", Better: bench.Lower}, []float64{2000, 3000}, false},
		{"the rule's direction counts", bench.MetricRule{Name: "p99", Unit: "hits", Better: bench.Higher},
			bench.Metric{Name: "p99", Unit: "hits", Better: bench.Higher}, []float64{2, 3}, false},
		{"a rule for another metric changes nothing", bench.MetricRule{Name: "p50", Unit: "us"},
			bench.Metric{Name: "p99", Better: bench.Unknown}, []float64{2, 3}, false},
		{"as a time, zero is no value", bench.MetricRule{Name: "p99", Unit: "us"},
			bench.Metric{Name: "p99", Unit: "ns", Better: bench.Lower}, []float64{2000, 0}, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var set bench.Set
			second := 3.0
			if test.err {
				second = 0
			}
			for _, v := range []float64{2, second} {
				set.Add(bench.Benchmark{Name: "a"}, bench.Metric{Name: "p99", Better: bench.Unknown}, v)
			}
			set.Apply([]bench.MetricRule{test.rule})
			set.Apply([]bench.MetricRule{test.rule}) // twice is as good as once
			r := set.Results[0]
			if r.Metric != test.want || !reflect.DeepEqual(r.Values, test.values) || (r.Err != "") != test.err {
				t.Errorf("got %+v %v %q", r.Metric, r.Values, r.Err)
			}
		})
	}
}
