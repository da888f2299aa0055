package official

import (
	"time"
)

// unknownBenchmarks is how many benchmarks a suite is taken to have before a
// run of it was made.
const unknownBenchmarks = 20

// An estimate learns how long runs take.
type estimate struct {
	total time.Duration
	runs  int
}

func (e *estimate) add(d time.Duration) {
	e.total += d
	e.runs++
}

// left is the time until the end of the measurement.
func (e *estimate) left(m *measurement) time.Duration {
	plan := m.manifest.Plan
	mean := unknownBenchmarks * m.benchtime()
	if e.runs > 0 {
		mean = e.total / time.Duration(e.runs)
	}
	runs := plan.Runs*len(plan.Suites) - len(m.manifest.Runs)
	rounds := max(runs-1, 0) / max(len(plan.Suites), 1)
	return time.Duration(runs)*mean + time.Duration(rounds)*time.Duration(plan.Cooldown)
}
