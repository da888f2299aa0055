package process

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// A State says how a program ended and what it used.
type State struct {
	ExitCode int    // -1 where a signal ended it
	Signal   string // the signal that ended it, "SIGKILL"; "" where it exited
	// Start and End hold the wall and the monotonic clock.
	Start, End time.Time
	// User and System are the CPU time of the program and of the children that
	// it waited for.
	User, System time.Duration
	// MaxRSS is the largest resident set in bytes that it or one child that it
	// waited for had; 0 where it is not known.
	MaxRSS int64
}

func makeState(p *os.ProcessState, start, end time.Time) State {
	return State{
		ExitCode: p.ExitCode(),
		Signal:   signalName(p),
		Start:    start,
		End:      end,
		User:     p.UserTime(),
		System:   p.SystemTime(),
		MaxRSS:   maxRSS(p),
	}
}

// String is the state as people read it: "exited with code 1" or "was ended by
// SIGKILL".
func (s State) String() string {
	if s.Signal != "" {
		return "was ended by " + s.Signal
	}
	return fmt.Sprintf("exited with code %d", s.ExitCode)
}

// An ExitError says that a program ended in another way than exit 0.
type ExitError struct {
	Program string
	State   State
}

func (e *ExitError) Error() string { return e.Program + " " + e.State.String() }

// A NotFoundError says that there is no such program.
type NotFoundError struct {
	Program string // as it was named
}

func (e *NotFoundError) Error() string {
	if filepath.Base(e.Program) != e.Program {
		return e.Program + " does not exist"
	}
	return e.Program + " is not on PATH"
}

// Unwrap returns [exec.ErrNotFound].
func (e *NotFoundError) Unwrap() error { return exec.ErrNotFound }

// startError says why a program was not started. The kernel has one error for
// a missing program and for a missing directory.
func startError(c Command, err error) error {
	if _, dirErr := os.Stat(c.Dir); c.Dir != "" && dirErr != nil {
		return fmt.Errorf("run %s: working directory: %w", c.Args[0], dirErr)
	}
	if errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) {
		return &NotFoundError{c.Args[0]}
	}
	return fmt.Errorf("run %s: %w", c.Args[0], err)
}

// endError says what was wrong with the end of a program, nil if nothing was.
// A failed write comes first: the child may have died of it.
func endError(c Command, s State, writeErr, waitErr error) error {
	switch {
	case writeErr != nil:
		return fmt.Errorf("run %s: write its output: %w", c.Args[0], writeErr)
	case s.ExitCode != 0:
		return &ExitError{c.Args[0], s}
	case errors.Is(waitErr, exec.ErrWaitDelay):
		return fmt.Errorf("run %s: it ended, but a process that it started kept its output open: %w", c.Args[0], waitErr)
	case waitErr != nil:
		return fmt.Errorf("run %s: %w", c.Args[0], waitErr)
	default:
		return nil
	}
}
