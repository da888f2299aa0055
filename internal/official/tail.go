package official

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// tailBytes and tailLines bound what is shown of a program's last words.
const (
	tailBytes = 16 << 10
	tailLines = 20
)

// A tail is a writer that remembers the end of what was written.
type tail struct{ kept []byte }

func (t *tail) Write(p []byte) (int, error) {
	t.kept = append(t.kept, p...)
	if extra := len(t.kept) - tailBytes; extra > tailBytes {
		t.kept = bytes.Clone(t.kept[extra:])
	}
	return len(p), nil
}

// Lines are the last lines, without empty ones at the end.
func (t *tail) Lines() []string {
	text := strings.TrimRight(string(t.kept), "\r\n ")
	if text == "" {
		return nil
	}
	lines := strings.Split(text, "\n")
	return lines[max(0, len(lines)-tailLines):]
}

var trouble = regexp.MustCompile(`(?i)panic|error|fatal|fail|killed|signal`)

// lastWords is what a failed run said of its failure: the first line near the
// end of its output that speaks of trouble, else the last line of its stderr.
func lastWords(dir, base string) string {
	errors := endOf(filepath.Join(dir, base+".stderr.txt"))
	for _, line := range slices.Concat(errors, endOf(filepath.Join(dir, base+".txt"))) {
		if trouble.MatchString(line) {
			return ": " + strings.TrimSpace(line)
		}
	}
	if len(errors) > 0 {
		return ": " + strings.TrimSpace(errors[len(errors)-1])
	}
	return ""
}

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
	t := new(tail)
	if _, err := io.Copy(t, io.LimitReader(f, tailBytes)); err != nil {
		return nil
	}
	return t.Lines()
}
