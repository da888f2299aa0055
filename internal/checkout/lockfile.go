package checkout

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
)

// lockNames are files in which a tool writes down the versions that it chose.
// Versions with a file of their own keep it: another dependency is a part of
// the change. Where one version has none, it gets the other's, because the tool
// would choose anew, and the difference would be that of two days.
var lockNames = []string{"Cargo.lock", "go.sum", "go.work.sum", "package-lock.json", "pnpm-lock.yaml", "yarn.lock", "uv.lock", "poetry.lock"}

// seedLocks gives each version without lock files those of the other, and both
// those that lie ignored in the working tree.
func (p *Pair) seedLocks(worktree string) error {
	if err := errors.Join(p.Base.lend(p.Head), p.Head.lend(p.Base)); err != nil {
		return fmt.Errorf("share lock files: %w", err)
	}
	return errors.Join(p.Base.takeAll(worktree, p.Head.dirs()), p.Head.takeAll(worktree, p.Head.dirs()))
}

// ShareLocks gives base the lock files that building head has made. Call it
// after head's build and before base's, so that both resolve equally where the
// project commits no lock file.
func (p *Pair) ShareLocks() error {
	return p.Base.takeAll(p.Head.root, p.Head.dirs())
}

// dirs are the directories that hold files of the version, from its root.
func (s Side) dirs() []string {
	var dirs []string
	for _, name := range s.files {
		dirs = append(dirs, path.Dir(name))
	}
	slices.Sort(dirs)
	return slices.Compact(dirs)
}

// lend gives to the lock files that this version has and to has not.
func (s Side) lend(to Side) error {
	for _, name := range s.files {
		if slices.Contains(lockNames, path.Base(name)) {
			if err := to.take(s.root, name); err != nil {
				return err
			}
		}
	}
	return nil
}

// takeAll takes the lock files in these directories of another tree.
func (s Side) takeAll(from string, dirs []string) error {
	for _, dir := range dirs {
		for _, name := range lockNames {
			if err := s.take(from, path.Join(dir, name)); err != nil {
				return fmt.Errorf("share lock files: %w", err)
			}
		}
	}
	return nil
}

// take copies a lock file from another tree, where there is one, the version
// has none of its own, and the directory that it is for exists in the copy: a link
// may lead out of it, and the working tree is not written to.
func (s Side) take(from, name string) error {
	content, err := os.ReadFile(filepath.Join(from, filepath.FromSlash(name)))
	if gone(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if slices.Contains(s.files, name) {
		return nil
	}
	copied, err := os.OpenRoot(s.root)
	if err != nil {
		return err
	}
	defer copied.Close()
	if info, err := copied.Stat(path.Dir(name)); err != nil || !info.IsDir() {
		return nil
	}
	return copied.WriteFile(name, content, 0o644)
}
