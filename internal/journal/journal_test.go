package journal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRunDoesEveryStepAndSaysSo(t *testing.T) {
	w := newWorld(t)
	if out := w.with(t, w.plan(), (*Runner).Run); out.Code != Complete || out.Err != nil || len(out.Warnings) > 0 {
		t.Fatalf("got %+v", out)
	}
	w.check(t, finished)
	const want = "began, intent worktree, result worktree, intent draft, result draft, result gate, intent beta, result beta, " +
		"intent tag, result tag, result outside, intent registry, result registry, intent latest, result latest, " +
		"intent announcement, result announcement, finished"
	j := openJournal(t, w.journal())
	if got := kinds(j.Entries()); got != want {
		t.Errorf("entries\n%s\nwant\n%s", got, want)
	}
}

func TestRunAgainDoesNothingTwice(t *testing.T) {
	w := newWorld(t)
	w.with(t, w.plan(), (*Runner).Run)
	p := w.plan()
	for _, s := range p.Steps {
		if !s.observes() {
			p = replace(p, s.ID, func(s *Step) {
				s.Do = func(context.Context) error { return fmt.Errorf("%s was done twice", s.ID) }
			})
		}
	}
	for name, action := range map[string]func(*Runner, context.Context) Outcome{"run": (*Runner).Run, "resume": (*Runner).Resume} {
		if out := w.with(t, p, action); out.Code != Complete {
			t.Errorf("%s: got %+v", name, out)
		}
	}
	w.check(t, finished)
}

// mustSet is set for the tables of tests.
func (w world) mustSet(channel, text string) {
	if err := w.set(channel, text); err != nil {
		panic(err)
	}
}

var errBroken = errors.New("broken")

func fails(err error) func(context.Context) error {
	return func(context.Context) error { return err }
}

func TestOutcomes(t *testing.T) {
	for _, tt := range []struct {
		name    string
		step    string
		disturb func(world, *Step)
		code    Code
		world   string // "begun" or "partly"
	}{
		{"the first gate fails: nothing was changed", "first", func(_ world, s *Step) { s.Verify = fails(errBroken) }, Refused, "begun"},
		{"the first step fails to act: what it may have left is taken back", "worktree", func(_ world, s *Step) { s.Do = fails(errBroken) }, Undone, "begun"},
		{"a local step is not verified", "worktree", func(_ world, s *Step) { s.Verify = fails(errBroken) }, Undone, "begun"},
		{"a gate fails behind steps that were done", "gate", func(_ world, s *Step) { s.Verify = fails(errBroken) }, Undone, "begun"},
		{"an outage before the point of no return", "draft", func(_ world, s *Step) { s.Do = fails(fmt.Errorf("signing: %w", ErrTemporary)) }, Incomplete, "partly"},
		{"somebody else's bytes before the point of no return", "draft", func(w world, _ *Step) { w.mustSet("draft", "other") }, Conflicting, "other"},
		{"a step that reports success and shows nothing", "draft", func(_ world, s *Step) { s.Do = fails(nil) }, Undone, "begun"},
		{"F01 the push is rejected as a whole", "tag", func(_ world, s *Step) { s.Do = fails(fmt.Errorf("lease: %w", ErrRejected)) }, Undone, "begun"},
		{"the push fails and nobody knows how", "tag", func(_ world, s *Step) { s.Do = fails(errBroken) }, Incomplete, "partly"},
		{"somebody else's tag", "tag", func(w world, _ *Step) { w.mustSet("tag", "commit 9999") }, Conflicting, "tag"},
		{"F02 a registry refuses for now, behind the point of no return", "registry", func(_ world, s *Step) { s.Do = fails(fmt.Errorf("429: %w", ErrTemporary)) }, Incomplete, "partly"},
		{"a registry rejects, behind the point of no return", "registry", func(_ world, s *Step) { s.Do = fails(ErrRejected) }, Incomplete, "partly"},
		{"what is out is not verified", "outside", func(_ world, s *Step) { s.Verify = fails(errBroken) }, NotVerified, "partly"},
		{"what is out are other bytes", "registry", func(_ world, s *Step) { s.Verify = fails(fmt.Errorf("sha256: %w", ErrConflict)) }, Conflicting, "partly"},
		{"a pointer does not move", "latest", func(_ world, s *Step) { s.Do = fails(errBroken) }, Incomplete, "partly"},
		{"a probe has no answer", "draft", func(_ world, s *Step) {
			s.Probe = func(context.Context) (Observation, error) { return Observation{}, errBroken }
		}, Incomplete, "partly"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			p := w.plan()
			p.Steps = append([]Step{w.observe("first", fails(nil))}, p.Steps...)
			p = replace(p, tt.step, func(s *Step) { tt.disturb(w, s) })
			out := w.with(t, p, (*Runner).Run)
			if out.Code != tt.code || out.Step != tt.step || out.Err == nil {
				t.Fatalf("got %+v, want %v at %s", out, tt.code, tt.step)
			}
			switch tt.world {
			case "begun":
				w.check(t, begun)
			case "other":
				w.check(t, map[string]string{"latest": "v1.1.0", "draft": "other"})
			case "tag":
				w.check(t, map[string]string{"latest": "v1.1.0", "tag": "commit 9999"})
			}
		})
	}
}

