package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"strconv"
	"testing"
)

// crashed is what a simulated crash throws: nothing runs behind it, as behind
// a power cut.
type crashed struct{}

// crashAt returns a Watch that crashes at the nth event, counted from 0.
func crashAt(n int) func(Event) {
	return func(Event) {
		if n == 0 {
			panic(crashed{})
		}
		n--
	}
}

// crash runs action and crashes it at event n. It reports whether the action
// lived that long.
func (w world) crash(t *testing.T, p Plan, action func(*Runner, context.Context) Outcome, n int) (crash bool) {
	t.Helper()
	j := openJournal(t, w.journal())
	defer func() {
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		if r := recover(); r != nil {
			if _, ok := r.(crashed); !ok {
				panic(r)
			}
			crash = true
		}
	}()
	action(&Runner{Plan: p, Journal: j, Watch: crashAt(n)}, t.Context())
	return false
}

// settle brings a crashed world to an end in both ways: resumed it is as after
// an undisturbed run; aborted it is as before, or, past the point of no return,
// unchanged until it is resumed.
func (w world) settle(t *testing.T, p Plan, abort bool) {
	t.Helper()
	if abort {
		before := w.state(t)
		tag, err := w.get("tag")
		if err != nil {
			t.Fatal(err)
		}
		switch out := w.with(t, p, (*Runner).Abort); {
		case tag == "" && out.Code == Undone:
			w.check(t, begun)
			return
		case tag != "" && out.Code == Refused:
			w.check(t, before)
		default:
			t.Fatalf("abort with the tag %q: got %+v", tag, out)
		}
	}
	if out := w.with(t, p, (*Runner).Resume); out.Code != Complete || len(out.Warnings) > 0 {
		t.Fatalf("resume: got %+v", out)
	}
	w.check(t, finished)
}

func endings(t *testing.T, name string, run func(t *testing.T, abort bool)) {
	t.Helper()
	for _, abort := range []bool{false, true} {
		t.Run(fmt.Sprintf("%s/abort=%v", name, abort), func(t *testing.T) { run(t, abort) })
	}
}

func TestCrashBeforeAndAfterEveryEntry(t *testing.T) {
	cases := 0
	for n, alive := 0, true; alive; n++ {
		endings(t, strconv.Itoa(n), func(t *testing.T, abort bool) {
			w := newWorld(t)
			if alive = w.crash(t, w.plan(), (*Runner).Run, n); alive {
				cases++
				w.settle(t, w.plan(), abort)
			}
		})
	}
	t.Logf("%d crashes, all settled", cases)
	if entries := 18; cases != 2*2*entries {
		t.Errorf("%d crashes, expected two for each of the %d entries, each settled in two ways", cases, entries)
	}
}

// TestCrashInsideAStep crashes between the two parts of what a step does, and
// between its doing and its result.
func TestCrashInsideAStep(t *testing.T) {
	for _, s := range (world{}).plan().Steps {
		if s.observes() {
			continue
		}
		for _, half := range []bool{true, false} {
			endings(t, fmt.Sprintf("%s/half=%v", s.ID, half), func(t *testing.T, abort bool) {
				w := newWorld(t)
				p := replace(w.plan(), s.ID, func(s *Step) {
					do, want := s.Do, s.Expect
					s.Do = func(ctx context.Context) error {
						err := do(ctx)
						if half && s.Class != Pointer {
							err = errors.Join(err, w.set(s.ID, want[:len(want)/2]))
						}
						if err != nil {
							t.Error(err)
						}
						panic(crashed{})
					}
				})
				if !w.crash(t, p, (*Runner).Run, 1000) {
					t.Fatal("it did not crash")
				}
				w.settle(t, w.plan(), abort)
			})
		}
	}
}

