package release_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/cupel-dev/cupel/internal/journal"
	"github.com/cupel-dev/cupel/internal/release"
)

// The secrets of a release. One has several lines, as keys have.
const (
	secretToken = "ghs_a1b2c3d4e5f6a7b8c9d0"
	secretLines = "-----BEGIN KEY-----\nfirst-line-7f3a9c55e1\nsecond line b04d2288\r\nthird/line+with=signs\n-----END KEY-----\n"
)

// TestNoLineOfASecretIsSeen runs secrets through every step of releases that
// come to their end, are cut off, resumed and taken back, with commands that
// print them. What is written or said anywhere holds none of their lines.
func TestNoLineOfASecretIsSeen(t *testing.T) {
	t.Parallel()
	mould := newMould(t, newWorld(t))
	seen := &witness{secrets: append(strings.FieldsFunc(secretLines, func(r rune) bool { return r == '\n' || r == '\r' }), secretToken, "hook-5f2c9a7e1b")}
	disturbances := []string{"", "do\nrefused\n", "do\nhalf\n", "verify\nrefused\n"}
	if !selftest() {
		disturbances = disturbances[:2]
	}
	for i, text := range disturbances {
		w := mould.cast(t)
		w.Token, w.Secret = secretToken+"\n", secretLines
		w.allow(secretToken)
		if text != "" {
			target := []string{"1.2.0", ".1.2.0"}[i%2]
			check(t, os.WriteFile(filepath.Join(w.Mirror, target+".fault"), []byte(text), 0o644))
		}
		w.wrapped(t, seen)
		for _, do := range []deed{release.Options.Run, release.Options.Abort, release.Options.Resume} {
			out, err := w.run(t.Context(), w.draft, do, func(e journal.Event) { seen.hear(fmt.Sprintf("%+v %+v", e.Entry, e.Entry.Seen)) })
			seen.hear(fmt.Sprint(out.Step, " ", out.Err, " ", out.Warnings, " ", err))
		}
		seen.read(t, filepath.Join(w.Clone, ".git", "cupel"))
		for key, value := range w.state(t) {
			seen.hear(key + " " + value)
		}
	}
	if seen.texts < 100 || seen.arguments < 20 {
		t.Errorf("only %d texts and %d lists of arguments were looked at", seen.texts, seen.arguments)
	}
	for _, found := range seen.found {
		t.Error(found)
	}
}

// wrapped has the project's command, and a hook of the remote while it is pushed
// to, write down the arguments of every process that they can see.
func (w *world) wrapped(t *testing.T, seen *witness) {
	t.Helper()
	list := filepath.Join(t.TempDir(), "arguments")
	look := fmt.Sprintf("cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' '\\n' >> '%s' || true\n", list)
	check(t, os.WriteFile(w.Script, []byte(look+script), 0o644))
	w.remote.Hook(t, "pre-receive", look)
	seen.lists = append(seen.lists, list)
}

// A witness looks for secrets in all that it hears and reads.
type witness struct {
	mu        sync.Mutex
	secrets   []string
	lists     []string // files of arguments
	found     []string
	texts     int
	arguments int
}

func (s *witness) hear(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.texts++
	for _, secret := range s.secrets {
		if strings.Contains(text, secret) {
			s.found = append(s.found, fmt.Sprintf("%q is in %.500q", secret, text))
		}
	}
}

// read looks at every file below dir, and at the arguments that were seen.
func (s *witness) read(t *testing.T, dir string) {
	t.Helper()
	check(t, filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(name)
		s.hear(name + ": " + string(text))
		return err
	}))
	for _, list := range s.lists {
		text, err := os.ReadFile(list)
		if errors.Is(err, fs.ErrNotExist) {
			continue // no /proc here
		}
		check(t, err)
		s.arguments += bytes.Count(text, []byte("\n"))
		s.hear(string(text))
	}
	s.lists = nil
}