func TestAFailureThatIsGoneIsResumed(t *testing.T) {
	for _, step := range []string{"draft", "tag", "registry", "latest"} {
		w := newWorld(t)
		p := replace(w.plan(), step, func(s *Step) { s.Do = fails(ErrTemporary) })
		if out := w.with(t, p, (*Runner).Run); out.Code != Incomplete {
			t.Fatalf("%s: got %+v", step, out)
		}
		if out := w.with(t, w.plan(), (*Runner).Run); out.Code != Refused {
			t.Errorf("%s: a second run: got %+v, want it refused", step, out)
		}
		if out := w.with(t, w.plan(), (*Runner).Resume); out.Code != Complete {
			t.Errorf("%s: got %+v", step, out)
		}
		w.check(t, finished)
	}
}

func TestAnOutcomeSaysWhetherSomethingIsPublic(t *testing.T) {
	for step, public := range map[string]bool{"draft": false, "tag": true, "registry": true, "latest": true} {
		w := newWorld(t)
		p := replace(w.plan(), step, func(s *Step) { s.Do = fails(ErrTemporary) })
		if out := w.with(t, p, (*Runner).Run); out.Public != public {
			t.Errorf("it failed at %s: public %t", step, out.Public)
		}
		if step != "registry" && step != "latest" {
			continue
		}
		p = replace(w.plan(), "draft", func(s *Step) {
			s.Probe = func(context.Context) (Observation, error) { return Observation{}, ErrTemporary }
		})
		if out := w.with(t, p, (*Runner).Resume); !out.Public {
			t.Errorf("resumed behind %s it fails before, and what is out is forgotten", step)
		}
		if out := w.with(t, w.plan(), (*Runner).Abort); out.Code != Refused || !out.Public {
			t.Errorf("behind %s it is aborted: %+v", step, out)
		}
	}
}

// TestWhatWasPublicOnceIsNeverTakenBack: somebody moves or deletes what was out. A
// run that undid the rest would say that nothing is left, and people have it.
func TestWhatWasPublicOnceIsNeverTakenBack(t *testing.T) {
	for name, tt := range map[string]struct {
		tag    string
		broken string
		code   Code
	}{
		"moved":                       {"commit 9999", "", Conflicting},
		"deleted":                     {"", "", Complete},
		"deleted, and a gate is shut": {"", "gate", NotVerified},
		"deleted, and a step fails":   {"", "draft", Incomplete},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			p := replace(w.plan(), "registry", func(s *Step) { s.Do = fails(ErrTemporary) })
			if out := w.with(t, p, (*Runner).Run); out.Code != Incomplete {
				t.Fatalf("got %+v", out)
			}
			w.mustSet("tag", tt.tag)
			if out := w.with(t, w.plan(), (*Runner).Abort); out.Code != Refused || !out.Public || out.Step != "tag" {
				t.Errorf("aborted: %+v", out)
			}
			p = replace(w.plan(), tt.broken, func(s *Step) {
				s.Verify = fails(errBroken)
				if !s.observes() {
					s.Probe = func(context.Context) (Observation, error) { return Observation{}, errBroken }
				}
			})
			if out := w.with(t, p, (*Runner).Resume); out.Code != tt.code || tt.code != Complete && !out.Public {
				t.Errorf("resumed: %+v, want %s", out, tt.code)
			}
			if draft, err := w.get("draft"); err != nil || draft == "" {
				t.Errorf("the draft is gone: %q, %v", draft, err)
			}
		})
	}
}

func TestALostReplyIsDone(t *testing.T) {
	w := newWorld(t)
	p := replace(w.plan(), "tag", func(s *Step) {
		do := s.Do
		s.Do = func(ctx context.Context) error { return errors.Join(do(ctx), errors.New("connection reset")) }
	})
	out := w.with(t, p, (*Runner).Run)
	if out.Code != Complete || len(out.Warnings) != 1 || !strings.Contains(out.Warnings[0], "connection reset") {
		t.Errorf("got %+v", out)
	}
	w.check(t, finished)
}

