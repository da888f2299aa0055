package claim

import (
	"math"
	"strconv"
	"strings"

	"github.com/cupel-dev/cupel/internal/bench"
)

// A reading is how a number is held against an estimate: what of the estimate
// it states, and which end backs it.
type reading struct {
	cap     bool // the number is promised not to be exceeded, and the upper end backs it
	inverse bool // the number is about the reciprocal of the improvement
	of      func(ratio float64) float64
	ratio   func(stated float64) float64
}

// readingOf is how to read a number of a claim. A value of which less is better
// is a promise not to exceed it, whatever the words.
func readingOf(w wording, unit string, better bench.Direction) reading {
	same := func(v float64) float64 { return v }
	switch {
	case w.sense == amount:
		return reading{cap: better == bench.Lower, of: same, ratio: same}
	case unit == factor:
		return reading{cap: w.cap, inverse: w.sense == slower, of: same, ratio: same}
	case w.sense == less:
		return reading{
			of:    func(r float64) float64 { return 1 - 1/r },
			ratio: func(v float64) float64 { return 1 / (1 - v) },
		}
	default:
		return reading{
			cap: w.cap, inverse: w.sense == slower,
			of:    func(r float64) float64 { return r - 1 },
			ratio: func(v float64) float64 { return v + 1 },
		}
	}
}

// bounds are the ends of what is stated.
func (r reading) bounds(e estimate) (low, high float64) {
	if r.inverse {
		return r.of(1 / e.high), r.of(1 / e.low)
	}
	return r.of(e.low), r.of(e.high)
}

// judge says what an interval says of a stated value.
func (r reading) judge(stated, low, high float64) Verdict {
	backed, against := stated <= low, stated > high
	if r.cap {
		backed, against = stated >= high, stated < low
	}
	switch {
	case backed:
		return Supported
	case against:
		return Refuted
	default:
		return NotEstablished
	}
}

// settle estimates how many runs would back the stated value.
func (r reading) settle(stated float64, e estimate) (runs int, ok bool) {
	ratio := r.ratio(stated)
	if r.inverse {
		ratio = 1 / ratio
	}
	if !(ratio > 0) || math.IsInf(ratio, 0) {
		return 0, false
	}
	return e.settle(ratio, r.cap != r.inverse)
}

// backed writes the figure that an interval backs, in the unit and with no more
// decimals than were stated, or "" where it backs none: a factor of 1 and a
// percentage of 0 say nothing.
func (r reading) backed(low, high float64, n number, f figure) string {
	scale := n.scale()
	if r.cap {
		return raise(max(0, high), scale, f.decimals)
	}
	nothing := 0.0
	if n.unit == factor {
		nothing = 1
	}
	most := precision(low/scale, n.unit)
	for decimals := min(f.decimals, most); decimals <= most; decimals++ {
		if text := cut(low, scale, decimals); valueOf(text) > nothing {
			return text
		}
	}
	return ""
}

// precision is the most decimals that a number is written with: two for a
// factor below 2, one below 100, else none; one for percentages; three for
// values.
func precision(v float64, unit string) int {
	switch {
	case unit == factor && v < 2:
		return 2
	case unit == factor && v < 100, unit == percent:
		return 1
	case unit == factor:
		return 0
	default:
		return 3
	}
}

// cut writes v in units of scale with that many decimals, the rest cut off:
// what is read back is never above v, for v >= 0.
func cut(v, scale float64, decimals int) string {
	for units := v / scale; ; units -= smallStep(units, decimals) {
		text := truncate(units, decimals)
		if valueOf(text)*scale <= v || units < 0 {
			return text
		}
	}
}

// raise is cut for a number that is never below v.
func raise(v, scale float64, decimals int) string {
	for units := v / scale; ; units += smallStep(units, decimals) {
		text := truncate(units, decimals)
		if valueOf(text)*scale >= v || math.IsInf(units, 0) {
			return text
		}
	}
}

// smallStep is less than one in the last decimal, and enough to make of v
// another number.
func smallStep(v float64, decimals int) float64 {
	return max(math.Pow10(-decimals)/2, math.Abs(v)*1e-15)
}

// truncate leaves decimals out of the shortest text that reads back as v.
func truncate(v float64, decimals int) string {
	whole, fraction, _ := strings.Cut(strconv.FormatFloat(v, 'f', -1, 64), ".")
	if decimals == 0 {
		return whole
	}
	fraction += strings.Repeat("0", max(0, decimals-len(fraction)))
	return whole + "." + fraction[:decimals]
}

func valueOf(text string) float64 {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return math.NaN()
	}
	return v
}
