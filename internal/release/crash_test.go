package release_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"reflect"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cupel-dev/cupel/internal/channel/oci/registrytest"
	"github.com/cupel-dev/cupel/internal/journal"
	"github.com/cupel-dev/cupel/internal/release"
)

// An undisturbed release is what every other one is held against.
type undisturbed struct {
	before, after map[string]string
	events        int // before and after each entry of the journal
	requests      int // to the registry
	mould         mould
}

func releaseUndisturbed(t *testing.T) undisturbed {
	t.Helper()
	w := newWorld(t)
	u := undisturbed{before: w.state(t), mould: newMould(t, w)}
	var requests atomic.Int64
	w.registry.Next(-1, "", "", registrytest.Before(func() { requests.Add(1) }))
	out, err := w.run(t.Context(), w.draft, release.Options.Run, func(journal.Event) { u.events++ })
	check(t, err)
	if out.Code != journal.Complete || len(out.Warnings) > 0 {
		t.Fatalf("an undisturbed release: %s: %v %q", out.Code, out.Err, out.Warnings)
	}
	u.requests, u.after = int(requests.Load()), w.state(t)
	if told := w.news.messages(); len(told) != 1 || !strings.Contains(told[0], "Everything that *1.1.0* lacks") {
		t.Errorf("the webhook was told %q", told)
	}
	return u
}

// A mishap is one way in which a release goes wrong, and one in which it is then
// brought to an end.
type mishap struct {
	name  string
	abort bool
	// disturb makes a release that goes wrong. It reports how the release ended;
	// the zero Outcome is a process that died.
	disturb func(t *testing.T, w *world) journal.Outcome
}

// TestCrashMatrix ends the process of a release before and after every entry of
// its journal, by a panic that nothing runs behind and by a real kill, and lets
// every channel answer once with every fault. Resumed, the release has left the
// same bytes everywhere as an undisturbed one; aborted, none.
//
// It takes a sample; CUPEL_SELFTEST=1 takes all of it, as selftest:release does.
func TestCrashMatrix(t *testing.T) {
	if in := os.Getenv("CUPEL_TEST_KILL_RELEASE"); in != "" {
		killMyself(t, in)
		return
	}
	u := releaseUndisturbed(t)
	all := u.mishaps()
	mishaps := sample(t, all)
	var ran, held atomic.Int64
	t.Run("cases", func(t *testing.T) {
		for _, c := range mishaps {
			t.Run(c.title(), func(t *testing.T) {
				t.Parallel()
				ran.Add(1)
				w := u.mould.cast(t)
				out := c.disturb(t, w)
				w.settle(t, u, c.abort, out)
				if !t.Failed() {
					held.Add(1)
				}
			})
		}
	})
	t.Logf("matrix: %d cases of %d, %d held, %d failed", ran.Load(), len(all), held.Load(), ran.Load()-held.Load())
}

func (c mishap) title() string {
	if c.abort {
		return c.name + ", abort"
	}
	return c.name + ", resume"
}

// mishaps are all cases of the matrix.
func (u undisturbed) mishaps() []mishap {
	var all []mishap
	for n := range u.events {
		for _, abort := range []bool{false, true} {
			all = append(all, mishap{fmt.Sprintf("crash at %d", n), abort, func(t *testing.T, w *world) journal.Outcome {
				w.crash(t, w.draft, release.Options.Run, n)
				return journal.Outcome{}
			}})
		}
		if n%9 == 4 {
			all = append(all, mishap{fmt.Sprintf("kill at %d", n), n%2 == 0, func(t *testing.T, w *world) journal.Outcome {
				w.kill(t, n)
				return journal.Outcome{}
			}})
		}
	}
	for i, f := range faults(u.requests) {
		all = append(all, mishap{f.name, i%2 == 1, func(t *testing.T, w *world) journal.Outcome { return w.meet(t, f) }})
	}
	return all
}

// selftest reports whether everything is wanted, however long it takes.
func selftest() bool { return os.Getenv("CUPEL_SELFTEST") != "" }

