package git

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// ErrNoMergeBase says that two commits share no history, or none that is here.
var ErrNoMergeBase = errors.New("no common ancestor is known")

// A Commit is what a commit object says, also of parents that a shallow clone
// does not have.
type Commit struct {
	ID      string
	Tree    string
	Parents []string
	Time    time.Time // when it was committed; the zero time where git's object does not say
	Message string
}

// Commit reads the commit that a revision names.
func (r *Repo) Commit(ctx context.Context, revision string) (Commit, error) {
	id, err := r.Resolve(ctx, revision)
	if err != nil {
		return Commit{}, err
	}
	text, err := r.Run(ctx, "cat-file", "commit", id)
	if err != nil {
		return Commit{}, err
	}
	return parseCommit(id, text), nil
}

// parseCommit reads a commit object: header lines, a blank line, the message.
func parseCommit(id, text string) Commit {
	header, message, _ := strings.Cut(text, "\n\n")
	c := Commit{ID: id, Message: message}
	for line := range strings.Lines(header) {
		key, value, _ := strings.Cut(strings.TrimRight(line, "\n"), " ")
		switch key {
		case "tree":
			c.Tree = value
		case "parent":
			c.Parents = append(c.Parents, value)
		case "committer":
			c.Time = identTime(value)
		}
	}
	return c
}

// identTime is the time in "NAME <EMAIL> SECONDS ZONE".
func identTime(ident string) time.Time {
	fields := strings.Fields(ident[strings.LastIndexByte(ident, '>')+1:])
	if len(fields) == 0 {
		return time.Time{}
	}
	seconds, err := strconv.ParseInt(fields[0], 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}

// Ident is who commits here, as git has it: a name and an address.
func (r *Repo) Ident(ctx context.Context) (name, email string, err error) {
	out, err := r.Run(ctx, "var", "GIT_COMMITTER_IDENT")
	if err != nil {
		return "", "", err
	}
	name, rest, _ := strings.Cut(out, " <")
	email, _, ok := strings.Cut(rest, "> ")
	if !ok {
		return "", "", fmt.Errorf("git var GIT_COMMITTER_IDENT: %q is not NAME <EMAIL>", strings.TrimSpace(out))
	}
	return name, email, nil
}

// CommonDir is git's own directory, which all work trees of a repository share.
func (r *Repo) CommonDir(ctx context.Context) (string, error) {
	out, err := r.Run(ctx, "rev-parse", "--git-common-dir")
	if err != nil {
		return "", err
	}
	dir := filepath.FromSlash(strings.TrimRight(out, "\r\n"))
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(r.Root, dir)
	}
	return dir, nil
}

// MergeBase is the best common ancestor of a commit and all others together.
// The error is [ErrNoMergeBase] where there is none.
func (r *Repo) MergeBase(ctx context.Context, commit string, others ...string) (string, error) {
	out, err := r.Run(ctx, append([]string{"merge-base", commit}, others...)...)
	var gitErr *Error
	if errors.As(err, &gitErr) && gitErr.Code == 1 {
		return "", fmt.Errorf("%.12s and %.12s: %w", commit, strings.Join(others, " "), ErrNoMergeBase)
	}
	return strings.TrimSpace(out), err
}

// Remote is the remote repository that the clone came from: "origin", else the
// only one that there is, else "".
func (r *Repo) Remote(ctx context.Context) (string, error) {
	out, err := r.Run(ctx, "remote")
	if err != nil {
		return "", err
	}
	names := strings.Fields(out)
	for _, name := range names {
		if name == "origin" {
			return name, nil
		}
	}
	if len(names) == 1 {
		return names[0], nil
	}
	return "", nil
}

// DefaultBranch is the name of the branch that the remote shows first, as it
// was said when it was cloned; "" where that is not known.
func (r *Repo) DefaultBranch(ctx context.Context, remote string) (string, error) {
	prefix := "refs/remotes/" + remote + "/"
	out, err := r.Run(ctx, "symbolic-ref", "--quiet", prefix+"HEAD")
	var gitErr *Error
	if errors.As(err, &gitErr) {
		return "", nil
	}
	return strings.TrimPrefix(strings.TrimSpace(out), prefix), err
}

// FetchCommit fetches one commit without its history into a shallow clone. It
// changes no ref. Whole repositories must not use it: they would become shallow.
func (r *Repo) FetchCommit(ctx context.Context, remote, commit string) error {
	_, err := r.Run(ctx, "-c", "gc.auto=0", "-c", "maintenance.auto=false", "fetch", "--quiet", "--depth=1",
		"--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", "--refmap=", "--end-of-options", remote, commit)
	return err
}

// RemoteCommit asks the remote for the commit of its branch or tag of that
// name, the branch first; "" where it has neither.
func (r *Repo) RemoteCommit(ctx context.Context, remote, name string) (string, error) {
	branch, tag := "refs/heads/"+name, "refs/tags/"+name
	refs, err := r.RemoteRefs(ctx, remote, branch, tag)
	return cmp.Or(refs[branch].Commit, refs[tag].Commit), err
}

// Dir is the directory of git's own files, absolute.
func (r *Repo) Dir(ctx context.Context) (string, error) {
	out, err := r.Run(ctx, "rev-parse", "--absolute-git-dir")
	return filepath.FromSlash(strings.TrimRight(out, "\r\n")), err
}

// Path is where git keeps a file or directory of its own, such as "objects" or
// "index", absolute. It differs between the work trees of one repository.
func (r *Repo) Path(ctx context.Context, name string) (string, error) {
	out, err := r.Run(ctx, "rev-parse", "--git-path", name)
	path := filepath.FromSlash(strings.TrimRight(out, "\r\n"))
	if err == nil && !filepath.IsAbs(path) {
		path = filepath.Join(r.Root, path)
	}
	return path, err
}
