package smoke

import (
	"math"
	"strings"
	"time"

	"github.com/cupel-dev/cupel/internal/bench"
)

// plan fixes the time of all looks, and the time that a benchmark gets. A look
// comes at its time whatever was seen: swapping the arms of a pair would not
// change how long it took. Only how many pairs an open benchmark has by then
// depends on what others were decided before.
func (s *session) plan() {
	left := s.left()
	for i := range s.looks {
		s.looks[i] = s.end.Add(-left).Add(left * time.Duration(i+1) / Looks)
	}
	s.benchtime = FullTime
	for s.benchtime > LeastTime && s.fewest(left) < wantedPairs {
		s.benchtime -= timeStep
	}
	e := Event{Stage: Planned, Pairs: s.fewest(left), Left: left, Benchtime: s.benchtime, Seed: s.Seed}
	if e.Pairs < LeastPairs {
		e.Enough = s.Budget - left + s.timeFor(LeastPairs)
	}
	for _, u := range s.suites {
		e.Total += len(u.series)
		u.cost = u.costAt(s.benchtime)
	}
	s.Report(e)
}

// fewest is how many pairs the time gives to the suite that gets the fewest.
func (s *session) fewest(left time.Duration) int {
	one := s.timeFor(1)
	if one == 0 {
		return 0
	}
	return int(max(0, left) / one)
}

// timeFor is the time in which the suite that gets the fewest pairs gets so many.
func (s *session) timeFor(pairs int) time.Duration {
	total, least := 0.0, 0.0
	for _, u := range s.suites {
		if !u.runs() || len(u.open()) == 0 {
			continue
		}
		cost := u.costAt(s.benchtime).Seconds()
		weight := math.Sqrt(float64(len(u.open())) / cost)
		total += weight * cost
		if least == 0 || weight < least {
			least = weight
		}
	}
	if total == 0 {
		return 0
	}
	return time.Duration(float64(pairs) * total / least * float64(time.Second))
}

// next is the suite to measure next: of those that have something open and
// whose pair fits into the budget, the one that had least of its share.
func (s *session) next() *suite {
	var next *suite
	left := s.left()
	for _, u := range s.suites {
		if !u.runs() || len(u.open()) == 0 || u.cost > left {
			continue
		}
		if next == nil || u.turn() < next.turn() {
			next = u
		}
	}
	return next
}

// learnCost follows what a pair costs, the last ones counting most.
func (u *suite) learnCost(d time.Duration) {
	if u.cost == 0 {
		u.cost = d
	}
	u.cost = (3*u.cost + d) / 4
}

// costAt foresees, from a pair with the least time for each benchmark, what one
// takes with more. Tools try out how often to repeat a benchmark, which adds about
// a third.
func (u *suite) costAt(benchtime time.Duration) time.Duration {
	command := strings.Join(u.arms[head].suite.Run, " ")
	if !strings.Contains(command, "{time}") && !strings.Contains(command, "{seconds}") {
		return u.cost
	}
	distinct := make(map[bench.Benchmark]bool)
	for _, x := range u.open() {
		distinct[x.Benchmark] = true
	}
	return u.cost + 2*time.Duration(len(distinct))*(benchtime-LeastTime)*4/3
}
