package compare

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/bench/benchtest"
	"github.com/cupel-dev/cupel/internal/report"
)

// files makes a file system of names and texts.
func files(texts map[string]string) fs.FS {
	fsys := make(fstest.MapFS)
	for name, text := range texts {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

// described lists the results of a source: name, metric and runs.
func described(s *Source) (list []string) {
	for _, r := range s.results {
		name := r.id.benchmark.String()
		if r.id.suite != "" {
			name = r.id.suite + ": " + name
		}
		list = append(list, fmt.Sprint(name, " ", r.metric.Name, " ", r.runs))
	}
	return list
}

const (
	goText        = "goos: linux\ngoarch: amd64\npkg: m\ncpu: Some CPU\nBenchmarkA \t 10\t 5 ns/op\nBenchmarkA \t 10\t 7 ns/op\nPASS\n"
	hyperfineText = `{"results": [{"command": "a", "mean": 1.0, "times": [1.0, 1.5], "exit_codes": [0, 0]}]}`
	pytestText    = `{"machine_info": {"cpu": {"brand_raw": "Some CPU", "count": 2, "arch": "x"}}, "benchmarks": [{"name": "test_a", "fullname": "t.py::test_a", "stats": {"data": [1.0, 2.0, 3.0]}}]}`
)

func TestReadFile(t *testing.T) {
	for _, test := range []struct {
		name, text, format string
		want               []string
		machine            string
		notes              int
	}{
		{"repetitions of go test stand for runs, which is said", goText, "", []string{"A time [5 7]"}, "linux, amd64, Some CPU", 1},
		{"hyperfine's times are processes", hyperfineText, "", []string{"a time [1e+09 1.5e+09]"}, "", 0},
		{"rounds of pytest are one run", pytestText, "", []string{"test_a time [2e+09]"}, "Some CPU, 2 CPUs", 0},
		{"a format that is named", goText, "gobench", []string{"A time [5 7]"}, "linux, amd64, Some CPU", 1},
	} {
		s, err := Read(files(map[string]string{"x.out": test.text}), "x.out", test.format, nil)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if got := described(s); !slices.Equal(got, test.want) || s.Machine != test.machine || len(s.Notes) != test.notes || len(s.Failures) > 0 {
			t.Errorf("%s: %q on %q, %q, %q", test.name, got, s.Machine, s.Notes, s.Failures)
		}
	}
}

func TestDirectoryOfFilesHasARunInEach(t *testing.T) {
	fsys := files(map[string]string{
		"old/softmax_run1.txt": goText, "old/softmax_run2.txt": strings.Replace(goText, "7 ns", "8 ns", 1),
		"old/lora_run1.txt": goText, "old/notes.md": "words", "old/deeper/x.txt": goText,
	})
	s, err := Read(fsys, "old", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"lora: A time [6]", "softmax: A time [6 6.5]"}
	if got := described(s); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if len(s.Notes) != 1 || !strings.Contains(s.Notes[0], "notes.md") {
		t.Errorf("what was left out: %q", s.Notes)
	}
}

// TestAFileIsOfTheOnlySuiteOfADirectory: a file names no suite, a directory does.
// Where there are two, nobody knows of which the file is.
func TestAFileIsOfTheOnlySuiteOfADirectory(t *testing.T) {
	fsys := files(map[string]string{
		"x.txt": goText, "one/softmax_run1.txt": goText,
		"two/softmax_run1.txt": goText, "two/lora_run1.txt": goText,
	})
	for name, want := range map[string][]string{"one": {"softmax: A"}, "two": {": A", "lora: A", "softmax: A"}} {
		for _, order := range [][2]string{{"x.txt", name}, {name, "x.txt"}} {
			var sides [2]*Source
			for i, side := range order {
				s, err := Read(fsys, side, "", nil)
				if err != nil {
					t.Fatal(err)
				}
				sides[i] = s
			}
			var got []string
			for _, b := range must(t, sides[0], sides[1]).Benchmarks {
				got = append(got, b.Suite+": "+b.Name)
			}
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("%q: %q, want %q", order, got, want)
			}
		}
	}
}

func TestWhatIsMissingIsAFailure(t *testing.T) {
	for name, texts := range map[string]map[string]string{
		"announced and not measured": {"d/a_run1.txt": "BenchmarkA \t 10\t 5 ns/op\nBenchmarkBoom \tpanic: no\nFAIL\n"},
		"another machine":            {"d/a_run1.txt": goText, "d/a_run2.txt": strings.Replace(goText, "Some CPU", "Other CPU", 1)},
	} {
		s, err := Read(files(texts), "d", "gobench", nil)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(s.Failures) == 0 {
			t.Errorf("%s: no failure; %q", name, described(s))
		}
	}
	s := source(bench.Time, 1)
	s.append(result{s.results[0].id, bench.Metric{Name: "time", Unit: "s", Better: bench.Lower}, []float64{1}})
	if len(s.Failures) != 1 || len(s.results[0].runs) != 1 {
		t.Errorf("another unit: %q, %v", s.Failures, s.results[0].runs)
	}
}

func TestUnreadableIsAnError(t *testing.T) {
	fsys := files(map[string]string{"x.txt": "nothing that a tool prints", "d/x.txt": "words", "e/manifest.json": "{}"})
	for name, want := range map[string]string{
		"x.txt": "its format is not recognised: name it with -format=FORMAT", "d": "no file of a known format",
		"gone": "not exist", "e": "schema",
	} {
		if _, err := Read(fsys, name, "", nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
	if _, err := Read(fsys, "x.txt", "gobecnh", nil); err == nil || !strings.Contains(err.Error(), `did you mean "gobench"?`) {
		t.Errorf("a wrong format: %v", err)
	}
}

func TestRulesGiveDirections(t *testing.T) {
	fsys := files(map[string]string{"x.txt": "BenchmarkA \t 1\t 5 ns/op\t 12 hits\n"})
	s, err := Read(fsys, "x.txt", "", []bench.MetricRule{{Name: "hits", Better: bench.Higher}})
	if err != nil || len(s.results) != 2 || s.results[1].metric.Better != bench.Higher {
		t.Errorf("%+v, %v", s, err)
	}
}

// TestSessionsOfOneMachine is case B01 on the real files: the training step had
// one wild value in five runs, and was announced as 415 % slower.
func TestSessionsOfOneMachine(t *testing.T) {
	dir := filepath.Join(benchtest.CorpusDir(t), "criterion", "metal-candle")
	read := func(session string) *Source {
		s, err := Read(os.DirFS(dir), session, "", nil)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	base, head := read("20251211_203943"), read("20251217_125054")
	c := Compare(base, head, 0.02).Comparison
	found := false
	for _, b := range c.Benchmarks {
		if !strings.Contains(b.Name, "full_training_step") {
			continue
		}
		found = true
		if b.Verdict != report.Inconclusive || b.Ratio == nil || *b.Ratio > 1.2 {
			t.Errorf("%+v", b)
		}
	}
	if !found {
		t.Errorf("no training step among %d benchmarks", len(c.Benchmarks))
	}
}

// TestReadTree reads criterion's samples: all of them are one run.
func TestReadTree(t *testing.T) {
	dir := filepath.Join(benchtest.CorpusDir(t), "samples")
	s, err := Read(os.DirFS(dir), "criterion_0.3.6_target_criterion", "", nil)
	if err != nil || len(s.results) == 0 {
		t.Fatalf("%+v, %v", s, err)
	}
	for _, r := range s.results {
		if len(r.runs) != 1 {
			t.Errorf("%s has %d runs", r.id.benchmark, len(r.runs))
		}
	}
}
