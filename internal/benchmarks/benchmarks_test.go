package benchmarks

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/evidence"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func ptr(v float64) *float64 { return &v }

// softmax is evidence of one suite: a steady benchmark, an unstable one, a
// second metric that a claim rests on, and a run that failed.
func softmax() Set {
	b := func(impl, metric, unit string, median float64) evidence.Benchmark {
		return evidence.Benchmark{
			Suite: "softmax", Name: "Softmax", Params: map[string]string{"impl": impl}, Metric: metric, Unit: unit, Better: bench.Lower,
			Runs: []float64{median, median, median, median, median}, Median: median,
			Low: ptr(median * 0.98), High: ptr(median * 1.03), Confidence: 0.9375, CV: ptr(0.021),
		}
	}
	naive, fused := b("naive", "time", "ns/op", 1.36e6), b("fused", "time", "ns/op", 5.424e5)
	once := b("copy|@all", "time", "ns/op", 9210)
	once.Runs, once.Low, once.High, once.Confidence, once.CV = once.Runs[:1], nil, nil, 0, nil
	fused.CV, fused.Unstable = ptr(0.19), true
	rate := b("fused", "throughput", "MB/s", 1930)
	return Set{
		Dir: "benchmark_results/20260102_030405", Host: "Apple M1 Max, 10 cores",
		Manifest: &evidence.Manifest{
			Commit: "0123456789abcdef", Class: "controlled",
			Plan: evidence.Plan{Runs: 5, Suites: []evidence.Suite{{Name: "softmax"}}},
			Runs: []evidence.Run{{Suite: "softmax", Number: 3, Reasons: []string{"Softmax/impl=gpu: <no device>"}}},
		},
		Summary: &evidence.Summary{Benchmarks: []evidence.Benchmark{naive, fused, rate, b("naive", "throughput", "MB/s", 770), once}},
		Claims: func(b evidence.Benchmark) []string {
			if b.Params["impl"] == "fused" {
				return []string{"fused-softmax"}
			}
			return nil
		},
	}
}

const document = `# Benchmarks

Written by a person.

` + "```" + `
<!-- benchmarks: softmax -->
` + "```" + `

<!-- benchmarks: softmax -->
<!-- /benchmarks: softmax -->

Between them.

<!-- benchmarks: other -->
not measured here
<!-- /benchmarks: other -->
the end`

func TestUpdateWritesTheRegionsOfTheSetAndNoOtherByte(t *testing.T) {
	got, charts, err := Update([]byte(document), softmax())
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("testdata/softmax.md", got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/softmax.md")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("testdata/softmax.md differs; look at it and run with -update\n%s", got)
	}
	if len(charts) != 2 || charts["docs/benchmarks/softmax.light.svg"] == nil || charts["docs/benchmarks/softmax.dark.svg"] == nil {
		t.Errorf("charts %v", charts)
	}
	again, _, err := Update(got, softmax())
	if err != nil || !bytes.Equal(again, got) {
		t.Errorf("updating twice differs from once: %v\n%s", err, again)
	}
}

func TestUpdateKeepsLineEndsAndAMissingFinalNewline(t *testing.T) {
	doc := strings.ReplaceAll("a\n<!-- benchmarks: softmax -->\n<!-- /benchmarks: softmax -->", "\n", "\r\n")
	got, _, err := Update([]byte(doc), softmax())
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Count(got, []byte("\n")) != bytes.Count(got, []byte("\r\n")) {
		t.Errorf("a line ends without its carriage return: %q", got)
	}
	if !bytes.HasSuffix(got, []byte("<!-- /benchmarks: softmax -->")) {
		t.Errorf("the last line got an end: %q", got)
	}
}

func TestCheckFindsWhatIsNotAsTheEvidenceSays(t *testing.T) {
	good, charts, err := Update([]byte(document), softmax())
	if err != nil {
		t.Fatal(err)
	}
	good, _, _ = bytes.Cut(good, []byte("Between them."))
	lost := errors.New("benchmark_results/20260102_030405 is gone")
	for _, c := range []struct {
		name     string
		from, to string
		load     error
		noChart  bool
		want     string
	}{
		{name: "nothing"},
		{name: "a number was edited by hand", from: "1.36 ms", to: "1.30 ms", want: "edited by hand"},
		{name: "a word was added in the region", from: "Measured in", to: "Carefully measured in", want: "edited by hand"},
		{name: "text outside changed", from: "Written", to: "Edited"},
		{name: "I02: the evidence is gone", load: lost, want: "is gone"},
		{name: "a chart is gone", noChart: true, want: "no chart"},
		{name: "a marker is missing", from: "<!-- /benchmarks: softmax -->\n\n", to: "", want: "has no end"},
		{name: "never written", from: "softmax, benchmark_results/20260102_030405 -->", to: "softmax -->", want: "not been written yet"},
	} {
		t.Run(c.name, func(t *testing.T) {
			doc := bytes.Replace(good, []byte(c.from), []byte(c.to), 1)
			problems := Check(doc,
				func(dir string) (Set, error) { return softmax(), c.load },
				func(name string) ([]byte, error) {
					if c.noChart {
						return nil, errors.New("no chart")
					}
					return charts[name], nil
				})
			switch {
			case c.want == "" && len(problems) > 0:
				t.Errorf("problems %v", problems)
			case c.want != "" && (len(problems) != 1 || !strings.Contains(problems[0].Text, c.want) || problems[0].Line != 9):
				t.Errorf("problems %v, want one of line 9 with %q", problems, c.want)
			}
		})
	}
}

