package format

import (
	"bytes"
	"regexp"
)

// RecogniseBytes is how much of a file [Recognise] wants to see.
const RecogniseBytes = 64 << 10

// A sign is what only one kind of tool writes near the beginning.
type sign struct {
	format string
	lines  *regexp.Regexp
}

// signs are tried in this order: the surest first. What other programs print
// in front of a report must not be mistaken for one.
var signs = []sign{
	{"gobench", regexp.MustCompile(`(?m)^\{"Time":"[^"]*","Action":"`)},
	{"gobench", regexp.MustCompile(`(?m)^\{"Action":"`)},
	{"pytest", regexp.MustCompile(`"machine_info"\s*:`)},
	{"googlebenchmark", regexp.MustCompile(`"context"\s*:\s*\{`)},
	{"llamabench", regexp.MustCompile(`"build_commit"\s*:`)},
	{"hyperfine", regexp.MustCompile(`"results"\s*:\s*\[\s*\{\s*"command"\s*:`)},
	{"criterion", regexp.MustCompile(`(?m)^\{"reason":"(benchmark|group)-complete"`)},
	{"libtest", regexp.MustCompile(`(?m)^test .+\.\.\. +bench: `)},
	{"gobench", regexp.MustCompile(`(?m)^Benchmark\S*\s+\d+\s+[\d.e+]+ \S+`)},
	{"criterion", regexp.MustCompile(`(?m)\s+time:\s+\[[\d.]`)},
}

// Recognise names the format of a file from its first [RecogniseBytes]: "" for
// one that it does not know, as every output of the generic format is.
func Recognise(start []byte) string {
	start = bytes.TrimPrefix(start, []byte("\xef\xbb\xbf"))
	for _, s := range signs {
		if s.lines.Match(start) {
			return s.format
		}
	}
	return ""
}
