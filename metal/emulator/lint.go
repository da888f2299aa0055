package emulator

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/cupel-dev/cupel/metal"
)

// A Finding is something in a kernel's source that clang accepts as C++ and a
// Metal compiler refuses, or that breaks a rule of this project.
type Finding struct {
	File   string
	Line   int
	Column int // in bytes, from 1
	Reason string
}

func (f Finding) String() string {
	return fmt.Sprintf("%s:%d:%d: %s", f.File, f.Line, f.Column, f.Reason)
}

// A rule is a pattern that must not occur outside comments. The restrictions
// are those of the Metal Shading Language Specification, section 1.4.4.
type rule struct {
	pattern *regexp.Regexp
	reason  string
}

var rules = []rule{
	{regexp.MustCompile(`\b(?:double|long\s+double)\b`), "Metal has no double"},
	{regexp.MustCompile(`\b(?:\d+\.\d*|\.\d+|\d+(?:\.\d*)?[eE][+-]?\d+)(?:[^\w.]|$)`), "a number without f is a double in C++: write 1.0f"},
	{regexp.MustCompile(`\bgoto\b`), "Metal has no goto"},
	{regexp.MustCompile(`\b(?:try|catch|throw|noexcept)\b`), "Metal has no exceptions"},
	{regexp.MustCompile(`\b(?:virtual|dynamic_cast|typeid)\b`), "Metal has no virtual functions and no run-time types"},
	{regexp.MustCompile(`\b(?:new|delete|malloc|free)\b`), "Metal has no heap"},
	{regexp.MustCompile(`\b(?:thread_local|asm|__asm__)\b`), "Metal has no thread_local and no asm"},
	{regexp.MustCompile(`\bstatic\s`), "Metal has no static variables in functions"},
	{regexp.MustCompile(`\bstd::`), "Metal has its own library: use metal::"},
	{regexp.MustCompile(`\[[&=]?\]\s*\(`), "Metal has no lambda expressions"},
	{regexp.MustCompile(`\b(?:printf|assert)\s*\(`), "a kernel prints and asserts nothing"},
	{regexp.MustCompile(`#\s*include\s*<(?:[^m]|m[^e]|me[^t])[^>]*>|#\s*include\s*"`), "the source is compiled from memory: only <metal_stdlib> can be included"},
	{regexp.MustCompile(`\b(?:INFINITY|HUGE_VALF|NAN|isinf|isnan|isfinite)\b`), "fast math may assume that there is no infinity and no NaN: use FLT_MAX"},
	{regexp.MustCompile(`\bthreadgroup\s+\w+\s+\w+\s*\[`), "threadgroup arrays are arguments here, so that their length is the host's"},
}

// Lint reports what a Metal compiler would refuse in files although clang
// accepts it, in the order of files and lines.
func Lint(files []metal.SourceFile) []Finding {
	var all []Finding
	for _, file := range files {
		text := blank(file.Text, comment)
		findings := lintRecursion(file.Name, text)
		for _, r := range rules {
			for _, at := range r.pattern.FindAllStringIndex(text, -1) {
				findings = append(findings, found(file.Name, text, at[0], r.reason))
			}
		}
		slices.SortFunc(findings, func(a, b Finding) int {
			return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Reason, b.Reason))
		})
		all = append(all, findings...)
	}
	return all
}

func found(name, text string, at int, reason string) Finding {
	before := text[:at]
	return Finding{
		File: name, Line: strings.Count(before, "\n") + 1, Column: at - strings.LastIndexByte(before, '\n'), Reason: reason,
	}
}

var (
	function = regexp.MustCompile(`(?m)^[\w \t*&<>]*?\b(\w+)\s*\([^;{}]*\)\s*\{`)
	call     = regexp.MustCompile(`\b(\w+)\s*\(`)
)

// lintRecursion reports functions that reach themselves through the functions
// of their file.
func lintRecursion(name, text string) []Finding {
	calls, positions := map[string][]string{}, map[string]int{}
	for _, f := range function.FindAllStringSubmatchIndex(text, -1) {
		caller := text[f[2]:f[3]]
		positions[caller] = f[2]
		for _, c := range call.FindAllStringSubmatch(body(text[f[1]:]), -1) {
			calls[caller] = append(calls[caller], c[1])
		}
	}
	var findings []Finding
	for caller, at := range positions {
		if reaches(calls, caller, caller, map[string]bool{}) {
			findings = append(findings, found(name, text, at, "Metal has no recursion: "+caller+" calls itself"))
		}
	}
	return findings
}

// body returns text up to the brace that closes its level.
func body(text string) string {
	depth := 1
	for i, r := range text {
		switch r {
		case '{':
			depth++
		case '}':
			depth--
		}
		if depth == 0 {
			return text[:i]
		}
	}
	return text
}

func reaches(calls map[string][]string, from, target string, seen map[string]bool) bool {
	for _, callee := range calls[from] {
		if callee == target {
			return true
		}
		if !seen[callee] {
			seen[callee] = true
			if reaches(calls, callee, target, seen) {
				return true
			}
		}
	}
	return false
}
