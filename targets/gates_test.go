package targets

import (
	"strings"
	"testing"

	"github.com/cupel-dev/cupel/internal/report"
)

// TestDriftAgainstTheLastRelease: many changes that each passed smoke stop a
// release together (I03), and what could not be compared is no pass.
func TestDriftAgainstTheLastRelease(t *testing.T) {
	ratio := 1.196
	slower := report.Benchmark{Suite: "main", Name: "Work", Metric: "time", Verdict: report.Regression, Ratio: &ratio}
	for _, tt := range []struct {
		name string
		c    report.Comparison
		want string // what the gate says; "" is open
	}{
		{"I03", report.Comparison{Verdict: report.Regression, Reason: "one slower", Benchmarks: []report.Benchmark{slower}}, "main: Work time +19.6 %"},
		{"nothing slower", report.Comparison{Verdict: report.Pass}, ""},
		{"nothing measured changed", report.Comparison{Verdict: report.Neutral, Reason: report.NothingMeasured + ": only README.md"}, ""},
		{"the same program", report.Comparison{Verdict: report.Neutral, Reason: report.SameProgram}, ""},
		{"the last release does not build", report.Comparison{Verdict: report.Neutral, Reason: "base does not build"}, "against v1.0.0: neutral: base does not build"},
		{"it could not be measured", report.Comparison{Verdict: report.Failed, Reason: "Work: crashed"}, "against v1.0.0: failed: Work: crashed"},
	} {
		got := strings.Join(drifted(&tt.c, "v1.0.0"), "\n")
		if (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestTheRepositoryIsAtTheEndOfARemotesURL(t *testing.T) {
	for url, want := range map[string]string{
		"https://git.example.org/team/app.git\n": "team/app", "git@git.example.org:team/app.git": "team/app",
		"ssh://git@git.example.org/team/app": "team/app", "https://git.example.org/team/app.git/": "team/app", "app.git": "",
	} {
		if got := repositoryOf(url); got != want {
			t.Errorf("%q: %q, want %q", url, got, want)
		}
	}
}
