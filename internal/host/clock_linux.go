package host

import "golang.org/x/sys/unix"

// clock_gettime(2).
const (
	awakeClock = unix.CLOCK_MONOTONIC
	allClock   = unix.CLOCK_BOOTTIME
)
