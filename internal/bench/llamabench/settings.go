package llamabench

import (
	"encoding/json"
	"math"
	"regexp"
	"strings"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/bench/barejson"
)

// A test is one object of the report. Which settings it has differs from
// build to build.
type test map[string]any

// notSettings are the fields that are results, or that say where and when the
// test ran and with which build.
var notSettings = map[string]bool{
	"build_commit": true, "build_number": true, "cpu_info": true, "gpu_info": true, "test_time": true,
	"avg_ns": true, "stddev_ns": true, "avg_ts": true, "stddev_ts": true, "samples_ns": true, "samples_ts": true,
}

func (t test) isTest() bool {
	return t["n_prompt"] != nil && t["n_gen"] != nil
}

// list returns the numbers of an array; what is no number is NaN.
func (t test) list(field string) []float64 {
	elements, _ := t[field].([]any)
	var numbers []float64
	for _, e := range elements {
		value, ok := barejson.Float(e)
		if !ok {
			value = math.NaN()
		}
		numbers = append(numbers, value)
	}
	return numbers
}

func (t test) benchmark() bench.Benchmark {
	var list []bench.Param
	for key, value := range t {
		if text := setting(key, value); !notSettings[key] && !isOff(text) {
			list = append(list, bench.Param{Key: key, Value: text})
		}
	}
	threads, _ := barejson.Float(t["n_threads"])
	if threads < 1 || threads > 1<<20 || threads != math.Trunc(threads) {
		threads = 0
	}
	return bench.Benchmark{Name: t.name(), Params: bench.MakeParams(list...), Procs: int(threads)}
}

func (t test) name() string {
	var parts []string
	for _, part := range []struct{ prefix, field string }{{"pp", "n_prompt"}, {"tg", "n_gen"}} {
		if n := setting(part.field, t[part.field]); !isOff(n) {
			parts = append(parts, part.prefix+n)
		}
	}
	name := strings.Join(parts, "+")
	if name == "" {
		name = "empty"
	}
	if depth := setting("n_depth", t["n_depth"]); !isOff(depth) {
		name += "@d" + depth
	}
	return name
}

// isOff reports whether a setting is as good as absent: then a build that does
// not know it yet and one in which it is switched off measure the same
// benchmark.
func isOff(text string) bool {
	switch text {
	case "", "0", "false", "null", "[]", "{}":
		return true
	}
	return false
}

// absolute matches a path from the root of a file system or from a home.
var absolute = regexp.MustCompile(`^(/|~|\\|[A-Za-z]:[/\\])`)

// setting returns the value of a setting as text, of a file only its name: the
// folders before it tell who measured, not what.
func setting(key string, value any) string {
	switch v := value.(type) {
	case string:
		if strings.HasSuffix(key, "filename") || absolute.MatchString(v) {
			return v[strings.LastIndexAny(v, `/\`)+1:]
		}
		return v
	case barejson.Literal:
		return v.String()
	default:
		data, _ := json.Marshal(v) // it came from JSON
		return string(data)
	}
}
