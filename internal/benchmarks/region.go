// Package benchmarks keeps the generated regions of a document, BENCHMARKS.md:
// one table and one chart a suite, computed from one set of evidence. Every
// other byte of the document is its author's and is never touched.
//
// A region begins and ends with a comment on a line of its own; the first names
// the suite and, once the region is written, the evidence:
//
//	<!-- benchmarks: softmax, benchmark_results/20261125_063654 -->
//	<!-- /benchmarks: softmax -->
//
// The package reads and writes no file: it is given texts and returns texts.
package benchmarks

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
)

// A Region is the part of a document that belongs to one suite.
type Region struct {
	Suite    string
	Evidence string // the directory that it was written from; "" where it never was
	Line     int    // of the first marker, from 1

	start, end int // the bytes from the first marker to the end of the line of the last
}

// A SyntaxError is a document whose regions cannot be told apart.
type SyntaxError struct {
	Line    int
	Problem string
}

// Error is "line N: PROBLEM".
func (e *SyntaxError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Problem) }

var (
	opening = regexp.MustCompile(`^<!-- benchmarks: ([A-Za-z0-9_.-]+)(?:, ([^ ]+))? -->$`)
	closing = regexp.MustCompile(`^<!-- /benchmarks: ([A-Za-z0-9_.-]+) -->$`)
	fence   = regexp.MustCompile("^ {0,3}(```+|~~~+)")
)

// Regions finds the regions of a document. Markers inside fenced code are text.
// The error is a [SyntaxError]: a marker without its partner, a region in
// another, a suite with two regions, or a marker that is not spelled as one.
func Regions(doc []byte) ([]Region, error) {
	var found []Region
	var open *Region
	var fenced string
	seen := map[string]int{}
	offset, number := 0, 0
	for line := range bytes.Lines(doc) {
		number++
		next := offset + len(line)
		text := strings.TrimRight(string(line), " \t\r\n")
		if open == nil { // a fence inside a region goes with the region
			if fenced = fenceAfter(fenced, text); fenced != "" {
				offset = next
				continue
			}
		}
		switch m, c := opening.FindStringSubmatch(text), closing.FindStringSubmatch(text); {
		case m != nil && open != nil:
			return nil, &SyntaxError{number, fmt.Sprintf("the region of %s begins inside that of %s, which begins in line %d and has no end", m[1], open.Suite, open.Line)}
		case m != nil && seen[m[1]] != 0:
			return nil, &SyntaxError{number, fmt.Sprintf("suite %s has a region in line %d already", m[1], seen[m[1]])}
		case m != nil:
			seen[m[1]] = number
			open = &Region{Suite: m[1], Evidence: m[2], Line: number, start: offset}
		case c != nil && (open == nil || open.Suite != c[1]):
			return nil, &SyntaxError{number, fmt.Sprintf("the region of %s ends here and does not begin before: it needs a line <!-- benchmarks: %s -->", c[1], c[1])}
		case c != nil:
			open.end = next
			found = append(found, *open)
			open = nil
		case strings.HasPrefix(text, "<!-- benchmarks:") || strings.HasPrefix(text, "<!-- /benchmarks:"):
			return nil, &SyntaxError{number, "this marker is not of the form <!-- benchmarks: SUITE --> or <!-- /benchmarks: SUITE -->"}
		}
		offset = next
	}
	if open != nil {
		return nil, &SyntaxError{open.Line, fmt.Sprintf("the region of %s has no end: it needs a line <!-- /benchmarks: %s -->", open.Suite, open.Suite)}
	}
	return found, nil
}

// fenceAfter is the fence that is open after a line: its characters, or "".
func fenceAfter(open, line string) string {
	m := fence.FindStringSubmatch(line)
	switch {
	case m == nil:
		return open
	case open == "":
		return m[1]
	case m[1][0] == open[0] && len(m[1]) >= len(open) && strings.Trim(line, " "+m[1][:1]) == "":
		return ""
	default:
		return open
	}
}

// replace puts new texts in place of the regions, with the line ends that the
// document uses.
func replace(doc []byte, regions []Region, text func(Region) string) []byte {
	var out bytes.Buffer
	at := 0
	for _, r := range regions {
		out.Write(doc[at:r.start])
		out.WriteString(withLineEnds(text(r), doc[r.start:r.end]))
		at = r.end
	}
	out.Write(doc[at:])
	return out.Bytes()
}

// withLineEnds gives text the line ends of the region that it replaces, the
// last one included: a document may end without any.
func withLineEnds(text string, old []byte) string {
	if bytes.Contains(old, []byte("\r\n")) {
		text = strings.ReplaceAll(text, "\n", "\r\n")
	}
	if !bytes.HasSuffix(old, []byte("\n")) {
		text = strings.TrimRight(text, "\r\n")
	}
	return text
}
