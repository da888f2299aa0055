package host

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// Candidates are busy processes that a person can be shown. Only these can be
// ended, one by one, and only while each is still the same process.
type Candidates struct {
	shown  []Process
	lookup func(ctx context.Context, pid int) (Process, error)
	self   int // pid of this process
	user   int // its user id
}

// Candidates returns the busy processes that the check saw.
func (r Report) Candidates() *Candidates {
	return &Candidates{
		shown:  r.busy,
		lookup: thisSystem().lookup,
		self:   os.Getpid(),
		user:   os.Getuid(),
	}
}

// List returns the processes to show, the busiest first.
func (c *Candidates) List() []Process { return c.shown }

// A RefusedError says why a process was not sent a signal.
type RefusedError struct {
	PID    int
	Reason string
}

func (e *RefusedError) Error() string {
	return fmt.Sprintf("process %d is not ended: %s", e.PID, e.Reason)
}

// errNoProcess says that there is no process with that id.
var errNoProcess = errors.New("no such process")

// endPatience is how long End waits to see a process gone.
const endPatience = 5 * time.Second

// End asks a process that was shown to end (SIGTERM) and reports whether it is
// gone. It never sends SIGKILL. The error is a [*RefusedError] where no signal
// was sent: for a process that was not shown, this one and its ancestors, a
// pid up to 1, a process of another user, one that has started since, and
// wherever any of that could not be found out.
func (c *Candidates) End(ctx context.Context, pid int) (gone bool, err error) {
	target, err := c.target(ctx, pid)
	if err != nil {
		return false, err
	}
	handle, err := os.FindProcess(pid) // a pidfd on Linux: from here it stays the same process
	if err != nil {
		return false, refuse(pid, err.Error())
	}
	defer func() { _ = handle.Release() }()
	switch same, err := c.same(ctx, target); {
	case err != nil:
		return false, refuse(pid, err.Error())
	case !same:
		return false, refuse(pid, "it has ended since it was shown")
	}
	switch err := handle.Signal(syscall.SIGTERM); {
	case errors.Is(err, os.ErrProcessDone):
		return true, nil
	case err != nil:
		return false, fmt.Errorf("end process %d: %w", pid, err)
	}
	return c.awaitGone(ctx, target), nil
}

// target finds a process that may be ended.
func (c *Candidates) target(ctx context.Context, pid int) (Process, error) {
	for _, p := range c.shown {
		if p.PID == pid {
			return p, c.permit(ctx, pid)
		}
	}
	return Process{}, refuse(pid, "it was not in the list that was shown")
}

// permit refuses every pid whose end would do harm, and where that is not known.
func (c *Candidates) permit(ctx context.Context, pid int) error {
	switch {
	case pid <= 1:
		return refuse(pid, "it belongs to the system")
	case pid == c.self:
		return refuse(pid, "it is this program")
	}
	for at, steps := c.self, 0; at > 1; steps++ {
		p, err := c.lookup(ctx, at)
		if err != nil || steps > 1000 {
			return refuse(pid, "whether this program runs under it cannot be found out")
		}
		if p.parent == pid {
			return refuse(pid, "this program runs under it")
		}
		at = p.parent
	}
	p, err := c.lookup(ctx, pid)
	switch {
	case err != nil:
		return refuse(pid, err.Error())
	case p.uid != c.user:
		return refuse(pid, "it belongs to another user")
	}
	return nil
}

// same reports whether a process that was shown is still the one with its pid.
func (c *Candidates) same(ctx context.Context, shown Process) (bool, error) {
	now, err := c.lookup(ctx, shown.PID)
	if errors.Is(err, errNoProcess) {
		return false, nil
	}
	return err == nil && now.identity() == shown.identity(), err
}

// awaitGone looks until the process is gone or patience ends.
func (c *Candidates) awaitGone(ctx context.Context, target Process) bool {
	ctx, cancel := context.WithTimeout(ctx, endPatience)
	defer cancel()
	for {
		same, err := c.same(ctx, target)
		if err == nil && !same {
			return true
		}
		if wait(ctx, 50*time.Millisecond) != nil {
			return false
		}
	}
}

func refuse(pid int, reason string) error { return &RefusedError{pid, reason} }
