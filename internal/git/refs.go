package git

import (
	"context"
	"fmt"
	"strings"
)

// A Ref is what a remote says of one ref.
type Ref struct {
	Object string
	Commit string // what an annotated tag points to; Object for everything else
}

// RemoteRefs asks a remote for the refs of the patterns, by full name.
func (r *Repo) RemoteRefs(ctx context.Context, remote string, patterns ...string) (map[string]Ref, error) {
	args := append([]string{"ls-remote", "--quiet", "--", remote}, patterns...)
	for _, p := range patterns {
		args = append(args, p+"^{}") // git filters what a tag points to by its own name
	}
	out, err := r.Run(ctx, args...)
	if err != nil {
		return nil, err
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
