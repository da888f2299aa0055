// Package subject finds the files that a measurement of a project depends on.
// Evidence is bound to their digest: a release commit does not void it, a
// changed line of source does.
package subject

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"

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
	text, err := measuredConfig(dir, c)
	if err != nil {
		return evidence.Subject{}, err
	}
	return evidence.DigestSubject(dir, files, c.Subject.Exclude, text)
}

// measuredConfig is the configuration without the tables that no measurement
// depends on, so that a new claim does not void the evidence it rests on.
func measuredConfig(dir string, c *config.Config) (map[string][]byte, error) {
	if path.Base(c.Source) != "cupel.toml" {
		return nil, nil
	}
	b, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(c.Source)))
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	return map[string][]byte{c.Source: config.Measured(b)}, nil
}

// Relative turns a path of the repository into one of the project in dir, with
// slashes; it begins with ".." where the file is outside of the project.
func Relative(repo *git.Repo, dir, name string) (string, error) {
	project, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return "", fmt.Errorf("find the project: %w", err)
	}
	root, err := filepath.EvalSymlinks(repo.Root)
	if err != nil {
		return "", fmt.Errorf("find the repository: %w", err)
	}
	rel, err := filepath.Rel(project, filepath.Join(root, filepath.FromSlash(name)))
	if err != nil {
		return "", fmt.Errorf("find %s in the project: %w", name, err)
	}
	return filepath.ToSlash(rel), nil
}
