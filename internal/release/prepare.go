package release

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/cupel-dev/cupel/internal/changelog"
	"github.com/cupel-dev/cupel/internal/config"
	"github.com/cupel-dev/cupel/internal/git"
	"github.com/cupel-dev/cupel/internal/version"
)

// Changelog is the name of the changelog in a project.
const Changelog = config.Changelog

// A Project is where in the repository a release is made, and of which files
// its version is part.
type Project struct {
	Dir          string         // inside the repository, with slashes; "." is its top
	VersionFiles []version.Rule // none: they are found
	// WithdrawClaims takes the claims of a version out of its section of the
	// changelog; nil leaves them.
	WithdrawClaims func(changelog []byte, version string) ([]byte, error)
	// Retract returns a go.mod that retracts a version; nil where there is none.
	// The go command reads retractions in the module's highest version, which the
	// superseding one is.
	Retract func(goMod []byte, v version.Version, reason string) ([]byte, error)
}

// A Prepared release is its commit in a private clone, and what it changed.
type Prepared struct {
	Src     string // the project inside the clone, at the release commit
	Commit  string
	Tree    string
	Changed []string // the files that the commit edits, in the repository
	// Reverted are the files that come back from a good version.
	Reverted []string
	Notes    []byte // the text of the version's section
	Time     time.Time
}

// Prepare makes the release commit in a private clone below dir: the changelog's
// section and the version files, nothing else. Where the draft supersedes another
// version, it also brings the files of the good one back and withdraws the bad
// one in the changelog and in go.mod. The person's work tree, index and refs are
// not touched. The same draft gives the same commit. Errors of the changelog and
// of version files are those of their packages; [*RevertError] is possible too.
func Prepare(ctx context.Context, repo *git.Repo, p Project, d Draft, dir string) (*Prepared, error) {
	clone, err := privateClone(ctx, repo, dir, d.Head)
	if err != nil {
		return nil, fmt.Errorf("make a private clone: %w", err)
	}
	project := filepath.Join(clone.Root, filepath.FromSlash(p.Dir))
	reverted, err := p.revert(ctx, clone, d)
	if err != nil {
		return nil, err
	}
	if err := fillSubmodules(ctx, repo, clone); err != nil {
		return nil, err
	}
	edits, err := p.edited(project, d)
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(edits)) {
		if err := overwrite(filepath.Join(project, filepath.FromSlash(name)), edits[name]); err != nil {
			return nil, fmt.Errorf("prepare %s: %w", name, err)
		}
	}
	prepared := &Prepared{Src: project, Reverted: reverted}
	for name := range edits {
		prepared.Changed = append(prepared.Changed, path.Join(p.Dir, name))
	}
	if prepared.Notes, err = changelog.Notes(edits[Changelog], d.Version.String()); err != nil {
		return nil, err
	}
	return prepared, prepared.commit(ctx, clone, d)
}

// Checkout is the project at a commit, in a private clone below dir.
func (p Project) Checkout(ctx context.Context, repo *git.Repo, commit, dir string) (src string, err error) {
	clone, err := privateClone(ctx, repo, dir, commit)
	if err != nil {
		return "", fmt.Errorf("make a private clone: %w", err)
	}
	return filepath.Join(clone.Root, filepath.FromSlash(p.Dir)), fillSubmodules(ctx, repo, clone)
}

// edited are the new bytes of every file that a release changes.
func (p Project) edited(project string, d Draft) (map[string][]byte, error) {
	files, err := version.Find(os.DirFS(project), p.VersionFiles...)
	if err != nil {
		return nil, err
	}
	edits, err := files.Set(d.Version)
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(project, Changelog))
	if err != nil {
		return nil, changelogError(err, p.Dir)
	}
	if d.Supersede != nil {
		if text, err = p.withdraw(project, text, d, edits); err != nil {
			return nil, err
		}
	}
	if edits[Changelog], err = changelog.Release(text, d.Version.String(), d.Date, changelog.Options{}); err != nil {
		return nil, fmt.Errorf("%s: %w", Changelog, err)
	}
	return edits, nil
}

// changelogError says of a changelog that is missing what it could be.
func changelogError(err error, dir string) error {
	if errors.Is(err, fs.ErrNotExist) {
		return &changelog.Refusal{Reason: changelog.NoUnreleased, Text: fmt.Sprintf(
			"the commit has no %s: write one whose section \"## [Unreleased]\" says what is new, and commit it", path.Join(dir, Changelog))}
	}
	return fmt.Errorf("read the changelog: %w", err)
}

// overwrite puts new bytes into a file that is there and regular: a release
// never follows a link out of its clone.
func overwrite(name string, text []byte) error {
	info, err := os.Lstat(name)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return errors.New("it is no regular file")
	}
	return os.WriteFile(name, text, info.Mode().Perm())
}

// commit records the edits. The check that follows is the release's own: the
// commit differs from its parent in the edited files alone.
func (p *Prepared) commit(ctx context.Context, clone *git.Repo, d Draft) error {
	head, err := clone.Commit(ctx, d.Head)
	if err != nil {
		return err
	}
	day, err := time.Parse(time.DateOnly, d.Date)
	if err != nil {
		return fmt.Errorf("the date of the release: %w", err)
	}
	p.Time = commitTime(day, head.Time)
	stamp := p.Time.UTC().Format("2006-01-02T15:04:05Z")
	clone = clone.With("GIT_AUTHOR_DATE="+stamp, "GIT_COMMITTER_DATE="+stamp, "GIT_AUTHOR_NAME="+d.Name, "GIT_AUTHOR_EMAIL="+d.Email,
		"GIT_COMMITTER_NAME="+d.Name, "GIT_COMMITTER_EMAIL="+d.Email)
	if _, err := clone.Run(ctx, append([]string{"add", "--"}, p.Changed...)...); err != nil {
		return fmt.Errorf("record the edits: %w", err)
	}
	// Hooks are for people's commits, and a signature would make another commit each time.
	_, err = clone.Run(ctx, "-c", "core.hooksPath=/dev/null", "-c", "commit.gpgSign=false", "commit", "-q", "--cleanup=verbatim", "-m", "Release "+d.Version.Tag())
	if err != nil {
		return fmt.Errorf("make the release commit: %w", err)
	}
	made, err := clone.Commit(ctx, "HEAD")
	if err != nil {
		return err
	}
	p.Commit, p.Tree = made.ID, made.Tree
	if !slices.Equal(made.Parents, []string{head.ID}) {
		return fmt.Errorf("the release commit follows %v, not %s", made.Parents, head.ID)
	}
	return p.check(ctx, clone)
}

// check holds the commit against what was meant to change.
func (p *Prepared) check(ctx context.Context, clone *git.Repo) error {
	out, err := clone.Run(ctx, "diff-tree", "-z", "--name-only", "--no-renames", "--no-commit-id", "-r", "HEAD")
	if err != nil {
		return fmt.Errorf("check the release commit: %w", err)
	}
	meant := slices.Concat(p.Changed, p.Reverted)
	for name := range strings.SplitSeq(strings.TrimRight(out, "\x00"), "\x00") {
		if !slices.Contains(meant, name) {
			return fmt.Errorf("the release commit changes %q, and was to change %s", name, strings.Join(meant, ", "))
		}
	}
	status, err := clone.Status(ctx)
	if err != nil {
		return fmt.Errorf("check the release commit: %w", err)
	}
	if len(status) > 0 {
		return fmt.Errorf("the release commit leaves %q changed", status[0].Path)
	}
	return nil
}
