package config

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/bench/format"
)

// file is the shape of cupel.toml. Pointers tell "not written" from zero.
type file struct {
	Suite []suite `toml:"suite"`
	Smoke struct {
		Threshold *Percent  `toml:"threshold"`
		Budget    *Duration `toml:"budget"`
		Comment   *string   `toml:"comment"`
	} `toml:"smoke"`
	Official struct {
		Runs     *int      `toml:"runs"`
		Cooldown *Duration `toml:"cooldown"`
		Require  *string   `toml:"require"`
	} `toml:"official"`
	Subject struct {
		Exclude []string `toml:"exclude"`
	} `toml:"subject"`
	Claim   []Claim   `toml:"claim"`
	Waiver  []Waiver  `toml:"waiver"`
	Release Release   `toml:"release"`
	Publish []Publish `toml:"publish"`
	CI      CI        `toml:"ci"`
}

type suite struct {
	Name    string            `toml:"name"`
	Format  string            `toml:"format"`
	Build   []string          `toml:"build"`
	Run     []string          `toml:"run"`
	Dir     string            `toml:"dir"`
	Env     map[string]string `toml:"env"`
	Setup   []string          `toml:"setup"`
	Timeout Duration          `toml:"timeout"`
	Expect  string            `toml:"expect"`
	Tags    []string          `toml:"tags"`
	Metrics []metric          `toml:"metrics"`
}

type metric struct {
	Name      string  `toml:"name"`
	Pattern   string  `toml:"pattern"`
	Unit      string  `toml:"unit"`
	Better    string  `toml:"better"`
	Class     string  `toml:"class"`
	Tolerance Percent `toml:"tolerance"`
}

// config fills the defaults in and checks what the types cannot say.
func (f *file) config() (*Config, error) {
	c := Default()
	set(&c.Smoke.Threshold, (*float64)(f.Smoke.Threshold))
	set(&c.Smoke.Budget, (*time.Duration)(f.Smoke.Budget))
	set(&c.Smoke.Comment, f.Smoke.Comment)
	set(&c.Official.Runs, f.Official.Runs)
	set(&c.Official.Cooldown, (*time.Duration)(f.Official.Cooldown))
	set(&c.Official.Require, f.Official.Require)
	if f.Subject.Exclude != nil {
		c.Subject.Exclude = withOwn(f.Subject.Exclude)
	}
	if f.Release.Branch == "" {
		f.Release.Branch = c.Release.Branch
	}
	c.Claims, c.Waivers, c.Release, c.Publish, c.CI = f.Claim, f.Waiver, f.Release, f.Publish, f.CI
	for i, s := range f.Suite {
		converted, err := s.suite()
		if err != nil {
			return nil, fmt.Errorf("[[suite]] number %d (%q): %w", i+1, s.Name, err)
		}
		c.Suites = append(c.Suites, converted)
	}
	return c, c.check()
}

func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

func (s *suite) suite() (bench.Suite, error) {
	out := bench.Suite{
		Name: s.Name, Format: s.Format, Build: s.Build, Run: s.Run, Dir: s.Dir, Env: s.Env,
		Setup: s.Setup, Timeout: time.Duration(s.Timeout), Expect: s.Expect, Tags: s.Tags,
	}
	for _, m := range s.Metrics {
		if err := m.check(); err != nil {
			return out, err
		}
		out.Metrics = append(out.Metrics, bench.MetricRule{
			Name: m.Name, Pattern: m.Pattern, Unit: m.Unit, Better: bench.Direction(m.Better),
			Class: m.Class, Tolerance: float64(m.Tolerance),
		})
	}
	return out, s.check()
}

// suiteName is what can be part of a file name on every system.
var suiteName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]*$`)

func (s *suite) check() error {
	if _, err := format.Lookup(s.Format); err != nil {
		return err
	}
	switch {
	case !suiteName.MatchString(s.Name):
		return fmt.Errorf("name: want letters, digits, '_', '-' and '.', since it becomes a file name")
	case len(s.Run) == 0:
		return fmt.Errorf("run: missing: the command that prints the results, as a list of words")
	}
	if pattern := s.Expect; pattern != "" && !strings.HasPrefix(pattern, "sha256:") {
		if _, err := regexp.Compile(pattern); err != nil {
			return fmt.Errorf("expect: %w", err)
		}
	}
	return nil
}

func (m *metric) check() error {
	if m.Name == "" {
		return fmt.Errorf("metrics: an entry without a name")
	}
	if !slices.Contains([]string{"", "lower", "higher", "unknown"}, m.Better) {
		return fmt.Errorf("metrics: %s: better is %q: want \"lower\" or \"higher\"", m.Name, m.Better)
	}
	if !slices.Contains([]string{"", "noisy", "exact"}, m.Class) {
		return fmt.Errorf("metrics: %s: class is %q: want \"noisy\" or \"exact\"", m.Name, m.Class)
	}
	if _, err := regexp.Compile(m.Pattern); err != nil {
		return fmt.Errorf("metrics: %s: pattern: %w", m.Name, err)
	}
	return nil
}

func (c *Config) check() error {
	seen := make(map[string]bool)
	for _, s := range c.Suites {
		if seen[s.Name] {
			return fmt.Errorf("two suites are named %q", s.Name)
		}
		seen[s.Name] = true
	}
	if c.Official.Runs < 1 {
		return fmt.Errorf("[official] runs = %d: at least 1 is needed", c.Official.Runs)
	}
	for _, check := range []func() error{c.Subject.check, c.checkClaims, c.checkWaivers} {
		if err := check(); err != nil {
			return err
		}
	}
	if err := checkPublish(c.Publish); err != nil {
		return err
	}
	if err := oneOf("[official] require", c.Official.Require, "controlled", "shared"); err != nil {
		return err
	}
	if err := c.CI.check(); err != nil {
		return err
	}
	return oneOf("[smoke] comment", c.Smoke.Comment, "change", "always", "never")
}

func oneOf(key, value string, words ...string) error {
	if slices.Contains(words, value) {
		return nil
	}
	return fmt.Errorf("%s = %q: want one of %s", key, value, strings.Join(words, ", "))
}

// Suite finds a suite by its name. The error names those that exist.
func (c *Config) Suite(name string) (bench.Suite, error) {
	byName := make(map[string]bench.Suite)
	for _, s := range c.Suites {
		byName[s.Name] = s
	}
	if s, ok := byName[name]; ok {
		return s, nil
	}
	names := slices.Sorted(maps.Keys(byName))
	return bench.Suite{}, fmt.Errorf("no suite is named %q%s (there are: %s)", name, hint(name, names), strings.Join(names, ", "))
}
