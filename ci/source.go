package ci

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/cupel-dev/cupel/internal/git"
)

// A Source is the files of a project that a step may see: those that git
// tracks, and new ones that no ignore rule names. What git ignores is never
// among them.
type Source struct {
	Root   string   // the project, absolute
	Paths  []string // relative to Root, with slashes, in git's order
	Absent []string // tracked, and no file or link on disk: deleted, or outside of a sparse checkout
	Apart  []string // other repositories inside this one: submodules and clones
}

// ReadSource lists the files of the project in dir.
func ReadSource(ctx context.Context, dir string) (*Source, error) {
	repo, err := git.Open(ctx, dir)
	if err != nil {
		return nil, fmt.Errorf("list the project's files: %w", err)
	}
	files, err := repo.Files(ctx)
	if err != nil {
		return nil, fmt.Errorf("list the project's files: %w", err)
	}
	root, prefix, err := below(repo.Root, dir)
	if err != nil {
		return nil, err
	}
	s := &Source{Root: root}
	tree := &workTree{root: root, linked: make(map[string]bool)}
	for _, f := range files {
		path, inside := strings.CutPrefix(f.Path, prefix)
		if !inside {
			continue
		}
		if f.Mode == submodule || strings.HasSuffix(path, "/") { // git lists a clone that it does not know as a directory
			s.Apart = append(s.Apart, strings.TrimSuffix(path, "/"))
			continue
		}
		here, err := tree.holds(path)
		switch {
		case err != nil:
			return nil, fmt.Errorf("list the project's files: %w", err)
		case here:
			s.Paths = append(s.Paths, path)
		default:
			s.Absent = append(s.Absent, path)
		}
	}
	return s, nil
}

// submodule is the mode that git gives to another repository.
const submodule = "160000"

// A workTree answers whether files are on disk.
type workTree struct {
	root   string
	linked map[string]bool // directories, and whether a link leads to them
}

// holds reports whether path is a file or a link. As for git, nothing that lies
// behind a link is there. What cannot be looked at is an error: a step that runs
// without it could pass for that reason.
func (t *workTree) holds(name string) (bool, error) {
	if t.behindLink(path.Dir(name)) {
		return false, nil
	}
	info, err := os.Lstat(filepath.Join(t.root, filepath.FromSlash(name)))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return info.Mode().IsRegular() || info.Mode()&fs.ModeSymlink != 0, nil
}

func (t *workTree) behindLink(dir string) bool {
	if dir == "." {
		return false
	}
	linked, known := t.linked[dir]
	if !known {
		info, err := os.Lstat(filepath.Join(t.root, filepath.FromSlash(dir)))
		linked = err == nil && info.Mode()&fs.ModeSymlink != 0 || t.behindLink(path.Dir(dir))
		t.linked[dir] = linked
	}
	return linked
}

// omissions are what git knows of and no step sees.
func (s *Source) omissions() []Omission {
	var left []Omission
	if len(s.Absent) > 0 {
		left = append(left, Omission{Few(s.Absent), "git tracks that, and it is no file on disk"})
	}
	if len(s.Apart) > 0 {
		left = append(left, Omission{Few(s.Apart), "a repository of its own (git submodule, or a clone)"})
	}
	return left
}

// below finds dir in the work tree: its path, and what git's paths inside it
// begin with.
func below(top, dir string) (root, prefix string, err error) {
	root, err = filepath.EvalSymlinks(dir)
	if err != nil {
		return "", "", fmt.Errorf("list the project's files: %w", err)
	}
	rel, err := filepath.Rel(top, root)
	if err != nil {
		return "", "", fmt.Errorf("list the project's files: %w", err)
	}
	if rel == "." {
		return root, "", nil
	}
	return root, filepath.ToSlash(rel) + "/", nil
}

// Select keeps the files that one of the patterns matches. No pattern keeps
// all. The error is a pattern that cannot be read, or one that no file matches.
func (s *Source) Select(patterns []string) (*Source, error) {
	if len(patterns) == 0 {
		return s, nil
	}
	matched := make(map[string]bool, len(patterns))
	var globs []string
	for _, pattern := range patterns {
		matched[pattern] = false
		if strings.ContainsAny(pattern, "*?[{\\") { // else it is the name of one file
			globs = append(globs, pattern)
		}
	}
	kept := &Source{Root: s.Root}
	for _, path := range s.Paths {
		_, hit := matched[path]
		if hit {
			matched[path] = true
		}
		for _, glob := range globs {
			ok, err := doublestar.Match(glob, path)
			if err != nil {
				return nil, fmt.Errorf("input %q: %w", glob, err)
			}
			matched[glob] = matched[glob] || ok
			hit = hit || ok
		}
		if hit {
			kept.Paths = append(kept.Paths, path)
		}
	}
	for _, pattern := range patterns {
		if !matched[pattern] {
			return nil, fmt.Errorf("input %q matches no file that git keeps", pattern)
		}
	}
	return kept, nil
}

// holds reports whether a file lies below a directory. An executor that makes one
// would have a step pass in it for want of files.
func (s *Source) holds(dir string) bool {
	dir = path.Clean(dir)
	return dir == "." || slices.ContainsFunc(s.Paths, func(file string) bool { return strings.HasPrefix(file, dir+"/") })
}

// CopyTo writes the files into dir, which exists and is empty: the same bytes,
// modes 0644 and 0755 whatever the umask says, links as links.
func (s *Source) CopyTo(ctx context.Context, dir string) error {
	if err := os.Chmod(dir, 0o755); err != nil {
		return fmt.Errorf("copy inputs: %w", err)
	}
	for _, path := range s.Paths {
		if ctx.Err() != nil {
			return fmt.Errorf("copy inputs: %w", context.Cause(ctx))
		}
		to := filepath.Join(dir, filepath.FromSlash(path))
		if err := makeDir(filepath.Dir(to)); err != nil {
			return fmt.Errorf("copy inputs: %w", err)
		}
		if err := copyFile(filepath.Join(s.Root, filepath.FromSlash(path)), to); err != nil {
			return fmt.Errorf("copy input %s: %w", path, err)
		}
	}
	return nil
}

// makeDir makes a directory and those above it that are missing.
func makeDir(dir string) error {
	if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := makeDir(filepath.Dir(dir)); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	return os.Chmod(dir, 0o755)
}

// snapshot copies the files into a directory of its own, which the caller
// removes, so that all steps see the same bytes whatever happens to the project
// meanwhile.
func (s *Source) snapshot(ctx context.Context) (*Source, error) {
	dir, err := tempDir("cupel-inputs-")
	if err != nil {
		return nil, fmt.Errorf("copy inputs: %w", err)
	}
	if err := s.CopyTo(ctx, dir); err != nil {
		removeAll(dir)
		return nil, err
	}
	return &Source{Root: dir, Paths: s.Paths}, nil
}

// tempDir makes a temporary directory. A step runs elsewhere, for which a relative
// TMPDIR would name another.
func tempDir(pattern string) (string, error) {
	dir, err := os.MkdirTemp("", pattern)
	if err != nil {
		return "", err
	}
	return filepath.Abs(dir)
}

func copyFile(from, to string) error {
	info, err := os.Lstat(from)
	if err != nil {
		return err
	}
	if info.Mode()&os.ModeSymlink != 0 {
		target, err := os.Readlink(from)
		if err != nil {
			return err
		}
		return os.Symlink(target, to)
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("it is neither a file nor a link")
	}
	mode := os.FileMode(0o644)
	if info.Mode()&0o111 != 0 {
		mode = 0o755
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Chmod(mode), out.Close())
}