// TestCrashTwice crashes a run in its first step, at the point of no return,
// behind it and near its end, and then, anywhere, what was to settle it.
func TestCrashTwice(t *testing.T) {
	if testing.Short() {
		t.Skip("about 300 crashes")
	}
	cases := 0
	for _, second := range []func(*Runner, context.Context) Outcome{(*Runner).Resume, (*Runner).Abort} {
		for _, first := range []int{4, 17, 22, 31} {
			for n, alive := 0, true; alive; n++ {
				for _, abort := range []bool{false, true} {
					w := newWorld(t)
					w.crash(t, w.plan(), (*Runner).Run, first)
					if alive = w.crash(t, w.plan(), second, n); !alive {
						continue
					}
					cases++
					if w.abandoned(t) {
						w.check(t, begun)
					} else {
						w.settle(t, w.plan(), abort)
					}
				}
			}
		}
	}
	t.Logf("%d double crashes, all settled", cases)
}

// abandoned reports whether the journal says that nothing is left of the run.
func (w world) abandoned(t *testing.T) bool {
	t.Helper()
	j := openJournal(t, w.journal())
	defer j.Close()
	entries := j.Entries()
	return len(entries) > 0 && entries[len(entries)-1].Kind == Abandoned
}

// TestKill ends a real process with a kill signal before and after every entry.
func TestKill(t *testing.T) {
	if dir := os.Getenv("CUPEL_TEST_KILL_WORLD"); dir != "" {
		killMyself(t, world{dir})
		return
	}
	killed := 0
	for n := 0; ; n++ {
		w := newWorld(t)
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKill$")
		cmd.Env = append(os.Environ(), "CUPEL_TEST_KILL_WORLD="+w.dir, "CUPEL_TEST_KILL_AT="+strconv.Itoa(n))
		out, err := cmd.CombinedOutput()
		if err == nil {
			w.check(t, finished)
			break
		}
		var exit *exec.ExitError
		if !errors.As(err, &exit) || bytes.Contains(out, []byte("FAIL")) {
			t.Fatalf("kill at %d: %v\n%s", n, err, out)
		}
		killed++
		w.settle(t, w.plan(), n%2 == 1)
	}
	t.Logf("%d processes killed, all settled", killed)
	if killed != 36 {
		t.Errorf("%d processes killed, expected 36", killed)
	}
}

func killMyself(t *testing.T, w world) {
	n, err := strconv.Atoi(os.Getenv("CUPEL_TEST_KILL_AT"))
	if err != nil {
		t.Fatal(err)
	}
	j := openJournal(t, w.journal())
	watch := func(Event) {
		if n == 0 {
			self, err := os.FindProcess(os.Getpid())
			if err != nil || self.Kill() != nil {
				os.Exit(1)
			}
			select {} // until the signal arrives
		}
		n--
	}
	if out := (&Runner{Plan: w.plan(), Journal: j, Watch: watch}).Run(t.Context()); out.Code != Complete {
		t.Fatalf("got %+v", out)
	}
}

// TestEveryPrefixOfAJournalResumes cuts the journal of a run anywhere, as a
// file system does that lost its last pages.
func TestEveryPrefixOfAJournalResumes(t *testing.T) {
	w := newWorld(t)
	w.crash(t, w.plan(), (*Runner).Run, 21) // behind the intent of the tag, before its result
	whole, err := os.ReadFile(w.journal())
	if err != nil {
		t.Fatal(err)
	}
	state := w.state(t)
	for cut := 0; cut <= len(whole); cut += 101 {
		w := newWorld(t)
		for channel, text := range state {
			if err := w.set(channel, text); err != nil {
				t.Fatal(err)
			}
		}
		j := openJournal(t, w.journal())
		if err := errors.Join(j.Close(), os.WriteFile(w.journal(), whole[:cut], 0o600)); err != nil {
			t.Fatal(err)
		}
		if out := w.with(t, w.plan(), (*Runner).Resume); out.Code != Complete || len(out.Warnings) > 0 {
			t.Fatalf("cut at %d: got %+v", cut, out)
		}
		if got := w.state(t); !maps.Equal(got, finished) {
			t.Fatalf("cut at %d: the world holds %v", cut, got)
		}
	}
}
