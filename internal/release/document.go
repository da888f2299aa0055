package release

import (
	"github.com/cupel-dev/cupel/internal/journal"
)

// PlanSchema names the format of a [Document]; docs/formats.md describes it.
const PlanSchema = "cupel/plan/1"

// A Document is a plan as people and programs read it, before anything is done.
type Document struct {
	Schema  string         `json:"schema"`
	Version string         `json:"version"`
	Hash    string         `json:"hash"` // of the plan that is agreed to
	Steps   []DocumentStep `json:"steps"`
	// PointOfNoReturn is the first step that cannot be taken back; absent where
	// every step can.
	PointOfNoReturn string   `json:"point_of_no_return,omitempty"`
	Residue         []string `json:"residue,omitempty"` // what nobody can take back, a sentence each
}

// A DocumentStep is one step of a [Document].
type DocumentStep struct {
	ID      string `json:"id"`
	Title   string `json:"title"`
	Channel string `json:"channel"`
	Class   string `json:"class,omitempty"` // absent for a step that only looks
	Probe   string `json:"probe"`
	Undo    string `json:"undo"`
}

// Describe writes a plan down.
func Describe(p journal.Plan, version string, channels []Channel) Document {
	d := Document{Schema: PlanSchema, Version: version, Hash: p.Hash(), PointOfNoReturn: p.PointOfNoReturn()}
	for _, s := range p.Steps {
		d.Steps = append(d.Steps, DocumentStep{
			ID: s.ID, Title: s.Title, Channel: s.Channel, Class: string(s.Class), Probe: probeText(s), Undo: undoText(s),
		})
	}
	for _, c := range channels {
		d.Residue = append(d.Residue, c.Residue()...)
	}
	return d
}

func probeText(s journal.Step) string {
	switch {
	case s.Do == nil:
		return "it only looks"
	case s.Expect != "":
		return s.Channel + " shows " + s.Expect
	}
	return s.Channel + " shows it done"
}

func undoText(s journal.Step) string {
	switch {
	case s.Do == nil:
		return "nothing to undo"
	case s.Class == journal.Irrevocable:
		return "none; a later version supersedes it"
	case s.Class == journal.Notice:
		return "none; it is not needed"
	case s.Class == journal.Pointer:
		return "back to where it pointed"
	}
	return "removed"
}
