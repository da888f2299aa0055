// Package evidence writes, reads and verifies evidence: a directory of raw run
// files, the environment they were measured in, and a manifest over them. It
// measures nothing and judges no claim.
package evidence

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/host"
)

// Schema names the format of a manifest; docs/evidence.md describes it.
const Schema = "cupel/evidence/1"

// The states of a set of evidence.
const (
	StatusIncomplete = "incomplete" // the measurement was interrupted and can be resumed
	StatusComplete   = "complete"   // every run was made and can be believed
	StatusFailed     = "failed"     // every run was made, and at least one cannot be believed
)

// Budget is the size in bytes that a committed set of evidence should not
// exceed.
const Budget = 1_000_000

// A Manifest says how a set of evidence came about and what its files are.
type Manifest struct {
	Schema   string    `json:"schema"`
	Status   string    `json:"status"`
	Created  time.Time `json:"created"` // UTC, whole seconds
	Finished time.Time `json:"finished,omitzero"`

	Commit  string   `json:"commit"`
	Branch  string   `json:"branch,omitempty"` // absent where the head was detached
	Dirty   bool     `json:"dirty"`
	Changed []string `json:"changed,omitempty"` // paths that differed from the commit
	Subject Subject  `json:"subject"`

	Class  host.Class `json:"class"`
	Shared []string   `json:"shared_because,omitempty"` // why the class is not controlled
	Quick  bool       `json:"quick"`
	Forced string     `json:"forced,omitempty"` // the reason for measuring in spite of a finding

	Plan       Plan              `json:"plan"`
	Runs       []Run             `json:"runs"`
	Toolchains map[string]string `json:"toolchains"` // the first line of what each tool says of its version
	Preflight  []Preflight       `json:"preflight"`

	Files map[string]string `json:"files,omitempty"` // SHA-256 in hex of every other file, by relative path
}

// A Plan is what was to be measured; a resumed measurement follows it.
type Plan struct {
	Runs     int      `json:"runs"`
	Cooldown Duration `json:"cooldown_s"`
	Time     Duration `json:"time_s"` // that each benchmark gets
	Seed     uint64   `json:"seed"`   // of the order of suites inside each run
	Suites   []Suite  `json:"suites"`
}

// A Suite is the part of a suite that evidence depends on.
type Suite struct {
	Name    string             `json:"name"`
	Format  string             `json:"format"`
	Dir     string             `json:"dir,omitempty"`
	Env     map[string]string  `json:"env,omitempty"`
	Build   []string           `json:"build,omitempty"`
	Setup   []string           `json:"setup,omitempty"`
	Run     []string           `json:"run"`
	Expect  string             `json:"expect,omitempty"`
	Procs   []int              `json:"procs,omitempty"` // GOMAXPROCS values that the runs used
	Metrics []bench.MetricRule `json:"metrics,omitempty"`
}

// A Run is one process of a suite.
type Run struct {
	Suite    string       `json:"suite"`
	Number   int          `json:"run"` // from 1
	Started  time.Time    `json:"started"`
	Elapsed  Duration     `json:"elapsed_s"`
	Exit     int          `json:"exit"` // -1 where a signal ended it
	Status   bench.Status `json:"status"`
	Measured int          `json:"measured"`          // results with a valid value
	Reasons  []string     `json:"reasons,omitempty"` // why the status is not ok
	Missing  []string     `json:"missing,omitempty"` // benchmarks that were announced and not measured
	Marks    []string     `json:"marks,omitempty"`   // what happened meanwhile: the machine slept, the clock jumped
}

// A Preflight is what the probes of the host said at one time.
type Preflight struct {
	When   string        `json:"when"` // "before", "after run 1", "after"
	At     time.Time     `json:"at"`
	Probes host.Findings `json:"probes"`
}

// A Duration is a time.Duration that is written as seconds.
type Duration time.Duration

// MarshalJSON writes seconds, to the microsecond.
func (d Duration) MarshalJSON() ([]byte, error) {
	return json.Marshal(time.Duration(d).Round(time.Microsecond).Seconds())
}

// UnmarshalJSON reads seconds.
func (d *Duration) UnmarshalJSON(b []byte) error {
	var seconds float64
	if err := json.Unmarshal(b, &seconds); err != nil {
		return err
	}
	*d = Duration(seconds * float64(time.Second))
	return nil
}

// Base is the name that all files of a run begin with.
func (r Run) Base() string { return fmt.Sprintf("%s_run%d", r.Suite, r.Number) }

// Done finds the record of a run.
func (m *Manifest) Done(suite string, number int) (Run, bool) {
	for _, r := range m.Runs {
		if r.Suite == suite && r.Number == number {
			return r, true
		}
	}
	return Run{}, false
}

// Suite finds a suite of the plan by its name.
func (m *Manifest) Suite(name string) (Suite, bool) {
	for _, s := range m.Plan.Suites {
		if s.Name == name {
			return s, true
		}
	}
	return Suite{}, false
}

// ReadManifest reads manifest.json. Unknown fields and schemas are errors:
// what is not understood cannot be verified.
func ReadManifest(fsys fs.FS) (*Manifest, error) {
	b, err := fs.ReadFile(fsys, "manifest.json")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errors.New("no manifest.json: this is no directory of evidence")
	}
	if err != nil {
		return nil, fmt.Errorf("read manifest.json: %w", err)
	}
	var m Manifest
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&m); err != nil {
		return nil, fmt.Errorf("read manifest.json: %w", err)
	}
	if m.Schema != Schema {
		return nil, fmt.Errorf("manifest.json has the schema %q; this version reads %q", m.Schema, Schema)
	}
	return &m, nil
}

// classify derives the class from what was recorded, so that it can be
// recomputed: one doubt is enough for [host.Shared].
func (m *Manifest) classify() {
	var doubts []string
	if m.Quick {
		doubts = append(doubts, "quick")
	}
	if m.Forced != "" {
		doubts = append(doubts, "forced: "+m.Forced)
	}
	if m.Dirty {
		doubts = append(doubts, "the tree was dirty")
	}
	for _, p := range m.Preflight {
		if len(p.Probes) == 0 {
			doubts = append(doubts, p.When+": no probe answered")
		}
		for _, f := range p.Probes {
			if f.State != host.OK {
				doubts = append(doubts, fmt.Sprintf("%s: %s %s: %s", p.When, f.Name, f.State, f.Reason))
			}
		}
	}
	for _, r := range m.Runs {
		for _, mark := range r.Marks {
			doubts = append(doubts, fmt.Sprintf("%s: %s", r.Base(), mark))
		}
	}
	if len(m.Preflight) < 2 {
		doubts = append(doubts, "the host was not probed before and after")
	}
	m.Class, m.Shared = host.Controlled, nil
	if len(doubts) > 0 {
		m.Class, m.Shared = host.Shared, doubts
	}
}
