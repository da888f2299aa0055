package host

import "context"

// Sleepless keeps macOS from going to sleep by itself until release is called
// or ctx ends. Elsewhere, and where macOS refuses, it does nothing: a machine
// that slept is noticed by [Instant.Gap]. release can be called again.
func Sleepless(ctx context.Context) (release func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := keepAwake(ctx)
	return func() {
		cancel()
		<-done
	}
}
