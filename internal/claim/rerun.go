package claim

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/config"
	"github.com/cupel-dev/cupel/internal/evidence"
)

// A Runner makes one run of a suite and returns what it printed.
type Runner func(ctx context.Context, suite string, run int) (*bench.Set, error)

// A Reproduction is a claim that was measured again.
type Reproduction struct {
	// Low and High bound the improvement: baseline over contender, or for a
	// bound the value itself.
	Low, High float64
	Claims    []Finding // the verdict of these runs on each place that makes the claim
}

// Suites are those that a claim rests on.
func Suites(c config.Claim) []string {
	var suites []string
	for _, pair := range c.Members() {
		for _, name := range pair {
			suite, _, ok := strings.Cut(name, ": ")
			if ok && !slices.Contains(suites, suite) {
				suites = append(suites, suite)
			}
		}
	}
	return suites
}

// Rerun measures a claim again in that many runs, its suites interleaved in
// random order inside each, and holds what the documents state against it. Host
// and runs that a line names are of its evidence and do not matter here.
func Rerun(ctx context.Context, c config.Claim, docs []Document, runs int, run Runner) (*Reproduction, error) {
	fresh, err := measureAgain(ctx, c, runs, run)
	if err != nil {
		return nil, err
	}
	m, err := measure(c, fresh)
	if err != nil {
		return nil, err
	}
	e, ok := estimateOf(c.Kind, m)
	if !ok {
		return nil, fmt.Errorf("%s give no interval: two are the least", plural(runs, "run"))
	}
	r := &Reproduction{Low: e.low, High: e.high}
	for _, doc := range docs {
		t, err := read(doc)
		if err != nil {
			return nil, err
		}
		for _, k := range t.marks {
			if k.id == c.ID && t.inScope(k.comment.Start) {
				r.Claims = append(r.Claims, t.again(k, c, m))
			}
		}
	}
	return r, nil
}

// again judges one marker by what was measured just now.
func (t *text) again(k mark, c config.Claim, m measured) Finding {
	f := finding{Finding: Finding{ID: k.id, File: t.Path, Line: k.line, Runs: len(m.pairs[0].base)}}
	st, reason := t.statement(k, c.Kind)
	if reason != "" {
		return f.say(Unknown, reason).Finding
	}
	f.number = st.number
	f.Stated = string(t.Text[st.number.span.Start:st.number.span.End])
	return f.take(st, judge(c, st, m)).Finding
}

// measureAgain makes the runs and collects them as evidence would.
func measureAgain(ctx context.Context, c config.Claim, runs int, run Runner) (*set, error) {
	suites := Suites(c)
	m := &evidence.Manifest{Plan: evidence.Plan{Runs: runs}}
	for _, name := range suites {
		m.Plan.Suites = append(m.Plan.Suites, evidence.Suite{Name: name})
	}
	var all []evidence.RunSet
	for n := 1; n <= runs; n++ {
		for _, i := range rand.Perm(len(suites)) {
			printed, err := run(ctx, suites[i], n)
			if err != nil {
				return nil, err
			}
			all = append(all, evidence.RunSet{Run: evidence.Run{Suite: suites[i], Number: n}, Set: printed})
		}
	}
	s := &set{name: "these runs", manifest: m}
	s.index(evidence.Collect(m, all))
	return s, nil
}
