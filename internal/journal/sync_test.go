package journal

import (
	"context"
	"slices"
	"strings"
	"testing"
)

// A recorder is a journal's file that remembers what is asked of it.
type recorder struct {
	file
	events *[]string
}

func (r recorder) note(event string) { *r.events = append(*r.events, event) }

// Write implements io.Writer.
func (r recorder) Write(line []byte) (int, error) {
	r.note("write")
	return r.file.Write(line)
}

// Sync asks the disk.
func (r recorder) Sync() error {
	r.note("sync")
	return r.file.Sync()
}

// recorded is a plan whose acts are among the events.
func recorded(p Plan, r recorder) Plan {
	for _, s := range p.Steps {
		p = replace(p, s.ID, func(s *Step) {
			if do := s.Do; do != nil {
				s.Do = func(ctx context.Context) error { r.note("do " + s.ID); return do(ctx) }
			}
			if undo := s.Undo; undo != nil {
				s.Undo = func(ctx context.Context, o Observation) error { r.note("undo " + s.ID); return undo(ctx, o) }
			}
		})
	}
	return p
}

// TestTheDiskHasEveryEntryBeforeTheStepThatItAnnounces: whatever acts, a write and a
// sync stand before it and nothing is written that is not synced at once.
func TestTheDiskHasEveryEntryBeforeTheStepThatItAnnounces(t *testing.T) {
	for name, action := range map[string]func(*testing.T, world, *Journal, recorder) (acts []string){
		"run": func(t *testing.T, w world, j *Journal, r recorder) []string {
			if out := (&Runner{Plan: recorded(w.plan(), r), Journal: j}).Run(t.Context()); out.Code != Complete {
				t.Fatalf("%+v", out)
			}
			return []string{"do worktree", "do draft", "do beta", "do tag", "do registry", "do latest", "do announcement"}
		},
		"run, undone": func(t *testing.T, w world, j *Journal, r recorder) []string {
			p := replace(w.plan(), "gate", func(s *Step) { s.Verify = fails(errBroken) })
			if out := (&Runner{Plan: recorded(p, r), Journal: j}).Run(t.Context()); out.Code != Undone {
				t.Fatalf("%+v", out)
			}
			return []string{"do worktree", "do draft", "undo draft", "undo worktree"}
		},
		"resume": func(t *testing.T, w world, j *Journal, r recorder) []string {
			p := replace(w.plan(), "registry", func(s *Step) { s.Do = fails(ErrTemporary) })
			if out := (&Runner{Plan: p, Journal: j}).Run(t.Context()); out.Code != Incomplete {
				t.Fatalf("%+v", out)
			}
			*r.events = nil
			if out := (&Runner{Plan: recorded(w.plan(), r), Journal: j}).Resume(t.Context()); out.Code != Complete {
				t.Fatalf("%+v", out)
			}
			return []string{"do registry", "do latest", "do announcement"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			j := openJournal(t, w.journal())
			var events []string
			r := recorder{j.file, &events}
			j.file = r
			acts := action(t, w, j, r)
			if got := slices.DeleteFunc(slices.Clone(events), func(e string) bool { return e == "write" || e == "sync" }); !slices.Equal(got, acts) {
				t.Errorf("it did %q, want %q", got, acts)
			}
			for i, e := range events {
				switch {
				case e == "write" && (i+1 == len(events) || events[i+1] != "sync"),
					strings.Contains(e, "do ") && (i < 2 || events[i-2] != "write" || events[i-1] != "sync"):
					t.Errorf("%s (event %d): the disk may not have what was written before it: %q", e, i, events)
				}
			}
		})
	}
}

// TestAnEntryThatTheDiskDoesNotTakeStopsItsStep: nothing is done unannounced.
func TestAnEntryThatTheDiskDoesNotTakeStopsItsStep(t *testing.T) {
	w := newWorld(t)
	j := openJournal(t, w.journal())
	var events []string
	r := recorder{failing{j.file}, &events}
	j.file = r
	if out := (&Runner{Plan: recorded(w.plan(), r), Journal: j}).Run(t.Context()); out.Code != Refused {
		t.Errorf("%+v", out)
	}
	if slices.ContainsFunc(events, func(e string) bool { return strings.HasPrefix(e, "do ") }) {
		t.Errorf("it did %q", events)
	}
	w.check(t, begun)
}

// failing is a file whose disk is broken.
type failing struct{ file }

// Sync fails.
func (failing) Sync() error { return errBroken }
