package checkout

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/cupel-dev/cupel/internal/git"
)

// snapshot makes a tree of the working tree, changes and new files included.
// The index is a copy, and new objects go to our own directory.
func (w *writer) snapshot(ctx context.Context, at place) (tree string, err error) {
	users, err := at.repo.Path(ctx, "index")
	if err != nil {
		return "", err
	}
	index := filepath.Join(w.dir, "snapshot.index")
	if err := copyIndex(users, index); err != nil {
		return "", err
	}
	objects, err := w.objects(ctx, at)
	if err != nil {
		return "", err
	}
	view := at.repo.With("GIT_INDEX_FILE="+index, "GIT_OBJECT_DIRECTORY="+objects)
	// With patterns of a sparse checkout git would refuse what lies beyond it.
	add := []string{"-c", "core.sparseCheckout=false", "add", "--all", "--", "."}
	for _, name := range w.without {
		if rel, err := inside(at.repo.Root, name); err == nil && !nested(at.repo.Root, rel) {
			add = append(add, ":(exclude,literal)"+filepath.ToSlash(rel))
		}
	}
	if err := present(ctx, view, at.repo.Root); err != nil {
		return "", err
	}
	if err := refresh(ctx, view); err != nil { // or what is assumed unchanged would be
		return "", err
	}
	if _, err := plumb(ctx, view, add...); err != nil {
		return "", err
	}
	out, err := plumb(ctx, view, "write-tree")
	return strings.TrimSpace(out), err
}

// nested reports whether a path lies in a repository inside this one, about which git
// is asked there.
func nested(root, rel string) bool {
	for dir := filepath.Dir(rel); dir != "."; dir = filepath.Dir(dir) {
		if _, err := os.Lstat(filepath.Join(root, dir, ".git")); err == nil {
			return true
		}
	}
	return false
}

// present makes git look at the files that lie in the work tree at root though the
// index says that they are not checked out. Those that do not lie there are not
// deleted: the checkout is a sparse one.
func present(ctx context.Context, view *git.Repo, root string) error {
	out, err := plumb(ctx, view, "ls-files", "-z", "-t")
	if err != nil {
		return err
	}
	var names strings.Builder
	for line := range strings.SplitSeq(out, "\x00") {
		name, skipped := strings.CutPrefix(line, "S ")
		if !skipped {
			continue
		}
		if _, err := os.Lstat(filepath.Join(root, filepath.FromSlash(name))); err == nil {
			names.WriteString(name + "\x00")
		}
	}
	if names.Len() == 0 {
		return nil
	}
	_, err = view.RunInput(ctx, []byte(names.String()), "update-index", "--no-skip-worktree", "-z", "--stdin")
	return err
}

// copyIndex keeps the time of the index: git looks closer at files that are
// not older.
func copyIndex(from, to string) error {
	if err := errors.Join(removed(to), removed(to+".lock")); err != nil {
		return err
	}
	info, err := os.Stat(from)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.WriteFile(to, content, 0o600); err != nil {
		return err
	}
	return os.Chtimes(to, info.ModTime(), info.ModTime())
}

// removed makes sure that there is no such file.
func removed(name string) error {
	if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// quote writes a path as git reads it in a list that has one a line.
func quote(path string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(path) + `"`
}

// objects is the directory for new objects of a repository, which finds all
// others in the repository itself.
func (w *writer) objects(ctx context.Context, at place) (string, error) {
	theirs, err := at.repo.Path(ctx, "objects")
	if err != nil {
		return "", err
	}
	ours := filepath.Join(w.dir, "objects", key(at.path))
	if err := os.MkdirAll(filepath.Join(ours, "info"), 0o755); err != nil {
		return "", fmt.Errorf("make object directory: %w", err)
	}
	err = os.WriteFile(filepath.Join(ours, "info", "alternates"), []byte(quote(filepath.ToSlash(theirs))+"\n"), 0o644)
	return ours, err
}