// sample is all mishaps or, where that would take long, some of each kind.
func sample(t *testing.T, all []mishap) []mishap {
	t.Helper()
	if selftest() {
		return all
	}
	size := 5
	if testing.Short() {
		size = 2
	}
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("CUPEL_TEST_SEED"); text != "" {
		n, err := strconv.ParseUint(text, 10, 64)
		check(t, err)
		seed = n
	}
	t.Logf("sample of CUPEL_TEST_SEED=%d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	some := make([]mishap, 0, size)
	for i := range size { // evenly over the kinds, which stand in order
		first, last := i*len(all)/size, (i+1)*len(all)/size
		some = append(some, all[first+r.IntN(last-first)])
	}
	return some
}

// crashed is what a simulated crash throws: nothing runs behind it but what
// gives locks back, as the system does for a process that died.
type crashed struct{}

// crash runs a release until event n, counted from 0.
func (w *world) crash(t *testing.T, d release.Draft, do deed, n int) {
	t.Helper()
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(crashed); !ok {
				panic(r)
			}
		}
	}()
	_, err := w.run(t.Context(), d, do, func(journal.Event) {
		if n == 0 {
			panic(crashed{})
		}
		n--
	})
	check(t, err)
}

// meet runs a release that meets a fault.
func (w *world) meet(t *testing.T, f fault) journal.Outcome {
	t.Helper()
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	if f.at == "" {
		f.arm(t, w, interrupt)
	}
	out, err := w.run(ctx, w.draft, release.Options.Run, func(e journal.Event) {
		if e.Entry.Kind == journal.Intent && e.Entry.Step == f.at && e.Written {
			f.arm(t, w, interrupt)
		}
	})
	if err != nil && ctx.Err() == nil {
		t.Fatal(err)
	}
	return out
}

// settle brings a release that was disturbed to its end in a world without
// faults, and checks that the end is one of the two.
func (w *world) settle(t *testing.T, u undisturbed, abort bool, out journal.Outcome) {
	t.Helper()
	w.heal(t)
	what := fmt.Sprintf("it ended with %s at %q: %v", out.Code, out.Step, out.Err)
	_, public := w.state(t)["remote refs/tags/v1.2.0"]
	switch {
	case out.Code == journal.Refused || out.Code == journal.Undone:
		w.want(t, what, u.before)
		return
	case abort && !public:
		if out := w.do(t, w.draft, release.Options.Abort); out.Code != journal.Undone {
			t.Fatalf("%s; aborted: %s: %v", what, out.Code, out.Err)
		}
		w.want(t, what+"; aborted", u.before)
		if told := w.news.messages(); len(told) > 0 {
			t.Errorf("the webhook was told %q of what is not out", told)
		}
		return
	case abort:
		was := w.state(t)
		if out := w.do(t, w.draft, release.Options.Abort); out.Code != journal.Refused {
			t.Fatalf("%s; aborted though it is public: %s: %v", what, out.Code, out.Err)
		}
		delete(was, "remote refs/cupel/lock") // nobody is at work any more
		w.want(t, what+"; abort refused", was)
	}
	resumed := w.do(t, w.draft, release.Options.Resume)
	if resumed.Code != journal.Complete {
		t.Fatalf("%s; resumed: %s: %v", what, resumed.Code, resumed.Err)
	}
	w.want(t, what+"; resumed", u.after)
	if told := w.news.messages(); len(told) > 1 || len(told) == 0 && len(resumed.Warnings) == 0 {
		t.Errorf("%s; the webhook was told %d times, and the release warns of %q", what, len(told), resumed.Warnings)
	}
}

func (w *world) want(t *testing.T, what string, want map[string]string) {
	t.Helper()
	if got := w.state(t); !reflect.DeepEqual(got, want) {
		t.Errorf("%s\n%s", what, differences(got, want))
	}
}

// kill ends a real process with a kill signal at event n.
func (w *world) kill(t *testing.T, n int) {
	t.Helper()
	text, err := json.Marshal(doomed{w.site, w.draft, w.draft.Version.Tag(), n})
	check(t, err)
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestCrashMatrix$")
	cmd.Env = append(os.Environ(), "CUPEL_TEST_KILL_RELEASE="+string(text))
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || bytes.Contains(out, []byte("FAIL")) {
		t.Fatalf("the process was to be killed at %d: %v\n%s", n, err, out)
	}
}

// doomed is what a process is told that kills itself.
type doomed struct {
	Site  site
	Draft release.Draft
	Tag   string
	At    int
}

func killMyself(t *testing.T, in string) {
	t.Helper()
	var d doomed
	check(t, json.Unmarshal([]byte(in), &d))
	d.Draft.Version = parsed(d.Tag)
	_, err := d.Site.run(t.Context(), d.Draft, release.Options.Run, func(journal.Event) {
		if d.At == 0 {
			self, err := os.FindProcess(os.Getpid())
			if err != nil || self.Kill() != nil {
				os.Exit(1)
			}
			select {} // until the signal arrives
		}
		d.At--
	})
	t.Fatalf("it lived: %v", err)
}
