//go:build unix

package process_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cupel-dev/cupel/internal/process"
)

// actAsParent makes this test binary run its remaining arguments as a child.
const actAsParent = "CUPEL_TEST_ACT_AS_PARENT"

func TestMain(m *testing.M) {
	if os.Getenv(actAsParent) != "" {
		_, err := process.Run(context.Background(), process.Command{Args: os.Args[1:], Stdout: os.Stdout})
		if err != nil {
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func sh(script string) process.Command {
	return process.Command{Args: []string{"sh", "-c", script}}
}

func TestAProgramThatExitsWithZeroIsNoError(t *testing.T) {
	var stdout, stderr bytes.Buffer
	c := sh(`echo out; echo err >&2; cat; pwd; echo "$WORD"`)
	c.Dir, c.Env = t.TempDir(), []string{"WORD=kept", "PATH=" + os.Getenv("PATH")}
	c.Stdout, c.Stderr = &stdout, &stderr
	state, err := process.Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	dir, _ := filepath.EvalSymlinks(c.Dir)
	if want := "out\n" + dir + "\nkept\n"; stdout.String() != want {
		t.Errorf("stdout %q, want %q (nothing from standard input)", &stdout, want)
	}
	if stderr.String() != "err\n" {
		t.Errorf("stderr %q", &stderr)
	}
	if state.ExitCode != 0 || state.Signal != "" || state.MaxRSS <= 0 || state.End.Before(state.Start) {
		t.Errorf("state %+v", state)
	}
}

func TestHowAProgramEndedIsTyped(t *testing.T) {
	for _, test := range []struct {
		script, signal, message string
		code                    int
	}{
		{"exit 3", "", "sh exited with code 3", 3},
		{"kill -KILL $$", "SIGKILL", "sh was ended by SIGKILL", -1},
		{"kill -SEGV $$", "SIGSEGV", "sh was ended by SIGSEGV", -1},
	} {
		state, err := process.Run(t.Context(), sh(test.script))
		var exit *process.ExitError
		if !errors.As(err, &exit) || err.Error() != test.message {
			t.Errorf("%s: error %v, want %s", test.script, err, test.message)
		}
		if state.ExitCode != test.code || state.Signal != test.signal {
			t.Errorf("%s: state %+v", test.script, state)
		}
	}
}

func TestCPUTimeOfTheChildrenIsCounted(t *testing.T) {
	state, err := process.Run(t.Context(), sh(`sh -c 'i=0; while [ $i -lt 50000 ]; do i=$((i+1)); done'`))
	if err != nil {
		t.Fatal(err)
	}
	if state.User+state.System <= 0 {
		t.Errorf("no CPU time in %+v", state)
	}
}

func TestAMissingProgramIsNamed(t *testing.T) {
	for _, test := range []struct{ program, want string }{
		{"no-such-program-xyz", "no-such-program-xyz is not on PATH"},
		{"./no-such-program", "./no-such-program does not exist"},
	} {
		_, err := process.Run(t.Context(), process.Command{Args: []string{test.program}})
		var missing *process.NotFoundError
		if !errors.As(err, &missing) || missing.Program != test.program || err.Error() != test.want {
			t.Errorf("error %v, want %s", err, test.want)
		}
		if !errors.Is(err, exec.ErrNotFound) {
			t.Errorf("%v is not exec.ErrNotFound", err)
		}
	}
}

func TestAMissingDirectoryIsNotAMissingProgram(t *testing.T) {
	c := sh("exit 0")
	c.Dir = filepath.Join(t.TempDir(), "gone")
	_, err := process.Run(t.Context(), c)
	var missing *process.NotFoundError
	if errors.As(err, &missing) || !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "working directory") {
		t.Errorf("error %v", err)
	}
}

func TestAProgramThatCannotBeRunIsAnError(t *testing.T) {
	file := filepath.Join(t.TempDir(), "plain")
	if err := os.WriteFile(file, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{file}, nil} {
		if _, err := process.Run(t.Context(), process.Command{Args: args}); err == nil {
			t.Errorf("%q: no error", args)
		}
	}
}

// The scripts print the pids of all their processes on one line, so that the
// test knows that they are there before it cancels.
func TestCancellationEndsTheWholeGroup(t *testing.T) {
	for name, script := range map[string]string{
		"one process":                        `echo $$; exec sleep 1000`,
		"a grandchild that holds the pipe":   `sleep 1000 & echo $$ $!; wait`,
		"a group that ignores SIGTERM":       `trap "" TERM; sleep 1000 & echo $$ $!; while :; do wait; done`,
		"a child that ends, its child stays": `(trap "" TERM; exec sleep 1000 >/dev/null) & echo $$ $!; wait`,
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			stop := errors.New("the person pressed Ctrl-C")
			pids, err := runUntilLine(ctx, sh(script), func() { cancel(stop) })
			if !errors.Is(err, stop) {
				t.Errorf("error %v does not wrap the cause", err)
			}
			for pid := range strings.FieldsSeq(pids) {
				if !gone(t, pid) {
					t.Errorf("process %s of %q is still there", pid, pids)
				}
			}
		})
	}
}

