package reference

import (
	"fmt"
	"math"
)

// A Want is the reference result of an operation and how far a float32 result
// may be from it. The bound is derived from the operation and its inputs, never
// fitted to what an implementation happens to reach.
type Want struct {
	Values []float64
	Bound  Bound
}

// A Bound is how far a float32 result may be from the reference:
// Abs + Rel*|reference|.
type Bound struct{ Abs, Rel float64 }

// A Difference is a value that is outside its bound. It is the error that
// [Want.Check] returns.
type Difference struct {
	Index     int
	Got, Want float64
	Bound     Bound
}

func (d *Difference) Error() string {
	return fmt.Sprintf("value %d is %g, the float64 reference is %g: off by %.3g, allowed %.3g",
		d.Index, d.Got, d.Want, math.Abs(d.Got-d.Want), d.Bound.allowed(d.Want))
}

func (b Bound) allowed(want float64) float64 { return b.Abs + b.Rel*math.Abs(want) }

// Check returns the worst [Difference] between got and the reference, relative
// to the bound, or nil where all values are within it. NaN equals NaN, and an
// infinity only itself.
func (w Want) Check(got []float32) error {
	if len(got) != len(w.Values) {
		return fmt.Errorf("check against the reference: %d values, want %d", len(got), len(w.Values))
	}
	worst, at := 1.0, -1
	for i, want := range w.Values {
		if excess := w.Bound.excess(float64(got[i]), want); excess > worst {
			worst, at = excess, i
		}
	}
	if at < 0 {
		return nil
	}
	return &Difference{Index: at, Got: float64(got[at]), Want: w.Values[at], Bound: w.Bound}
}

// excess is the error in units of the bound: above 1 is outside it. A bound that
// is not a finite number above zero allows equality only.
func (b Bound) excess(got, want float64) float64 {
	switch {
	case got == want || math.IsNaN(got) && math.IsNaN(want):
		return 0
	case math.IsNaN(got) || math.IsNaN(want) || math.IsInf(got, 0) || math.IsInf(want, 0):
		return math.Inf(1)
	}
	if allowed := b.allowed(want); allowed > 0 && !math.IsInf(allowed, 0) {
		return math.Abs(got-want) / allowed
	}
	return math.Inf(1) // a bound that is no number would allow everything
}
