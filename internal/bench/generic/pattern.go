package generic

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/bench/lines"
)

// A pattern finds the values of one rule.
type pattern struct {
	rule    bench.MetricRule
	re      *regexp.Regexp
	matched bool
}

// compile returns the patterns of the rules that have one. A pattern that is
// none fails the set.
func compile(rules []bench.MetricRule, set *bench.Set) []*pattern {
	var patterns []*pattern
	for _, rule := range rules {
		if rule.Pattern == "" {
			continue
		}
		re, err := regexp.Compile(rule.Pattern)
		switch {
		case err != nil:
			set.Fail("metric %q: the pattern does not compile: %v", rule.Name, err)
		case re.SubexpIndex("value") < 0:
			set.Fail("metric %q: the pattern has no group (?P<value>...)", rule.Name)
		default:
			patterns = append(patterns, &pattern{rule: rule, re: re})
		}
	}
	return patterns
}

// line adds the value of every match in a line. A line that is not whole has
// none: what is left of a number is another number.
func (p *pattern) line(text []byte, whole bool, set *bench.Set) {
	for _, match := range p.re.FindAllSubmatch(text, -1) {
		p.matched = true
		if !whole {
			set.Fail("metric %q matches a line without an end: the output was cut off, or does not end with a newline, or the line has more than %d bytes",
				p.rule.Name, lines.Max)
			return
		}
		p.add(match, set)
	}
}

func (p *pattern) add(match [][]byte, set *bench.Set) {
	group := func(name string) string {
		if i := p.re.SubexpIndex(name); i >= 0 {
			return strings.ToValidUTF8(strings.TrimSpace(string(match[i])), "\ufffd")
		}
		return ""
	}
	name := cmp.Or(group("name"), p.rule.Name)
	b := bench.Benchmark{Name: name, Params: bench.PathParams(name)}
	value, err := number(group("value"))
	m, value, unitErr := p.metric(value, group("unit"))
	if err := cmp.Or(err, unitErr); err != nil {
		set.FailBenchmark(b, m, err.Error())
		return
	}
	set.Add(b, m, value)
}

// metric returns the metric of a value and the value in its unit. What was
// printed counts where it is a known unit; else the rule's unit is meant,
// because a line may say "t/s" for what the project calls tok/s.
func (p *pattern) metric(value float64, printed string) (bench.Metric, float64, error) {
	v, unit, better := bench.Normalize(value, printed)
	rv, ruleUnit, ruleBetter := bench.Normalize(value, p.rule.Unit)
	var err error
	switch {
	case better == bench.Unknown && p.rule.Unit != "":
		v, unit, better = rv, ruleUnit, ruleBetter
	case better != bench.Unknown && ruleBetter != bench.Unknown && unit != ruleUnit:
		err = fmt.Errorf("printed in %s, and the rule says %s", printed, p.rule.Unit)
	}
	return bench.Metric{Name: p.rule.Name, Unit: unit, Better: cmp.Or(p.rule.Better, better)}, v, err
}

// grouped matches numbers with thousands separators: 1,234,567.8 as in English,
// 1_234 as in programs.
var grouped = regexp.MustCompile(`^[-+]?\d{1,3}((,\d{3})+|(_\d{3})+)(\.\d+)?([eE][-+]?\d+)?$`)

// number reads a decimal number, with or without an exponent and thousands
// separators. A decimal comma is an error: it cannot be told from a separator.
func number(text string) (float64, error) {
	digits := text
	if grouped.MatchString(text) {
		digits = strings.NewReplacer(",", "", "_", "").Replace(text)
	}
	value, err := strconv.ParseFloat(digits, 64)
	if err != nil {
		return 0, fmt.Errorf("%q is not a number", clip(text))
	}
	return value, nil
}

// clip shortens text for a message.
func clip(text string) string {
	const most = 60
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "..."
}
