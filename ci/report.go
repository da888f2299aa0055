package ci

import "time"

// A Status is how a step ended.
type Status string

// The statuses of a step. Only Passed is good.
const (
	Passed    Status = "passed"
	Failed    Status = "failed"    // it ran, and what it checks is bad
	Unknown   Status = "could not" // it could not run or could not tell
	Skipped   Status = "skipped"   // something that it needs did not pass
	Cancelled Status = "cancelled"
)

// A Result is what came of a step.
type Result struct {
	Step    string
	Status  Status
	Reason  string   // "" where it passed
	Exit    int      // of the command; -1 where it did not run to its end
	Log     string   // the file that holds all that it printed
	Tail    []string // the last lines of the log, where it did not pass
	Elapsed time.Duration
}

// A Report is what came of a pipeline.
type Report struct {
	Pipeline string
	About    About
	Steps    []Result
	Left     []Omission
	Elapsed  time.Duration
}

// Exit is the exit code that the report calls for: 0 where every step passed,
// 1 where one failed, 2 where none failed but one could not tell, was
// cancelled, or there was none.
func (r *Report) Exit() int {
	code := 0
	if len(r.Steps) == 0 {
		code = 2
	}
	for _, s := range r.Steps {
		switch s.Status {
		case Failed:
			return 1
		case Passed:
		default:
			code = 2
		}
	}
	return code
}
