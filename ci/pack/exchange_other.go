//go:build !linux && !darwin

package pack

import "errors"

// exchangeNames is for systems that can exchange two names at once.
func exchangeNames(string, string) error { return errors.ErrUnsupported }
