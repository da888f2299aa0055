package journal

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"
)

// A Runner runs a plan. Its journal stays open; closing it is the caller's.
type Runner struct {
	Plan    Plan
	Journal *Journal
	Watch   func(Event) // called before and after every entry is written; may be nil
}

// An Event is an entry of the journal, as Watch sees it.
type Event struct {
	Entry   Entry
	Written bool // the disk has it
}

// Run does the steps of the plan. It refuses where the journal holds a run
// that has not ended: that one is to be resumed or aborted.
//
// A failure before the point of no return takes back what was done, unless it
// is temporary or the context has ended; one behind it leaves everything as it
// is, to be resumed.
func (r *Runner) Run(ctx context.Context) Outcome {
	x := r.execution()
	if err := r.Plan.Check(); err != nil {
		return x.outcome(Refused, "", err)
	}
	if _, ok := r.Journal.ongoing(); ok {
		return x.outcome(Refused, "", fmt.Errorf("%s was begun and has not ended; resume or abort it", r.Plan.Name))
	}
	return x.run(ctx, Began)
}

// Resume goes on with a run that did not end, in this process or another, and
// also where its journal was lost: every step is probed, and what is done is
// not done again. It refuses where the plan is another than the one begun.
func (r *Runner) Resume(ctx context.Context) Outcome {
	x := r.execution()
	if err := r.Plan.Check(); err != nil {
		return x.outcome(Refused, "", err)
	}
	if entries := r.Journal.Entries(); len(entries) > 0 && entries[len(entries)-1].Kind == Abandoned {
		return x.outcome(Refused, "", fmt.Errorf("%s was abandoned; begin it again", r.Plan.Name))
	}
	for _, e := range x.earlier {
		if e.Kind == Began && e.Hash != r.Plan.Hash() {
			return x.outcome(Refused, "", fmt.Errorf("the plan is not the one that was begun as %s; abort that one, or go back to what it was made from", e.Plan))
		}
	}
	return x.run(ctx, Resumed)
}

// An execution is one call of Run, Resume or Abort.
type execution struct {
	*Runner
	earlier  []Entry // of the ongoing run, when the call began
	effects  bool    // something may have been changed
	crossed  bool    // something irrevocable may have been done
	past     string  // the first irrevocable step that was done when the call began; "" where none was
	warnings []string
}

func (r *Runner) execution() *execution {
	x := &execution{Runner: r, warnings: r.Journal.Warnings()}
	x.earlier, _ = r.Journal.ongoing()
	for _, e := range x.earlier {
		x.effects = x.effects || e.Kind == Intent
		if e.Kind == Result && e.Class == Irrevocable { // what was public once is never taken back, whatever is there now
			x.crossed, x.past = true, cmp.Or(x.past, e.Step)
		}
	}
	return x
}

func (x *execution) run(ctx context.Context, how Kind) Outcome {
	if err := x.record(Entry{Kind: how, Plan: x.Plan.Name, Hash: x.Plan.Hash()}); err != nil {
		return x.outcome(x.stopped(), "", err)
	}
	for _, s := range x.Plan.Steps {
		err := ctx.Err()
		if err == nil {
			err = x.step(ctx, s)
		}
		if err != nil && s.Class == Notice && !s.observes() && ctx.Err() == nil {
			x.warn(fmt.Sprintf("%s: %v", s.ID, err))
			continue
		}
		if err != nil {
			return x.stop(ctx, s, err)
		}
	}
	if err := x.record(Entry{Kind: Finished}); err != nil {
		return x.outcome(Incomplete, "", err)
	}
	return x.outcome(Complete, "", nil)
}

// step does one step, if its channel does not show it already, and verifies it.
func (x *execution) step(ctx context.Context, s Step) error {
	var seen *Observation
	if !s.observes() {
		o, err := x.make(ctx, s)
		if err != nil {
			return err
		}
		seen = &o
	}
	if s.Verify != nil {
		err := s.Verify(ctx)
		switch {
		case err != nil && s.observes() && errors.Is(err, ErrUnclear) && ctx.Err() == nil:
			x.warn(fmt.Sprintf("%s: %v", s.ID, err))
		case err != nil:
			return &verifyError{err}
		}
	}
	return x.record(Entry{Kind: Result, Step: s.ID, Channel: s.Channel, Class: s.Class, Seen: seen})
}

