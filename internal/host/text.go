package host

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Verdict is the report in one line: "ready, shared: 1 warning, 2 unknown".
func (r Report) Verdict() string {
	verdict := "not ready, "
	if r.Ready {
		verdict = "ready, "
	}
	verdict += string(r.Class)
	var counts []string
	for _, c := range []struct {
		state     State
		one, many string
	}{{Fail, "failure", "failures"}, {Warn, "warning", "warnings"}, {Unknown, "unknown", "unknown"}} {
		switch n := r.Probes.count(c.state); n {
		case 0:
		case 1:
			counts = append(counts, "1 "+c.one)
		default:
			counts = append(counts, fmt.Sprintf("%d %s", n, c.many))
		}
	}
	if len(counts) > 0 {
		verdict += ": " + strings.Join(counts, ", ")
	}
	return verdict
}

// WriteText writes the report for people: the verdict, and a line a probe.
func (r Report) WriteText(w io.Writer) error {
	if _, err := fmt.Fprintln(w, r.Verdict()); err != nil {
		return err
	}
	return r.Probes.WriteText(w)
}

// WriteText writes a line a finding: probe, state, and what was read with the
// reason why it is not ok.
func (f Findings) WriteText(w io.Writer) error {
	names := 0
	for _, finding := range f {
		names = max(names, utf8.RuneCountInString(finding.Name))
	}
	for _, finding := range f {
		if _, err := fmt.Fprintf(w, "  %-*s  %-7s  %s\n", names, finding.Name, finding.State, finding.detail()); err != nil {
			return err
		}
	}
	return nil
}

func (f Finding) detail() string {
	switch {
	case f.Reason == "":
		return f.Value
	case f.Value == "":
		return f.Reason
	}
	return f.Value + ": " + f.Reason
}

// String is the finding in one line: "load fail 24%: others use ...".
func (f Finding) String() string {
	return strings.TrimSpace(f.Name + " " + string(f.State) + " " + f.detail())
}
