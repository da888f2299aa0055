package checkout

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/cupel-dev/cupel/internal/git"
	"github.com/cupel-dev/cupel/internal/run"
)

// A writer makes git write versions into directories of ours: with an index
// for each copy, which also remembers what need not be written again, and with
// an object directory for what is in no commit.
type writer struct {
	dir     string
	without []string // what is no part of the working tree
	notes   []string
}

// A place is a repository and where it lies in the copy: the top, or the path
// of a submodule.
type place struct {
	repo *git.Repo
	path string // with slashes; "" for the top
}

// copied is what was written of one version.
type copied struct {
	name    string // "base" or "head"
	dir     string
	files   []string // from dir, with slashes
	links   map[string]string
	content []string // a tree for each repository
	dirty   bool
}

func (c *copied) side(within, commit string) Side {
	return Side{
		Checkout: run.Checkout{Dir: filepath.Join(c.dir, within), Out: filepath.Join(filepath.Dir(c.dir), "out")},
		Commit:   commit, Content: strings.Join(c.content, " "), Dirty: c.dirty,
		root: c.dir, files: c.files, links: c.links,
	}
}

// reset forgets the objects of the last time. All that are needed are written
// again, and so the directory cannot grow.
func (w *writer) reset() error {
	if err := os.RemoveAll(filepath.Join(w.dir, "objects")); err != nil {
		return fmt.Errorf("empty the object directory: %w", err)
	}
	return nil
}

// copy is that of a version, of which nothing is written yet.
func (w *writer) copy(name string) *copied {
	return &copied{name: name, dir: filepath.Join(w.dir, name, "src")}
}

// head writes the working tree, in which this commit is checked out.
func (w *writer) head(ctx context.Context, repo *git.Repo, commit, within string) (Side, error) {
	c := w.copy("head")
	if err := w.worktree(ctx, c, place{repo: repo}, commit); err != nil {
		return Side{}, fmt.Errorf("copy head to %s: %w", c.dir, err)
	}
	return c.side(within, commit), nil
}

// commit writes a tree that a commit names, and its submodules as it names them.
func (w *writer) commit(ctx context.Context, c *copied, at place, tree string) error {
	links, err := w.fill(ctx, c, at, tree)
	if err != nil {
		return err
	}
	for _, link := range links {
		sub, ok, err := w.submodule(ctx, c, at, link)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		if err := fetched(ctx, sub.repo, link.Object); err != nil {
			return fmt.Errorf("submodule %s: %w", sub.path, err)
		}
		commit, err := sub.repo.Commit(ctx, link.Object)
		if err != nil {
			return fmt.Errorf("submodule %s: %w", sub.path, err)
		}
		if err := w.commit(ctx, c, sub, commit.Tree); err != nil {
			return err
		}
	}
	return nil
}

// fetched makes sure that a submodule has the commit.
func fetched(ctx context.Context, repo *git.Repo, id string) error {
	r, err := newResolver(ctx, repo)
	if err != nil {
		return err
	}
	return r.have(ctx, id)
}

// worktree writes what lies in the working tree, that of submodules included.
func (w *writer) worktree(ctx context.Context, c *copied, at place, head string) error {
	commit, err := at.repo.Commit(ctx, head)
	if err != nil {
		return err
	}
	tree, err := w.snapshot(ctx, at)
	if err != nil {
		return fmt.Errorf("take the working tree: %w", err)
	}
	c.dirty = c.dirty || tree != commit.Tree
	links, err := w.fill(ctx, c, at, tree)
	if err != nil {
		return err
	}
	for _, link := range links {
		sub, ok, err := w.submodule(ctx, c, at, link)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		if err := w.worktree(ctx, c, sub, link.Object); err != nil {
			return fmt.Errorf("submodule %s: %w", sub.path, err)
		}
	}
	return nil
}

// submodule finds the repository of a submodule where it is checked out;
// elsewhere the copy's directory is emptied.
func (w *writer) submodule(ctx context.Context, c *copied, at place, link git.File) (sub place, ok bool, err error) {
	name := path.Join(at.path, link.Path)
	dir := filepath.Join(at.repo.Root, filepath.FromSlash(link.Path))
	if _, err := os.Lstat(filepath.Join(dir, ".git")); err != nil {
		w.note("submodule %s is not checked out: it is empty in the copies (git submodule update --init; actions/checkout: submodules: true)", name)
		return place{}, false, w.empty(c, name, link.Object)
	}
	repo, err := git.Open(ctx, dir)
	if err != nil {
		return place{}, false, fmt.Errorf("submodule %s: %w", name, err)
	}
	return place{repo, name}, true, nil
}

