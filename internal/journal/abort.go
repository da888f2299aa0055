package journal

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// Abort takes back everything that a run has done, last step first, whether it
// is still going to end or its journal was lost: the channels are asked. It
// refuses where anything irrevocable is done. Called again it finishes what is
// missing.
func (r *Runner) Abort(ctx context.Context) Outcome {
	x := r.execution()
	if err := r.Plan.Check(); err != nil {
		return x.outcome(Refused, "", err)
	}
	err := x.undo(ctx)
	var past *pastError
	switch {
	case errors.As(err, &past):
		x.crossed = true
		return x.outcome(Refused, past.step, err)
	case err != nil:
		return x.outcome(Incomplete, "", err)
	}
	return x.outcome(Undone, "", nil)
}

// A pastError says that a run is past its point of no return.
type pastError struct {
	step string
	seen Observation
}

// Error names the step and what is left to do.
func (e *pastError) Error() string {
	return fmt.Sprintf("step %s is irrevocable and %s; the run can be resumed or superseded, not aborted", e.step, e.seen.State)
}

// undo takes back every revocable step, and ends the run.
func (x *execution) undo(ctx context.Context) error {
	if err := x.checkRevocable(ctx); err != nil {
		return err
	}
	var failures []error
	for _, s := range slices.Backward(x.Plan.Steps) {
		if !s.revocable() {
			continue
		}
		if err := x.undoStep(ctx, s); err != nil {
			failures = append(failures, fmt.Errorf("undo step %s: %w", s.ID, err))
		}
	}
	if len(failures) > 0 {
		return errors.Join(failures...)
	}
	return x.record(Entry{Kind: Abandoned, Plan: x.Plan.Name})
}

// checkRevocable asks the channels of all irrevocable steps: each must show
// nothing, and the journal must not say that one was done.
func (x *execution) checkRevocable(ctx context.Context) error {
	if x.past != "" {
		return &pastError{x.past, Observation{State: Done}}
	}
	for _, s := range x.Plan.Steps {
		if s.Class != Irrevocable || s.observes() {
			continue
		}
		o, err := s.Probe(ctx)
		switch {
		case err != nil:
			return fmt.Errorf("step %s is irrevocable and cannot be probed: %w", s.ID, err)
		case o.State == Done || o.State == Partial:
			return &pastError{s.ID, o}
		case o.State == Unknown:
			return fmt.Errorf("step %s is irrevocable and its probe says nothing", s.ID)
		}
	}
	return nil
}

func (x *execution) undoStep(ctx context.Context, s Step) error {
	o, err := s.Probe(ctx)
	if err != nil {
		return fmt.Errorf("probe: %w", err)
	}
	switch o.State {
	case Absent:
		return nil
	case Conflict:
		x.warn(fmt.Sprintf("%s: something else is there (%s); it is left as it is", s.ID, o.Value))
		return nil
	}
	if err := x.record(Entry{Kind: UndoIntent, Step: s.ID, Channel: s.Channel, Class: s.Class, Seen: &o}); err != nil {
		return err
	}
	entries, _ := x.Journal.ongoing()
	if err := s.Undo(ctx, before(entries, s.ID)); err != nil {
		return err
	}
	if o, err = s.Probe(ctx); err != nil {
		return fmt.Errorf("probe: %w", err)
	}
	if o.State == Done || o.State == Partial {
		return fmt.Errorf("it reported success, and the channel still shows the step %s", o.State)
	}
	return x.record(Entry{Kind: UndoResult, Step: s.ID, Channel: s.Channel, Class: s.Class, Seen: &o})
}
