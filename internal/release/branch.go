package release

import (
	"context"
	"fmt"

	"github.com/cupel-dev/cupel/internal/git"
)

// Advance moves the checked-out branch to the release commit, as git pull would.
// It does so only where the branch is still on head and the work tree is clean,
// and reports whether it did.
func Advance(ctx context.Context, repo *git.Repo, branch, head, commit string) (bool, error) {
	current, err := repo.Branch(ctx)
	if err != nil || current != branch {
		return false, err
	}
	at, err := repo.Head(ctx)
	if err != nil || at != head && at != commit {
		return false, err
	}
	if at == commit {
		return true, nil
	}
	changes, err := repo.Status(ctx)
	if err != nil || len(changes) > 0 {
		return false, err
	}
	if _, err := repo.Run(ctx, "merge", "--quiet", "--ff-only", commit); err != nil {
		return false, fmt.Errorf("move the branch %s to the release commit: %w", branch, err)
	}
	return true, nil
}
