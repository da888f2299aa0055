package gittag

import (
	"context"
	"fmt"
	"strings"

	"github.com/cupel-dev/cupel/internal/git"
	"github.com/cupel-dev/cupel/internal/journal"
)

// A Ref is what a remote says of one ref.
type Ref struct {
	Object string
	Commit string // what an annotated tag points to; Object for everything else
}

// Refs asks a remote for the refs of the patterns, by full name. A remote that
// cannot be reached is [journal.ErrTemporary].
func Refs(ctx context.Context, repo *git.Repo, remote string, patterns ...string) (map[string]Ref, error) {
	args := append([]string{"ls-remote", "--quiet", "--", remote}, patterns...)
	for _, p := range patterns {
		args = append(args, p+"^{}") // git filters what a tag points to by its own name
	}
	out, err := repo.Run(ctx, args...)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, fmt.Errorf("%w: ask %s for its refs: %w", journal.ErrTemporary, remote, err)
	}
	return parseRefs(out)
}

// parseRefs reads lines "OBJECT\tNAME"; the line after an annotated tag's has
// "^{}" behind the name and the object that the tag points to.
func parseRefs(out string) (map[string]Ref, error) {
	refs := map[string]Ref{}
	for line := range strings.Lines(out) {
		object, name, ok := strings.Cut(strings.TrimRight(line, "\r\n"), "\t")
		if !ok {
			return nil, fmt.Errorf("git ls-remote: %q is not OBJECT and NAME", strings.TrimSpace(line))
		}
		if tag, peeled := strings.CutSuffix(name, "^{}"); peeled {
			refs[tag] = Ref{Object: refs[tag].Object, Commit: object}
			continue
		}
		refs[name] = Ref{Object: object, Commit: object}
	}
	return refs, nil
}
