package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// checkWaivers says what is missing of a waiver: one that covers nothing, or for
// ever, or for no reason, is none that anybody has agreed to.
func (c *Config) checkWaivers() error {
	for i, w := range c.Waivers {
		suite, benchmark, ok := strings.Cut(w.Benchmark, ": ")
		if !ok || suite == "" || benchmark == "" {
			return fmt.Errorf("[[waiver]] number %d: %q names no benchmark: write it as \"suite: benchmark\"", i+1, w.Benchmark)
		}
		if w.Metric == "" || w.Limit == 0 || w.Baseline == "" || strings.TrimSpace(w.Reason) == "" || w.Expires == (LocalDate{}) {
			return fmt.Errorf("[[waiver]] number %d (%q): metric, limit, baseline, reason and expires are needed", i+1, w.Benchmark)
		}
	}
	return nil
}

// withOwn are patterns of files that no measurement depends on, with those that Cupel
// itself writes.
func withOwn(patterns []string) []string {
	list := slices.Clone(patterns)
	for _, own := range []string{Changelog, ResultsDir + "/**"} {
		if !slices.Contains(list, own) {
			list = append(list, own)
		}
	}
	return list
}

// check says which pattern matches nothing, since it is none.
func (s Subject) check() error {
	for _, pattern := range s.Exclude {
		if !doublestar.ValidatePattern(pattern) {
			return fmt.Errorf("[subject] exclude: %q is not a pattern", pattern)
		}
	}
	return nil
}
