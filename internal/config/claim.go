package config

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A Claim is a number in a document and the comparison that it rests on.
// Benchmarks are written as "suite: benchmark", as a summary shows them.
type Claim struct {
	ID   string `toml:"id"`
	Kind string `toml:"kind"` // "ratio", "up-to", "range", "geomean" or "bound"

	Baseline  string      `toml:"baseline"`  // for ratio: what the contender is compared with
	Contender string      `toml:"contender"` // for ratio, and the one benchmark of a bound
	Pairs     [][2]string `toml:"pairs"`     // for up-to, range and geomean: baseline and contender of each member
	Metric    string      `toml:"metric"`

	Hosts      []string `toml:"hosts"`      // parts of host classes, each of which must back it; none is any host
	Varies     []string `toml:"varies"`     // parameters that may differ between baseline and contender although they are numbers
	Competitor string   `toml:"competitor"` // name and version of what it is compared with, which every run must have printed
	MaxAge     Days     `toml:"max_age"`    // of the evidence; 0 is any age
}

// Days is a whole number of days, written as "180d".
type Days int

// UnmarshalText reads days.
func (d *Days) UnmarshalText(text []byte) error {
	number, ok := strings.CutSuffix(string(text), "d")
	n, err := strconv.Atoi(number)
	if !ok || err != nil || n < 1 {
		return fmt.Errorf("%q is not a number of days: write it as \"180d\"", text)
	}
	*d = Days(n)
	return nil
}

// Members are the pairs of benchmarks, baseline first, that the claim rests on.
// A bound has one, whose baseline is "".
func (c Claim) Members() [][2]string {
	if len(c.Pairs) > 0 {
		return c.Pairs
	}
	return [][2]string{{c.Baseline, c.Contender}}
}

// claimID is what can stand in a comment of HTML.
var claimID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.]*(?:-[A-Za-z0-9_.]+)*$`)

func (c *Config) checkClaims() error {
	seen := make(map[string]bool)
	for i := range c.Claims {
		claim := &c.Claims[i]
		if err := claim.check(); err != nil {
			return fmt.Errorf("[[claim]] number %d (%q): %w", i+1, claim.ID, err)
		}
		if seen[claim.ID] {
			return fmt.Errorf("two claims have the id %q", claim.ID)
		}
		seen[claim.ID] = true
	}
	return nil
}

// check fills the defaults in and says what is wrong.
func (c *Claim) check() error {
	if c.Kind == "" {
		c.Kind = "ratio"
	}
	if c.Metric == "" {
		c.Metric = "time"
	}
	if !claimID.MatchString(c.ID) || c.ID == "none" {
		return fmt.Errorf("id: want letters, digits, '_', '.' and single '-' between them, and not \"none\"")
	}
	if err := oneOf("kind", c.Kind, "ratio", "up-to", "range", "geomean", "bound"); err != nil {
		return err
	}
	if slices.Contains(c.Hosts, "") {
		return fmt.Errorf("hosts: an entry is empty: name a part of a host class, such as \"Apple M4 Max\"")
	}
	return c.checkMembers()
}

func (c *Claim) checkMembers() error {
	set := c.Kind == "up-to" || c.Kind == "range" || c.Kind == "geomean"
	switch {
	case set && (len(c.Pairs) == 0 || c.Baseline+c.Contender != ""):
		return fmt.Errorf("kind %q: want pairs = [[BASELINE, CONTENDER], ...], the whole set that it is about, and no other benchmark", c.Kind)
	case !set && len(c.Pairs) > 0:
		return fmt.Errorf("kind %q: want no pairs", c.Kind)
	case c.Kind == "bound" && c.Baseline != "":
		return fmt.Errorf("kind \"bound\": want only a contender: it is compared with nothing")
	}
	for _, pair := range c.Members() {
		for i, name := range pair {
			if i == 0 && c.Kind == "bound" {
				continue
			}
			if suite, benchmark, ok := strings.Cut(name, ": "); !ok || suite == "" || benchmark == "" {
				return fmt.Errorf("%q names no benchmark: write it as \"suite: benchmark\"", name)
			}
		}
	}
	return nil
}
