package host

import "golang.org/x/sys/unix"

// clock_gettime(3): mach_absolute_time and mach_continuous_time.
const (
	awakeClock = unix.CLOCK_UPTIME_RAW
	allClock   = unix.CLOCK_MONOTONIC_RAW
)
