//go:build linux || darwin

package host

import (
	"time"

	"golang.org/x/sys/unix"
)

// ownTime is the CPU time of this process so far; 0 where it is not known.
func ownTime() time.Duration {
	var usage unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
