package journal

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/gofrs/flock"

	"github.com/cupel-dev/cupel/internal/redact"
)

// A file is what a journal is written to: an [os.File].
type file interface {
	io.WriteSeeker
	io.Closer
	Sync() error
	Truncate(size int64) error
}

// A Journal is an open journal file. One process at a time has it open.
type Journal struct {
	path     string
	file     file
	lock     *flock.Flock
	redactor *redact.Redactor
	history  history
	warnings []string
}

// A LockedError says that another process has the journal open.
type LockedError struct{ Path string }

// Error names the file and what to do.
func (e *LockedError) Error() string {
	return fmt.Sprintf("journal %s: another process is at work on it; wait for it to end", e.Path)
}

// Open opens the journal at path, or makes it and its directory; only the
// owner can read them. A line that was cut off is dropped. Lines from the
// first damaged one on are moved to a file beside it, with a warning: they are
// not believed. The error may be a [LockedError].
func Open(path string, r *redact.Redactor) (*Journal, error) {
	if err := MakeDir(filepath.Dir(path)); err != nil {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	lock := flock.New(path + ".lock")
	locked, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock journal %s: %w", path, err)
	}
	if !locked {
		return nil, &LockedError{path}
	}
	j := &Journal{path: path, lock: lock, redactor: r}
	if err := j.load(); err != nil {
		return nil, errors.Join(fmt.Errorf("open journal %s: %w", path, err), j.Close())
	}
	return j, nil
}

func (j *Journal) load() error {
	b, err := os.ReadFile(j.path)
	isNew := errors.Is(err, fs.ErrNotExist)
	if err != nil && !isNew {
		return err
	}
	j.history = read(b)
	if j.history.damage != "" {
		if err := j.setAside(b); err != nil {
			return err
		}
	}
	opened, err := os.OpenFile(j.path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	j.file = opened
	if err := j.file.Truncate(int64(j.history.length)); err != nil {
		return err
	}
	if _, err := j.file.Seek(int64(j.history.length), 0); err != nil {
		return err
	}
	if isNew {
		return syncDirectory(filepath.Dir(j.path))
	}
	return nil
}

// setAside keeps the bytes of a damaged journal.
func (j *Journal) setAside(b []byte) error {
	aside := fmt.Sprintf("%s.damaged-%s", j.path, time.Now().UTC().Format("20060102T150405.000000000"))
	if err := WriteFile(aside, b); err != nil {
		return err
	}
	j.warnings = append(j.warnings, fmt.Sprintf(
		"the journal was changed by something else (%s); what it says from there on is not believed, the channels are asked instead; its bytes are kept in %s",
		j.history.damage, aside))
	return nil
}

// Entries returns the entries that are believed, oldest first.
func (j *Journal) Entries() []Entry { return slices.Clone(j.history.entries) }

// Warnings says what was wrong with the file when it was opened.
func (j *Journal) Warnings() []string { return slices.Clone(j.warnings) }

// Close lets other processes open the journal.
func (j *Journal) Close() error {
	var err error
	if j.file != nil {
		err = j.file.Close()
	}
	return errors.Join(err, j.lock.Unlock())
}

// append writes an entry that mask has been applied to, and returns when the
// disk has it.
func (j *Journal) append(e Entry) error {
	line, digest, err := seal(j.history.digest, e)
	if err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	if err := j.write(line); err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	j.history.entries = append(j.history.entries, e)
	j.history.digest = digest
	j.history.length += len(line)
	return nil
}

// write adds a line to the file, whole or not at all.
func (j *Journal) write(line []byte) error {
	_, err := j.file.Write(line)
	if err == nil {
		err = j.file.Sync()
	}
	if err == nil {
		return nil
	}
	_, seekErr := j.file.Seek(int64(j.history.length), 0)
	return errors.Join(err, j.file.Truncate(int64(j.history.length)), seekErr)
}

// mask keeps secrets out of an entry.
func (j *Journal) mask(e Entry) Entry {
	for _, field := range []*string{&e.Plan, &e.Step, &e.Channel, &e.Expect, &e.Text} {
		*field = j.redactor.String(*field)
	}
	if e.Seen != nil {
		e.Seen = &Observation{e.Seen.State, j.redactor.String(e.Seen.Value)}
	}
	return e
}

// ongoing returns the entries of the run that has neither finished nor been
// abandoned, and whether there is one.
func (j *Journal) ongoing() ([]Entry, bool) {
	start := -1
	for i, e := range j.history.entries {
		switch {
		case e.Kind == Began, e.Kind == Resumed && start < 0:
			start = i
		case e.Kind == Finished, e.Kind == Abandoned:
			start = -1
		}
	}
	if start < 0 {
		return nil, false
	}
	return j.history.entries[start:], true
}

// before returns what was seen before the first Do of a step since it was last
// undone. Its State is Unknown where the journal does not know.
func before(entries []Entry, step string) Observation {
	var first *Observation
	for _, e := range entries {
		switch {
		case e.Step != step:
		case e.Kind == Intent && first == nil && e.Seen != nil:
			first = e.Seen
		case e.Kind == UndoResult:
			first = nil
		}
	}
	if first == nil {
		return Observation{}
	}
	return *first
}
