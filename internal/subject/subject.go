// Package subject finds the files that a measurement of a project depends on.
// Evidence is bound to their digest: a release commit does not void it, a
// changed line of source does.
package subject

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/cupel-dev/cupel/internal/config"
	"github.com/cupel-dev/cupel/internal/evidence"
	"github.com/cupel-dev/cupel/internal/git"
	"github.com/cupel-dev/cupel/internal/version"
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
	text, err := texts(dir, c)
	if err != nil {
		return evidence.Subject{}, err
	}
	return evidence.DigestSubject(dir, files, c.Subject.Exclude, text)
}

// texts are the files of which only a part counts: those with the version without
// its number, which a release changes, and the one with the configuration without
// the tables that no measurement depends on, so that neither a release nor a new
// claim voids evidence.
func texts(dir string, c *config.Config) (map[string][]byte, error) {
	texts := numberless(os.DirFS(dir), c.Release.VersionFiles)
	if c.Source == "" {
		return texts, nil
	}
	text, ok := texts[c.Source]
	if !ok {
		var err error
		if text, err = os.ReadFile(filepath.Join(dir, filepath.FromSlash(c.Source))); err != nil {
			return nil, fmt.Errorf("read configuration: %w", err)
		}
	}
	texts[c.Source] = config.Measured(c.Source, text)
	return texts, nil
}

// numberless are the version files without the version. Where they cannot be read
// as such all of them counts: a release says what is wrong with them.
func numberless(project fs.FS, rules []string) map[string][]byte {
	parsed := make([]version.Rule, len(rules))
	for i, text := range rules {
		var err error
		if parsed[i], err = version.ParseRule(text); err != nil {
			return make(map[string][]byte)
		}
	}
	files, err := version.Find(project, parsed...)
	if err != nil {
		return make(map[string][]byte)
	}
	texts, err := files.Numberless()
	if err != nil {
		return make(map[string][]byte)
	}
	return texts
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
