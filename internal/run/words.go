package run

import (
	"bytes"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
)

// tailBytes and tailLines bound what is shown of a program's last words.
const (
	tailBytes = 16 << 10
	tailLines = 20
)

// A Tail is a writer that remembers the end of what was written.
type Tail struct{ kept []byte }

// Write keeps the end of p; it never fails.
func (t *Tail) Write(p []byte) (int, error) {
	t.kept = append(t.kept, p...)
	if extra := len(t.kept) - tailBytes; extra > tailBytes {
		t.kept = bytes.Clone(t.kept[extra:])
	}
	return len(p), nil
}

// Lines are the last lines, without empty ones at the end.
func (t *Tail) Lines() []string {
	text := strings.TrimRight(string(t.kept), "\r\n ")
	if text == "" {
		return nil
	}
	lines := strings.Split(text, "\n")
	return lines[max(0, len(lines)-tailLines):]
}

var (
	trouble = regexp.MustCompile(`(?i)panic|error|fatal|fail|killed|signal`)
	heading = regexp.MustCompile(`^([=_*#-])[=_*#-]+ .* [=_*#-]+$`) // as pytest's: what is wrong comes below
)

// Explain is the failure of a run with the program's own last words about it.
// Output is what [Checkout.Once] was given.
func (o Outcome) Explain(output string) string {
	if said := lastWords(output); said != "" && o.Failure != "" {
		return o.Failure + ": " + said
	}
	return o.Failure
}

// lastWords is the first line near the end of a run's output that speaks of
// trouble, with the next where it ends in a colon, else the last line of its stderr, "" where there is none.
func lastWords(output string) string {
	errors := endOf(output + ".stderr.txt")
	lines := append(slices.Concat(errors, endOf(output+".txt")), "")
	for i, line := range lines[:len(lines)-1] {
		line = strings.TrimSpace(line)
		if !trouble.MatchString(line) || heading.MatchString(line) {
			continue
		}
		if strings.HasSuffix(line, ":") { // as Rust's panics: what is wrong comes below
			line = strings.TrimSpace(line + " " + strings.TrimSpace(lines[i+1]))
		}
		return line
	}
	return strings.TrimSpace(lastOf(errors))
}

// lastOf is the last line that says anything, "" where none does.
func lastOf(lines []string) string {
	for _, line := range slices.Backward(lines) {
		if strings.TrimSpace(line) != "" {
			return line
		}
	}
	return ""
}

// endOf are the lines at the end of a file.
func endOf(name string) []string {
	f, err := os.Open(name)
	if err != nil {
		return nil
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Size() > tailBytes {
		if _, err := f.Seek(-tailBytes, io.SeekEnd); err != nil {
			return nil
		}
	}
	text, err := io.ReadAll(io.LimitReader(f, tailBytes))
	if err != nil {
		return nil
	}
	return strings.Split(string(text), "\n")
}
