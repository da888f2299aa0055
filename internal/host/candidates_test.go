//go:build linux || darwin

package host

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// sleeper starts a process that would run for long, and reaps it when it ends.
func sleeper(t *testing.T) int {
	t.Helper()
	cmd := exec.Command("sleep", "1000")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = cmd.Wait() // it is killed
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-done
	})
	return cmd.Process.Pid
}

// showing makes candidates of real processes.
func showing(t *testing.T, pids ...int) *Candidates {
	t.Helper()
	c := Report{}.Candidates()
	for _, pid := range pids {
		p, err := c.lookup(t.Context(), pid)
		if err != nil {
			t.Fatal(err)
		}
		c.shown = append(c.shown, p)
	}
	return c
}

func TestC05AShownProcessIsEnded(t *testing.T) {
	pid := sleeper(t)
	c := showing(t, pid)
	gone, err := c.End(t.Context(), pid)
	if !gone || err != nil {
		t.Fatalf("gone %v, %v", gone, err)
	}
	if _, err := c.lookup(t.Context(), pid); !errors.Is(err, errNoProcess) {
		t.Errorf("process %d is still there: %v", pid, err)
	}
	var refused *RefusedError
	if _, err := c.End(t.Context(), pid); !errors.As(err, &refused) {
		t.Errorf("ended twice: %v", err)
	}
}

func TestC05AProcessThatIgnoresTheSignalIsReported(t *testing.T) {
	cmd := exec.Command("sh", "-c", `trap "" TERM; echo ready; while :; do sleep 1; done`)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	c := showing(t, cmd.Process.Pid)
	lookup, looks := c.lookup, 0
	c.lookup = func(_ context.Context, pid int) (Process, error) {
		if pid == cmd.Process.Pid {
			if looks++; looks > 3 { // permit and same have looked; the signal is out
				cancel()
			}
		}
		return lookup(t.Context(), pid)
	}
	if gone, err := c.End(ctx, cmd.Process.Pid); gone || err != nil {
		t.Errorf("gone %v, %v", gone, err)
	}
}

// In each case a real process is there that a wrong End would end.
func TestC05RefusedAndUntouched(t *testing.T) {
	victim := sleeper(t)
	broken := errors.New("the probe broke")
	for _, test := range []struct {
		name, reason string
		pid          int
		change       func(c *Candidates)
	}{
		{"a process that was not shown", "not in the list", victim, func(c *Candidates) { c.shown = nil }},
		{"itself", "this program", victim, func(c *Candidates) { c.self = victim }},
		{"its parent", "runs under it", victim, func(c *Candidates) {
			c.lookup = func(_ context.Context, pid int) (Process, error) { return Process{PID: pid, parent: victim}, nil }
		}},
		{"its grandparent", "runs under it", victim, func(c *Candidates) {
			self := c.self
			c.lookup = func(_ context.Context, pid int) (Process, error) {
				return Process{PID: pid, parent: map[int]int{self: 3000, 3000: victim, victim: 1}[pid]}, nil
			}
		}},
		{"an ancestor probe that breaks", "cannot be found out", victim, func(c *Candidates) {
			self, lookup := c.self, c.lookup
			c.lookup = func(ctx context.Context, pid int) (Process, error) {
				if pid == self {
					return Process{}, broken
				}
				return lookup(ctx, pid)
			}
		}},
		{"an ancestor that is gone", "cannot be found out", victim, func(c *Candidates) {
			lookup, parent := c.lookup, os.Getppid()
			c.lookup = func(ctx context.Context, pid int) (Process, error) {
				if pid == parent {
					return Process{}, errNoProcess
				}
				return lookup(ctx, pid)
			}
		}},
		{"ancestors without end", "cannot be found out", victim, func(c *Candidates) {
			c.lookup = func(_ context.Context, pid int) (Process, error) { return Process{PID: pid, parent: pid}, nil }
		}},
		{"another user's process", "another user", victim, func(c *Candidates) { c.user++ }},
		{"a pid that was given again", "has ended since", victim, func(c *Candidates) { c.shown[0].start = "earlier" }},
		{"an identity that cannot be read at the end", "the probe broke", victim, func(c *Candidates) {
			lookup, looks := c.lookup, 0
			c.lookup = func(ctx context.Context, pid int) (Process, error) {
				if pid == victim {
					if looks++; looks > 1 {
						return Process{}, broken
					}
				}
				return lookup(ctx, pid)
			}
		}},
		{"init", "belongs to the system", 1, func(c *Candidates) { c.shown = []Process{{PID: 1}} }},
		{"a group", "belongs to the system", -victim, func(c *Candidates) { c.shown = []Process{{PID: -victim}} }},
		{"everything", "belongs to the system", 0, func(c *Candidates) { c.shown = []Process{{PID: 0}} }},
	} {
		c := showing(t, victim)
		test.change(c)
		gone, err := c.End(t.Context(), test.pid)
		var refused *RefusedError
		if gone || !errors.As(err, &refused) || refused.PID != test.pid || !strings.Contains(err.Error(), test.reason) {
			t.Errorf("%s: gone %v, %v, want %q", test.name, gone, err, test.reason)
		}
	}
	// One more signal would have ended it: End still works on it.
	if gone, err := showing(t, victim).End(t.Context(), victim); !gone || err != nil {
		t.Errorf("the process was touched: gone %v, %v", gone, err)
	}
}

func TestC05RealAncestorsAreRefused(t *testing.T) {
	c := showing(t, os.Getppid())
	var refused *RefusedError
	if _, err := c.End(t.Context(), os.Getppid()); !errors.As(err, &refused) {
		t.Errorf("the parent: %v", err)
	}
	c = showing(t, os.Getpid())
	if _, err := c.End(t.Context(), os.Getpid()); !errors.As(err, &refused) {
		t.Errorf("itself: %v", err)
	}
}

// An orphan that computes is seen, shown and ended; a child that does the same
// is our own work. Both run until they are seen.
func TestAnOrphanIsBusyAndAChildIsNot(t *testing.T) {
	if testing.Short() {
		t.Skip("computes on two cores")
	}
	const spin = `while :; do :; done`
	child := exec.Command("sh", "-c", spin)
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = child.Process.Kill()
		_ = child.Wait()
	}()
	out, err := exec.Command("sh", "-c", `(`+spin+`) >/dev/null 2>&1 & echo $!`).Output()
	if err != nil {
		t.Fatal(err)
	}
	orphan, err := strconv.Atoi(strings.TrimSpace(string(out)))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if p, err := os.FindProcess(orphan); err == nil {
			_ = p.Kill()
		}
	}()
	c := Report{}.Candidates()
	for len(c.shown) == 0 {
		w := watch(t.Context(), thisSystem(), Options{Window: 100 * time.Millisecond})
		if w.usage.err != nil {
			t.Fatal(w.usage.err)
		}
		for _, p := range w.usage.over(0) {
			switch p.PID {
			case child.Process.Pid, os.Getpid():
				t.Fatalf("our own work is taken for others': %v", p)
			case orphan:
				c.shown = append(c.shown, p)
			}
		}
	}
	if gone, err := c.End(t.Context(), orphan); !gone || err != nil {
		t.Errorf("gone %v, %v", gone, err)
	}
}