// make brings the channel to where the step wants it.
func (x *execution) make(ctx context.Context, s Step) (Observation, error) {
	o, err := x.probe(ctx, s)
	if err != nil {
		return o, err
	}
	if o.State == Done {
		return o, nil
	}
	if err := x.record(Entry{Kind: Intent, Step: s.ID, Channel: s.Channel, Class: s.Class, Expect: s.Expect, Seen: &o}); err != nil {
		return o, err
	}
	x.effects = true
	doErr := s.Do(ctx)
	if s.Class == Irrevocable && !errors.Is(doErr, ErrRejected) {
		x.crossed = true
	}
	if ctx.Err() != nil {
		return o, errors.Join(ctx.Err(), doErr)
	}
	o, err = x.probe(ctx, s)
	switch {
	case err != nil:
		return o, errors.Join(doErr, err)
	case o.State == Done && doErr != nil:
		x.warn(fmt.Sprintf("%s: it reported %v, and the channel shows it done", s.ID, doErr))
		return o, nil
	case o.State == Done:
		return o, nil
	case doErr != nil:
		return o, doErr
	}
	return o, fmt.Errorf("it reported success, and the channel shows it %s", o.State)
}

// probe asks the channel. What it finds changes what may be undone.
func (x *execution) probe(ctx context.Context, s Step) (Observation, error) {
	o, err := s.Probe(ctx)
	if err != nil {
		return Observation{}, fmt.Errorf("probe: %w", err)
	}
	switch o.State {
	case Absent:
		return o, nil
	case Partial, Done:
		x.effects = true
		x.crossed = x.crossed || s.Class == Irrevocable
		return o, nil
	case Conflict:
		return o, fmt.Errorf("%w: %s", ErrConflict, o.Value)
	}
	return o, fmt.Errorf("probe: it says %q, which is no state", o.State)
}

// stop ends a run at a step that failed.
func (x *execution) stop(ctx context.Context, s Step, cause error) Outcome {
	err := fmt.Errorf("step %s: %w", s.ID, cause)
	recordErr := x.record(Entry{Kind: Failed, Step: s.ID, Channel: s.Channel, Class: s.Class, Text: cause.Error()})
	if recordErr != nil {
		return x.outcome(x.stopped(), s.ID, errors.Join(err, recordErr))
	}
	conflict := errors.Is(cause, ErrConflict)
	var unverified *verifyError
	switch {
	case x.crossed && conflict:
		return x.outcome(Conflicting, s.ID, err)
	case x.crossed && errors.As(cause, &unverified) && ctx.Err() == nil:
		return x.outcome(NotVerified, s.ID, err)
	case x.crossed || x.effects && (ctx.Err() != nil || errors.Is(cause, ErrTemporary)):
		return x.outcome(Incomplete, s.ID, err)
	}
	return x.takeBack(ctx, s.ID, err, conflict)
}

// takeBack ends a run that failed before its point of no return.
func (x *execution) takeBack(ctx context.Context, step string, cause error, conflict bool) Outcome {
	code := Undone
	if !x.effects {
		code = Refused
	}
	if conflict {
		code = Conflicting
	}
	var err error
	if x.effects {
		err = x.undo(ctx)
	} else {
		err = x.record(Entry{Kind: Abandoned, Plan: x.Plan.Name})
	}
	var past *pastError
	switch {
	case errors.As(err, &past):
		x.crossed = true
		return x.outcome(Incomplete, step, cause)
	case err != nil:
		return x.outcome(x.stopped(), step, errors.Join(cause, err))
	}
	return x.outcome(code, step, cause)
}

// stopped is the code of a run that cannot go on and takes nothing back.
func (x *execution) stopped() Code {
	if x.effects || x.crossed {
		return Incomplete
	}
	return Refused
}

func (x *execution) warn(text string) {
	x.warnings = append(x.warnings, text)
	if err := x.record(Entry{Kind: Noted, Text: text}); err != nil {
		x.warnings = append(x.warnings, err.Error())
	}
}

func (x *execution) record(e Entry) error {
	e.Time = time.Now().UTC()
	e = x.Journal.mask(e)
	x.watch(Event{Entry: e})
	if err := x.Journal.append(e); err != nil {
		return err
	}
	x.watch(Event{Entry: e, Written: true})
	return nil
}

func (x *execution) watch(e Event) {
	if x.Watch != nil {
		x.Watch(e)
	}
}

// outcome is an Outcome without secrets.
func (x *execution) outcome(code Code, step string, err error) Outcome {
	o := Outcome{Code: code, Step: step, Err: x.Journal.redactor.Error(err), Public: x.crossed}
	for _, w := range x.warnings {
		o.Warnings = append(o.Warnings, x.Journal.redactor.String(w))
	}
	return o
}