func TestANoticeThatFailsIsAWarning(t *testing.T) {
	w := newWorld(t)
	out := w.with(t, replace(w.plan(), "announcement", func(s *Step) { s.Do = fails(errBroken) }), (*Runner).Run)
	if out.Code != Complete || len(out.Warnings) != 1 {
		t.Errorf("got %+v", out)
	}
}

func TestACheckWithoutAnAnswerIsAWarning(t *testing.T) {
	unclear := fmt.Errorf("the program: %w", ErrUnclear)
	w := newWorld(t)
	p := replace(w.plan(), "outside", func(s *Step) { s.Verify = fails(unclear) })
	out := w.with(t, p, (*Runner).Run)
	if out.Code != Complete || len(out.Warnings) != 1 || !strings.Contains(out.Warnings[0], "outside: the program: it cannot tell") {
		t.Errorf("got %+v", out)
	}
	w.check(t, finished)
	w = newWorld(t)
	p = replace(w.plan(), "draft", func(s *Step) { s.Verify = fails(unclear) })
	if out := w.with(t, p, (*Runner).Run); out.Code != Undone {
		t.Errorf("a step that makes something and cannot be checked: %+v", out)
	}
}

func TestCancelKeepsWhatIsThere(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	p := replace(w.plan(), "draft", func(s *Step) {
		do := s.Do
		s.Do = func(ctx context.Context) error { cancel(); return do(ctx) }
	})
	out := w.with(t, p, func(r *Runner, _ context.Context) Outcome { return r.Run(ctx) })
	if out.Code != Incomplete || !errors.Is(out.Err, context.Canceled) {
		t.Fatalf("got %+v", out)
	}
	if out := w.with(t, w.plan(), (*Runner).Resume); out.Code != Complete {
		t.Errorf("resume: got %+v", out)
	}
	w.check(t, finished)
}

func TestCancelBeforeAnythingIsARefusal(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if out := w.with(t, w.plan(), func(r *Runner, _ context.Context) Outcome { return r.Run(ctx) }); out.Code != Refused {
		t.Errorf("got %+v", out)
	}
	w.check(t, begun)
}

func TestResumeRefusesAnotherPlan(t *testing.T) {
	w := newWorld(t)
	w.with(t, replace(w.plan(), "draft", func(s *Step) { s.Do = fails(ErrTemporary) }), (*Runner).Run)
	other := replace(w.plan(), "tag", func(s *Step) { s.Expect = "commit 5678" })
	if out := w.with(t, other, (*Runner).Resume); out.Code != Refused {
		t.Errorf("got %+v", out)
	}
}

func TestAbortBeforeThePointOfNoReturnLeavesNoTrace(t *testing.T) {
	w := newWorld(t)
	w.with(t, replace(w.plan(), "tag", func(s *Step) { s.Do = fails(errBroken) }), (*Runner).Run)
	if out := w.with(t, w.plan(), (*Runner).Abort); out.Code != Undone {
		t.Fatalf("got %+v", out)
	}
	w.check(t, begun)
	if out := w.with(t, w.plan(), (*Runner).Resume); out.Code != Refused {
		t.Errorf("resume: got %+v, want it refused", out)
	}
	if out := w.with(t, w.plan(), (*Runner).Run); out.Code != Complete {
		t.Errorf("begun again: got %+v", out)
	}
	w.check(t, finished)
}

func TestAbortBehindThePointOfNoReturnIsRefused(t *testing.T) {
	w := newWorld(t)
	w.with(t, replace(w.plan(), "registry", func(s *Step) { s.Do = fails(errBroken) }), (*Runner).Run)
	before := w.state(t)
	if out := w.with(t, w.plan(), (*Runner).Abort); out.Code != Refused || out.Step != "tag" {
		t.Errorf("got %+v", out)
	}
	w.check(t, before)
}

func TestAbortThatFailsIsFinishedByTheNext(t *testing.T) {
	w := newWorld(t)
	w.with(t, replace(w.plan(), "tag", func(s *Step) { s.Do = fails(errBroken) }), (*Runner).Run)
	stuck := replace(w.plan(), "draft", func(s *Step) {
		s.Undo = func(context.Context, Observation) error { return errBroken }
	})
	if out := w.with(t, stuck, (*Runner).Abort); out.Code != Incomplete {
		t.Fatalf("got %+v", out)
	}
	w.check(t, map[string]string{"latest": "v1.1.0", "draft": "draft of v1.2.0"})
	if out := w.with(t, w.plan(), (*Runner).Abort); out.Code != Undone {
		t.Errorf("got %+v", out)
	}
	w.check(t, begun)
}

