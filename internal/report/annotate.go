package report

import (
	"fmt"
	"io"
)

// maxAnnotations is how many annotations of one level GitHub shows of a step.
const maxAnnotations = 10

// Annotate writes c as workflow commands of GitHub Actions: one error for each
// regression and each benchmark that failed or is gone, ten at most, and a
// notice for each remark on how to read the numbers.
func Annotate(w io.Writer, c *Comparison) error {
	var lines []string
	for _, b := range c.sorted() {
		if message := annotation(&b); message != "" {
			lines = append(lines, command("error", plainWord(b.Verdict)+" in "+visible(b.Suite), message))
		}
	}
	if more := len(lines) - maxAnnotations; more > 0 {
		lines = append(lines[:maxAnnotations-1], command("error", "more", fmt.Sprintf("and %d more; the step summary has them all", more+1)))
	}
	if c.Verdict == Failed && len(lines) == 0 {
		lines = append(lines, command("error", "benchmarks", c.verdictLine(visible)))
	}
	for _, note := range c.notes() {
		lines = append(lines, command("notice", "benchmarks", note))
	}
	for _, line := range lines {
		if _, err := fmt.Fprintln(w, line); err != nil {
			return fmt.Errorf("write annotations: %w", err)
		}
	}
	return nil
}

// annotation is the message about a benchmark that somebody has to act on.
func annotation(b *Benchmark) string {
	switch {
	case b.Waived():
		return ""
	case b.Verdict == Regression:
		message := visible(b.Name) + ": " + visible(b.Metric) + " " + change(b)
		if b.Low != nil {
			message += " (" + interval(b) + ")"
		}
		return message
	case b.Verdict == Failed:
		return visible(b.Name) + ": " + visible(b.Reason)
	case b.Verdict == Removed:
		return visible(b.Name) + " is gone"
	default:
		return ""
	}
}

// command is one workflow command.
func command(level, title, message string) string {
	return fmt.Sprintf("::%s title=%s::%s", level, commandProperty(title), commandData(message))
}
