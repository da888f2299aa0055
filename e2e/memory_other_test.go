//go:build !linux

package e2e

import (
	"errors"
	"os"
)

// maxRSS is not known here.
func maxRSS(*os.ProcessState) (int64, bool) { return 0, false }

// freeBytes is not asked here, where there is no disk in memory.
func freeBytes(string) (uint64, error) { return 0, errors.ErrUnsupported }
