package release

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"

	"github.com/cupel-dev/cupel/internal/git"
)

// ErrBusy says that another process on this machine releases this repository.
var ErrBusy = errors.New("another process is releasing or rolling back here; wait for it to end")

// Exclusive keeps releases of one repository on this machine apart: nobody else
// gets it until the returned function is called or the process ends. The error
// may be [ErrBusy].
func Exclusive(ctx context.Context, repo *git.Repo) (end func() error, err error) {
	common, err := repo.CommonDir(ctx)
	if err != nil {
		return nil, fmt.Errorf("find git's directory: %w", err)
	}
	dir := filepath.Join(common, "cupel")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make room for the state of releases: %w", err)
	}
	lock := flock.New(filepath.Join(dir, "release.lock"))
	switch locked, err := lock.TryLock(); {
	case err != nil:
		return nil, fmt.Errorf("lock releases on this machine: %w", err)
	case !locked:
		return nil, ErrBusy
	}
	return lock.Unlock, nil
}
