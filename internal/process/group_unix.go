//go:build unix

package process

import (
	"errors"
	"os"
	"os/exec"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// A group is a child and all that stays in its process group, whose id is the
// child's pid. While one member lives, the system gives that id to nobody else.
type group struct{ cmd *exec.Cmd }

func (g *group) start() error { return g.cmd.Start() }

func (g *group) interrupt() error {
	err := g.signal(unix.SIGTERM)
	if errors.Is(err, unix.ESRCH) {
		return os.ErrProcessDone
	}
	return err
}

func (g *group) kill() { _ = g.signal(unix.SIGKILL) } // gone is as good as killed

// alive reports whether a member is left. macOS answers EPERM for a group of
// zombies, so any error means that nothing is left to signal.
func (g *group) alive() bool { return g.signal(0) == nil }

func (g *group) close() {}

func (g *group) signal(s unix.Signal) error {
	return unix.Kill(-g.cmd.Process.Pid, s)
}

func signalName(p *os.ProcessState) string {
	if status, ok := p.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return unix.SignalName(status.Signal())
	}
	return ""
}

// maxRSS reads ru_maxrss, which getrusage(2) counts in bytes on Darwin and in
// kibibytes elsewhere.
func maxRSS(p *os.ProcessState) int64 {
	usage, ok := p.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	if runtime.GOOS == "darwin" {
		return int64(usage.Maxrss)
	}
	return int64(usage.Maxrss) << 10
}
