//go:build mage

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// goTest runs all tests, with the race detector where there is a C compiler.
// It prints a line a package, what failed in full, and every skipped test with
// its reason. With CUPEL_REQUIRE_TOOLS=1 a skipped test is an error, unless it
// is skipped for want of the corpus, which is no tool, or is selftest:dagger's.
func goTest(ctx context.Context) error {
	args := []string{"test", "-json", "-timeout=25m"}
	if race(ctx) {
		args = append(args, "-race")
	}
	cmd := exec.CommandContext(ctx, "go", append(args, "./...")...)
	cmd.Stderr = os.Stderr
	cmd.WaitDelay = 10 * time.Second
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	report := newTestReport(os.Stdout)
	readErr := report.read(stdout)
	if err := errors.Join(readErr, cmd.Wait()); err != nil && report.failed == 0 {
		report.failed++
		fmt.Println(err)
	}
	return report.close(os.Getenv("CUPEL_REQUIRE_TOOLS") == "1")
}

// race reports whether the race detector can be built: it needs cgo.
func race(ctx context.Context) bool {
	cc, err := output(ctx, "go", "env", "CC")
	if err != nil {
		return false
	}
	_, err = exec.LookPath(strings.Fields(cc)[0])
	return err == nil
}

// A testEvent is one line of go test -json (go doc test2json).
type testEvent struct {
	Action, Package, Test, Output string
	ImportPath                    string // of build output
	Elapsed                       float64
}

// A testReport follows a run of go test -json.
type testReport struct {
	out                     io.Writer
	log                     map[string]*strings.Builder // output of each test that still runs
	skips                   []string
	all                     bool     // print what passed as well
	words                   bool     // with all: and what it says
	missing                 []string // skips for want of a tool
	passed, failed, skipped int
}

func newTestReport(out io.Writer) *testReport {
	return &testReport{out: out, log: make(map[string]*strings.Builder)}
}

func (r *testReport) read(events io.Reader) error {
	lines := bufio.NewScanner(events)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e testEvent
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			fmt.Fprintln(r.out, lines.Text())
			continue
		}
		r.add(e)
	}
	return lines.Err()
}

func (r *testReport) add(e testEvent) {
	key := e.Package + " " + e.Test
	switch e.Action {
	case "output", "build-output":
		if e.Action == "build-output" {
			fmt.Fprint(r.out, e.Output)
			return
		}
		if r.log[key] == nil {
			r.log[key] = new(strings.Builder)
		}
		r.log[key].WriteString(e.Output)
	case "pass", "fail", "skip":
		r.end(e, key)
		delete(r.log, key)
	}
}

func (r *testReport) end(e testEvent, key string) {
	text := ""
	if log := r.log[key]; log != nil {
		text = log.String()
	}
	if e.Test == "" {
		if e.Action != "skip" { // a package without tests
			fmt.Fprintf(r.out, "%-4s %s (%.1f s)\n", e.Action, e.Package, e.Elapsed)
		}
		if e.Action == "fail" {
			fmt.Fprint(r.out, text)
			r.failed++
		}
		return
	}
	switch e.Action {
	case "pass":
		r.passed++
		if r.all {
			fmt.Fprintf(r.out, "passed %s (%.1f s)\n", key, e.Elapsed)
		}
		if r.words {
			fmt.Fprint(r.out, words(text))
		}
	case "fail":
		r.failed++
		fmt.Fprintf(r.out, "--- FAIL %s %s\n%s", e.Package, e.Test, text)
	case "skip":
		r.skip(key, text)
	}
}

// words are the lines that a test has logged.
func words(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if said := strings.TrimSpace(line); !strings.HasPrefix(said, "===") && !strings.HasPrefix(said, "---") {
			b.WriteString(line)
		}
	}
	return b.String()
}

func (r *testReport) skip(key, text string) {
	r.skipped++
	reason := "no reason given"
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "===") && !strings.HasPrefix(line, "---") {
			reason = line
			break
		}
	}
	r.skips = append(r.skips, key+": "+reason)
	if !strings.Contains(reason, "no corpus of real files") && !strings.Contains(reason, "left to selftest:dagger") {
		r.missing = append(r.missing, key)
	}
}

// close prints the skips and the count, and says whether the tests passed.
func (r *testReport) close(requireTools bool) error {
	for _, skip := range r.skips {
		fmt.Fprintln(r.out, "skipped", skip)
	}
	fmt.Fprintf(r.out, "%d passed, %d failed, %d skipped\n", r.passed, r.failed, r.skipped)
	switch {
	case r.failed > 0:
		return errors.New("some tests failed")
	case r.passed == 0:
		return errors.New("no test ran")
	case requireTools && len(r.missing) > 0:
		return fmt.Errorf("%d tests were skipped, and CUPEL_REQUIRE_TOOLS=1 wants all tools to be here", len(r.missing))
	}
	return nil
}