func TestCancellationLetsAProgramEndInOrder(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out, err := runUntilLine(ctx, sh(`trap 'echo saved; exit 0' TERM; echo ready; while :; do sleep 0.01; done`), cancel)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a program that ended because of the cancellation: error %v", err)
	}
	if out != "ready\nsaved\n" {
		t.Errorf("output %q: what was printed after SIGTERM is lost", out)
	}
}

func TestACanceledContextStartsNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	file := filepath.Join(t.TempDir(), "made")
	_, err := process.Run(ctx, process.Command{Args: []string{"touch", file}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("the program ran")
	}
}

func TestWhatAChildLeavesBehindIsEnded(t *testing.T) {
	var out bytes.Buffer
	c := sh(`sleep 1000 >/dev/null 2>&1 & echo $!`)
	c.Stdout = &out
	if _, err := process.Run(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if pid := strings.TrimSpace(out.String()); !gone(t, pid) {
		t.Errorf("process %s is still there", pid)
	}
}

func TestOutputThatStaysOpenIsAnErrorAndNoHang(t *testing.T) {
	c := sh(`sleep 1000 & echo $!`)
	var out bytes.Buffer
	c.Stdout = &out
	_, err := process.Run(t.Context(), c)
	if !errors.Is(err, exec.ErrWaitDelay) {
		t.Errorf("error %v", err)
	}
	if pid := strings.TrimSpace(out.String()); !gone(t, pid) {
		t.Errorf("process %s is still there", pid)
	}
}

func TestAFailedWriteIsReportedAndNotTheBrokenPipe(t *testing.T) {
	full := errors.New("disk full")
	c := sh(`while :; do echo a line of output; done`)
	c.Stdout = writerFunc(func([]byte) (int, error) { return 0, full })
	_, err := process.Run(t.Context(), c)
	if !errors.Is(err, full) {
		t.Errorf("error %v, want %v", err, full)
	}
}

func TestBothOutputsInOneWriterNeedNoLock(t *testing.T) {
	var out bytes.Buffer // the race detector watches it
	c := sh(`for i in 1 2 3 4 5 6 7 8 9; do echo $i; echo $i >&2; done`)
	c.Stdout, c.Stderr = &out, &out
	if _, err := process.Run(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(out.String(), "\n"); got != 18 {
		t.Errorf("%d lines, want 18", got)
	}
}

func TestOutputIsStreamed(t *testing.T) {
	const size = 64 << 20
	var written, largest int
	c := process.Command{Args: []string{"head", "-c", strconv.Itoa(size), "/dev/zero"}}
	c.Stdout = writerFunc(func(p []byte) (int, error) {
		written += len(p)
		largest = max(largest, len(p))
		return len(p), nil
	})
	if _, err := process.Run(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if written != size || largest > 1<<20 {
		t.Errorf("%d bytes in writes of up to %d", written, largest)
	}
}

// runUntilLine runs c and calls act once the first line is there. It returns
// all output.
func runUntilLine(ctx context.Context, c process.Command, act func()) (string, error) {
	r, w := io.Pipe()
	c.Stdout = w
	done := make(chan string)
	go func() {
		lines := bufio.NewReader(r)
		first, _ := lines.ReadString('\n')
		act()
		rest, _ := io.ReadAll(lines)
		done <- first + string(rest)
	}()
	_, err := process.Run(ctx, c)
	_ = w.Close()
	return <-done, err
}

// gone reports whether a process has ended. A zombie has: in a container
// nobody may be there to reap it. After SIGKILL the kernel needs a moment,
// which no test has to guess: it waits until the test's own deadline.
func gone(t *testing.T, pid string) bool {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for time.Now().Before(deadline) {
		stat, err := exec.Command("ps", "-o", "stat=", "-p", pid).Output()
		if err != nil || strings.HasPrefix(strings.TrimSpace(string(stat)), "Z") {
			return true
		}
		time.Sleep(5 * time.Millisecond)
	}
	return false
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
