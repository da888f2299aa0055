//go:build !darwin

package host

import "context"

func keepAwake(context.Context) (done chan struct{}) {
	done = make(chan struct{})
	close(done)
	return done
}
