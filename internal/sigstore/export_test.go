package sigstore

import (
	"context"
	"time"
)

// OnWait makes the signer tell how long it would wait, and not wait.
func (s *Signer) OnWait(tell func(time.Duration)) {
	s.wait = func(ctx context.Context, d time.Duration) error {
		tell(d)
		return context.Cause(ctx)
	}
}
