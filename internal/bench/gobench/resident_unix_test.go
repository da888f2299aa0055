//go:build unix

package gobench_test

import (
	"os"
	"syscall"
)

// maxResident returns the largest resident set of a process that has ended, in
// the unit of its system.
func maxResident(p *os.ProcessState) int64 {
	if usage, ok := p.SysUsage().(*syscall.Rusage); ok {
		return int64(usage.Maxrss)
	}
	return 0
}
