package smoke

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/checkout"
	"github.com/cupel-dev/cupel/internal/config"
	"github.com/cupel-dev/cupel/internal/report"
	"github.com/cupel-dev/cupel/internal/subject"
)

// rules are both versions' configurations. Each version's own says how it is
// run; base's alone says how head is judged, so that no change can loosen what
// it is judged by.
type rules struct{ base, head *config.Config }

// plainRules are those of a project that says nothing.
func plainRules() *rules { return &rules{config.Default(), config.Default()} }

func readRules(p *checkout.Pair) (*rules, error) {
	base, err := config.Load(p.Base.FS())
	if err != nil {
		return nil, fmt.Errorf("read base's configuration: %w", err)
	}
	head, err := config.Load(p.Head.FS())
	if err != nil {
		return nil, fmt.Errorf("read head's configuration: %w", err)
	}
	if base.Source == "" && head.Source != "" {
		base.Suites = head.Suites // the change that takes Cupel up: the same commands for both
	}
	return &rules{base, head}, nil
}

// changed lists the files that differ and that a measurement depends on. What of a
// file counts, base says.
func (r *rules) changed(p *checkout.Pair) ([]string, error) {
	differ, err := p.Changed(r.base.Subject.Exclude)
	if err != nil {
		return nil, err
	}
	base, err := subject.Read(p.Base.FS(), r.base)
	if err != nil {
		return nil, err
	}
	head, err := subject.Read(p.Head.FS(), r.base)
	if err != nil {
		return nil, err
	}
	var changed []string
	for _, name := range differ {
		same, err := base.Same(head, name)
		if err != nil {
			return nil, err
		}
		if !same {
			changed = append(changed, name)
		}
	}
	return changed, nil
}

// A match is one suite in both versions; one of them may lack it.
type match struct {
	name       string
	base, head *bench.Suite
}

// match pairs the suites by name, head's first.
func (r *rules) match() []match {
	var matches []match
	for i := range r.head.Suites {
		h := &r.head.Suites[i]
		matches = append(matches, match{name: h.Name, head: h})
	}
	for i := range r.base.Suites {
		b := &r.base.Suites[i]
		if j := slices.IndexFunc(matches, func(m match) bool { return m.name == b.Name }); j >= 0 {
			matches[j].base = b
		} else {
			matches = append(matches, match{name: b.Name, base: b})
		}
	}
	return matches
}

// of is base's rule for a metric of a suite, by name or by unit; the zero rule
// where it has none.
func (r *rules) of(suite string, m bench.Metric) bench.MetricRule {
	for _, s := range r.base.Suites {
		if s.Name != suite {
			continue
		}
		for _, rule := range s.Metrics {
			if rule.Name == m.Name || rule.Name == m.Unit {
				return rule
			}
		}
	}
	return bench.MetricRule{}
}

// edited says that the change edits what it is judged by, "" where it does not.
func (r *rules) edited() string {
	switch {
	case r.base.Smoke.Threshold != r.head.Smoke.Threshold:
		return report.Reason(report.BaseRules, "this change turns the threshold of %s into %s", percent(r.base.Smoke.Threshold), percent(r.head.Smoke.Threshold))
	case r.base.Smoke.Budget != r.head.Smoke.Budget:
		return report.Reason(report.BaseRules, "this change turns the budget of %v into %v", r.base.Smoke.Budget, r.head.Smoke.Budget)
	case !slices.Equal(r.base.Waivers, r.head.Waivers):
		return report.Reason(report.BaseRules, "this change edits waivers")
	case !slices.Equal(r.base.Subject.Exclude, r.head.Subject.Exclude):
		return report.Reason(report.BaseRules, "this change edits which files count as measured")
	case !reflect.DeepEqual(r.metrics(r.base), r.metrics(r.head)):
		return report.Reason(report.BaseRules, "this change edits how metrics are judged")
	}
	return ""
}

// metrics are the rules for metrics of the suites that both versions have.
func (r *rules) metrics(c *config.Config) map[string][]bench.MetricRule {
	both := make(map[string][]bench.MetricRule)
	for _, m := range r.match() {
		if m.base == nil || m.head == nil {
			continue
		}
		if s, err := c.Suite(m.name); err == nil {
			both[m.name] = s.Metrics
		}
	}
	return both
}

// percent is a share as somebody wrote it.
func percent(share float64) string {
	return strconv.FormatFloat(math.Round(1e5*share)/1e3, 'f', -1, 64) + " %"
}
