package evidence

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const (
	incompleteSuffix = ".incomplete"
	partSuffix       = ".part"
	unnamed          = ".new" // a directory that has no manifest yet
	nameLayout       = "20060102_150405"
)

// nestedModule keeps evidence out of the zip files of the project's Go module.
const nestedModule = "// Evidence stays out of the project's module.\nmodule benchmark_results\n"

// A Directory is evidence that is being written. It is called NAME.incomplete
// until [Directory.Finish]; whatever happens before leaves it whole or
// resumable, since files get their names only once they are on the disk.
type Directory struct {
	Path     string // of NAME.incomplete
	Manifest *Manifest
}

// Create makes a new directory of evidence below results, named after the time
// of m, and writes the manifest. Nothing that exists is overwritten: where the
// name is taken, the next free second is. One measurement at a time may call it.
func Create(results string, m *Manifest) (*Directory, error) {
	if err := os.MkdirAll(results, 0o755); err != nil {
		return nil, fmt.Errorf("make results directory: %w", err)
	}
	if err := writeNew(filepath.Join(results, "go.mod"), []byte(nestedModule)); err != nil {
		return nil, err
	}
	d := &Directory{Path: filepath.Join(results, unnamed), Manifest: m}
	if err := errors.Join(os.RemoveAll(d.Path), os.Mkdir(d.Path, 0o755)); err != nil {
		return nil, fmt.Errorf("make evidence directory: %w", err)
	}
	named := func() bool {
		path := filepath.Join(results, m.Created.UTC().Format(nameLayout))
		return exists(path) || exists(path+incompleteSuffix)
	}
	for named() {
		m.Created = m.Created.Add(time.Second)
	}
	if err := d.Save(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(d.Path))
	}
	path := filepath.Join(results, m.Created.UTC().Format(nameLayout)+incompleteSuffix)
	if err := os.Rename(d.Path, path); err != nil {
		return nil, fmt.Errorf("name the evidence directory: %w", errors.Join(err, os.RemoveAll(d.Path)))
	}
	d.Path = path
	return d, syncDir(results)
}

// Resume opens a directory that a measurement left incomplete, and removes
// what it had half written.
func Resume(path string) (*Directory, error) {
	path = filepath.Clean(path)
	if !strings.HasSuffix(path, incompleteSuffix) && exists(path+incompleteSuffix) {
		path += incompleteSuffix
	}
	m, err := ReadManifest(os.DirFS(path))
	if err != nil {
		return nil, fmt.Errorf("resume %s: %w", path, err)
	}
	if m.Status != StatusIncomplete || !strings.HasSuffix(path, incompleteSuffix) {
		return nil, fmt.Errorf("resume %s: it is %s, there is nothing to resume", path, m.Status)
	}
	d := &Directory{Path: path, Manifest: m}
	return d, d.removeUnrecorded()
}

// removeUnrecorded deletes files of runs that the manifest does not have: their
// process was ended before its outcome was known.
func (d *Directory) removeUnrecorded() error {
	entries, err := os.ReadDir(d.Path)
	if err != nil {
		return fmt.Errorf("read evidence directory: %w", err)
	}
	for _, e := range entries {
		if d.recorded(e.Name()) {
			continue
		}
		if err := os.RemoveAll(filepath.Join(d.Path, e.Name())); err != nil {
			return fmt.Errorf("remove half-written file: %w", err)
		}
	}
	return nil
}

func (d *Directory) recorded(name string) bool {
	return name == "manifest.json" || slices.ContainsFunc(d.Manifest.Runs, func(r Run) bool {
		return strings.HasPrefix(name, r.Base()+".")
	})
}

// Save writes the manifest as it is now.
func (d *Directory) Save() error {
	return d.writeJSON("manifest.json", d.Manifest)
}

// Record adds a run whose files are in place, and saves: the files are on the
// disk before the manifest speaks of them.
func (d *Directory) Record(r Run) error {
	for _, ending := range []string{".txt", ".stderr.txt", ".json"} {
		if err := syncFile(filepath.Join(d.Path, r.Base()+ending)); err != nil {
			return err
		}
	}
	d.Manifest.Runs = append(d.Manifest.Runs, r)
	return d.Save()
}

// syncFile makes the content of a file durable, where there is one.
func syncFile(name string) error {
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = errors.Join(f.Sync(), f.Close())
	}
	if err != nil {
		return fmt.Errorf("sync %s: %w", filepath.Base(name), err)
	}
	return nil
}

// Finish computes the summary and the digests, decides status and class, and
// gives the directory its name, which Path then is.
func (d *Directory) Finish(environment Environment, now time.Time) (*Summary, error) {
	m := d.Manifest
	m.Finished = now.UTC().Truncate(time.Second)
	m.classify()
	m.Status = StatusComplete
	if slices.ContainsFunc(m.Runs, func(r Run) bool { return r.Status != "ok" }) {
		m.Status = StatusFailed
	}
	if err := d.writeJSON("environment.json", environment); err != nil {
		return nil, err
	}
	if err := d.write("environment.txt", []byte(environment.Text())); err != nil {
		return nil, err
	}
	summary, err := d.writeSummary()
	if err != nil {
		return nil, err
	}
	if m.Files, err = digests(os.DirFS(d.Path)); err != nil {
		return nil, err
	}
	if err := d.Save(); err != nil {
		return nil, err
	}
	return summary, d.rename()
}

func (d *Directory) writeSummary() (*Summary, error) {
	sets, err := Sets(os.DirFS(d.Path), d.Manifest)
	if err != nil {
		return nil, fmt.Errorf("summarise: %w", err)
	}
	s := summarise(d.Manifest, sets)
	if err := d.writeJSON("summary.json", s); err != nil {
		return nil, err
	}
	return s, d.write("summary.md", []byte(s.Markdown()))
}

func (d *Directory) rename() error {
	final := strings.TrimSuffix(d.Path, incompleteSuffix)
	if exists(final) {
		return fmt.Errorf("name the evidence: %s exists already and is never overwritten", final)
	}
	if err := os.Rename(d.Path, final); err != nil {
		return fmt.Errorf("name the evidence: %w", err)
	}
	d.Path = final
	return syncDir(filepath.Dir(final))
}

// encode is the one form in which evidence is written as JSON.
func encode(v any) ([]byte, error) {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return nil, err
	}
	return append(b, '\n'), nil
}

func (d *Directory) writeJSON(name string, v any) error {
	b, err := encode(v)
	if err != nil {
		return fmt.Errorf("encode %s: %w", name, err)
	}
	return d.write(name, b)
}

// write makes a file appear whole: on the disk first, then under its name.
func (d *Directory) write(name string, data []byte) error {
	path := filepath.Join(d.Path, name)
	f, err := os.Create(path + partSuffix)
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(path+partSuffix, path)
	}
	if err != nil {
		os.Remove(path + partSuffix)
		return fmt.Errorf("write %s: %w", name, err)
	}
	return syncDir(d.Path)
}

func writeNew(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	_, err = f.Write(data)
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// digests hashes every file except the manifest, and the signature over it.
func digests(fsys fs.FS) (map[string]string, error) {
	sums := make(map[string]string)
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || name == "manifest.json" || name == attestationFile {
			return err
		}
		sums[name], err = digest(fsys, name)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("hash evidence: %w", err)
	}
	return sums, nil
}

func digest(fsys fs.FS, name string) (string, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	return readSum(f)
}
