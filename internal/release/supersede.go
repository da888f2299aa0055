package release

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/cupel-dev/cupel/internal/changelog"
	"github.com/cupel-dev/cupel/internal/config"
	"github.com/cupel-dev/cupel/internal/git"
	"github.com/cupel-dev/cupel/internal/version"
)

// A RevertError says that the files of the good version do not fit onto the
// branch: it has changed since what they would change back.
type RevertError struct {
	Version string // whose files were to come back
	Files   []string
}

// Error names the files and what to do.
func (e *RevertError) Error() string {
	return fmt.Sprintf("the files of %s do not come back by themselves, since the branch has changed them: %s; revert by hand and release the next version",
		e.Version, strings.Join(e.Files, ", "))
}

// kept are the files that never come back: history stays what it is.
var kept = []string{Changelog, config.ResultsDir}

// revert brings the files of the good version back into the clone, and keeps what
// the branch has changed since the bad one. It returns the files that differ.
func (p Project) revert(ctx context.Context, clone *git.Repo, d Draft) ([]string, error) {
	if d.Supersede == nil || d.Supersede.Good == "" {
		return nil, nil
	}
	goodCommit, err := p.goodTree(ctx, clone, d.Supersede)
	if err != nil {
		return nil, fmt.Errorf("bring back the files of %s: %w", d.Supersede.Good, err)
	}
	out, err := clone.Run(ctx, "merge-tree", "--write-tree", "--no-messages", "--name-only", "-z", d.Head, goodCommit)
	var refused *git.Error
	if errors.As(err, &refused) && refused.Code == 1 {
		return nil, &RevertError{d.Supersede.Good, conflicts(refused.Stdout)}
	}
	if err != nil {
		return nil, fmt.Errorf("bring back the files of %s: %w", d.Supersede.Good, err)
	}
	tree, _, _ := strings.Cut(out, "\x00")
	if _, err := clone.Run(ctx, "update-ref", "--no-deref", "HEAD", d.Head); err != nil {
		return nil, fmt.Errorf("bring back the files of %s: %w", d.Supersede.Good, err)
	}
	if _, err := clone.Run(ctx, "read-tree", "--reset", "-u", tree); err != nil {
		return nil, fmt.Errorf("bring back the files of %s: %w", d.Supersede.Good, err)
	}
	names, err := clone.Run(ctx, "diff", "--cached", "-z", "--name-only", "--no-renames", d.Head)
	if err != nil {
		return nil, fmt.Errorf("bring back the files of %s: %w", d.Supersede.Good, err)
	}
	return strings.FieldsFunc(names, func(r rune) bool { return r == 0 }), nil
}

// conflicts are the files in what git merge-tree prints after the tree.
func conflicts(out string) []string {
	names := strings.Split(strings.TrimRight(out, "\x00"), "\x00")
	return names[min(1, len(names)):]
}

// goodTree makes a commit on the bad version that has the files of the good one,
// but for history and the version's number: those would only be in the way of
// merging it.
func (p Project) goodTree(ctx context.Context, clone *git.Repo, s *Supersede) (string, error) {
	if _, err := clone.Run(ctx, "checkout", "-q", "--detach", s.GoodCommit); err != nil {
		return "", err
	}
	if err := p.setVersion(clone, s.Version); err != nil {
		return "", err
	}
	if _, err := clone.Run(ctx, "add", "--update"); err != nil {
		return "", err
	}
	for _, name := range kept {
		name = path.Join(p.Dir, name)
		if _, err := clone.Run(ctx, "rm", "-r", "-q", "--cached", "--ignore-unmatch", "--", name); err != nil {
			return "", err
		}
		there, err := clone.Run(ctx, "ls-tree", "-r", "-z", "--full-tree", s.Commit, "--", name)
		if err != nil {
			return "", err
		}
		if _, err := clone.RunInput(ctx, []byte(there), "update-index", "-z", "--index-info"); err != nil {
			return "", err
		}
	}
	tree, err := clone.Run(ctx, "write-tree")
	if err != nil {
		return "", err
	}
	who := clone.With("GIT_AUTHOR_NAME=cupel", "GIT_AUTHOR_EMAIL=", "GIT_COMMITTER_NAME=cupel", "GIT_COMMITTER_EMAIL=")
	commit, err := who.Run(ctx, "commit-tree", "-m", "files of "+s.Good, "-p", s.Commit, strings.TrimSpace(tree))
	return strings.TrimSpace(commit), err
}

// setVersion writes a version into the version files of a checkout.
func (p Project) setVersion(clone *git.Repo, number string) error {
	v, err := version.Parse(number)
	if err != nil {
		return err
	}
	project := filepath.Join(clone.Root, filepath.FromSlash(p.Dir))
	files, err := version.Find(os.DirFS(project), p.VersionFiles...)
	if err != nil {
		return err
	}
	edits, err := files.Set(v)
	if err != nil {
		return err
	}
	for name, text := range edits {
		if err := overwrite(filepath.Join(project, filepath.FromSlash(name)), text); err != nil {
			return err
		}
	}
	return nil
}

// withdraw edits what says that a version is good: the changelog's heading, its
// claims, and go.mod, whose new bytes go into edits. It returns the changelog
// with an entry for the superseding version.
func (p Project) withdraw(project string, text []byte, d Draft, edits map[string][]byte) ([]byte, error) {
	text, err := changelog.Yank(text, d.Supersede.Version)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", Changelog, err)
	}
	if p.WithdrawClaims != nil {
		if text, err = p.WithdrawClaims(text, d.Supersede.Version); err != nil {
			return nil, fmt.Errorf("withdraw the claims of %s: %w", d.Supersede.Version, err)
		}
	}
	if p.Retract != nil {
		bad, err := version.Parse(d.Supersede.Version)
		if err != nil {
			return nil, err
		}
		module, err := os.ReadFile(filepath.Join(project, "go.mod"))
		if err != nil {
			return nil, fmt.Errorf("retract %s: %w", bad.Tag(), err)
		}
		if edits["go.mod"], err = p.Retract(module, bad, oneLine(d.Supersede.Reason)); err != nil {
			return nil, err
		}
	}
	return addEntry(text, d.Supersede.entry())
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// entry is what the changelog says of the superseding version.
func (s *Supersede) entry() string {
	text := fmt.Sprintf("- %s is withdrawn: %s.", s.Version, strings.TrimRight(oneLine(s.Reason), "."))
	if s.Good != "" {
		text += fmt.Sprintf(" What it changed since %s is taken back.", s.Good)
	}
	return text
}

// addEntry puts a subsection with one entry at the head of the Unreleased
// section, in the line ends of its heading.
func addEntry(text []byte, entry string) ([]byte, error) {
	f, err := changelog.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", Changelog, err)
	}
	section, err := f.Unreleased()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", Changelog, err)
	}
	heading, end := string(f.Text(section.Heading)), "\n"
	if strings.HasSuffix(heading, "\r\n") {
		end = "\r\n"
	}
	added := end + "### Withdrawn" + end + end + entry + end
	if !strings.HasSuffix(heading, "\n") { // the file ends here
		added = end + added
	}
	at := section.Heading.End
	return append(append(append([]byte{}, text[:at]...), added...), text[at:]...), nil
}