func TestAbortLeavesWhatSomebodyElseMade(t *testing.T) {
	w := newWorld(t)
	w.with(t, replace(w.plan(), "tag", func(s *Step) { s.Do = fails(errBroken) }), (*Runner).Run)
	if err := w.set("draft", "theirs"); err != nil {
		t.Fatal(err)
	}
	out := w.with(t, w.plan(), (*Runner).Abort)
	if out.Code != Undone || len(out.Warnings) != 1 {
		t.Errorf("got %+v", out)
	}
	w.check(t, map[string]string{"latest": "v1.1.0", "draft": "theirs"})
}

func TestALostJournalIsRebuiltFromProbes(t *testing.T) {
	w := newWorld(t)
	w.with(t, replace(w.plan(), "registry", func(s *Step) { s.Do = fails(errBroken) }), (*Runner).Run)
	if err := os.Remove(w.journal()); err != nil {
		t.Fatal(err)
	}
	if out := w.with(t, w.plan(), (*Runner).Resume); out.Code != Complete {
		t.Errorf("got %+v", out)
	}
	w.check(t, finished)
}

func TestATamperedJournalIsNotBelieved(t *testing.T) {
	w := newWorld(t)
	w.with(t, replace(w.plan(), "registry", func(s *Step) { s.Do = fails(errBroken) }), (*Runner).Run)
	b, err := os.ReadFile(w.journal())
	if err != nil {
		t.Fatal(err)
	}
	forged := strings.Replace(string(b), `"kind":"failed","step":"registry"`, `"kind":"result","step":"registry"`, 1)
	if err := os.WriteFile(w.journal(), []byte(forged), 0o600); err != nil {
		t.Fatal(err)
	}
	out := w.with(t, w.plan(), (*Runner).Resume)
	if out.Code != Complete || len(out.Warnings) != 1 || !strings.Contains(out.Warnings[0], "is not believed") {
		t.Errorf("got %+v, want it complete with one warning", out)
	}
	w.check(t, finished)
	kept, err := filepath.Glob(w.journal() + ".damaged-*")
	if err != nil || len(kept) != 1 {
		t.Fatalf("kept %v, %v; want the damaged bytes", kept, err)
	}
	if got, err := os.ReadFile(kept[0]); err != nil || string(got) != forged {
		t.Errorf("the damaged bytes were changed (%v)", err)
	}
}

func TestALineThatWasCutOffIsDropped(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j")
	whole := sample(t)
	if err := os.WriteFile(path, whole[:len(whole)-9], 0o600); err != nil {
		t.Fatal(err)
	}
	j := openJournal(t, path)
	if got := kinds(j.Entries()); got != "began, intent a, result a" || len(j.Warnings()) > 0 {
		t.Fatalf("entries %s, warnings %v", got, j.Warnings())
	}
	if err := errors.Join(j.append(Entry{Kind: Finished}), j.Close()); err != nil {
		t.Fatal(err)
	}
	again := openJournal(t, path)
	if got := kinds(again.Entries()); got != "began, intent a, result a, finished" || len(again.Warnings()) > 0 {
		t.Errorf("written on: entries %s, warnings %v", got, again.Warnings())
	}
}

