package release

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/cupel-dev/cupel/internal/journal"
	"github.com/cupel-dev/cupel/internal/version"
)

// A Draft is what decides every byte of a release commit. It is kept while the
// release is under way, so that a resumed one makes the same commit.
type Draft struct {
	Version version.Version   `json:"-"`
	Tag     string            `json:"tag"`
	Date    string            `json:"date"`              // YYYY-MM-DD, of the changelog's heading
	Head    string            `json:"head"`              // the commit that the release stands on
	Path    string            `json:"path,omitempty"`    // of the project in the repository, with slashes; "." is its top
	Planned string            `json:"planned,omitempty"` // the commit that the gates looked at, where the branch has got evidence since
	Name    string            `json:"name"`              // whose commit it is
	Email   string            `json:"email"`
	Holder  string            `json:"holder"`           // of the lock: this release on this machine
	Waived  map[string]string `json:"waived,omitempty"` // gate to reason
	Gates   []GateResult      `json:"gates,omitempty"`  // what was answered before it began
	Claims  []string          `json:"claims,omitempty"` // what backs each claim

	Supersede *Supersede `json:"supersede,omitempty"` // where this release takes another back
}

// A Supersede says which version a release takes back, and how.
type Supersede struct {
	Version    string `json:"version"`               // that is withdrawn: "1.2.0"
	Commit     string `json:"commit"`                // of its tag
	Good       string `json:"good,omitempty"`        // the version whose files come back; "" leaves them as they are
	GoodCommit string `json:"good_commit,omitempty"` // of its tag
	Reason     string `json:"reason"`
}

// Save keeps the draft in the state directory.
func (d Draft) Save(state string) error {
	d.Tag = d.Version.Tag()
	text, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return fmt.Errorf("keep the draft: %w", err)
	}
	if err := journal.MakeDir(state); err != nil {
		return fmt.Errorf("keep the draft: %w", err)
	}
	return journal.WriteFile(filepath.Join(state, draftFile), append(text, '\n'))
}

// ReadDraft reads the draft in the state directory; the error is
// [fs.ErrNotExist] where no release was begun.
func ReadDraft(state string) (Draft, error) {
	var d Draft
	text, err := os.ReadFile(filepath.Join(state, draftFile))
	if err != nil {
		return d, fmt.Errorf("read the draft: %w", err)
	}
	if err := json.Unmarshal(text, &d); err != nil {
		return d, fmt.Errorf("read the draft: %w", err)
	}
	d.Version, err = version.Parse(d.Tag)
	if err != nil {
		return d, fmt.Errorf("read the draft: %w", err)
	}
	if _, err := time.Parse(time.DateOnly, d.Date); err != nil {
		return d, fmt.Errorf("read the draft: %w", err)
	}
	return d, nil
}

// Superseding finds the draft here of the release that supersedes a version; nil
// where there is none. State is the directory of any release of the repository.
func Superseding(state, bad string) (*Draft, error) {
	all := filepath.Dir(state)
	entries, err := os.ReadDir(all)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("look for releases here: %w", err)
	}
	for _, e := range entries {
		d, err := ReadDraft(filepath.Join(all, e.Name()))
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return nil, err
		case d.Supersede != nil && d.Supersede.Version == bad:
			return &d, nil
		}
	}
	return nil, nil
}

// exists reports whether there is something at the path.
func exists(path string) (bool, error) {
	switch _, err := os.Lstat(path); {
	case err == nil:
		return true, nil
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	default:
		return false, err
	}
}
