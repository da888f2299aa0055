package pack

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// replace has fill write a fresh directory beside dir and then puts it in dir's
// place in one step. Whatever goes wrong, dir stays what it was and nothing is
// left beside it. Where the former directory can then not be removed, left is where
// it lies now, and why.
func replace(ctx context.Context, dir string, fill func(fresh string) error) (left *Omission, err error) {
	dir, err = replaceable(dir)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return nil, err
	}
	fresh, err := os.MkdirTemp(filepath.Dir(dir), "."+filepath.Base(dir)+"-*")
	if err != nil {
		return nil, err
	}
	if err := fillAndExchange(ctx, fresh, dir, fill); err != nil {
		return nil, errors.Join(err, remove(fresh))
	}
	if err := remove(fresh); err != nil && !errors.Is(err, fs.ErrNotExist) { // it is the old one now
		return &Omission{filepath.Base(fresh), "the former packages, to be removed by hand: " + err.Error()}, nil
	}
	return nil, nil
}

// remove is replaced in tests, since nothing keeps root from removing a file.
var remove = os.RemoveAll

func fillAndExchange(ctx context.Context, fresh, dir string, fill func(fresh string) error) error {
	if err := fill(fresh); err != nil {
		return err
	}
	if err := setModes(fresh); err != nil {
		return err
	}
	if err := context.Cause(ctx); err != nil {
		return err
	}
	if err := exchange(fresh, dir); err != nil {
		return fmt.Errorf("replace %s: %w", dir, err)
	}
	return nil
}

// MayReplace is nil where [Assemble] may put packages in dir's place.
func MayReplace(dir string) error {
	_, err := replaceable(dir)
	return err
}

// replaceable makes dir absolute and refuses what a person cannot have meant.
func replaceable(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	here, err := os.Getwd()
	if err != nil {
		return "", err
	}
	if contains(dir, here) {
		return "", fmt.Errorf("replace %s: it is or contains the working directory; name a directory for packages alone, such as dist", dir)
	}
	info, err := os.Lstat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return dir, nil
	case err != nil:
		return "", err
	case !info.IsDir():
		return "", fmt.Errorf("replace %s: it is no directory; remove or rename it", dir)
	}
	if _, err := os.Lstat(filepath.Join(dir, ".git")); err == nil {
		return "", fmt.Errorf("replace %s: it is a repository; name a directory for packages alone, such as dist", dir)
	}
	return dir, nil
}

// contains reports whether path is dir or lies below it, links followed.
func contains(dir, path string) bool {
	for _, p := range []*string{&dir, &path} {
		if target, err := filepath.EvalSymlinks(*p); err == nil {
			*p = target
		}
	}
	rel, err := filepath.Rel(dir, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// setModes gives everything below dir the modes that it would have under the
// usual umask, whatever the umask is.
func setModes(dir string) error {
	return filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.Chmod(file, 0o755)
		}
		return os.Chmod(file, 0o644)
	})
}

// exchange puts fresh in old's place; fresh is the old directory afterwards.
func exchange(fresh, old string) error {
	if _, err := os.Lstat(old); errors.Is(err, fs.ErrNotExist) {
		return os.Rename(fresh, old)
	}
	err := exchangeNames(fresh, old)
	if errors.Is(err, errors.ErrUnsupported) {
		return exchangeByTwo(fresh, old)
	}
	return err
}

// exchangeByTwo is for systems and disks that rename one name at a time: old is
// away for a moment, and comes back if fresh cannot take its place.
func exchangeByTwo(fresh, old string) error {
	aside := fresh + ".old"
	if err := os.Rename(old, aside); err != nil {
		return err
	}
	if err := os.Rename(fresh, old); err != nil {
		return errors.Join(err, os.Rename(aside, old))
	}
	return os.Rename(aside, fresh)
}
