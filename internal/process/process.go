// Package process runs one child program to its end in a process group of its
// own, so that the child and everything it started can be ended together.
//
// It streams output and never keeps it, gives the child no input, and reads
// nothing into what a program printed. It is no shell, no pool and no
// supervisor: one call runs one program.
//
// # What is ended, and when
//
// When Run returns, the group is gone: after a cancellation (SIGTERM, then
// SIGKILL half a second later), and after a normal end, where processes that
// the child left behind in its group are ended in the same way. On Windows a
// job object stands for the group.
//
// A program that moves to a session of its own (a daemon) leaves the group and
// lives on. When this process itself is ended with SIGKILL, it can do nothing
// more: on Linux the kernel then kills the direct child (PR_SET_PDEATHSIG,
// which grandchildren do not inherit), on Windows the job ends all, and on
// other systems the child ends when it next writes to a closed pipe.
package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"time"
)

// grace is the time between SIGTERM and SIGKILL, and how long output may stay
// open once the child has ended.
const grace = 500 * time.Millisecond

// A Command is a program to run and where its output goes.
type Command struct {
	Args   []string  // the program and its arguments; a bare name is looked up on this process's PATH
	Dir    string    // working directory; "" is the current one
	Env    []string  // KEY=value, the whole environment; nil is this process's own
	Stdout io.Writer // nil discards
	Stderr io.Writer // nil discards; where it equals Stdout, writes come one at a time
}

// Run starts the command and waits for its end. Its standard input is empty.
//
// The error is nil only when the program exited with 0 and all that it printed
// was written. It is a [*NotFoundError] where there is no such program and an
// [*ExitError] where it ended in any other way than exit 0. Where ctx ended
// it, the error wraps context.Cause(ctx), and the whole group is gone within a
// second. The state is zero where the program was not started.
func Run(ctx context.Context, c Command) (State, error) {
	if len(c.Args) == 0 {
		return State{}, errors.New("run: no program is named")
	}
	if ctx.Err() != nil {
		return State{}, fmt.Errorf("run %s: %w", c.Args[0], context.Cause(ctx))
	}
	// Pdeathsig fires when the thread that forked ends, so it has to outlive
	// the child.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	cmd, out := c.prepare(ctx)
	g := &group{cmd: cmd}
	var told time.Time // when ctx ended; Wait returns after Cancel has
	cmd.Cancel = func() error {
		told = time.Now()
		return g.interrupt()
	}
	start := time.Now()
	if err := g.start(); err != nil {
		return State{}, startError(c, err)
	}
	err := cmd.Wait()
	state := makeState(cmd.ProcessState, start, time.Now())
	if !told.IsZero() {
		g.end(told.Add(grace))
		return state, fmt.Errorf("run %s: %w", c.Args[0], context.Cause(ctx))
	}
	g.end(time.Now().Add(grace))
	return state, endError(c, state, out.err(), err)
}

func (c Command) prepare(ctx context.Context) (*exec.Cmd, outputs) {
	cmd := exec.CommandContext(ctx, c.Args[0], c.Args[1:]...)
	cmd.Dir, cmd.Env = c.Dir, c.Env
	cmd.SysProcAttr = attributes()
	cmd.WaitDelay = grace // then os/exec kills the child, and end the rest
	out := openOutputs(c.Stdout, c.Stderr)
	cmd.Stdout, cmd.Stderr = out.stdout, out.stderr
	return cmd, out
}

// end ends what is left of the group: at once with SIGTERM, at the deadline
// with SIGKILL. It looks every few milliseconds, because nothing tells a
// process that the children of its child have ended.
func (g *group) end(deadline time.Time) {
	defer g.close()
	if !g.alive() {
		return
	}
	_ = g.interrupt() // it may end by itself just now
	for g.alive() {
		if time.Now().After(deadline) {
			g.kill()
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}
