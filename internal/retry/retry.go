// Package retry knows when a server wants to be asked again, and waits until then.
// Whether a request may be sent twice is for its sender to know.
package retry

import (
	"context"
	"net/http"
	"strconv"
	"time"
)

// After is how long from now an answer asks to wait, in either form of the header
// Retry-After (RFC 9110, section 10.2.3): seconds, or a date. It is false where the
// answer names no time that can be read.
func After(h http.Header, now time.Time) (time.Duration, bool) {
	text := h.Get("Retry-After")
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second, true
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, at.Sub(now)), true
	}
	return 0, false
}

// Wait waits for a time, or for the end of ctx, whose cause is then the error.
func Wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}
