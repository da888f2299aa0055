package git

import (
	"context"
	"slices"
	"strings"
)

// A File is one file of the work tree that git would keep.
type File struct {
	Path    string // from the top directory, with slashes
	Mode    string // as git writes it: 100644, 100755, 120000 (link), 160000 (submodule); "" for an untracked file
	Object  string // the id in the index; "" for an untracked file
	Tracked bool
}

// Files lists the work tree: tracked files, and untracked ones that no ignore
// rule names. A tracked file that was deleted from the disk is listed.
func (r *Repo) Files(ctx context.Context) ([]File, error) {
	tracked, err := r.Run(ctx, "ls-files", "-z", "--cached", "--stage")
	if err != nil {
		return nil, err
	}
	untracked, err := r.Run(ctx, "ls-files", "-z", "--others", "--exclude-standard")
	if err != nil {
		return nil, err
	}
	var files []File
	seen := make(map[string]bool)
	for _, entry := range splitNul(tracked) {
		meta, path, ok := strings.Cut(entry, "\t")
		fields := strings.Fields(meta)
		if !ok || len(fields) != 3 || seen[path] { // a conflicted path is listed once a stage
			continue
		}
		seen[path] = true
		files = append(files, File{Path: path, Mode: fields[0], Object: fields[1], Tracked: true})
	}
	for _, path := range splitNul(untracked) {
		files = append(files, File{Path: path})
	}
	return files, nil
}

// A Change is one path whose work-tree state differs from the commit.
type Change struct {
	Code string // git's two letters: " M", "A ", "??"
	Path string
}

// Tracked reports whether the path is known to git.
func (c Change) Tracked() bool { return c.Code != "??" }

// Status lists what differs from the commit that is checked out, untracked
// files included.
func (r *Repo) Status(ctx context.Context) ([]Change, error) { return r.status(ctx, "all") }

// Outline is [Repo.Status] for people: a directory with nothing but untracked
// files is one line, and its path ends in a slash.
func (r *Repo) Outline(ctx context.Context) ([]Change, error) { return r.status(ctx, "normal") }

func (r *Repo) status(ctx context.Context, untracked string) ([]Change, error) {
	out, err := r.Run(ctx, "status", "--porcelain=v1", "-z", "--untracked-files="+untracked, "--no-renames")
	if err != nil {
		return nil, err
	}
	var changes []Change
	seen := make(map[string]bool)
	for _, entry := range splitNul(out) {
		if len(entry) > 3 {
			changes = append(changes, Change{Code: entry[:2], Path: entry[3:]})
			seen[entry[3:]] = true
		}
	}
	hidden, err := r.hidden(ctx)
	hidden = slices.DeleteFunc(hidden, func(c Change) bool { return seen[c.Path] })
	return append(changes, hidden...), err
}

// Differ lists the files that differ between two commits, by their path from the
// top directory.
func (r *Repo) Differ(ctx context.Context, a, b string) ([]string, error) {
	out, err := r.Run(ctx, "diff-tree", "-r", "-z", "--name-only", "--no-renames", a, b)
	if err != nil {
		return nil, err
	}
	return splitNul(out), nil
}

func splitNul(s string) []string {
	s = strings.TrimSuffix(s, "\x00")
	if s == "" {
		return nil
	}
	return strings.Split(s, "\x00")
}
