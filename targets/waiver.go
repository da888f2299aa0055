package targets

import (
	"bytes"
	"context"
	"errors"
	"path"
	"strings"

	"github.com/cupel-dev/cupel/internal/config"
	"github.com/cupel-dev/cupel/internal/evidence"
	"github.com/cupel-dev/cupel/internal/git"
)

// sameSubject reports whether nothing that a measurement depends on differs
// between two commits. A commit that is not known here is another subject.
func sameSubject(ctx context.Context, repo *git.Repo, p *place, a, b string) (bool, error) {
	var refused *git.Error
	a, err := repo.Resolve(ctx, a)
	if errors.As(err, &refused) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	out, err := repo.Run(ctx, "diff", "--name-only", "--no-renames", "-z", "--relative="+relative(repo.Root, p.dir), a, b)
	if err != nil {
		return false, err
	}
	for name := range strings.SplitSeq(strings.TrimRight(out, "\x00"), "\x00") {
		if name == "" || evidence.Excluded(name, p.config.Subject.Exclude) {
			continue
		}
		same, err := sameMeasured(ctx, repo, path.Join(relative(repo.Root, p.dir), name), a, b)
		if err != nil || !same {
			return false, err
		}
	}
	return true, nil
}

// sameMeasured reports whether a file is a cupel.toml that says the same of how
// to measure in both commits.
func sameMeasured(ctx context.Context, repo *git.Repo, name, a, b string) (bool, error) {
	if path.Base(name) != "cupel.toml" {
		return false, nil
	}
	var texts [][]byte
	for _, commit := range []string{a, b} {
		text, err := repo.Run(ctx, "show", commit+":"+name)
		var refused *git.Error
		if errors.As(err, &refused) {
			return false, nil // it was added or removed
		}
		if err != nil {
			return false, err
		}
		texts = append(texts, config.Measured([]byte(text)))
	}
	return bytes.Equal(texts[0], texts[1]), nil
}
