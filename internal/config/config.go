// Package config reads what a project says of itself: cupel.toml, or the same
// tables inside Cargo.toml or pyproject.toml, or nothing, in which case the
// project's benchmarks are recognised from its files. It checks words and
// types; whether the commands work is not its business.
package config

import (
	"time"

	"github.com/cupel-dev/cupel/internal/bench"
)

// What Cupel writes in a project is outside of what a measurement depends on,
// whatever patterns the project has: else evidence would void itself, and so would a
// release.
const (
	ResultsDir = "benchmark_results" // where evidence is committed
	Changelog  = "CHANGELOG.md"      // what a release moves its section in
)

// A Config is the whole configuration of a project, defaults filled in.
type Config struct {
	Source   string // the file that it was read from, relative to the project; "" where the project was recognised
	Suites   []bench.Suite
	Smoke    Smoke
	Official Official
	Subject  Subject
	Claims   []Claim
	Waivers  []Waiver
	Release  Release
	Publish  []Publish
	CI       CI
}

// Smoke configures the comparison of two versions.
type Smoke struct {
	Threshold float64       // smallest relative slowdown worth failing; 0.02 is 2 %
	Budget    time.Duration // of all runs together, builds excluded
	Comment   string        // when a pull request gets a comment: "change", "always" or "never"
}

// Official configures the measurement that becomes evidence.
type Official struct {
	Runs     int
	Cooldown time.Duration // between two runs
	Require  string        // evidence class that a claim needs: "controlled" or "shared"
}

// Subject says which files a measurement does not depend on.
type Subject struct {
	Exclude []string // patterns relative to the project; one without a slash matches at any depth
}

// A Waiver is an accepted regression: the same decision in smoke and release.
type Waiver struct {
	Benchmark string    `toml:"benchmark"` // "suite: benchmark"
	Metric    string    `toml:"metric"`
	Limit     Percent   `toml:"limit"`
	Baseline  string    `toml:"baseline"` // the commit whose value was accepted
	Reason    string    `toml:"reason"`
	Expires   LocalDate `toml:"expires"`
}

// CI configures the pipelines.
type CI struct {
	Images   map[string]string `toml:"images"`      // replacements: name of an image to a reference or a path
	Steps    []Step            `toml:"step"`        // the project's own, besides those that Cupel knows
	Waivers  []AuditWaiver     `toml:"waiver"`      // known vulnerabilities that the audit lets pass
	Database string            `toml:"go_database"` // URL of the Go vulnerability database; "" is the public one
}

// A Step is a step that a project adds to a pipeline.
type Step struct {
	Pipeline string            `toml:"pipeline"` // "lint", "test", "audit" or "package"
	Name     string            `toml:"name"`
	Image    string            `toml:"image"` // a name of the table of images
	Run      []string          `toml:"run"`
	Dir      string            `toml:"dir"`
	Inputs   []string          `toml:"inputs"` // patterns over the files that git keeps; none means all
	Env      map[string]string `toml:"env"`
	Secrets  []string          `toml:"secrets"` // names of variables whose values come from the environment
	Needs    []string          `toml:"needs"`
	Fresh    bool              `toml:"fresh"` // never answered from a cache
}

// An AuditWaiver is a known vulnerability that is accepted until a day.
type AuditWaiver struct {
	ID      string    `toml:"id"` // GO-2026-0001, RUSTSEC-2026-0001, or an alias of it
	Reason  string    `toml:"reason"`
	Expires LocalDate `toml:"expires"`
}

// Default is the configuration of a project that says nothing.
func Default() *Config {
	return &Config{
		Smoke:    Smoke{Threshold: 0.02, Budget: 2 * time.Minute, Comment: "change"},
		Official: Official{Runs: 5, Cooldown: time.Minute, Require: "controlled"},
		Subject:  Subject{Exclude: []string{"*.md", "docs/**", ResultsDir + "/**"}},
		Release:  Release{Branch: "main"},
	}
}
