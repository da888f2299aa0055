package targets

import (
	"context"
	"errors"

	"github.com/cupel-dev/cupel/internal/checkout"
	"github.com/cupel-dev/cupel/internal/config"
	"github.com/cupel-dev/cupel/internal/evidence"
	"github.com/cupel-dev/cupel/internal/git"
	"github.com/cupel-dev/cupel/internal/subject"
)

// sameSubject reports whether nothing that a measurement of the project depends
// on differs between two commits, leaving out the files that exclude names. The
// error is a [*checkout.BaseError] where the first is not to be had.
func sameSubject(ctx context.Context, repo *git.Repo, project string, exclude []string, a, b string) (bool, error) {
	a, err := checkout.Known(ctx, repo, a)
	if err != nil {
		return false, err
	}
	names, err := repo.Differ(ctx, a, b)
	if err != nil {
		return false, err
	}
	for _, name := range names {
		rel, err := subject.Relative(repo, project, name)
		if err != nil {
			return false, err
		}
		if evidence.Excluded(rel, exclude) {
			continue
		}
		if same, err := sameMeasured(ctx, repo, name, a, b); err != nil || !same {
			return false, err
		}
	}
	return true, nil
}

// sameMeasured reports whether a file that differs is one with the configuration,
// and says the same of how to measure in both commits.
func sameMeasured(ctx context.Context, repo *git.Repo, name, a, b string) (bool, error) {
	if !config.Configures(name) {
		return false, nil
	}
	var texts [][]byte
	missing := 0
	for _, commit := range []string{a, b} {
		text, err := repo.Run(ctx, "show", commit+":"+name)
		var refused *git.Error
		switch {
		case errors.As(err, &refused):
			missing++ // it was added or removed
		case err != nil:
			return false, err
		}
		texts = append(texts, []byte(text))
	}
	return missing < 2 && config.SameMeasured(name, texts[0], texts[1]), nil
}
