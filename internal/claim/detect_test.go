package claim

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// A score counts how a detector did on labelled text.
type score struct{ found, missed, falsely int }

func (s score) precision() float64 { return ratio(s.found, s.found+s.falsely) }
func (s score) recall() float64    { return ratio(s.found, s.found+s.missed) }

func ratio(part, whole int) float64 {
	if whole == 0 {
		return 1
	}
	return float64(part) / float64(whole)
}

// detect are the lines in which an unmarked claim is found, in a document of
// which all is looked at.
func detect(t *testing.T, text []byte) map[int]string {
	t.Helper()
	report, err := Check([]Document{{Path: "README.md", Text: text}}, checkout(t, t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	lines := make(map[int]string)
	for _, u := range report.Unmarked {
		lines[u.Line] = u.Text
	}
	return lines
}

func TestDetectorOnSentences(t *testing.T) {
	text, err := os.ReadFile("testdata/sentences.txt")
	if err != nil {
		t.Fatal(err)
	}
	var s score
	for line := range strings.Lines(string(text)) {
		label, sentence, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok || label == "#" || label != "+" && label != "-" {
			continue
		}
		found := len(detect(t, []byte("- "+sentence+"\n"))) > 0
		switch {
		case label == "+" && found:
			s.found++
		case label == "+":
			s.missed++
			t.Logf("missed: %s", sentence)
		case found:
			s.falsely++
			t.Logf("false: %s", sentence)
		}
	}
	t.Logf("precision %.3f, recall %.3f (%+v)", s.precision(), s.recall(), s)
	if s.found+s.missed < 30 || s.precision() < 0.95 || s.recall() < 0.95 {
		t.Errorf("precision %.3f, recall %.3f over %d claims: want 0.95 of each", s.precision(), s.recall(), s.found+s.missed)
	}
}

// TestDetectorOnRealChangelogs counts on the labelled lines of the corpus. It
// has about five thousand lines and, read by hand, no claim with a number: each
// alarm would be false.
func TestDetectorOnRealChangelogs(t *testing.T) {
	dir := filepath.Join(corpus(t), "changelog")
	claims := labels(t, dir)
	files, err := filepath.Glob(filepath.Join(dir, "*.md"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no changelogs in %s: %v", dir, err)
	}
	var s score
	lines := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		lines += bytes.Count(text, []byte("\n"))
		found := detect(t, text)
		for line, words := range found {
			if claims[filepath.Base(file)][line] {
				s.found++
			} else {
				s.falsely++
				t.Logf("false: %s:%d: %s", filepath.Base(file), line, words)
			}
		}
		for line := range claims[filepath.Base(file)] {
			if _, ok := found[line]; !ok {
				s.missed++
				t.Logf("missed: %s:%d", filepath.Base(file), line)
			}
		}
	}
	t.Logf("%d lines: precision %.3f, recall %.3f (%+v)", lines, s.precision(), s.recall(), s)
	if s.falsely > lines/2000 || s.recall() < 0.9 {
		t.Errorf("%d false alarms in %d lines, recall %.3f", s.falsely, lines, s.recall())
	}
}

// labels are the lines that make a claim, by file. A label whose line is not
// the one that was read is an error.
func labels(t *testing.T, dir string) map[string]map[int]bool {
	t.Helper()
	text, err := os.ReadFile("testdata/corpus.tsv")
	if err != nil {
		t.Fatal(err)
	}
	claims := make(map[string]map[int]bool)
	for entry := range strings.Lines(string(text)) {
		fields := strings.Split(strings.TrimSpace(entry), "\t")
		if len(fields) != 4 {
			continue
		}
		label, file, hash := fields[0], fields[1], fields[3]
		line, err := strconv.Atoi(fields[2])
		if err != nil {
			t.Fatal(err)
		}
		if got := hashOfLine(t, filepath.Join(dir, file), line); got != hash {
			t.Fatalf("%s:%d is not the line that was labelled: its hash is %s", file, line, got)
		}
		if label == "claim" {
			if claims[file] == nil {
				claims[file] = make(map[int]bool)
			}
			claims[file][line] = true
		}
	}
	return claims
}

func hashOfLine(t *testing.T, file string, line int) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	sum := sha256.Sum256([]byte(strings.TrimSuffix(lines[line-1], "\r")))
	return hex.EncodeToString(sum[:4])
}

func TestWhereTheDetectorLooks(t *testing.T) {
	for _, test := range []struct {
		name, text string
		lines      []int
	}{
		{"in a table, by its head", "| kernel | speedup |\n|---|---|\n| softmax | 3.2x |\n", []int{3}},
		{"under a heading about performance", "## Performance\n\n- loads: <500ms\n\n## Limits\n\n- pages: <500ms\n", []int{3}},
		{"over two lines", "It makes every parse of a file\n3x faster.\n", []int{2}},
		{"several lines of one paragraph", "It is 3x faster\nand 2x faster.\n", []int{1, 2}},
		{"not in code", "`3x faster`\n\n    3x faster\n\n```\n3x faster\n```\n<!-- 3x faster -->\n", nil},
		{"not in links", "[faster](https://example.com/3x) https://example.com/3x\n", nil},
		{"not in generated regions", "<!-- benchmarks: s, dir -->\n3x faster\n<!-- /benchmarks: s -->\n\n3x faster\n", []int{5}},
		{"not behind a region that is never closed", "<!-- benchmarks: s, dir -->\n3x faster\n<!-- /benchmarks: t -->\n", []int{2}},
		{"not where it is excused", "3x faster <!-- claim: none, it quotes a paper --> and 2x faster\n", []int{1}},
		{"beside a claim", "3x faster <!-- claim: a --> and 2x slower\n", []int{1}},
	} {
		found := detect(t, []byte(test.text))
		ok := len(found) == len(test.lines)
		for _, line := range test.lines {
			ok = ok && found[line] != ""
		}
		if !ok {
			t.Errorf("%s: found %v, want lines %v", test.name, found, test.lines)
		}
	}
	for path, want := range map[string]int{"README.md": 1, "BENCHMARKS.md": 1, "docs/README.md": 0, "notes.md": 0} {
		report, err := Check([]Document{{Path: path, Text: []byte("3x faster\n")}}, checkout(t, t.TempDir()))
		if err != nil || len(report.Unmarked) != want {
			t.Errorf("%s: %d unmarked, want %d (%v)", path, len(report.Unmarked), want, err)
		}
	}
}