func TestOneProcessHasTheJournal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j")
	first := openJournal(t, path)
	var locked *LockedError
	if _, err := Open(path, nil); !errors.As(err, &locked) {
		t.Fatalf("a second opener got %v, want a *LockedError", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	openJournal(t, path)
}

func TestH05NoSecretReachesJournalOutcomeOrWatch(t *testing.T) {
	const token = "first-line-0123\nsecond-line-4567\nthird-line-89ab"
	w := newWorld(t)
	p := w.plan()
	for i := range p.Steps {
		p.Steps[i].Expect = "with " + token
		p.Steps[i].Channel = "https://u:" + token + "@e.com/"
	}
	p.Name = token
	p = replace(p, "draft", func(s *Step) {
		do := s.Do
		s.Do = func(ctx context.Context) error { return errors.Join(do(ctx), errors.New("401 for "+token)) }
		probe := s.Probe
		s.Probe = func(ctx context.Context) (Observation, error) {
			o, err := probe(ctx)
			return Observation{o.State, o.Value + token}, err
		}
	})
	p = replace(p, "registry", func(s *Step) { s.Do = fails(errors.New("refused second-line-4567")) })
	j := openJournal(t, w.journal(), token)
	var seen strings.Builder
	r := &Runner{Plan: p, Journal: j, Watch: func(e Event) { fmt.Fprintf(&seen, "%+v\n", e) }}
	for _, action := range []func(context.Context) Outcome{r.Run, r.Resume, r.Abort} {
		fmt.Fprintf(&seen, "%+v\n", action(t.Context()))
	}
	b, err := os.ReadFile(w.journal())
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(token) {
		if line = strings.TrimSpace(line); strings.Contains(string(b)+seen.String(), line) {
			t.Errorf("%q was written", line)
		}
	}
	if !strings.Contains(string(b), "***") {
		t.Error("nothing was masked: the test does not reach the journal")
	}
}

func TestPlansThatAreRefused(t *testing.T) {
	w := world{t.TempDir()}
	local, invisible, pointer := w.put("local", Local, "xx"), w.put("invisible", Invisible, "xx"), w.move("pointer", "xx")
	irrevocable, notice, gate := w.put("irrevocable", Irrevocable, "xx"), w.put("notice", Notice, "xx"), w.observe("gate", fails(nil))
	without := func(s Step, change func(*Step)) Step { change(&s); return s }
	for _, tt := range []struct {
		name  string
		steps []Step
		want  string // "" is a plan that holds
	}{
		{"the usual order", []Step{local, invisible, gate, irrevocable, pointer, notice}, ""},
		{"pointers first, as in a rollback", []Step{pointer, local, irrevocable}, ""},
		{"a check behind everything", []Step{irrevocable, notice, gate}, ""},
		{"local behind irrevocable", []Step{irrevocable, local}, `plan: step "local": it is local and stands behind the irrevocable step "irrevocable"`},
		{"invisible behind irrevocable", []Step{irrevocable, pointer, invisible}, `plan: step "invisible": it is invisible and stands behind the irrevocable step "irrevocable"`},
		{"something behind a notice", []Step{notice, pointer}, `plan: step "pointer": it is pointer and stands behind the notice "notice"`},
		{"two steps of one name", []Step{local, local}, `plan: step "local": there is another step with this ID`},
		{"no ID", []Step{{Title: "x", Verify: fails(nil)}}, `plan: step "x": it has no ID`},
		{"nothing to do", []Step{{ID: "x"}}, `plan: step "x": it has neither Do nor Verify`},
		{"no probe", []Step{without(local, func(s *Step) { s.Probe = nil })}, `plan: step "local": it has no Probe`},
		{"no undo", []Step{without(pointer, func(s *Step) { s.Undo = nil })}, `plan: step "pointer": it is pointer and has no Undo`},
		{"no class", []Step{without(local, func(s *Step) { s.Class = "" })}, `plan: step "local": its class is ""`},
	} {
		err := Plan{"p", tt.steps}.Check()
		if got := fmt.Sprint(err); got != tt.want && (tt.want != "" || err != nil) {
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.want)
		}
	}
}

func TestAWrongOrderRunsNothing(t *testing.T) {
	w := newWorld(t)
	p := w.plan()
	p.Steps = append(p.Steps, w.put("late", Local, "xx"))
	for name, action := range map[string]func(*Runner, context.Context) Outcome{"run": (*Runner).Run, "resume": (*Runner).Resume, "abort": (*Runner).Abort} {
		out := w.with(t, p, action)
		var e *PlanError
		if out.Code != Refused || !errors.As(out.Err, &e) {
			t.Errorf("%s: got %+v", name, out)
		}
	}
	w.check(t, begun)
}

func TestPointOfNoReturnIsTheFirstIrrevocableStep(t *testing.T) {
	w := world{t.TempDir()}
	if got := w.plan().PointOfNoReturn(); got != "tag" {
		t.Errorf("got %q, want tag", got)
	}
	if got := (Plan{"p", []Step{w.move("x", "y")}}).PointOfNoReturn(); got != "" {
		t.Errorf("got %q, want none", got)
	}
}

func TestHashIsOfWhatAPersonSees(t *testing.T) {
	w := world{t.TempDir()}
	p := w.plan()
	if p.Hash() != w.plan().Hash() {
		t.Error("the same plan has two hashes")
	}
	for name, change := range map[string]func(*Step){
		"ID": func(s *Step) { s.ID += "x" }, "title": func(s *Step) { s.Title += "x" }, "channel": func(s *Step) { s.Channel += "x" },
		"class": func(s *Step) { s.Class = Local }, "expectation": func(s *Step) { s.Expect += "x" },
	} {
		if replace(p, "tag", change).Hash() == p.Hash() {
			t.Errorf("another %s has the same hash", name)
		}
	}
}
