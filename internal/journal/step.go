// Package journal runs steps that change the world, each with a probe, and
// keeps an append-only file of what was intended and what was seen.
//
// The file is a hint and never the authority: a step is done when the channel
// itself says so. A process that dies anywhere leaves a run that can be
// resumed, or, before its point of no return, aborted without a trace. The
// package knows nothing of releases; what a step does is its caller's.
package journal

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// A Class says what kind of effect a step has.
type Class string

// The classes.
const (
	Local       Class = "local"       // on this machine
	Invisible   Class = "invisible"   // remote, where nobody sees it
	Pointer     Class = "pointer"     // moves something public that can be moved back
	Irrevocable Class = "irrevocable" // public for good; can only be superseded
	Notice      Class = "notice"      // tells people; last, never undone, never a reason to fail
)

// A State is what a probe found.
type State string

// The states. The zero State is not known.
const (
	Unknown  State = ""
	Absent   State = "absent"   // the step has not been done
	Partial  State = "partial"  // begun; Do finishes it, Undo removes it
	Done     State = "done"     // exactly what the step makes is there
	Conflict State = "conflict" // something else is there
)

// An Observation is what a probe saw in a channel.
type Observation struct {
	State State  `json:"state,omitempty"`
	Value string `json:"value,omitempty"` // a digest, a commit, where a pointer points; it is written to the journal
}

// A Step is one action. Probe only looks, may be called at any time and any
// number of times, and returns an error where it cannot tell. Do goes on from
// whatever Probe can find except Done and Conflict. Verify checks from
// outside, after Probe has said Done. Undo removes what Do made and is given
// what Probe saw before the first Do; its State is Unknown where the journal
// was lost.
//
// A step without Do is an observation: Verify alone, of no class, anywhere in
// the order.
type Step struct {
	ID      string // unique in its plan, without blanks
	Title   string // a sentence for people: "push branch and tag"
	Channel string
	Class   Class
	Expect  string // what Probe finds when the step is done, where that is known before

	Probe  func(context.Context) (Observation, error)
	Do     func(context.Context) error
	Verify func(context.Context) error
	Undo   func(context.Context, Observation) error
}

func (s Step) observes() bool { return s.Do == nil }

// revocable reports whether the step is one that Undo takes back.
func (s Step) revocable() bool {
	return !s.observes() && (s.Class == Local || s.Class == Invisible || s.Class == Pointer)
}

// A Plan is an ordered list of steps.
type Plan struct {
	Name  string // "release v1.2.0"
	Steps []Step
}

// A PlanError is a plan that must not be run: a mistake of the program.
type PlanError struct {
	Step    string
	Problem string
}

// Error names the step and the problem.
func (e *PlanError) Error() string { return fmt.Sprintf("plan: step %q: %s", e.Step, e.Problem) }

// Check returns a [PlanError] where a step is incomplete, or where something
// irrevocable would happen before everything local and invisible, or something
// after a notice.
func (p Plan) Check() error {
	seen := map[string]bool{}
	irrevocable, notice := "", ""
	for _, s := range p.Steps {
		if err := s.check(); err != nil {
			return err
		}
		if seen[s.ID] {
			return &PlanError{s.ID, "there is another step with this ID"}
		}
		seen[s.ID] = true
		switch {
		case s.observes():
		case notice != "" && s.Class != Notice:
			return &PlanError{s.ID, fmt.Sprintf("it is %s and stands behind the notice %q", s.Class, notice)}
		case irrevocable != "" && (s.Class == Local || s.Class == Invisible):
			return &PlanError{s.ID, fmt.Sprintf("it is %s and stands behind the irrevocable step %q", s.Class, irrevocable)}
		case s.Class == Irrevocable && irrevocable == "":
			irrevocable = s.ID
		case s.Class == Notice:
			notice = s.ID
		}
	}
	return nil
}

func (s Step) check() error {
	switch {
	case s.ID == "":
		return &PlanError{s.Title, "it has no ID"}
	case s.observes() && s.Verify == nil:
		return &PlanError{s.ID, "it has neither Do nor Verify"}
	case s.observes():
		return nil
	case s.Probe == nil:
		return &PlanError{s.ID, "it has no Probe"}
	case s.revocable() && s.Undo == nil:
		return &PlanError{s.ID, fmt.Sprintf("it is %s and has no Undo", s.Class)}
	case !s.revocable() && s.Class != Irrevocable && s.Class != Notice:
		return &PlanError{s.ID, fmt.Sprintf("its class is %q", s.Class)}
	}
	return nil
}

// PointOfNoReturn is the ID of the first irrevocable step: once it is begun, a
// run can only be resumed or superseded. It is empty where all can be undone.
func (p Plan) PointOfNoReturn() string {
	for _, s := range p.Steps {
		if s.Class == Irrevocable && !s.observes() {
			return s.ID
		}
	}
	return ""
}

// Hash identifies what a person was shown and agreed to: the name and, of
// every step, ID, title, channel, class and expectation.
func (p Plan) Hash() string {
	h := sha256.New()
	enc := json.NewEncoder(h)
	fields := []string{p.Name}
	for _, s := range p.Steps {
		fields = append(fields, s.ID, s.Title, s.Channel, string(s.Class), s.Expect)
	}
	_ = enc.Encode(fields) // strings into a hash do not fail
	return hex.EncodeToString(h.Sum(nil))
}
