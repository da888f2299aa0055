package smoke

import (
	"regexp"
	"slices"
	"strings"

	"github.com/cupel-dev/cupel/internal/bench"
)

// longestFilter is how many bytes a filter of benchmarks may have: systems bound
// the length of one argument.
const longestFilter = 32 << 10

// narrow returns an arm of the suite that runs only what is not decided, where
// the tool can be told so.
func (u *suite) narrow(i int) arm {
	a := u.arms[i]
	if !u.narrowed {
		return a
	}
	var open []bench.Benchmark
	for _, s := range u.open() {
		if !slices.Contains(open, s.Benchmark) {
			open = append(open, s.Benchmark)
		}
	}
	if run, ok := filtered(a.suite, open); ok {
		a.suite.Run = run
	}
	return a
}

// filtered is the command of a suite with a filter for these benchmarks. The
// tool's own filter is replaced: what it let through is known.
func filtered(s bench.Suite, only []bench.Benchmark) (run []string, ok bool) {
	var alternatives []string
	for _, b := range only {
		alternatives = append(alternatives, b.Name)
	}
	switch s.Format {
	case "gobench":
		run, ok = replaceFlag(s.Run, goFilter(alternatives), "-test.bench=", "--test.bench=", "-bench=", "--bench=")
	case "googlebenchmark":
		filter := anyOf(alternatives)
		if run, ok = replaceFlag(s.Run, filter, "--benchmark_filter="); !ok {
			run, ok = append(slices.Clone(s.Run), "--benchmark_filter="+filter), true
		}
	case "criterion":
		run = slices.Clone(s.Run)
		if run[0] == "cargo" && !slices.Contains(run, "--") {
			run = append(run, "--")
		}
		run, ok = append(run, anyOf(alternatives)), true
	}
	return run, ok && len(run[len(run)-1]) < longestFilter
}

// replaceFlag gives a flag, in one of its spellings, another value.
func replaceFlag(run []string, value string, spellings ...string) ([]string, bool) {
	for i, arg := range run {
		for _, flag := range spellings {
			if strings.HasPrefix(arg, flag) {
				run = slices.Clone(run)
				run[i] = flag + value
				return run, len(value) < longestFilter
			}
		}
	}
	return nil, false
}

// goFilter is a pattern of go test -bench: levels are parted by slashes and
// matched one by one, alternatives by bars outside of all levels.
func goFilter(names []string) string {
	patterns := make([]string, len(names))
	for i, name := range names {
		levels := strings.Split("Benchmark"+name, "/")
		for j, level := range levels {
			levels[j] = "^" + regexp.QuoteMeta(level) + "$"
		}
		patterns[i] = strings.Join(levels, "/")
	}
	return strings.Join(patterns, "|")
}

// anyOf is a pattern that matches these names, whole.
func anyOf(names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = regexp.QuoteMeta(name)
	}
	return "^(" + strings.Join(quoted, "|") + ")$"
}
