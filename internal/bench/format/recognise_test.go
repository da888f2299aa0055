package format_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/cupel-dev/cupel/internal/bench/benchtest"
	"github.com/cupel-dev/cupel/internal/bench/format"
)

func TestRecogniseKnowsEachToolByItsOwnWords(t *testing.T) {
	for text, want := range map[string]string{
		"goos: linux\nBenchmarkA-8 \t 100\t 12 ns/op\n":                              "gobench",
		"noise\nBenchmarkA/x=1 \t 1\t 1.5e+06 ns/op\t 3 B/op\n":                      "gobench",
		`{"Time":"2024-01-01T00:00:00Z","Action":"start","Package":"p"}`:             "gobench",
		"test tests::a ... bench:       1,234 ns/iter (+/- 12)\n":                    "libtest",
		"fib 20                  time:   [1.0 us 1.1 us 1.2 us]\n":                   "criterion",
		`{"reason":"benchmark-complete","id":"a"}`:                                   "criterion",
		"============ test session starts\n{\n  \"machine_info\": {\"node\": \"\"},": "pytest",
		"{\n  \"context\": {\n    \"date\": \"x\"":                                   "googlebenchmark",
		"\xef\xbb\xbf{\n  \"results\": [\n    {\n      \"command\": \"sleep 0.1\",":  "hyperfine",
		`[{"build_commit": "abc", "n_prompt": 512}]`:                                 "llamabench",
		"throughput 12 tok/s\n":                                                      "",
		"BenchmarkBoom \tpanic: no\n":                                                "",
		"":                                                                           "",
	} {
		if got := format.Recognise([]byte(text)); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

func TestRecogniseKnowsTheCorpus(t *testing.T) {
	dir := benchtest.CorpusDir(t)
	for pattern, want := range map[string]string{
		"gobench/*.txt": "gobench", "criterion/metal-candle/20251217_125054/*_run*.txt": "criterion", "hyperfine/*.json": "hyperfine",
		"gbench/*.json": "googlebenchmark", "pytest/*.json": "pytest", "otherbench/gab__cargo_*.txt": "libtest",
		"samples/criterion_0.3.6_stdout*.txt": "criterion", "samples/hyperfine*.json": "hyperfine", "samples/pytest*.json": "pytest",
		"samples/go_test_json.jsonl": "gobench", "samples/google*.json": "googlebenchmark",
	} {
		names, err := filepath.Glob(filepath.Join(dir, filepath.FromSlash(pattern)))
		if err != nil || len(names) == 0 {
			t.Errorf("%s matches nothing: %v", pattern, err)
		}
		for _, name := range names {
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			got := format.Recognise(b[:min(len(b), format.RecogniseBytes)])
			if got != want {
				t.Errorf("%s is %q, want %q", name, got, want)
			}
		}
	}
}
