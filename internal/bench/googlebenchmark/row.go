package googlebenchmark

import (
	"strings"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/bench/barejson"
)

// A row is one object of "benchmarks". User counters are fields of it beside
// the library's own.
type row map[string]any

// rowFields are the numbers that are the library's own and no counters.
var rowFields = map[string]bool{
	"family_index": true, "per_family_instance_index": true,
	"repetitions": true, "repetition_index": true, "threads": true,
	"iterations": true, "real_time": true, "cpu_time": true,
}

func (r row) text(key string) string {
	s, _ := r[key].(string)
	return s
}

// isAggregate reports whether the row was computed from others.
func (r row) isAggregate() bool {
	return r["run_type"] == "aggregate" || r.text("aggregate_name") != ""
}

// isFit reports whether the row is about a family of benchmarks: the fitted
// complexity, or its error.
func (r row) isFit() bool {
	return r["big_o"] != nil || r["rms"] != nil
}

// benchmark returns whose row it is. Versions before 1.5 have no run_name.
func (r row) benchmark() bench.Benchmark {
	name := r.text("run_name")
	if name == "" {
		name = strings.TrimSuffix(r.text("name"), "_"+r.text("aggregate_name"))
	}
	threads, _ := barejson.Float(r["threads"])
	if threads < 1 || threads > 1<<20 || threads != float64(int(threads)) {
		threads = 0
	}
	return bench.Benchmark{Name: name, Params: params(name), Procs: int(threads)}
}

// params finds the key:value segments of a name, which ArgName, Threads,
// MinTime and others make ("BM_Copy/size:64/threads:8"). The first segment is
// the function, which may have colons of its own.
func params(name string) bench.Params {
	var list []bench.Param
	for i, segment := range strings.Split(name, "/") {
		key, value, ok := strings.Cut(segment, ":")
		if i > 0 && ok && key != "" && value != "" && value[0] != ':' {
			list = append(list, bench.Param{Key: key, Value: value})
		}
	}
	return bench.MakeParams(list...)
}
