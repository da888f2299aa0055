package claim

import (
	"fmt"
	"strings"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/config"
	"github.com/cupel-dev/cupel/internal/markdown"
)

// A statement is one claim as a document makes it.
type statement struct {
	number number
	words  wording
	clause markdown.Span
	place  place
	text   string // of the region, code included
	prose  []byte // of the document
}

// A judgement is what a set of evidence says of a statement.
type judgement struct {
	verdict   Verdict
	reason    string
	low, high float64
	bounded   bool     // low and high exist
	figures   []string // that are backed: one, or two for a range; "" for one that is not
	needed    int      // runs that would settle it; 0 where no number would
}

func refuse(v Verdict, format string, args ...any) judgement {
	return judgement{verdict: v, reason: fmt.Sprintf(format, args...)}
}

// judge holds the number of a statement against what was measured.
func judge(c config.Claim, st statement, m measured) judgement {
	if reason := misread(c, st, m); reason != "" {
		return refuse(Refuted, "%s", reason)
	}
	r := readingOf(st.words, st.number.unit, m.metric.Better)
	var all judgement
	for i, f := range st.number.digits {
		estimate := estimateOf
		if i == 1 {
			estimate = estimateEnd
		}
		e, ok := estimate(c.Kind, m)
		if !ok {
			return refuse(NotEstablished, "%s give no interval", plural(len(m.pairs[0].base), "run"))
		}
		all = all.and(judgeFigure(r, st.number, f, e))
	}
	return all
}

// and joins the judgements of the two ends of a range: the worse counts.
func (j judgement) and(next judgement) judgement {
	if j.verdict == "" {
		return next
	}
	j.low, j.high = min(j.low, next.low), max(j.high, next.high)
	j.figures = append(j.figures, next.figures...)
	if next.verdict == Refuted && j.verdict != Refuted || j.verdict == Supported {
		j.verdict, j.reason, j.needed = next.verdict, next.reason, next.needed
	}
	return j
}

// misread says why a statement is not about what was measured.
func misread(c config.Claim, st statement, m measured) string {
	if c.Kind == "bound" && !sameKind(st.number.unit, m.metric.Unit) {
		return fmt.Sprintf("the number is in %s, and %s is measured in %s", st.number.unit, m.metric.Name, m.metric.Unit)
	}
	if reason := measuresElse(st.prose, st.clause, m.metric); reason != "" {
		return reason
	}
	return otherShape(st.text, m.shapes)
}

// sameKind reports whether a value in one unit can be held against one in the
// other: ms and ns/op are both times.
func sameKind(stated, stored string) bool {
	_, a, _ := bench.Normalize(1, stated)
	b := strings.TrimSuffix(strings.TrimSuffix(stored, "/op"), "/iter")
	return a == stored || a == b
}

func judgeFigure(r reading, n number, f figure, e estimate) judgement {
	low, high := r.bounds(e)
	stated := f.value * n.scale()
	j := judgement{
		verdict: r.judge(stated, low, high), low: low, high: high, bounded: true,
		figures: []string{r.backed(low, high, n, f)},
	}
	if j.verdict == Supported {
		return j
	}
	j.reason = explain(r, n, j)
	if runs, ok := r.settle(stated, e); ok && j.verdict == NotEstablished {
		j.needed = runs
		j.reason += fmt.Sprintf("; about %s would settle it", plural(runs, "run"))
	}
	return j
}

// tooWide is how many times the lower end of an interval the upper end is where
// neither tells a reader anything, as that of two runs.
const tooWide = 100

// explain says what is measured instead of what is stated.
func explain(r reading, n number, j judgement) string {
	if j.low > 0 && j.high > tooWide*j.low {
		return "the runs are too few, or differ too much, to say anything"
	}
	between := fmt.Sprintf("measured between %s and %s", show(j.low, n), show(j.high, n))
	if j.figures[0] == "" {
		return between + ", which backs no number"
	}
	most := "the most that is backed is "
	if r.cap {
		most = "the least that is backed is "
	}
	return between + ": " + most + j.figures[0] + n.unitText()
}

// show writes an end of an interval for people, with enough digits to tell it
// from the number.
func show(v float64, n number) string {
	return fmt.Sprintf("%.4g%s", v/n.scale(), n.unitText())
}

// unitText is the unit as it stands behind digits.
func (n number) unitText() string {
	if n.unit == factor || n.unit == percent {
		return n.unit
	}
	return " " + n.unit
}
