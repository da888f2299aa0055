package measure

import (
	"errors"
	"testing"
)

// timed reports whether a benchmark of o got to a result.
func timed(o Operation) bool {
	return testing.Benchmark(func(b *testing.B) { CPU(b, o) }).N > 0
}

func TestOnlyARightResultIsTimed(t *testing.T) {
	wrong := errors.New("wrong")
	var runs int
	run := func() { runs++ }
	if !timed(Operation{Run: run, Check: func() error { return nil }}) {
		t.Error("a right result is not timed")
	}
	runs = 0
	if timed(Operation{Run: run, Check: func() error { return wrong }}) || runs != 1 {
		t.Errorf("a result that is wrong before is timed, after %d runs", runs)
	}
	runs = 0
	spoiled := func() error {
		if runs > 1 {
			return wrong
		}
		return nil
	}
	if timed(Operation{Run: run, Check: spoiled}) {
		t.Error("a result that is wrong after is reported")
	}
}
