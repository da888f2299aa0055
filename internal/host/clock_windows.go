package host

import (
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// Now reads the clocks. Unbiased interrupt time, in units of 100 ns, leaves
// out the time in which the machine slept; the time since boot counts it.
func Now() Instant {
	now := Instant{at: time.Now()}
	query := windows.NewLazySystemDLL("kernel32.dll").NewProc("QueryUnbiasedInterruptTime")
	if query.Find() != nil {
		return now
	}
	var units uint64
	if ok, _, _ := query.Call(uintptr(unsafe.Pointer(&units))); ok == 0 {
		return now
	}
	now.awake, now.all = time.Duration(units)*100, windows.DurationSinceBoot()
	return now
}
