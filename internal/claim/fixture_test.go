package claim

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/config"
	"github.com/cupel-dev/cupel/internal/evidence"
	"github.com/cupel-dev/cupel/internal/host"
	"github.com/cupel-dev/cupel/internal/markdown"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// A measurement is evidence that a test writes: for each suite the values in
// nanoseconds of each benchmark, run by run.
type measurement struct {
	results string // directory; a new one where it is ""
	created time.Time
	subject string
	cpu     string // "Apple M1 Max" where it is ""
	quick   bool   // class shared
	tools   map[string]string
	suites  map[string]map[string][]float64
}

// write makes real evidence of it, in which go test prints the values.
func (m measurement) write(t testing.TB) (results string) {
	t.Helper()
	if m.results == "" {
		m.results = t.TempDir()
	}
	if m.created.IsZero() {
		m.created = noon
	}
	if m.subject == "" {
		m.subject = "sha256:now"
	}
	manifest := m.manifest()
	d, err := evidence.Create(m.results, manifest)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range manifest.Plan.Suites {
		for n := 1; n <= manifest.Plan.Runs; n++ {
			r := evidence.Run{Suite: s.Name, Number: n, Status: bench.OK, Measured: 1}
			if err := os.WriteFile(filepath.Join(d.Path, r.Base()+".txt"), []byte(m.output(s.Name, n)), 0o644); err != nil {
				t.Fatal(err)
			}
			manifest.Runs = append(manifest.Runs, r)
		}
	}
	if _, err := d.Finish(m.environment(), m.created.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	return m.results
}

func (m measurement) manifest() *evidence.Manifest {
	quiet := host.Findings{{Name: "load", State: host.OK}}
	manifest := &evidence.Manifest{
		Schema: evidence.Schema, Status: evidence.StatusIncomplete, Created: m.created, Commit: strings.Repeat("a", 40), Quick: m.quick,
		Subject: evidence.Subject{Digest: m.subject, Files: 1}, Toolchains: m.tools,
		Preflight: []evidence.Preflight{{When: "before", Probes: quiet}, {When: "after", Probes: quiet}},
	}
	for name, benchmarks := range m.suites {
		manifest.Plan.Suites = append(manifest.Plan.Suites, evidence.Suite{Name: name, Format: "gobench", Run: []string{"./" + name}})
		for _, values := range benchmarks {
			manifest.Plan.Runs = len(values)
		}
	}
	return manifest
}

func (m measurement) environment() evidence.Environment {
	cpu := m.cpu
	if cpu == "" {
		cpu = "Apple M1 Max"
	}
	d := host.Description{OS: "macOS", OSVersion: "15.1", Arch: "arm64", CPU: cpu, LogicalCores: 10, Memory: 32 << 30}
	return evidence.Environment{Host: d, Class: d.Fingerprint()}
}

func (m measurement) output(suite string, run int) string {
	var b strings.Builder
	b.WriteString("competitor: naivelib 1.4.0\n")
	for name, values := range m.suites[suite] {
		fmt.Fprintf(&b, "Benchmark%s\t100\t%.12g ns/op\t%d B/op\n", name, values[run-1], 64)
	}
	return b.String() + "PASS\n"
}

// softmax is five runs of a naive and a fused kernel: about 3.2 times.
var softmax = map[string]map[string][]float64{"softmax": {
	"Softmax/impl=naive/shape=2x128x512": {322, 324, 321, 323, 326},
	"Softmax/impl=fused/shape=2x128x512": {100, 100.5, 99.5, 100, 101},
}}

var fused = config.Claim{
	ID: "fused-softmax", Kind: "ratio", Metric: "time",
	Baseline: "softmax: Softmax/impl=naive/shape=2x128x512", Contender: "softmax: Softmax/impl=fused/shape=2x128x512",
}

// checkout is one in which some claims are declared and some evidence lies.
func checkout(t testing.TB, results string, claims ...config.Claim) Checkout {
	t.Helper()
	store, err := Open(os.DirFS(results))
	if err != nil {
		t.Fatal(err)
	}
	c := config.Default()
	c.Claims = claims
	return Checkout{Config: c, Evidence: store, Subjects: []string{"sha256:now"}, Today: noon.Add(48 * time.Hour)}
}

func notes(text string) Document { return Document{Path: "NOTES.md", Text: []byte(text)} }

// only checks a document that makes one claim.
func only(t testing.TB, c Checkout, text string) Finding {
	t.Helper()
	report, err := Check([]Document{notes(text)}, c)
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Claims) != 1 {
		t.Fatalf("%d claims in %q", len(report.Claims), text)
	}
	return report.Claims[0]
}

func updated(t testing.TB, c Checkout, doc Document) string {
	t.Helper()
	text, _, err := Update(doc, c)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// memory is a store of one set that was never on a disk.
func memory(runs int, benchmarks ...evidence.Benchmark) *Store {
	m := measurement{created: noon, subject: "sha256:now"}
	s := newSet("20260301_120000", os.DirFS("no such directory"))
	s.read, s.verify = func() error { return nil }, func() error { return nil }
	s.manifest, s.Environment = m.manifest(), m.environment()
	s.manifest.Status, s.manifest.Class, s.manifest.Plan.Runs = evidence.StatusComplete, host.Controlled, runs
	s.manifest.Plan.Suites = []evidence.Suite{{Name: "s"}}
	s.index(benchmarks)
	return &Store{sets: []*set{s}}
}

func span(text string) markdown.Span   { return markdown.Span{Start: 0, End: len(text)} }
func spanOf(text []byte) markdown.Span { return markdown.Span{Start: 0, End: len(text)} }
