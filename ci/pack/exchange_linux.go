package pack

import (
	"errors"

	"golang.org/x/sys/unix"
)

// exchangeNames exchanges two names at once (renameat2(2)). The error is
// [errors.ErrUnsupported] where the file system cannot.
func exchangeNames(a, b string) error {
	err := unix.Renameat2(unix.AT_FDCWD, a, unix.AT_FDCWD, b, unix.RENAME_EXCHANGE)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) {
		return errors.ErrUnsupported
	}
	return err
}
