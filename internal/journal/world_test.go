package journal

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cupel-dev/cupel/internal/redact"
)

// A world is a directory that stands for all channels: a file each. What a
// channel holds is the text of its file.
type world struct{ dir string }

func newWorld(t *testing.T) world {
	t.Helper()
	w := world{filepath.Join(t.TempDir(), "world")}
	if err := errors.Join(os.Mkdir(w.dir, 0o700), w.set("latest", "v1.1.0")); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w world) get(channel string) (string, error) {
	b, err := os.ReadFile(filepath.Join(w.dir, channel))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return string(b), err
}

// set changes a channel at once, as a rename does; the empty text removes it.
func (w world) set(channel, text string) error {
	name := filepath.Join(w.dir, channel)
	if text == "" {
		err := os.Remove(name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	if err := os.WriteFile(name+".new", []byte(text), 0o600); err != nil {
		return err
	}
	return os.Rename(name+".new", name)
}

func (w world) state(t *testing.T) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(w.dir)
	if err != nil {
		t.Fatal(err)
	}
	state := map[string]string{}
	for _, e := range entries {
		text, err := w.get(e.Name())
		if err != nil {
			t.Fatal(err)
		}
		state[e.Name()] = text
	}
	return state
}

// put is a step that writes want into a channel in two parts, so that it can
// be found half done.
func (w world) put(id string, class Class, want string) Step {
	half := want[:len(want)/2]
	return Step{
		ID: id, Title: "write " + id, Channel: id, Class: class, Expect: want,
		Probe: func(context.Context) (Observation, error) {
			text, err := w.get(id)
			states := map[string]State{"": Absent, half: Partial, want: Done}
			state, known := states[text]
			if !known {
				state = Conflict
			}
			return Observation{state, text}, err
		},
		Do: func(context.Context) error {
			return errors.Join(w.set(id, half), w.set(id, want))
		},
		Verify: func(context.Context) error {
			if text, err := w.get(id); err != nil || text != want {
				return fmt.Errorf("%s holds %q, %w", id, text, err)
			}
			return nil
		},
		Undo: func(context.Context, Observation) error { return w.set(id, "") },
	}
}

// move is a step that points a channel to another version.
func (w world) move(id, want string) Step {
	return Step{
		ID: id, Title: "move " + id, Channel: id, Class: Pointer, Expect: want,
		Probe: func(context.Context) (Observation, error) {
			text, err := w.get(id)
			if text == want {
				return Observation{Done, text}, err
			}
			return Observation{Absent, text}, err
		},
		Do: func(context.Context) error { return w.set(id, want) },
		Undo: func(_ context.Context, before Observation) error {
			if before.State == Unknown {
				return errors.New("nobody knows where it pointed")
			}
			return w.set(id, before.Value)
		},
	}
}

// plan has a step of every class: local, invisible, a gate, a pointer that
// moves early, the point of no return, a check from outside, a second
// irrevocable step, a late pointer, and a notice.
func (w world) plan() Plan {
	return Plan{"release v1.2.0", []Step{
		w.put("worktree", Local, "tree of v1.2.0"),
		w.put("draft", Invisible, "draft of v1.2.0"),
		w.observe("gate", func(context.Context) error { return nil }),
		w.move("beta", "v1.2.0"),
		w.put("tag", Irrevocable, "commit 1234"),
		w.observe("outside", func(context.Context) error {
			text, err := w.get("tag")
			if text != "commit 1234" {
				err = errors.Join(err, fmt.Errorf("the tag holds %q", text))
			}
			return err
		}),
		w.put("registry", Irrevocable, "package 1.2.0"),
		w.move("latest", "v1.2.0"),
		w.put("announcement", Notice, "v1.2.0 is out"),
	}}
}

func (w world) observe(id string, verify func(context.Context) error) Step {
	return Step{ID: id, Title: "look at " + id, Verify: verify}
}

// finished is the world after an undisturbed run, begun the world before it.
var (
	begun    = map[string]string{"latest": "v1.1.0"}
	finished = map[string]string{
		"worktree": "tree of v1.2.0", "draft": "draft of v1.2.0", "beta": "v1.2.0", "tag": "commit 1234",
		"registry": "package 1.2.0", "latest": "v1.2.0", "announcement": "v1.2.0 is out",
	}
)

func (w world) check(t *testing.T, want map[string]string) {
	t.Helper()
	if got := w.state(t); !maps.Equal(got, want) {
		t.Errorf("the world holds\n%v\nwant\n%v", got, want)
	}
}

func (w world) journal() string { return filepath.Join(filepath.Dir(w.dir), "state", "journal.jsonl") }

func openJournal(t *testing.T, path string, secrets ...string) *Journal {
	t.Helper()
	j, err := Open(path, redact.New(secrets...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() }) // most tests close it themselves
	return j
}

// with runs action on a plan with the world's journal.
func (w world) with(t *testing.T, p Plan, action func(*Runner, context.Context) Outcome) Outcome {
	t.Helper()
	j := openJournal(t, w.journal())
	out := action(&Runner{Plan: p, Journal: j}, t.Context())
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	return out
}

// replace returns the plan with step id changed.
func replace(p Plan, id string, change func(*Step)) Plan {
	steps := make([]Step, len(p.Steps))
	copy(steps, p.Steps)
	for i := range steps {
		if steps[i].ID == id {
			change(&steps[i])
		}
	}
	return Plan{p.Name, steps}
}

func kinds(entries []Entry) string {
	var list []string
	for _, e := range entries {
		list = append(list, strings.TrimSpace(string(e.Kind)+" "+e.Step))
	}
	return strings.Join(list, ", ")
}
