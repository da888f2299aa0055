package report

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"strings"
	"time"
	"unicode/utf8"
)

// Text is how a comparison is written for a terminal or a log.
type Text struct {
	Color bool   // for a terminal only, and never where NO_COLOR is set
	All   bool   // show every benchmark
	Next  string // the command to run next; "" is one that fits the verdict

	// Command is how targets are run here, "cupel"; "" is through Mage.
	Command string
	Base    string // the -base that was asked for, which the next command asks for again; "" is none
}

// quietRows is how many benchmarks of which there is nothing to say are shown:
// a screenful, so that what changed stays in sight above them.
const quietRows = 20

// Write writes c: the verdict in the first line, what qualifies it, the
// benchmarks in an aligned table with what changed on top, and in the last line
// the next command. Of those that are unchanged or inconclusive it shows the
// first 20 and counts the rest, unless All is set.
func (t Text) Write(w io.Writer, c *Comparison) error {
	var b strings.Builder
	b.WriteString(t.paint(c.Verdict, c.verdictLine(visible)) + "\n")
	for _, note := range c.notes() {
		b.WriteString(note + "\n")
	}
	if origin := c.origin(visible); origin != "" {
		b.WriteString(capital(origin) + "\n")
	}
	if len(c.Benchmarks) > 0 {
		b.WriteString("\n" + t.table(c) + "\n" + purpose + "\n")
	}
	next := t.Next
	if next == "" {
		next = cmp.Or(t.Command, "go tool mage") + " " + c.next(t.again())
	}
	b.WriteString("Next: " + next + "\n")
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// verdictLine is the headline with the reason.
func (c *Comparison) verdictLine(quote func(string) string) string {
	line := c.headline(quote)
	if c.Reason != "" {
		line += ": " + quote(c.Reason)
	}
	return line
}

// again is the target with what was asked for.
func (t Text) again() string {
	if t.Base == "" {
		return "smoke"
	}
	return "smoke -base=" + Line(t.Base)
}

// next is the target that helps most after this verdict; smoke is how that one is
// called. It holds no text of the comparison.
func (c *Comparison) next(smoke string) string {
	_, fewest := c.starved()
	longer := cmp.Or(c.enoughBudget(fewest), c.longerBudget())
	switch {
	case c.Verdict == Regression:
		return smoke + " -budget=" + c.longerBudget() + "   (measures longer, to be sure before you look for the cause)"
	case known(c.Reason) == SameCommit && smoke == "smoke":
		return smoke + " -base=HEAD~1   (compares with the commit before)"
	case c.Verdict == Failed:
		return smoke + "   (once the reason above is mended)"
	case c.has(Inconclusive):
		return smoke + " -budget=" + longer + "   (decides what is inconclusive)"
	default:
		return "official -quick   (evidence, where a number is to be published)"
	}
}

// longerBudget is twice the time that was taken, at least ten minutes.
func (c *Comparison) longerBudget() string {
	return clock(max(10*time.Minute, time.Duration(math.Ceil(c.Elapsed/30))*time.Minute))
}

func (c *Comparison) has(v Verdict) bool {
	for _, b := range c.Benchmarks {
		if b.Verdict == v {
			return true
		}
	}
	return false
}

func (t Text) table(c *Comparison) string {
	rows := [][]string{{"suite", "benchmark", "metric", "verdict", "change", "interval", "detects", "pairs", "reason"}}
	verdicts := []Verdict{""}
	quiet, folded := 0, make(map[Verdict]int)
	for _, b := range c.sorted() {
		if b.Verdict == Unchanged || b.Verdict == Inconclusive {
			if quiet++; quiet > quietRows && !t.All {
				folded[b.Verdict]++
				continue
			}
		}
		rows = append(rows, []string{visible(b.Suite), visible(b.Name), visible(b.Metric), plainWord(b.Verdict),
			change(&b), interval(&b), detects(&b), count(b.Pairs), visible(b.Reason)})
		verdicts = append(verdicts, b.Verdict)
	}
	var out strings.Builder
	for i, line := range align(rows) {
		out.WriteString(t.paint(verdicts[i], line) + "\n")
	}
	if len(folded) > 0 {
		out.WriteString(foldedLine(folded) + "\n")
	}
	return out.String()
}

// foldedLine counts what the table leaves out.
func foldedLine(n map[Verdict]int) string {
	var parts []string
	for _, v := range []Verdict{Inconclusive, Unchanged} {
		if n[v] > 0 {
			parts = append(parts, countOf(n[v], v))
		}
	}
	return "and " + strings.Join(parts, ", ") + " (-json=FILE writes all)"
}

func count(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(n)
}

// align pads the cells of each column to one width, numbers to the right, and
// leaves out a column that is empty below its heading.
func align(rows [][]string) []string {
	lines := make([]string, len(rows))
	for col, heading := range rows[0] {
		width, filled := utf8.RuneCountInString(heading), false
		for _, row := range rows[1:] {
			width = max(width, utf8.RuneCountInString(row[col]))
			filled = filled || row[col] != ""
		}
		if !filled {
			continue
		}
		for i, row := range rows {
			lines[i] += pad(row[col], width, col >= 4 && col <= 7) + "  "
		}
	}
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return lines
}

func pad(cell string, width int, right bool) string {
	space := strings.Repeat(" ", width-utf8.RuneCountInString(cell))
	if right {
		return space + cell
	}
	return cell + space
}

// paint colours a line by its verdict, whole lines only: a reset in the middle
// would undo the reader's own settings.
func (t Text) paint(v Verdict, line string) string {
	colors := map[Verdict]string{Regression: "31", Failed: "31", Removed: "31", Pass: "32", Improvement: "32", Inconclusive: "33", Neutral: "33"}
	color, ok := colors[v]
	if !t.Color || !ok {
		return line
	}
	return "\x1b[" + color + "m" + line + "\x1b[0m"
}
