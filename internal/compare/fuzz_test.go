package compare

import (
	"testing"

	"github.com/cupel-dev/cupel/internal/report"
)

// FuzzFileAgainstItself: whatever a file holds, comparing it with itself gives a
// comparison that can be written, and neither a regression nor an improvement.
func FuzzFileAgainstItself(f *testing.F) {
	for _, text := range []string{
		goText, hyperfineText, pytestText, "",
		"BenchmarkA 1 0 ns/op\nBenchmarkA 1 1e300 B/op\nBenchmarkA 1 -5 x/s\n",
		"test a ... bench: 1,000 ns/iter (+/- 3)\n",
		"a   time:   [1 ns 2 ns 3 ns]\n",
		`{"context":{"num_cpus":1},"benchmarks":[{"name":"a","real_time":1e308,"time_unit":"s"}]}`,
		`[{"build_commit":"a","n_prompt":1,"samples_ns":[1,2],"samples_ts":[0,1e-308]}]`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Read(files(map[string]string{"x": text}), "x", "", nil)
		if err != nil {
			return
		}
		c := Compare(s, s, 0.02).Comparison
		if err := c.Validate(); err != nil {
			t.Fatal(err)
		}
		for _, b := range c.Benchmarks {
			if b.Verdict == report.Regression || b.Verdict == report.Improvement {
				t.Errorf("%+v", b)
			}
		}
	})
}
