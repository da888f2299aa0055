package targets

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/term"
)

// A console shows a person what goes on: one line that changes on a terminal,
// plain lines elsewhere. It uses no colour.
type console struct {
	out   io.Writer
	live  bool // lines may be overwritten
	shown bool // an unfinished line is on the screen
}

func newConsole(out *os.File) *console {
	live := term.IsTerminal(int(out.Fd())) && os.Getenv("CI") == "" && os.Getenv("TERM") != "dumb"
	return &console{out: out, live: live}
}

// Line prints a line that stays.
func (c *console) Line(format string, args ...any) {
	c.clear()
	fmt.Fprintf(c.out, format+"\n", args...)
}

// Status prints a line that the next one replaces, where the output can.
func (c *console) Status(format string, args ...any) {
	if !c.live {
		c.Line(format, args...)
		return
	}
	c.clear()
	fmt.Fprintf(c.out, format, args...)
	c.shown = true
}

func (c *console) clear() {
	if c.shown {
		fmt.Fprint(c.out, "\r\033[K")
		c.shown = false
	}
}

// Table prints rows in aligned columns, two blanks apart; columns whose number
// is in right are aligned to the right.
func (c *console) Table(rows [][]string, right ...int) {
	c.clear()
	io.WriteString(c.out, table(rows, right...))
}

func table(rows [][]string, right ...int) string {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], len([]rune(cell)))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			pad := strings.Repeat(" ", widths[i]-len([]rune(cell)))
			if slices.Contains(right, i) {
				line.WriteString(pad + cell)
			} else {
				line.WriteString(cell + pad)
			}
			line.WriteString("  ")
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	return b.String()
}

// about writes a duration as people say it.
func about(d time.Duration) string {
	switch {
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Round(time.Second).Seconds()))
	case d < 10*time.Minute:
		return fmt.Sprintf("%d min %02d s", int(d.Minutes()), int(d.Seconds())%60)
	default:
		return fmt.Sprintf("%d min", int(d.Round(time.Minute).Minutes()))
	}
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
