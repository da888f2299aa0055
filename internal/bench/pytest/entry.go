package pytest

import (
	"encoding/json"
	"regexp"
	"strings"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/bench/barejson"
)

// An entry is one object of "benchmarks", times in seconds.
type entry struct {
	Name      string         `json:"name"`     // "test_fib[10]"
	Fullname  string         `json:"fullname"` // "tests/test_b.py::test_fib[10]"
	Params    map[string]any `json:"params"`   // since version 3
	ExtraInfo map[string]any `json:"extra_info"`
	Stats     struct {
		Data   []barejson.Number `json:"data"` // the time of an iteration, one for each round
		Median *barejson.Number  `json:"median"`
	} `json:"stats"`
}

// rounds returns the samples: the rounds, or the median where those were not
// saved.
func (e entry) rounds() []barejson.Number {
	if len(e.Stats.Data) == 0 && e.Stats.Median != nil {
		return []barejson.Number{*e.Stats.Median}
	}
	return e.Stats.Data
}

func (e entry) benchmark() bench.Benchmark {
	b := bench.Benchmark{Name: e.Name}
	if file, name, ok := strings.Cut(e.Fullname, "::"); ok {
		b.Package, b.Name = file, name
	} else if e.Fullname != "" {
		b.Name = e.Fullname
	}
	var list []bench.Param
	for key, value := range e.Params {
		list = append(list, bench.Param{Key: key, Value: paramText(value)})
	}
	b.Params = bench.MakeParams(list...)
	return b
}

// address is the place in memory that Python's repr shows of an object. It
// differs in every process and is no part of a parameter.
var address = regexp.MustCompile(` at 0x[0-9a-fA-F]+`)

func paramText(value any) string {
	text, ok := value.(string)
	if !ok {
		data, _ := json.Marshal(value) // it came from JSON
		text = string(data)
	}
	return address.ReplaceAllString(text, "")
}