// empty removes what an earlier comparison wrote of a submodule, and keeps in
// mind which commit would belong there.
func (w *writer) empty(c *copied, name, commit string) error {
	if c.links == nil {
		c.links = make(map[string]string)
	}
	c.links[name] = commit
	return errors.Join(removed(w.index(c, name)), os.RemoveAll(filepath.Join(c.dir, filepath.FromSlash(name))))
}

func (w *writer) note(format string, args ...any) {
	note := fmt.Sprintf(format, args...)
	for _, n := range w.notes {
		if n == note {
			return
		}
	}
	w.notes = append(w.notes, note)
}

// key is a file name for a path in a repository.
func key(path string) string {
	sum := sha256.Sum256([]byte(path))
	return hex.EncodeToString(sum[:6])
}

// fill writes a tree into the copy, so that it holds these files and otherwise
// only what git ignores, such as what a build has left. Files that are as they
// should be are not touched. It returns the submodules, whose directories are
// left alone.
func (w *writer) fill(ctx context.Context, c *copied, at place, tree string) (links []git.File, err error) {
	view, err := w.view(ctx, c, at)
	if err != nil {
		return nil, err
	}
	if err := refresh(ctx, view); err != nil {
		return nil, err
	}
	if _, err := plumb(ctx, view, "read-tree", "--reset", "-u", tree); err != nil {
		return nil, err
	}
	if err := present(ctx, view, at.repo.Root); err != nil {
		return nil, err
	}
	for _, args := range [][]string{
		{"checkout-index", "--all", "--force", "--quiet", "--index"},
		{"clean", "-d", "--force", "--quiet"},
	} {
		if _, err := plumb(ctx, view, args...); err != nil {
			return nil, err
		}
	}
	files, err := view.Files(ctx)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		if f.Mode == "160000" {
			links = append(links, f)
		} else {
			c.files = append(c.files, path.Join(at.path, f.Path))
		}
	}
	c.content = append(c.content, tree)
	return links, w.pointers(ctx, c, view)
}

// refresh makes git look at all files, those too that it was told to assume
// unchanged.
func refresh(ctx context.Context, view *git.Repo) error {
	// Exit code 1 says that files differ, which is to be expected.
	_, err := plumb(ctx, view, "update-index", "-q", "--really-refresh")
	var gitErr *git.Error
	if errors.As(err, &gitErr) {
		return nil
	}
	return err
}

// view is the repository with the copy as its work tree.
func (w *writer) view(ctx context.Context, c *copied, at place) (*git.Repo, error) {
	to := filepath.Join(c.dir, filepath.FromSlash(at.path))
	if err := os.MkdirAll(to, 0o755); err != nil {
		return nil, fmt.Errorf("make directory for the copy: %w", err)
	}
	gitDir, err := at.repo.Dir(ctx)
	if err != nil {
		return nil, err
	}
	objects, err := w.objects(ctx, at)
	if err != nil {
		return nil, err
	}
	index := w.index(c, at.path)
	if err := removed(index + ".lock"); err != nil { // of a comparison that was killed
		return nil, err
	}
	inCopy := &git.Repo{Root: to}
	return inCopy.With("GIT_DIR="+gitDir, "GIT_WORK_TREE="+to, "GIT_INDEX_FILE="+index, "GIT_OBJECT_DIRECTORY="+objects), nil
}

// index is the file in which git remembers what it wrote of a repository.
func (w *writer) index(c *copied, path string) string {
	return filepath.Join(w.dir, c.name+"-"+key(path)+".index")
}

// settings keep git from doing more than it is told: no hooks, no daemons, no
// submodules on its own.
var settings = []string{
	"-c", "core.hooksPath=" + os.DevNull, "-c", "core.fsmonitor=false", "-c", "core.splitIndex=false",
	"-c", "core.safecrlf=false", "-c", "core.looseCompression=0", "-c", "submodule.recurse=false",
	"-c", "advice.addEmbeddedRepo=false", "-c", "gc.auto=0",
}

// plumb runs git with the settings. They are left out of what it says of a
// failure, where they would hide the rest, and so are those that args begin with.
func plumb(ctx context.Context, repo *git.Repo, args ...string) (string, error) {
	out, err := repo.Run(ctx, append(settings[:len(settings):len(settings)], args...)...)
	var gitErr *git.Error
	if errors.As(err, &gitErr) {
		for len(args) > 2 && args[0] == "-c" {
			args = args[2:]
		}
		gitErr.Args = args
	}
	return out, err
}
