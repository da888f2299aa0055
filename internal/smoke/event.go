package smoke

import "time"

// A Stage is a part of a comparison.
type Stage string

// The stages, in their order.
const (
	Noticed  Stage = "noticed"  // Detail, which a person may want to mend first
	Building Stage = "building" // Suite of the version Detail
	Trying   Stage = "trying"   // the first pair of Suite, which tells how long one takes
	Planned  Stage = "planned"  // Pairs that the budget gives the suite with the fewest, Fewest budget for ten
	Running  Stage = "running"  // after each pair
	Looked   Stage = "looked"   // after each look: Open of Total are not decided
)

// An Event tells of the progress of a comparison.
type Event struct {
	Stage  Stage
	Suite  string
	Detail string

	Pairs       int           // measured so far, or planned
	Open, Total int           // benchmarks and metrics that are not decided, and all
	Left        time.Duration // until the budget ends
	Benchtime   time.Duration // that a benchmark gets in one run
	Enough      time.Duration // the budget that would give ten pairs; 0 where this one does
	Seed        uint64
}