func TestI02LinksToEvidenceThatIsGoneAreFound(t *testing.T) {
	doc := "[here](../benchmark_results/20260101_000000/summary.md#softmax)\n" +
		"[gone](../benchmark_results/20250101_000000/summary.md) and ![too](../benchmark_results/20250101_000000/a.svg)\n" +
		"[elsewhere](https://example.com/benchmark_results/20250101_000000) [other](gone.md)\n"
	dead := DeadLinks("docs/a.md", []byte(doc), "benchmark_results", func(name string) bool {
		return strings.HasPrefix(name, "benchmark_results/20260101_000000/")
	})
	if len(dead) != 2 || dead[0].Line != 2 || !strings.Contains(dead[0].Text, "benchmark_results/20250101_000000/summary.md") {
		t.Errorf("dead links are %v", dead)
	}
}

func TestRegionsThatCannotBeToldApartAreRefused(t *testing.T) {
	for _, c := range []struct{ doc, want string }{
		{"<!-- benchmarks: a -->\n", "line 1: the region of a has no end"},
		{"<!-- /benchmarks: a -->\n", "line 1: the region of a ends here and does not begin"},
		{"<!-- benchmarks: a -->\n<!-- benchmarks: b -->\n", "line 2: the region of b begins inside that of a"},
		{"<!-- benchmarks: a -->\n<!-- /benchmarks: b -->\n", "line 2: the region of b ends here"},
		{"<!-- benchmarks: a -->\n<!-- /benchmarks: a -->\n<!-- benchmarks: a -->\n", "line 3: suite a has a region in line 1"},
		{"<!-- benchmarks: a b c -->\n", "line 1: this marker is not of the form"},
		{"<!-- benchmarks: a --> -->\n", "line 1: this marker is not of the form"},
	} {
		_, err := Regions([]byte(c.doc))
		var syntax *SyntaxError
		if !errors.As(err, &syntax) || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%q: %v, want %q", c.doc, err, c.want)
		}
	}
}

func TestTextOfASuiteCannotLeaveItsCell(t *testing.T) {
	set := softmax()
	set.Host = "a|b\n<!-- /benchmarks: softmax -->\n```"
	set.Summary.Benchmarks[0].Name = "x|y\n<!-- /benchmarks: softmax -->\n```<script>"
	got, _, err := Update([]byte(document), set)
	if err != nil {
		t.Fatal(err)
	}
	regions, err := Regions(got)
	if err != nil || len(regions) != 2 {
		t.Fatalf("%d regions, %v\n%s", len(regions), err, got)
	}
	if bytes.Contains(got, []byte("<script")) {
		t.Errorf("markup in a name stays markup:\n%s", got)
	}
}

// FuzzRegions: what is put back unchanged gives the document, and an update
// leaves every byte outside of the regions.
func FuzzRegions(f *testing.F) {
	f.Add([]byte(document))
	f.Add([]byte("<!-- benchmarks: softmax, x -->\r\n```\r\n<!-- /benchmarks: softmax -->"))
	f.Add([]byte("```\n<!-- benchmarks: a -->\n"))
	f.Add([]byte("<!-- benchmarks: softmax -->\n```\n<!-- /benchmarks: softmax -->\n<!-- benchmarks:"))
	f.Fuzz(func(t *testing.T, doc []byte) {
		regions, err := Regions(doc)
		if err != nil {
			return
		}
		same := replace(doc, regions, func(r Region) string {
			return strings.ReplaceAll(string(doc[r.start:r.end]), "\r\n", "\n")
		})
		for _, r := range regions {
			if bytes.Contains(doc[r.start:r.end], []byte("\n")) && mixed(doc[r.start:r.end]) {
				return // mixed line ends inside a region become one kind
			}
		}
		if !bytes.Equal(same, doc) {
			t.Fatalf("put back %q, got %q", doc, same)
		}
		once, _, err := Update(doc, softmax())
		if err != nil {
			t.Fatal(err)
		}
		twice, _, err := Update(once, softmax())
		if err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("%q becomes %q and then %q (%v)", doc, once, twice, err)
		}
	})
}

func mixed(text []byte) bool {
	return bytes.Contains(text, []byte("\r\n")) && bytes.Count(text, []byte("\n")) != bytes.Count(text, []byte("\r\n")) ||
		bytes.HasSuffix(text, []byte("\r"))
}
