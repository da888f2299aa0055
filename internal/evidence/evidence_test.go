package evidence

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/host"
)

// plan is a manifest of two runs of one suite, as official begins it.
func plan() *Manifest {
	return &Manifest{
		Schema: Schema, Status: StatusIncomplete,
		Created: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC),
		Commit:  strings.Repeat("a", 40),
		Subject: Subject{Digest: "sha256:00", Files: 1},
		Plan:    Plan{Runs: 2, Suites: []Suite{{Name: "s", Format: "gobench", Run: []string{"./s"}}}},
		Preflight: []Preflight{
			{When: "before", Probes: host.Findings{{Name: "power", State: host.OK}}},
			{When: "after", Probes: host.Findings{{Name: "power", State: host.OK}}},
		},
	}
}

// write makes a set of evidence with those outputs as its runs.
func write(t *testing.T, results string, m *Manifest, outputs ...string) *Directory {
	t.Helper()
	d, err := Create(results, m)
	if err != nil {
		t.Fatal(err)
	}
	for i, text := range outputs {
		r := Run{Suite: "s", Number: i + 1, Status: bench.OK, Measured: 1}
		if err := os.WriteFile(filepath.Join(d.Path, r.Base()+".txt"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := d.Record(r); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

func finish(t *testing.T, d *Directory) *Summary {
	t.Helper()
	s, err := d.Finish(Environment{Class: "test"}, time.Date(2026, 3, 1, 12, 5, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

const (
	fast = "BenchmarkA 100 10 ns/op\nPASS\n"
	slow = "BenchmarkA 100 12 ns/op\nPASS\n"
)

func TestFinishedEvidenceVerifiesAndSumsUpItsRuns(t *testing.T) {
	d := write(t, t.TempDir(), plan(), fast, slow)
	s := finish(t, d)
	if filepath.Base(d.Path) != "20260301_120000" {
		t.Errorf("the directory is called %s", d.Path)
	}
	m, err := Verify(os.DirFS(d.Path))
	if err != nil {
		t.Fatal(err)
	}
	if m.Status != StatusComplete || m.Class != host.Controlled {
		t.Errorf("status %s, class %s", m.Status, m.Class)
	}
	b := s.Benchmarks[0]
	if len(s.Benchmarks) != 1 || b.Median != 11 || len(b.Runs) != 2 || b.Low != nil || b.Unstable == (*b.CV < 0.1) {
		t.Errorf("summary is %+v", s.Benchmarks)
	}
}

func TestVerifyNamesTheFirstFileThatDiffers(t *testing.T) {
	edit := func(name string, change func([]byte) []byte) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			path := filepath.Join(dir, name)
			b, err := os.ReadFile(path)
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, change(b), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	replace := func(name, old, new string) func(*testing.T, string) {
		return edit(name, func(b []byte) []byte { return []byte(strings.Replace(string(b), old, new, 1)) })
	}
	tests := []struct {
		name   string
		change func(*testing.T, string)
		file   string
	}{
		{"a changed byte of a run", replace("s_run1.txt", "10 ns", "11 ns"), "s_run1.txt"},
		{"a file too many", edit("extra.txt", func([]byte) []byte { return []byte("x") }), "extra.txt"},
		{"a file that is gone", func(t *testing.T, dir string) { os.Remove(filepath.Join(dir, "summary.md")) }, "summary.md"},
		{"another class", replace("manifest.json", `"class": "controlled"`, `"class": "shared"`), "summary.json"},
		{"a failed run called complete", replace("manifest.json", `"status": "ok"`, `"status": "failed"`), "manifest.json"},
		{"a finding made good", replace("manifest.json", `"quick": false`, `"quick": true`), "manifest.json"},
		{"a run left out of the plan", replace("manifest.json", `"runs": 2`, `"runs": 3`), "manifest.json"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := write(t, t.TempDir(), plan(), fast, slow)
			finish(t, d)
			test.change(t, d.Path)
			_, err := Verify(os.DirFS(d.Path))
			var difference *Difference
			if !errors.As(err, &difference) {
				t.Fatalf("error is %v, want a *Difference", err)
			}
			if difference.File != test.file {
				t.Errorf("%v, want it to name %s", difference, test.file)
			}
		})
	}
}

// TestFiguresMustFollowFromTheRuns changes a summary together with its digest:
// what no digest shows, the recomputation does.
func TestFiguresMustFollowFromTheRuns(t *testing.T) {
	d := write(t, t.TempDir(), plan(), fast, slow)
	finish(t, d)
	path := filepath.Join(d.Path, "summary.json")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	forged := strings.Replace(string(b), `"median": 11`, `"median": 5`, 1)
	if err := os.WriteFile(path, []byte(forged), 0o644); err != nil {
		t.Fatal(err)
	}
	sums, err := digests(os.DirFS(d.Path))
	if err != nil {
		t.Fatal(err)
	}
	d.Manifest.Files = sums
	if err := d.Save(); err != nil {
		t.Fatal(err)
	}
	_, err = Verify(os.DirFS(d.Path))
	var difference *Difference
	if !errors.As(err, &difference) || difference.File != "summary.json" {
		t.Errorf("error is %v, want one that names summary.json", err)
	}
}

func TestOneDoubtMakesTheClassShared(t *testing.T) {
	for name, change := range map[string]func(*Manifest){
		"a warning after":         func(m *Manifest) { m.Preflight[1].Probes[0].State = host.Warn },
		"an unknown before":       func(m *Manifest) { m.Preflight[0].Probes[0].State = host.Unknown },
		"quick":                   func(m *Manifest) { m.Quick = true },
		"forced":                  func(m *Manifest) { m.Forced = "tired of waiting" },
		"a dirty tree":            func(m *Manifest) { m.Dirty = true },
		"the machine slept":       func(m *Manifest) { m.Runs = []Run{{Marks: []string{"the machine slept for 3s"}}} },
		"not probed after":        func(m *Manifest) { m.Preflight = m.Preflight[:1] },
		"a probe without finding": func(m *Manifest) { m.Preflight[1].Probes = nil },
	} {
		m := plan()
		change(m)
		if m.classify(); m.Class != host.Shared || len(m.Shared) == 0 {
			t.Errorf("%s: class is %s, because %q", name, m.Class, m.Shared)
		}
	}
}

func TestNothingIsOverwritten(t *testing.T) {
	results := t.TempDir()
	for _, want := range []string{"20260301_120000", "20260301_120001", "20260301_120002"} {
		d := write(t, results, plan(), fast, fast)
		finish(t, d)
		if filepath.Base(d.Path) != want {
			t.Errorf("the directory is called %s, want %s", filepath.Base(d.Path), want)
		}
	}
	mod, err := os.ReadFile(filepath.Join(results, "go.mod"))
	if err != nil || !strings.Contains(string(mod), "module benchmark_results") {
		t.Errorf("results are no module of their own: %q, %v", mod, err)
	}
}

func TestResumeKeepsRecordedRunsAndRemovesTheRest(t *testing.T) {
	d := write(t, t.TempDir(), plan(), fast)
	for _, name := range []string{"s_run2.txt", "s_run2.stderr.txt", "manifest.json.part"} {
		if err := os.WriteFile(filepath.Join(d.Path, name), []byte("half"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	again, err := Resume(strings.TrimSuffix(d.Path, ".incomplete"))
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(again.Path)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if got := strings.Join(names, " "); got != "manifest.json s_run1.txt" {
		t.Errorf("what is left is %s", got)
	}
	if _, done := again.Manifest.Done("s", 1); !done {
		t.Error("run 1 was forgotten")
	}
}

func TestManifestOfAnotherSchemaOrFieldIsRefused(t *testing.T) {
	for name, text := range map[string]string{
		"schema": `{"schema": "cupel/evidence/2"}`,
		"field":  `{"schema": "cupel/evidence/1", "unheard_of": 1}`,
		"json":   `{`,
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "manifest.json"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadManifest(os.DirFS(dir)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func FuzzReadManifest(f *testing.F) {
	f.Add([]byte(`{"schema":"cupel/evidence/1","status":"complete","plan":{"runs":1,"suites":[{"name":"s","format":"gobench","run":["x"]}]},"runs":[{"suite":"s","run":1,"status":"ok"}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := Verify(fstest.MapFS{"manifest.json": {Data: text}})
		if err == nil && len(m.Files) > 0 {
			t.Error("evidence without its files was verified")
		}
	})
}
