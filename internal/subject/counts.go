package subject

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"

	"github.com/cupel-dev/cupel/internal/config"
	"github.com/cupel-dev/cupel/internal/evidence"
	"github.com/cupel-dev/cupel/internal/git"
	"github.com/cupel-dev/cupel/internal/version"
)

// Counts is what of a project's files counts, in one state of the project. Only a
// part counts of the files with the version, which a release changes, and of those
// that can hold the configuration, which say more than how to measure. All of any
// other file does.
type Counts struct {
	project fs.FS
	parts   map[string][]byte // of which only a part counts; nil where nothing does
}

// Read reads what counts in a project. Of c it takes only which files have the
// version.
func Read(project fs.FS, c *config.Config) (*Counts, error) {
	parts := numberless(project, c.Release.VersionFiles)
	for _, name := range config.Homes() {
		text, ok := parts[name]
		if !ok {
			var err error
			text, err = fs.ReadFile(project, name)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				return nil, fmt.Errorf("read what counts of %s: %w", name, err)
			}
		}
		parts[name] = config.Measured(name, text)
	}
	for name := range parts {
		if info, err := fs.Lstat(project, name); err != nil || !info.Mode().IsRegular() {
			delete(parts, name) // a link counts as one
		}
	}
	return &Counts{project, parts}, nil
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

// not reports whether nothing of a file counts.
func (c *Counts) not(name string) bool {
	part, ok := c.parts[name]
	return ok && part == nil
}

// Same reports whether the same counts of a file that differs between two states.
func (c *Counts) Same(other *Counts, name string) (bool, error) {
	_, here := c.parts[name]
	_, there := other.parts[name]
	if !here && !there {
		return false, nil
	}
	a, err := c.of(name)
	if err != nil {
		return false, err
	}
	b, err := other.of(name)
	if err != nil {
		return false, err
	}
	return a.there == b.there && a.mode == b.mode && bytes.Equal(a.text, b.text), nil
}

// A counted is what counts of a file.
type counted struct {
	there bool
	mode  fs.FileMode // its kind, and whether it can be run
	text  []byte
}

func (c *Counts) of(name string) (counted, error) {
	info, err := fs.Lstat(c.project, name)
	if errors.Is(err, fs.ErrNotExist) || c.not(name) {
		return counted{}, nil
	}
	if err != nil {
		return counted{}, fmt.Errorf("read what counts of %s: %w", name, err)
	}
	text, ok := c.parts[name]
	if !ok && info.Mode().IsRegular() {
		if text, err = fs.ReadFile(c.project, name); err != nil {
			return counted{}, fmt.Errorf("read what counts of %s: %w", name, err)
		}
	}
	return counted{true, info.Mode() & (fs.ModeType | 0o100), text}, nil
}

// Unchanged reports whether nothing differs between two commits that a measurement
// of the project in dir, an absolute path inside repo, depends on. What that is, c
// says.
func Unchanged(ctx context.Context, repo *git.Repo, dir string, c *config.Config, a, b string) (bool, error) {
	names, err := repo.Differ(ctx, a, b)
	if err != nil {
		return false, err
	}
	for i, name := range names {
		if names[i], err = Relative(repo, dir, name); err != nil {
			return false, err
		}
	}
	names = slices.DeleteFunc(names, func(name string) bool { return evidence.Excluded(name, c.Subject.Exclude) })
	if len(names) == 0 {
		return true, nil
	}
	var counts [2]*Counts
	for i, commit := range []string{a, b} {
		if counts[i], err = at(ctx, repo, dir, c, commit); err != nil {
			return false, err
		}
	}
	for _, name := range names {
		if same, err := counts[0].Same(counts[1], name); err != nil || !same {
			return false, err
		}
	}
	return true, nil
}

// at is what counts in the project in dir, as it is in a commit.
func at(ctx context.Context, repo *git.Repo, dir string, c *config.Config, commit string) (*Counts, error) {
	files, err := repo.FS(ctx, commit)
	if err != nil {
		return nil, err
	}
	root, dir, err := places(repo, dir)
	if err != nil {
		return nil, err
	}
	within, err := filepath.Rel(root, dir)
	if err != nil {
		return nil, fmt.Errorf("find the project in the repository: %w", err)
	}
	project, err := fs.Sub(files, filepath.ToSlash(within))
	if err != nil {
		return nil, fmt.Errorf("find the project in the repository: %w", err)
	}
	return Read(project, c)
}
