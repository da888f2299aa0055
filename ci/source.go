package ci

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/cupel-dev/cupel/internal/git"
)

// A Source is the files of a project that a step may see: those that git
// tracks, and new ones that no ignore rule names. What git ignores is never
// among them.
type Source struct {
	Root  string   // the project, absolute
	Paths []string // relative to Root, with slashes, in git's order
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
	for _, f := range files {
		path, inside := strings.CutPrefix(f.Path, prefix)
		if inside && f.Mode != submodule && !s.missing(path) {
			s.Paths = append(s.Paths, path)
		}
	}
	return s, nil
}

// submodule is the mode that git gives to another repository.
const submodule = "160000"

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

// missing reports whether a tracked file was deleted from the disk.
func (s *Source) missing(path string) bool {
	_, err := os.Lstat(filepath.Join(s.Root, filepath.FromSlash(path)))
	return err != nil
}

// Select keeps the files that one of the patterns matches. No pattern keeps
// all. The error is a pattern that cannot be read, or one that no file matches.
func (s *Source) Select(patterns []string) (*Source, error) {
	if len(patterns) == 0 {
		return s, nil
	}
	matched := make([]bool, len(patterns))
	kept := &Source{Root: s.Root}
	for _, path := range s.Paths {
		hit := false
		for i, pattern := range patterns {
			ok, err := doublestar.Match(pattern, path)
			if err != nil {
				return nil, fmt.Errorf("input %q: %w", pattern, err)
			}
			matched[i] = matched[i] || ok
			hit = hit || ok
		}
		if hit {
			kept.Paths = append(kept.Paths, path)
		}
	}
	for i, pattern := range patterns {
		if !matched[i] {
			return nil, fmt.Errorf("input %q matches no file that git keeps", pattern)
		}
	}
	return kept, nil
}

// CopyTo writes the files into dir, which exists and is empty: the same bytes,
// modes 0644 and 0755, links as links.
func (s *Source) CopyTo(ctx context.Context, dir string) error {
	for _, path := range s.Paths {
		if ctx.Err() != nil {
			return fmt.Errorf("copy inputs: %w", context.Cause(ctx))
		}
		to := filepath.Join(dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return fmt.Errorf("copy inputs: %w", err)
		}
		if err := copyFile(filepath.Join(s.Root, filepath.FromSlash(path)), to); err != nil {
			return fmt.Errorf("copy input %s: %w", path, err)
		}
	}
	return nil
}

// snapshot copies the files into a directory of its own, which the caller
// removes, so that all steps see the same bytes whatever happens to the project
// meanwhile.
func (s *Source) snapshot(ctx context.Context) (*Source, error) {
	dir, err := os.MkdirTemp("", "cupel-inputs-")
	if err != nil {
		return nil, fmt.Errorf("copy inputs: %w", err)
	}
	if err := s.CopyTo(ctx, dir); err != nil {
		removeAll(dir)
		return nil, err
	}
	return &Source{Root: dir, Paths: s.Paths}, nil
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
	return errors.Join(err, out.Chmod(mode), out.Close()) // the mode whatever the umask says
}
