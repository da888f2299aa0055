package run

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cupel-dev/cupel/internal/bench"
)

// I07: a program that prints a wrong result is not timed as a win.
func TestUnexpected(t *testing.T) {
	for name, tc := range map[string]struct{ expect, output, want string }{
		"no expectation holds for anything": {"", "x", ""},
		"a pattern matches a whole line":    {"^sum=42$", "fast\nsum=42\n", ""},
		"a wrong result is a failure":       {"^sum=42$", "sum=41\n", `nothing matches "^sum=42$"`},
		"a digest is that of all bytes":     {"sha256:ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb", "a", ""},
		"another digest is a failure":       {"sha256:00", "a", "its SHA-256 is ca978112"},
	} {
		output := filepath.Join(t.TempDir(), "run1")
		if err := os.WriteFile(output+".txt", []byte(tc.output), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := Unexpected(bench.Suite{Name: "s", Expect: tc.expect}, output)
		if err != nil || (tc.want == "") != (got == "") || !strings.Contains(got, tc.want) {
			t.Errorf("%s: %q, %v, want %q", name, got, err, tc.want)
		}
	}
}

func TestExplainAddsTheLastWordsOfAFailure(t *testing.T) {
	output := filepath.Join(t.TempDir(), "run1")
	if err := os.WriteFile(output+".txt", []byte("BenchmarkA\npanic: boom\ngoroutine 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := (Outcome{Failure: "exited with code 2"}).Explain(output); got != "exited with code 2: panic: boom" {
		t.Errorf("got %q", got)
	}
	trace := "panic: boom\n" + strings.Repeat("testing.tRunner(0xc0)\n", 100)
	if err := os.WriteFile(output+".stderr.txt", []byte(trace), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := (Outcome{Failure: "exited with code 2"}).Explain(output); got != "exited with code 2: panic: boom" {
		t.Errorf("before a long trace: %q", got)
	}
	rust := "thread 'main' panicked at benches/adding.rs:7:51:\n  no\nnote: run with RUST_BACKTRACE=1\n"
	if err := os.WriteFile(output+".stderr.txt", []byte(rust), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := (Outcome{Failure: "exited with code 101"}).Explain(output); got != "exited with code 101: thread 'main' panicked at benches/adding.rs:7:51: no" {
		t.Errorf("of two lines: %q", got)
	}
	headed := "==== ERRORS ====\n____ ERROR collecting t.py ____\nE   SyntaxError: invalid syntax\n"
	if err := os.WriteFile(output+".stderr.txt", []byte(headed), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := (Outcome{Failure: "exited with code 2"}).Explain(output); got != "exited with code 2: E   SyntaxError: invalid syntax" {
		t.Errorf("below headings: %q", got)
	}
	if got := (Outcome{}).Explain(output); got != "" {
		t.Errorf("a run that ended well has the failure %q", got)
	}
}

func TestProcs(t *testing.T) {
	t.Setenv("GOMAXPROCS", "3")
	for name, tc := range map[string]struct {
		suite bench.Suite
		want  []int
	}{
		"other formats have none":         {bench.Suite{Format: "criterion"}, nil},
		"the flag names them":             {bench.Suite{Format: "gobench", Run: []string{"x", "-test.cpu=1, 2"}}, []int{1, 2}},
		"the suite's environment goes on": {bench.Suite{Format: "gobench", Env: map[string]string{"GOMAXPROCS": "4"}}, []int{4}},
		"then this process's":             {bench.Suite{Format: "gobench"}, []int{3}},
	} {
		got := Procs(tc.suite)
		if len(got) != len(tc.want) {
			t.Errorf("%s: %v, want %v", name, got, tc.want)
			continue
		}
		for i := range got {
			if got[i] != tc.want[i] {
				t.Errorf("%s: %v, want %v", name, got, tc.want)
			}
		}
	}
}
