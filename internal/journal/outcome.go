package journal

import "errors"

// A Code is how a run ended. Its number is the exit code of the program.
type Code int

// The codes.
const (
	Complete    Code = 0 // every step is done and verified
	Refused     Code = 2 // nothing was changed
	Undone      Code = 3 // it failed, and everything that was changed is as before
	Incomplete  Code = 4 // it can be resumed
	Conflicting Code = 5 // a channel holds something that this run did not make
	NotVerified Code = 6 // something is out for good, and checking it failed
)

// String is the code in words.
func (c Code) String() string {
	words := map[Code]string{
		Complete: "done", Refused: "refused before any effect", Undone: "failed and fully undone",
		Incomplete: "incomplete, can be resumed", Conflicting: "conflict with other bytes", NotVerified: "out, but not verified",
	}
	return words[c]
}

// An Outcome is the result of a run.
type Outcome struct {
	Code     Code
	Step     string   // ID of the step that ended the run; "" where all are done
	Err      error    // why it ended there; nil where all are done
	Public   bool     // something irrevocable may have been done, so that nothing is taken back any more
	Warnings []string // what a person should know and what changed nothing
}

// ErrTemporary marks a failure that may be gone later (an outage, a rate
// limit): a run that fails with it stays as it is, to be resumed. Wrap it.
var ErrTemporary = errors.New("temporary")

// ErrConflict marks that a channel holds something else than the step makes.
// Wrap it.
var ErrConflict = errors.New("something else is there")

// ErrRejected marks that an irrevocable step was turned down as a whole, so
// that certainly nothing became public. Wrap it. Without this word a failed
// irrevocable step counts as begun: its reply may only be lost.
var ErrRejected = errors.New("rejected")

// ErrUnclear marks a check that came to no answer, which is neither a pass nor a
// failure. A step that only looks then leaves a warning, and the run goes on.
// Wrap it.
var ErrUnclear = errors.New("it cannot tell")

// A verifyError is a step that is done and does not stand up to its check.
type verifyError struct{ err error }

// Error says that it was the check that failed.
func (e *verifyError) Error() string { return "verify: " + e.err.Error() }

// Unwrap returns why.
func (e *verifyError) Unwrap() error { return e.err }
