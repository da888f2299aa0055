package pack

import (
	"errors"

	"golang.org/x/sys/unix"
)

// exchangeNames exchanges two names at once (renamex_np(2)). The error is
// [errors.ErrUnsupported] where the file system cannot.
func exchangeNames(a, b string) error {
	err := unix.RenamexNp(a, b, unix.RENAME_SWAP)
	if errors.Is(err, unix.ENOTSUP) || errors.Is(err, unix.EINVAL) {
		return errors.ErrUnsupported
	}
	return err
}
