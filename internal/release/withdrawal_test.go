package release

import (
	"context"
	"errors"
	"reflect"
	"testing"

	"github.com/cupel-dev/cupel/internal/journal"
	"github.com/cupel-dev/cupel/internal/version"
)

// A shelf is a channel in memory: what was done there, in order.
type shelf struct {
	name string
	away bool
	done map[string]bool
	log  *[]string
}

func (s *shelf) Name() string                                     { return s.name }
func (s *shelf) Steps() []journal.Step                            { return nil }
func (s *shelf) Residue() []string                                { return nil }
func (s *shelf) Entries(context.Context) ([]version.Entry, error) { return nil, nil }

func (s *shelf) Withdrawal() []journal.Step {
	return []journal.Step{s.step("mark", journal.Irrevocable), s.step("pointer", journal.Pointer)}
}

func (s *shelf) step(word string, class journal.Class) journal.Step {
	id := s.name + ":" + word
	return journal.Step{
		ID: id, Channel: s.name, Class: class,
		Probe: func(context.Context) (journal.Observation, error) {
			if s.away {
				return journal.Observation{}, errors.New("it is away")
			}
			if s.done[id] {
				return journal.Observation{State: journal.Done}, nil
			}
			return journal.Observation{State: journal.Absent}, nil
		},
		Do:   func(context.Context) error { s.done[id] = true; *s.log = append(*s.log, id); return nil },
		Undo: func(context.Context, journal.Observation) error { delete(s.done, id); return nil },
	}
}

func TestAWithdrawalPutsPointersBackFirstAndWaitsForNobody(t *testing.T) {
	var log []string
	a := &shelf{"a", true, map[string]bool{}, &log}
	b := &shelf{"b", false, map[string]bool{}, &log}
	w := Withdrawal{State: t.TempDir(), Version: version.Version{Major: 1}, Channels: []Channel{a, b}}
	out, err := w.Run(t.Context())
	if err != nil || out.Code != journal.Incomplete || !reflect.DeepEqual(log, []string{"b:pointer", "b:mark"}) {
		t.Errorf("with one channel away: %v %v, %v", out, err, log)
	}
	a.away = false
	out, err = w.Run(t.Context())
	if err != nil || out.Code != journal.Complete || !reflect.DeepEqual(log, []string{"b:pointer", "b:mark", "a:pointer", "a:mark"}) {
		t.Errorf("run again: %v %v, %v", out, err, log)
	}
	if out, err = w.Run(t.Context()); err != nil || out.Code != journal.Complete || len(log) != 4 {
		t.Errorf("once more: %v %v, %v", out, err, log)
	}
}
