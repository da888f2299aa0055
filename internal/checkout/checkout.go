// Package checkout puts two versions of a project side by side: base, a commit,
// and head, the working tree as it is. Each gets a private copy with a build
// directory of its own, so that neither can be measured as the other.
//
// The copies are written by git itself, from the repository's objects. Files
// that did not change keep their times, so that build caches hold from one
// comparison to the next. The working tree, its index and its refs are never
// written to; only a shallow clone gets the one commit that it lacks.
//
// The package builds nothing, runs no benchmark and decides no verdict. A copy
// has no .git: a build that asks git for its version gets no answer in either.
package checkout

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gofrs/flock"

	"github.com/cupel-dev/cupel/internal/git"
	"github.com/cupel-dev/cupel/internal/run"
)

// ErrBusy says that another comparison of the same project is using the copies.
var ErrBusy = errors.New("another comparison of this project is running")

// A Pair is both versions, ready to be built. It must be closed.
type Pair struct {
	Base, Head Side
	*hold
}

// A Single is the working tree alone, ready to be built. It must be closed.
type Single struct {
	Side
	*hold
}

// A hold on the copies is what one comparison of a project at a time has.
type hold struct {
	Notes []string // what a person should know of the copies

	dir  string // holds the copies
	repo *git.Repo
	lock *flock.Flock
}

// A Side is one version in its private copy. Build and run it through its
// [run.Checkout].
type Side struct {
	run.Checkout        // Dir is the project inside the copy
	Commit       string // base's commit; for head the commit that is checked out
	Content      string // an id of all files and submodules; equal ids are equal versions
	Dirty        bool   // head's working tree differs from Commit

	root  string            // the copy of the whole repository
	files []string          // all files of the version, from root, with slashes
	links map[string]string // submodules that are not checked out, and the commit of each
}

// Prepare writes both versions below cache, or brings the copies that are there
// up to date. Project is the directory inside repo that is measured. The error
// is [ErrBusy] where another process has them.
func Prepare(ctx context.Context, repo *git.Repo, project string, v Versions, cache string) (*Pair, error) {
	h, within, err := take(repo, project, cache)
	if err != nil {
		return nil, err
	}
	p := &Pair{hold: h}
	if err := p.write(ctx, v, within); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

// PrepareHead is [Prepare] of the working tree alone: its copy is the one that a
// comparison has of head.
func PrepareHead(ctx context.Context, repo *git.Repo, project, cache string) (*Single, error) {
	h, within, err := take(repo, project, cache)
	if err != nil {
		return nil, err
	}
	s := &Single{hold: h}
	if err := s.write(ctx, within); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// take takes hold of the copies of a project, and says where in them it is.
func take(repo *git.Repo, project, cache string) (h *hold, within string, err error) {
	if within, err = inside(repo.Root, project); err != nil {
		return nil, "", err
	}
	dir := filepath.Join(cache, "smoke")
	lock, err := lockDir(dir)
	if err != nil {
		return nil, "", err
	}
	return &hold{dir: dir, repo: repo, lock: lock}, within, nil
}

// Ignored lists what lies in the working tree and not in the copies, since git
// ignores it; a directory in which everything is ignored stands for all of it.
func (h *hold) Ignored(ctx context.Context) ([]string, error) {
	out, err := plumb(ctx, h.repo, "ls-files", "--others", "--ignored", "--exclude-standard", "--directory", "-z")
	if err != nil {
		return nil, fmt.Errorf("list what git ignores: %w", err)
	}
	return strings.FieldsFunc(out, func(r rune) bool { return r == 0 }), nil
}

// Untracked lists the files of head that git does not know, by their path in the
// project.
func (p *Pair) Untracked(ctx context.Context) ([]string, error) {
	out, err := plumb(ctx, p.repo, "ls-files", "--others", "--exclude-standard", "-z")
	if err != nil {
		return nil, fmt.Errorf("list what git does not know: %w", err)
	}
	names := strings.FieldsFunc(out, func(r rune) bool { return r == 0 })
	for i, name := range names {
		if names[i], err = p.inProject(name); err != nil {
			return nil, fmt.Errorf("list what git does not know: %w", err)
		}
	}
	return names, nil
}

// Scratch makes an empty directory for what runs print. What a comparison that
// was killed has left there is gone.
func (h *hold) Scratch() (string, error) {
	dir := filepath.Join(h.dir, "runs")
	err := os.RemoveAll(dir)
	if err == nil {
		err = os.Mkdir(dir, 0o755)
	}
	if err != nil {
		return "", fmt.Errorf("make directory for output: %w", err)
	}
	return dir, nil
}

// Close lets the next comparison have the copies.
func (h *hold) Close() error { return h.lock.Unlock() }

func lockDir(dir string) (*flock.Flock, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make directory for the copies: %w", err)
	}
	lock := flock.New(filepath.Join(dir, "lock"))
	locked, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock the copies: %w", err)
	}
	if !locked {
		return nil, fmt.Errorf("%s: %w", dir, ErrBusy)
	}
	return lock, nil
}

// inside is the project's path in the repository, "." for its top directory.
func inside(root, project string) (string, error) {
	root, err := filepath.EvalSymlinks(root)
	if err != nil {
		return "", fmt.Errorf("find the repository: %w", err)
	}
	project, err = filepath.EvalSymlinks(project)
	if err != nil {
		return "", fmt.Errorf("find the project: %w", err)
	}
	rel, err := filepath.Rel(root, project)
	if err != nil || !filepath.IsLocal(rel) {
		return "", fmt.Errorf("%s is not inside the repository %s", project, root)
	}
	return rel, nil
}

// write fills both copies. Their paths have the same length, since the length
// of a path can shift what a program lays out in memory.
func (p *Pair) write(ctx context.Context, v Versions, within string) error {
	w := &writer{dir: p.dir, without: append(v.Without, p.dir)}
	if err := w.reset(); err != nil {
		return err
	}
	commit, err := p.repo.Commit(ctx, v.Base)
	if err != nil {
		return fmt.Errorf("copy base: %w", err)
	}
	b := w.copy("base")
	if err := w.commit(ctx, b, place{repo: p.repo}, commit.Tree); err != nil {
		return fmt.Errorf("copy base %.12s to %s: %w", v.Base, b.dir, err)
	}
	if p.Head, err = w.head(ctx, p.repo, v.Head, within); err != nil {
		return err
	}
	p.Base = b.side(within, v.Base)
	p.Notes = w.notes
	return p.seedLocks(p.repo.Root)
}

func (s *Single) write(ctx context.Context, within string) error {
	commit, err := s.repo.Head(ctx)
	if err != nil {
		return err
	}
	w := &writer{dir: s.dir, without: []string{s.dir}}
	if err := w.reset(); err != nil {
		return err
	}
	if s.Side, err = w.head(ctx, s.repo, commit, within); err != nil {
		return err
	}
	s.Notes = w.notes
	return s.takeAll(s.repo.Root, s.dirs())
}

// FS is the project of this version, as its configuration is read from.
func (s Side) FS() fs.FS { return os.DirFS(s.Dir) }
