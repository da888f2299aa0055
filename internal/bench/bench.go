// Package bench holds what benchmarks are and what they print: suites,
// benchmarks, metrics and the values of one run. Its subfolders read one
// output format each and put what they find into a [Set].
//
// Readers never judge and never drop: a value keeps its unit and direction, a
// repeat is one more value, and what was announced but not measured is named.
// The package starts no process and opens no file.
package bench

import (
	"cmp"
	"slices"
	"strings"
)

// A Benchmark is the identity of one named measurement of a suite. Two values
// belong to the same benchmark exactly when their Benchmarks are equal.
type Benchmark struct {
	Package string // import path, module or file that the name lives in; "" where the format has none
	Name    string // the full name as printed, parameters included where the tool prints them there
	Params  Params // the parameters, also those that are part of Name
	Procs   int    // GOMAXPROCS or threads of this measurement; 0 where it is not known
}

// String is the benchmark as people write it: its name, and the parameters
// that the name does not show.
func (b Benchmark) String() string {
	var hidden []string
	for _, p := range b.Params.List() {
		if !strings.Contains(b.Name, p.Key+"="+p.Value) && !strings.Contains(b.Name, "["+p.Value+"]") {
			hidden = append(hidden, p.Key+"="+p.Value)
		}
	}
	if len(hidden) == 0 {
		return b.Name
	}
	return b.Name + " [" + strings.Join(hidden, " ") + "]"
}

// Compare orders benchmarks by package, name, parameters and procs.
func (b Benchmark) Compare(c Benchmark) int {
	return cmp.Or(
		cmp.Compare(b.Package, c.Package),
		cmp.Compare(b.Name, c.Name),
		cmp.Compare(b.Params, c.Params),
		cmp.Compare(b.Procs, c.Procs),
	)
}

// Params is a set of key=value parameters in one canonical string, so that a
// [Benchmark] can be compared and be a map key. The zero value has none.
type Params string

// A Param is one parameter of a benchmark.
type Param struct{ Key, Value string }

const paramSep = "\x1f"

// MakeParams returns the canonical form of list: sorted by key, the last of
// equal keys kept.
func MakeParams(list ...Param) Params {
	last := make(map[string]string, len(list))
	for _, p := range list {
		last[p.Key] = strings.ReplaceAll(p.Value, paramSep, " ")
	}
	parts := make([]string, 0, len(last))
	for k, v := range last {
		parts = append(parts, strings.ReplaceAll(k, paramSep, " ")+"="+v)
	}
	slices.Sort(parts)
	return Params(strings.Join(parts, paramSep))
}

// PathParams finds the key=value segments of a slash-separated name, the
// convention of Go's sub-benchmarks (golang/proposal 14313).
func PathParams(name string) Params {
	if !strings.Contains(name, "=") {
		return ""
	}
	var list []Param
	for segment := range strings.SplitSeq(name, "/") {
		if k, v, ok := strings.Cut(segment, "="); ok && k != "" {
			list = append(list, Param{k, v})
		}
	}
	return MakeParams(list...)
}

// List returns the parameters, sorted by key.
func (p Params) List() []Param {
	if p == "" {
		return nil
	}
	var list []Param
	for part := range strings.SplitSeq(string(p), paramSep) {
		k, v, _ := strings.Cut(part, "=")
		list = append(list, Param{k, v})
	}
	return list
}

// Map returns the parameters as a map, nil where there are none.
func (p Params) Map() map[string]string {
	list := p.List()
	if list == nil {
		return nil
	}
	m := make(map[string]string, len(list))
	for _, param := range list {
		m[param.Key] = param.Value
	}
	return m
}
