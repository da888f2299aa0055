// Package subject finds the files that a measurement of a project depends on, and
// what of them counts. Evidence is bound to their digest, a waiver to what they were
// at its baseline, and a comparison is for what differs in them: a release commit
// changes nothing of that, a changed line of source does.
package subject

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/cupel-dev/cupel/internal/config"
	"github.com/cupel-dev/cupel/internal/evidence"
	"github.com/cupel-dev/cupel/internal/git"
)

// submodule is git's mode of an entry that is another repository.
const submodule = "160000"

// Of digests the project in dir, an absolute path inside repo, as its working
// tree is: the files that git tracks, and with untracked also those that git
// neither tracks nor ignores.
func Of(ctx context.Context, repo *git.Repo, dir string, c *config.Config, untracked bool) (evidence.Subject, error) {
	tree, err := repo.Files(ctx)
	if err != nil {
		return evidence.Subject{}, err
	}
	var files []evidence.SubjectFile
	for _, f := range tree {
		if !f.Tracked && !untracked {
			continue
		}
		name, err := Relative(repo, dir, f.Path)
		if err != nil {
			return evidence.Subject{}, err
		}
		file := evidence.SubjectFile{Path: name}
		if f.Mode == submodule {
			file.Object = f.Object
		}
		files = append(files, file)
	}
	counts, err := Read(os.DirFS(dir), c)
	if err != nil {
		return evidence.Subject{}, err
	}
	files = slices.DeleteFunc(files, func(f evidence.SubjectFile) bool { return counts.not(f.Path) })
	return evidence.DigestSubject(dir, files, c.Subject.Exclude, counts.parts)
}

// Relative turns a path of the repository into one of the project in dir, with
// slashes; it begins with ".." where the file is outside of the project.
func Relative(repo *git.Repo, dir, name string) (string, error) {
	root, project, err := places(repo, dir)
	if err != nil {
		return "", err
	}
	rel, err := filepath.Rel(project, filepath.Join(root, filepath.FromSlash(name)))
	if err != nil {
		return "", fmt.Errorf("find %s in the project: %w", name, err)
	}
	return filepath.ToSlash(rel), nil
}

// places are where the repository and the project in dir are, without links.
func places(repo *git.Repo, dir string) (root, project string, err error) {
	if project, err = filepath.EvalSymlinks(dir); err != nil {
		return "", "", fmt.Errorf("find the project: %w", err)
	}
	if root, err = filepath.EvalSymlinks(repo.Root); err != nil {
		return "", "", fmt.Errorf("find the repository: %w", err)
	}
	return root, project, nil
}
