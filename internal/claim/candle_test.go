package claim

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/config"
	"github.com/cupel-dev/cupel/internal/evidence"
)

// candle makes evidence of an official session of metal-candle, five runs on
// one Apple M4 Max, as it was published.
func candle(t *testing.T, session string) string {
	t.Helper()
	from := filepath.Join(corpus(t), "criterion", "metal-candle", session)
	m := measurement{created: noon, subject: "sha256:now", cpu: "Apple M4 Max"}
	manifest := m.manifest()
	manifest.Plan.Runs = 5
	results := t.TempDir()
	d, err := evidence.Create(results, manifest)
	if err != nil {
		t.Fatal(err)
	}
	for _, suite := range []string{"fused_lora_bench", "training"} {
		manifest.Plan.Suites = append(manifest.Plan.Suites, evidence.Suite{Name: suite, Format: "criterion", Run: []string{"cargo", "bench"}})
		for n := 1; n <= 5; n++ {
			r := evidence.Run{Suite: suite, Number: n, Status: bench.OK, Measured: 1}
			text, err := os.ReadFile(filepath.Join(from, r.Base()+".txt"))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(d.Path, r.Base()+".txt"), text, 0o644); err != nil {
				t.Fatal(err)
			}
			manifest.Runs = append(manifest.Runs, r)
		}
	}
	if _, err := d.Finish(m.environment(), noon); err != nil {
		t.Fatal(err)
	}
	return results
}

func TestB01B13PublishedFiguresOfMetalCandle(t *testing.T) {
	const unfused, fused = "fused_lora_bench: lora_unfused (Candle)", "fused_lora_bench: lora_fused (Metal)"
	const training = "training: full_training_step/complete_iteration"
	claims := []config.Claim{
		{ID: "fused-lora", Kind: "ratio", Metric: "time", Baseline: unfused, Contender: fused},
		{ID: "fused-time", Kind: "bound", Metric: "time", Contender: fused},
		{ID: "step", Kind: "bound", Metric: "time", Contender: training},
		{ID: "step-speed", Kind: "ratio", Metric: "time", Baseline: training, Contender: "training: full_training_step/v1.2"},
	}
	const where = " (M4 Max, median of 5 runs)"
	for _, test := range []struct {
		session, line string
		want          Verdict
		reason        string
	}{
		// B13: what was called validated names no benchmark that measures it.
		{"20251217_125054", "Adapter switching: <100ms <!-- claim: adapter-switching -->", Unknown, "no claim of this id is declared"},
		{"20251217_125054", "Streaming overhead: <5% <!-- claim: fused-time -->", Unknown, "no number stands before the marker"},
		{"20251217_125054", "fused LoRA in <100ms" + where + " <!-- claim: fused-time -->", Supported, ""},
		// The kernel that was announced as faster takes fifty times as long here.
		{"20251217_125054", "3.14x faster LoRA" + where + " <!-- claim: fused-lora -->", Refuted, "which backs no number"},
		// B01: one wild run of five makes nothing certain, and another session no baseline.
		{"20251217_125054", "a training step in 3.3 ms" + where + " <!-- claim: step -->", NotEstablished, "measured between"},
		{"20251217_125054", "4.15x slower" + where + " <!-- claim: step-speed -->", NotEstablished, "holds no time of"},
		{"20251211_203943", "a training step in 13.6 ms" + where + " <!-- claim: step -->", Supported, ""},
	} {
		f := only(t, checkout(t, candle(t, test.session), claims...), test.line)
		if f.Verdict != test.want || !strings.Contains(f.Reason, test.reason) {
			t.Errorf("%s, %q: %s (%s), want %s (%s)", test.session, test.line, f.Verdict, f.Reason, test.want, test.reason)
		}
	}
}

func TestB13ClaimsWithoutABenchmarkStopARelease(t *testing.T) {
	doc := Document{Path: "CHANGELOG.md", Text: []byte("## [Unreleased]\n\n### Performance\n\n- Streaming overhead: <5% vs non-streaming generation\n" +
		"- Adapter switching: <100ms (no base model reload)\n- Adapters are documented\n")}
	report, err := Check([]Document{doc}, checkout(t, t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	problems := report.Problems()
	if len(problems) != 2 || !strings.HasPrefix(problems[0], "CHANGELOG.md:5: unmarked: ") || !strings.HasPrefix(problems[1], "CHANGELOG.md:6: unmarked: ") {
		t.Errorf("problems are %q", problems)
	}
}
