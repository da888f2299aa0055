package release

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/cupel-dev/cupel/internal/git"
)

// privateClone is a clone below dir that shares the repository's objects, at a
// commit.
func privateClone(ctx context.Context, repo *git.Repo, dir, commit string) (*git.Repo, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	src := filepath.Join(dir, "src")
	if err := os.RemoveAll(src); err != nil {
		return nil, err
	}
	return shared(ctx, repo, src, commit)
}

// shared clones a repository into src, which is not there or empty. The files are
// what the person's own are: the filters that are set up there alone come along.
func shared(ctx context.Context, repo *git.Repo, src, commit string) (*git.Repo, error) {
	if _, err := repo.Run(ctx, "clone", "-q", "--shared", "--no-checkout", "--no-tags", "--", repo.Root, src); err != nil {
		return nil, err
	}
	clone := &git.Repo{Root: src}
	settings := [][2]string{{"core.autocrlf", "false"}, {"core.fsmonitor", "false"}}
	filters, err := repo.Run(ctx, "config", "-z", "--get-regexp", `^filter\.`)
	var none *git.Error
	if err != nil && (!errors.As(err, &none) || none.Code != 1) {
		return nil, err
	}
	for setting := range strings.SplitSeq(strings.TrimRight(filters, "\x00"), "\x00") {
		if key, value, ok := strings.Cut(setting, "\n"); ok {
			settings = append(settings, [2]string{key, value})
		}
	}
	for _, s := range settings {
		if _, err := clone.Run(ctx, "config", s[0], s[1]); err != nil {
			return nil, err
		}
	}
	_, err = clone.Run(ctx, "checkout", "-q", "--detach", commit)
	return clone, err
}

// fillSubmodules clones into the clone of a repository those submodules that are
// checked out in the repository: what is built and packed has their files.
func fillSubmodules(ctx context.Context, repo, clone *git.Repo) error {
	files, err := clone.Files(ctx)
	if err != nil {
		return err
	}
	for _, f := range files {
		if f.Mode != "160000" {
			continue
		}
		from, ok, err := submodule(ctx, filepath.Join(repo.Root, filepath.FromSlash(f.Path)))
		if err != nil {
			return err
		}
		if !ok {
			continue // nor does the person have it
		}
		if _, err := from.Resolve(ctx, f.Object); err != nil {
			return fmt.Errorf("the submodule %s is to be %.12s, and that is not here: git submodule update", f.Path, f.Object)
		}
		into, err := shared(ctx, from, filepath.Join(clone.Root, filepath.FromSlash(f.Path)), f.Object)
		if err != nil {
			return fmt.Errorf("clone the submodule %s: %w", f.Path, err)
		}
		if err := fillSubmodules(ctx, from, into); err != nil {
			return fmt.Errorf("submodule %s: %w", f.Path, err)
		}
	}
	return nil
}

// submodule is the repository that is checked out in a directory; false where there
// is none, or only the one around it.
func submodule(ctx context.Context, dir string) (*git.Repo, bool, error) {
	if there, err := exists(filepath.Join(dir, ".git")); err != nil || !there {
		return nil, false, err
	}
	repo, err := git.Open(ctx, dir)
	return repo, err == nil, err
}
