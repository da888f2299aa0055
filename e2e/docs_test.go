package e2e

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A use is one command of Cupel in a document or a script.
type use struct {
	target string
	flags  []string
}

var (
	// invocation is a target of Cupel with what follows it on the line.
	invocation = regexp.MustCompile(`(?:go tool mage|\bmage|\bcupel)\s+([a-z]+(?::[a-z]+)?)\b([^|#` + "`" + `\n]*)`)
	flagUse    = regexp.MustCompile(`(?:^|[\s'"])-([a-zA-Z]+)`)
)

func uses(text string) []use {
	var found []use
	for _, m := range invocation.FindAllStringSubmatch(text, -1) {
		u := use{target: m[1]}
		for _, f := range flagUse.FindAllStringSubmatch(m[2], -1) {
			u.flags = append(u.flags, f[1])
		}
		found = append(found, u)
	}
	return found
}

// TestEveryCommandInTheDocumentsIsRunByATest: each target and each flag that a
// document shows in code is used by a script here, or by what CI runs.
func TestEveryCommandInTheDocumentsIsRunByATest(t *testing.T) {
	root := repositoryRoot(t)
	tested := map[string]map[string]bool{}
	for _, file := range glob(t, "testdata/*.txtar", root+"/.ci/run") {
		for _, u := range uses(runLines(file, read(t, file))) {
			if tested[u.target] == nil {
				tested[u.target] = map[string]bool{}
			}
			for _, flag := range u.flags {
				tested[u.target][flag] = true
			}
		}
	}
	shown := 0
	for _, file := range glob(t, root+"/*.md", root+"/docs/*.md") {
		if filepath.Base(file) == "CHANGELOG.md" {
			continue // history names commands as they were
		}
		for _, line := range codeLines(read(t, file)) {
			for _, u := range uses(line) {
				shown++
				flags, ok := tested[u.target]
				if !ok {
					t.Errorf("%s: %s: no test runs %s", filepath.Base(file), strings.TrimSpace(line), u.target)
				}
				for _, flag := range u.flags {
					if ok && !flags[flag] {
						t.Errorf("%s: %s: no test runs %s -%s", filepath.Base(file), strings.TrimSpace(line), u.target, flag)
					}
				}
			}
		}
	}
	if shown < 10 {
		t.Errorf("only %d commands were found in the documents", shown)
	}
}

var running = regexp.MustCompile(`(?m)^!?\s*(?:exec|exits \d+|go tool mage) .*$`)

// runLines are the lines of a script that run a program; what a line expects to
// be printed is no use of it.
func runLines(file, text string) string {
	if filepath.Ext(file) == ".txtar" {
		text, _, _ = strings.Cut(text, "\n-- ")
	}
	return strings.Join(running.FindAllString(text, -1), "\n")
}

var codeSpan = regexp.MustCompile("`[^`]+`")

// codeLines are the lines of fenced blocks, and the code spans of all others.
func codeLines(text string) []string {
	var lines []string
	fenced := false
	for line := range strings.Lines(text) {
		switch {
		case strings.HasPrefix(strings.TrimSpace(line), "```"):
			fenced = !fenced
		case fenced:
			lines = append(lines, line)
		default:
			lines = append(lines, codeSpan.FindAllString(line, -1)...)
		}
	}
	return lines
}

func TestCommandsAreFoundInTextAndScripts(t *testing.T) {
	for _, c := range []struct {
		text string
		want []use
	}{
		{"go tool mage smoke -base=HEAD~1 -json=x # compare", []use{{"smoke", []string{"base", "json"}}}},
		{"exits 2 cupel bench:parse gobench - # -no", []use{{"bench:parse", nil}}},
		{"`cupel official -quick` or `mage lint`", []use{{"official", []string{"quick"}}, {"lint", nil}}},
		{"go tool mage -compile cupel", nil},
		{"stdout 'next: cupel evidence:verify'", []use{{"evidence:verify", nil}}},
	} {
		got := uses(c.text)
		if !slices.EqualFunc(got, c.want, func(a, b use) bool { return a.target == b.target && slices.Equal(a.flags, b.flags) }) {
			t.Errorf("%q: %v, want %v", c.text, got, c.want)
		}
	}
}

func glob(t *testing.T, patterns ...string) []string {
	t.Helper()
	var files []string
	for _, p := range patterns {
		found, err := filepath.Glob(p)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	return files
}

func read(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")))
}
