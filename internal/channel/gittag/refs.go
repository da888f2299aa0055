package gittag

import (
	"context"
	"fmt"

	"github.com/cupel-dev/cupel/internal/git"
	"github.com/cupel-dev/cupel/internal/journal"
)

// Refs is [git.Repo.RemoteRefs], where a remote that cannot be asked is
// [journal.ErrTemporary].
func Refs(ctx context.Context, repo *git.Repo, remote string, patterns ...string) (map[string]git.Ref, error) {
	refs, err := repo.RemoteRefs(ctx, remote, patterns...)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, fmt.Errorf("%w: ask %s for its refs: %w", journal.ErrTemporary, remote, err)
	}
	return refs, nil
}
