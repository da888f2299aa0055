package benchtest

import (
	"fmt"
	"strings"

	"github.com/cupel-dev/cupel/internal/bench"
)

// Describe returns what a set holds as text, one fact a line, for tests to
// compare: the status, then each result as "package name {params} procs
// metric: values unit direction", then failures, missing names and notes.
func Describe(set *bench.Set) string {
	var s strings.Builder
	fmt.Fprintf(&s, "%s\n", set.Status())
	for _, r := range set.Results {
		s.WriteString(describeResult(r) + "\n")
	}
	for _, f := range set.Failures() {
		fmt.Fprintf(&s, "failure: %s\n", f)
	}
	for _, m := range set.Missing {
		fmt.Fprintf(&s, "missing: %s\n", m)
	}
	for _, n := range set.Notes {
		fmt.Fprintf(&s, "note: %s\n", n)
	}
	return s.String()
}

func describeResult(r *bench.Result) string {
	var parts []string
	b, m := r.Benchmark, r.Metric
	if b.Package != "" {
		parts = append(parts, b.Package)
	}
	parts = append(parts, b.Name)
	for _, p := range b.Params.List() {
		parts = append(parts, "{"+p.Key+"="+p.Value+"}")
	}
	if b.Procs != 0 {
		parts = append(parts, fmt.Sprintf("procs=%d", b.Procs))
	}
	parts = append(parts, m.Name+":")
	for _, v := range r.Values {
		parts = append(parts, fmt.Sprintf("%.6g", v))
	}
	if m.Unit != "" {
		parts = append(parts, m.Unit)
	}
	parts = append(parts, string(m.Better))
	if r.Err != "" {
		parts = append(parts, "error: "+r.Err)
	}
	return strings.Join(parts, " ")
}
