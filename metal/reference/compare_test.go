package reference_test

import (
	"errors"
	"math"
	"testing"

	"github.com/cupel-dev/cupel/metal/reference"
)

func TestCheck(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct {
		name  string
		got   float32
		want  float64
		holds bool
	}{
		{"an equal value", 1, 1, true},
		{"a value at its bound", 1.25, 1, true},
		{"a value outside its bound", 1.3, 1, false},
		{"NaN where NaN is due", float32(nan), nan, true},
		{"NaN where a number is due", float32(nan), 1, false},
		{"a number where NaN is due", 1, nan, false},
		{"the same infinity", float32(inf), inf, true},
		{"the other infinity", float32(-inf), inf, false},
		{"infinity where a number is due", float32(inf), 1, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := reference.Want{Values: []float64{c.want}, Bound: reference.Bound{Abs: 0.125, Rel: 0.125}}
			if err := want.Check([]float32{c.got}); (err == nil) != c.holds {
				t.Errorf("Check(%g) against %g: %v", c.got, c.want, err)
			}
		})
	}
}

func TestCheckNamesTheWorstValue(t *testing.T) {
	want := reference.Want{Values: []float64{0, 1, 2}, Bound: reference.Bound{Abs: 0.5}}
	var d *reference.Difference
	if err := want.Check([]float32{0.75, 3, 3}); !errors.As(err, &d) || d.Index != 1 {
		t.Fatalf("got %v, want the difference at value 1", err)
	}
	const message = "value 1 is 3, the float64 reference is 1: off by 2, allowed 0.5"
	if d.Error() != message {
		t.Errorf("got %q\nwant %q", d, message)
	}
}

func TestCheckRefusesAnotherLength(t *testing.T) {
	want := reference.Want{Values: []float64{0, 1}}
	if err := want.Check([]float32{0}); err == nil {
		t.Error("a result that lacks a value passed")
	}
}

func TestABoundThatIsNoNumberAllowsNothing(t *testing.T) {
	for _, bound := range []float64{math.NaN(), math.Inf(1), -1} {
		if err := (reference.Want{Values: []float64{1}, Bound: reference.Bound{Abs: bound}}).Check([]float32{2}); err == nil {
			t.Errorf("a bound of %v allowed 2 for 1", bound)
		}
	}
}
