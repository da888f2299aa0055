package targets

import (
	"bytes"
	"os"

	"github.com/magefile/mage/mg"

	"github.com/cupel-dev/cupel/internal/changelog"
)

// Changelog edits a changelog and touches no byte outside of the section.
type Changelog mg.Namespace

// Release makes the Unreleased section of FILE the section of VERSION, of DATE (YYYY-MM-DD).
//
// Exit codes: 0 done, 2 refused, and the file is untouched.
func (Changelog) Release(file, version, date string) error {
	if err := positional("changelog:release FILE VERSION DATE", file, version, date); err != nil {
		return err
	}
	return edit(file, func(text []byte) ([]byte, error) {
		return changelog.Release(text, version, date, changelog.Options{})
	})
}

// Yank writes [YANKED] behind the heading of VERSION in FILE.
//
// Exit codes: 0 done, 2 refused, and the file is untouched.
func (Changelog) Yank(file, version string) error {
	if err := positional("changelog:yank FILE VERSION", file, version); err != nil {
		return err
	}
	return edit(file, func(text []byte) ([]byte, error) { return changelog.Yank(text, version) })
}

// edit replaces a file by what change makes of it.
func edit(file string, change func([]byte) ([]byte, error)) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return fail(exitRefused, err.Error())
	}
	edited, err := change(text)
	if err != nil {
		return fail(exitRefused, file+": "+err.Error())
	}
	out := newConsole(os.Stdout)
	if bytes.Equal(edited, text) {
		out.Line("nothing to write: %s says so already", file)
		return nil
	}
	if err := writeWhole(file, edited); err != nil {
		return fail(exitRefused, err.Error())
	}
	out.Line("written: %s", file)
	out.Line("next: git diff")
	return nil
}
