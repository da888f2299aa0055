package bench

import "time"

// A Suite is one command that runs benchmarks and prints them in one format.
// Build and Run are argument vectors, never shell text. In them {out} stands
// for the directory of built files, {time} for the time a benchmark gets
// ("1s", "100ms"), {seconds} for the same as a bare number, {wholeseconds} for
// that rounded up, as older tools want it, and {file} for a file that the tool
// is to write its report to.
type Suite struct {
	Name    string
	Format  string // the name of a reader
	Build   []string
	Run     []string
	Dir     string            // working directory, relative to the project; "" is its root
	Env     map[string]string // added to the environment
	Setup   []string          // run once before the first run, outside the measured time
	Timeout time.Duration     // of one run; 0 is the default of the caller
	Expect  string            // a pattern, or "sha256:" and a digest, that the output must match
	Tags    []string
	Metrics []MetricRule
}

// A MetricRule says what the project knows about a metric of a suite: how to
// find it (generic format) and how to judge it.
type MetricRule struct {
	Name      string    // metric name or unit that the rule is for
	Pattern   string    // for generic: a regular expression with the groups name, value and unit
	Unit      string    // overrides the unit
	Better    Direction // overrides the direction
	Class     string    // "noisy" or "exact"; "" is noisy
	Tolerance float64   // relative change that is still equal; 0.01 is 1 %
}

// Known is what the caller of a reader knows about a run beyond its output.
type Known struct {
	// Procs are the GOMAXPROCS values that the run used, where they are known.
	// Only then may a reader take "-8" at the end of a name for one of them.
	Procs   []int
	Metrics []MetricRule
}
