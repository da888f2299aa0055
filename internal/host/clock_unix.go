//go:build linux || darwin

package host

import (
	"time"

	"golang.org/x/sys/unix"
)

// Now reads the clocks.
func Now() Instant {
	return Instant{at: time.Now(), awake: readClock(awakeClock), all: readClock(allClock)}
}

func readClock(id int32) time.Duration {
	var ts unix.Timespec
	if err := unix.ClockGettime(id, &ts); err != nil {
		return 0 // no such clock
	}
	return time.Duration(ts.Nano())
}
