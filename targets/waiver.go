package targets

import (
	"context"

	"github.com/cupel-dev/cupel/internal/checkout"
	"github.com/cupel-dev/cupel/internal/config"
	"github.com/cupel-dev/cupel/internal/git"
	"github.com/cupel-dev/cupel/internal/subject"
)

// sameSubject reports whether nothing that a measurement of the project depends
// on differs between two commits. What that is, c says. The error is a
// [*checkout.BaseError] where the first is not to be had.
func sameSubject(ctx context.Context, repo *git.Repo, project string, c *config.Config, a, b string) (bool, error) {
	a, err := checkout.Known(ctx, repo, a)
	if err != nil {
		return false, err
	}
	return subject.Unchanged(ctx, repo, project, c, a, b)
}
