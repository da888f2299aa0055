package e2e

import (
	"os"
	"syscall"
)

// maxRSS is the largest memory that a process or one of its children had.
func maxRSS(state *os.ProcessState) (int64, bool) {
	usage, ok := state.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0, false
	}
	return usage.Maxrss << 10, true
}
