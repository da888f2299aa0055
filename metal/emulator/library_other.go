//go:build !linux && !darwin

package emulator

import (
	"errors"
	"fmt"
)

func openLibrary(string) (runner, error) {
	return nil, fmt.Errorf("run kernels in this process: %w", errors.ErrUnsupported)
}
