package release

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// A Gate is a question that has to be answered with yes before a release
// changes anything.
type Gate struct {
	Name string
	// Integrity gates cannot be waived: without them a release could not be
	// trusted, whatever the reason.
	Integrity bool
	// Check returns what speaks against the release; nothing is a pass. The
	// error says that the question could not be answered, which is no pass.
	Check func(ctx context.Context) (problems []string, err error)
}

// A GateResult is the answer of a gate.
type GateResult struct {
	Gate     string   `json:"gate"`
	Passed   bool     `json:"passed"`
	Problems []string `json:"problems,omitempty"`
	Waived   string   `json:"waived,omitempty"` // the reason, where it was not asked
}

// Open reports whether the release may go on.
func (r GateResult) Open() bool { return r.Passed || r.Waived != "" }

// RunGates asks all gates, also behind one that is closed, and tells watch of
// each. One that is waived is not asked: whoever waives it has no time for it.
// [CheckWaivers] has looked at the names before.
func RunGates(ctx context.Context, gates []Gate, waived map[string]string, watch func(GateResult)) ([]GateResult, error) {
	results := make([]GateResult, 0, len(gates))
	for _, g := range gates {
		r := GateResult{Gate: g.Name}
		if !g.Integrity {
			r.Waived = waived[g.Name]
		}
		if r.Waived == "" {
			r = ask(ctx, g)
		}
		if ctx.Err() != nil {
			return results, ctx.Err()
		}
		watch(r)
		results = append(results, r)
	}
	return results, nil
}

func ask(ctx context.Context, g Gate) GateResult {
	problems, err := g.Check(ctx)
	if err != nil {
		problems = append(problems, "it could not be answered: "+err.Error())
	}
	return GateResult{Gate: g.Name, Passed: len(problems) == 0, Problems: problems}
}

// Closed lists the gates that keep a release from going on.
func Closed(results []GateResult) []string {
	var names []string
	for _, r := range results {
		if !r.Open() {
			names = append(names, r.Gate)
		}
	}
	return names
}

// Answered are results of gates of which some were asked again.
func Answered(results, again []GateResult) []GateResult {
	answered := slices.Clone(results)
	for i, r := range answered {
		if at := slices.IndexFunc(again, func(a GateResult) bool { return a.Gate == r.Gate }); at >= 0 {
			answered[i] = again[at]
		}
	}
	return answered
}

// ParseWaiver reads GATE:REASON.
func ParseWaiver(text string) (gate, reason string, err error) {
	gate, reason, ok := strings.Cut(text, ":")
	gate, reason = strings.TrimSpace(gate), strings.TrimSpace(reason)
	if !ok || gate == "" || reason == "" {
		return "", "", fmt.Errorf("-waive=%s: write it as GATE:REASON", text)
	}
	return gate, reason, nil
}

// CheckWaivers refuses a waiver of a gate that does not exist or that cannot be
// waived.
func CheckWaivers(gates []Gate, waived map[string]string) error {
	var may []string
	for _, g := range gates {
		if !g.Integrity {
			may = append(may, g.Name)
		}
	}
	for name := range waived {
		switch i := slices.IndexFunc(gates, func(g Gate) bool { return g.Name == name }); {
		case i < 0:
			return fmt.Errorf("-waive: there is no gate %q; those that can be waived are %s", name, strings.Join(may, ", "))
		case gates[i].Integrity:
			return fmt.Errorf("-waive: the gate %q cannot be waived; those that can are %s", name, strings.Join(may, ", "))
		}
	}
	return nil
}
