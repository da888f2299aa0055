// Package host says what this machine is, and whether it is quiet enough to
// measure on.
//
// [Describe] reads an allow-list of fields that may be published; [Check] and
// [Quick] probe the machine and say ok, warn, fail or unknown for each thing
// that is known to spoil a measurement. What could not be read is unknown,
// never ok.
//
// The package changes nothing about the machine, with two exceptions that a
// caller asks for: [Sleepless] keeps it awake, and [Candidates.End] ends a busy
// process that a person chose. It asks nobody: prompts, colours and exit codes
// belong to the caller.
package host

import "strings"

// A State is what a probe says.
type State string

// The states. A warning or an unknown lets a measurement go on, but only as
// [Shared]; a failure is a reason to refuse it.
const (
	OK      State = "ok"
	Warn    State = "warn"
	Fail    State = "fail"
	Unknown State = "unknown"
)

// A Class says how far a host was under control while it measured.
type Class string

// The classes of evidence.
const (
	Controlled Class = "controlled" // every probe said ok
	Shared     Class = "shared"     // a warning, a failure, an unknown, or a virtual machine
)

// A Finding is what one probe found.
type Finding struct {
	Name   string `json:"name"` // the probe: power, thermal, load, ...
	State  State  `json:"state"`
	Value  string `json:"value,omitempty"`  // what was read; "" where nothing was
	Reason string `json:"reason,omitempty"` // why the state is not ok, and what to do; "" where it is ok
}

// Findings are what several probes found, in the order in which people read them.
type Findings []Finding

// Ready reports whether no probe failed. Without any finding it is false.
func (f Findings) Ready() bool {
	return len(f) > 0 && f.count(Fail) == 0
}

// Class is [Controlled] only where there are findings and every one is ok.
func (f Findings) Class() Class {
	if len(f) > 0 && f.count(OK) == len(f) {
		return Controlled
	}
	return Shared
}

func (f Findings) count(s State) int {
	n := 0
	for _, finding := range f {
		if finding.State == s {
			n++
		}
	}
	return n
}

// Schema is the schema of a [Report] in JSON.
const Schema = "cupel/check/1"

// A Report is what [Check] found, in the form of host:check's JSON.
type Report struct {
	Schema string   `json:"schema"`
	Ready  bool     `json:"ready"` // no probe failed
	Class  Class    `json:"class"`
	Probes Findings `json:"probes"`

	busy []Process
}

func makeReport(probes Findings, busy []Process) Report {
	return Report{Schema: Schema, Ready: probes.Ready(), Class: probes.Class(), Probes: probes, busy: busy}
}

// The functions below make findings; the caller sets the name.

func good(value string) Finding         { return Finding{State: OK, Value: value} }
func warn(value, reason string) Finding { return Finding{State: Warn, Value: value, Reason: reason} }
func fail(value, reason string) Finding { return Finding{State: Fail, Value: value, Reason: reason} }
func unknown(reason string) Finding     { return Finding{State: Unknown, Reason: reason} }

// unread is the finding for something that could not be read.
func unread(err error) Finding { return unknown(err.Error()) }

// list joins at most limit words and says that there are more.
func list(words []string, limit int) string {
	if len(words) <= limit {
		return strings.Join(words, ", ")
	}
	return strings.Join(words[:limit], ", ") + ", and more"
}
