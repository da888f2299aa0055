//go:build !darwin

package metal

import (
	"fmt"
	"runtime"
)

// Open returns [ErrNoDevice]: Metal is part of macOS. Package emulator runs the
// same kernels elsewhere.
func Open() (Device, error) {
	return nil, fmt.Errorf("%w: Metal needs macOS, this is %s", ErrNoDevice, runtime.GOOS)
}
