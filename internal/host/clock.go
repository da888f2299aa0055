package host

import "time"

// An Instant is one moment on several clocks. The zero value is no moment.
type Instant struct {
	at    time.Time     // the wall clock, which a person can set, and Go's own
	awake time.Duration // stands still while the machine is suspended; 0 where there is no such clock
	all   time.Duration // runs on meanwhile
}

const (
	// suspendNoise is more than the resolution of the clocks and the time
	// between two readings of one Instant.
	suspendNoise = 50 * time.Millisecond
	// jumpNoise and slewRate are what a wall clock may drift from the others
	// while it is disciplined: adjtimex(2) slews by at most 0.05 %.
	jumpNoise = 100 * time.Millisecond
	slewRate  = 0.001
)

// Gap says what came between two instants: how long the machine was suspended,
// and how far the wall clock was set, forward or (negative) back. Both are 0
// where nothing happened but time. Where a system has no clock that stands
// still in a suspension, the suspension shows as a jump, if at all.
func (a Instant) Gap(b Instant) (suspended, jumped time.Duration) {
	elapsed := b.at.Sub(a.at)
	if a.all != 0 && b.all != 0 {
		elapsed = b.all - a.all
		suspended = elapsed - (b.awake - a.awake)
	}
	if suspended < suspendNoise {
		suspended = 0
	}
	wall := time.Duration(b.at.UnixNano() - a.at.UnixNano())
	jumped = wall - elapsed
	if jumped.Abs() < jumpNoise+time.Duration(slewRate*float64(elapsed)) {
		jumped = 0
	}
	return suspended, jumped
}
