package report

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// enoughPairs is the number of pairs below which the interval of a benchmark
// is hardly ever narrow enough to say anything.
const enoughPairs = 10

// headline is the verdict in words that a reviewer acts on. quote makes the
// name of a benchmark safe for where the line goes.
func (c *Comparison) headline(quote func(string) string) string {
	switch c.Verdict {
	case Regression:
		return c.worst(quote)
	case Pass:
		return "No regression: " + c.counts()
	case Failed:
		return "Could not measure"
	default:
		return "No verdict"
	}
}

func (c *Comparison) worst(quote func(string) string) string {
	n, compared := 0, 0
	var worst *Benchmark
	list := c.sorted()
	for i := range list {
		b := &list[i]
		if b.Compared() {
			compared++
		}
		if b.Verdict == Regression && !b.Waived() {
			n++
			if worst == nil {
				worst = b
			}
		}
	}
	if worst == nil {
		return "Regression"
	}
	line := fmt.Sprintf("Regression: %s %s %s", quote(worst.Name), quote(worst.Metric), change(worst))
	if n > 1 {
		line += fmt.Sprintf(", and %d more", n-1)
	}
	return line + fmt.Sprintf(" (of %s compared)", plural(compared, "benchmark"))
}

// counts says how many benchmarks came to what, in words of their own for
// everything that is not equal, not comparable or not measured.
func (c *Comparison) counts() string {
	n := make(map[Verdict]int)
	waived := 0
	for i := range c.Benchmarks {
		if c.Benchmarks[i].Waived() {
			waived++
			continue
		}
		n[c.Benchmarks[i].Verdict]++
	}
	var parts []string
	if waived > 0 {
		parts = append(parts, fmt.Sprintf("%d waived", waived))
	}
	for _, v := range rank {
		if n[v] > 0 {
			parts = append(parts, countOf(n[v], v))
		}
	}
	if parts == nil {
		return "no benchmark"
	}
	return strings.Join(parts, ", ")
}

func countOf(n int, v Verdict) string {
	if v == Regression || v == Improvement {
		return plural(n, string(v))
	}
	return fmt.Sprintf("%d %s", n, plainWord(v))
}

func plainWord(v Verdict) string {
	if v == NotComparable {
		return "not comparable"
	}
	return string(v)
}

// notes are the remarks that change how the numbers are to be read, in plain
// text without any data in them.
func (c *Comparison) notes() []string {
	var notes []string
	add := func(format string, args ...any) { notes = append(notes, fmt.Sprintf(format, args...)) }
	if n, fewest := c.starved(); n > 0 {
		line := fmt.Sprintf("Only %s: too few to decide %s.", plural(fewest, "pair"), plural(n, "benchmark"))
		if budget := c.enoughBudget(fewest); budget != "" {
			line += fmt.Sprintf(" A budget of about %s would give each %d pairs.", budget, enoughPairs)
		}
		add("%s", line)
	}
	if n, way := c.shift(); n > 0 {
		add("Machine effect suspected: all %d compared benchmarks got %s. One cause is common to all of them, and it need not be the code.", n, way)
	}
	if n := c.count(LayoutEffect); n > 0 {
		add("Layout effect (%d): %s.", n, explanations[LayoutEffect])
	}
	if n := c.count(Waived); n > 0 {
		add("Waived (%d): %s.", n, explanations[Waived])
	}
	if c.Omitted > 0 {
		add("Left out, since there are too many: %s, those that matter least.", plural(c.Omitted, "benchmark"))
	}
	if word := known(c.Reason); explanations[word] != "" {
		add("%s.", capital(explanations[word]))
	}
	return notes
}

// starved counts the inconclusive benchmarks that had too few pairs, and says
// how many the poorest of them had.
func (c *Comparison) starved() (n, fewest int) {
	for _, b := range c.Benchmarks {
		if b.Verdict != Inconclusive || b.Pairs == 0 || b.Pairs >= enoughPairs {
			continue
		}
		n++
		if fewest == 0 || b.Pairs < fewest {
			fewest = b.Pairs
		}
	}
	return n, fewest
}

// enoughBudget is the budget, rounded up to ten seconds, that would have given
// the benchmark with the fewest pairs enough of them; "" where nobody knows.
func (c *Comparison) enoughBudget(fewest int) string {
	if c.Elapsed == 0 || fewest == 0 {
		return ""
	}
	tens := math.Ceil(c.Elapsed * enoughPairs / float64(fewest) / 10)
	return clock(time.Duration(tens) * 10 * time.Second)
}

// shift reports the number of compared benchmarks, and the way, where there
// are enough of them and each one's interval lies on the same side of 1.
func (c *Comparison) shift() (n int, way string) {
	const enough = 4
	slower, faster := 0, 0
	for i := range c.Benchmarks {
		b := &c.Benchmarks[i]
		if !b.Compared() || b.Low == nil {
			continue
		}
		n++
		switch {
		case *b.Low > 1:
			slower++
		case *b.High < 1:
			faster++
		}
	}
	switch {
	case n < enough:
		return 0, ""
	case slower == n:
		return n, "slower"
	case faster == n:
		return n, "faster"
	}
	return 0, ""
}

func (c *Comparison) count(word string) int {
	n := 0
	for _, b := range c.Benchmarks {
		if known(b.Reason) == word {
			n++
		}
	}
	return n
}

// purpose says what these numbers are not for.
const purpose = "These numbers tell two versions apart, on hardware that others may share. They are no evidence for a claim about speed."

// change is the time change of b, "+3.1 %", or what stands in its place.
func change(b *Benchmark) string {
	switch {
	case b.Ratio != nil:
		return percent(*b.Ratio)
	case b.Verdict == Regression || known(b.Reason) == ZeroBase:
		return "from zero"
	default:
		return ""
	}
}

// interval is the interval of b's time change, "+2.2 % to +4.0 %".
func interval(b *Benchmark) string {
	if b.Low == nil {
		return ""
	}
	return percent(*b.Low) + " to " + percent(*b.High)
}

func detects(b *Benchmark) string {
	if b.MDE == nil {
		return ""
	}
	return fmt.Sprintf("%.1f %%", *b.MDE*100)
}

// percent writes a ratio new/old as the time change new/old - 1.
func percent(ratio float64) string {
	p := (ratio - 1) * 100
	switch {
	case math.Abs(p) < 0.05:
		return "0.0 %"
	case math.Abs(p) >= 1000:
		return fmt.Sprintf("%+.0f %%", p)
	default:
		return fmt.Sprintf("%+.1f %%", p)
	}
}

// origin says what was compared, and at what expense.
func (c *Comparison) origin(quote func(string) string) string {
	var parts []string
	if c.Base != "" {
		parts = append(parts, "base "+quote(short(c.Base)))
	}
	if c.Head != "" {
		parts = append(parts, "head "+quote(short(c.Head)))
	}
	if c.Pairs > 0 {
		parts = append(parts, plural(c.Pairs, "pair"))
	}
	if c.Elapsed > 0 {
		parts = append(parts, clock(time.Duration(c.Elapsed*float64(time.Second))))
	}
	return strings.Join(parts, ", ")
}

// clock writes a duration in whole seconds, without a zero at the end.
func clock(d time.Duration) string {
	text := d.Round(time.Second).String()
	for _, zero := range []string{"0s", "0m"} {
		if cut := strings.TrimSuffix(text, zero); strings.HasSuffix(cut, "m") || strings.HasSuffix(cut, "h") {
			text = cut
		}
	}
	return text
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

func capital(sentence string) string {
	return strings.ToUpper(sentence[:1]) + sentence[1:]
}
