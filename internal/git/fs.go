package git

import (
	"context"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

// FS is the files of a commit, by their path from the top directory and without
// the filters of a checkout. A link is a file that holds where it leads to, and a
// submodule is an empty directory. Files are read from git as they are opened.
func (r *Repo) FS(ctx context.Context, commit string) (fs.FS, error) {
	out, err := r.Run(ctx, "ls-tree", "-r", "-z", "--full-tree", commit)
	if err != nil {
		return nil, err
	}
	t := &treeFS{ctx: ctx, repo: r, entries: map[string]*entry{".": {name: ".", mode: fs.ModeDir | 0o755}}}
	for _, line := range splitNul(out) {
		meta, name, ok := strings.Cut(line, "\t")
		if fields := strings.Fields(meta); ok && len(fields) == 3 {
			t.add(name, &entry{name: path.Base(name), mode: fileModes[fields[0]], object: fields[2]})
		}
	}
	return t, nil
}

// fileModes are git's modes as those of files.
var fileModes = map[string]fs.FileMode{
	"100644": 0o644, "100755": 0o755, "120000": fs.ModeSymlink | 0o777, "160000": fs.ModeDir | 0o755,
}

// A treeFS is a commit as a file system.
type treeFS struct {
	ctx     context.Context
	repo    *Repo
	entries map[string]*entry
}

// An entry is a file or a directory.
type entry struct {
	name   string
	mode   fs.FileMode
	object string
	inside []string // the names in a directory
}

// add adds an entry, and the directories that it is in.
func (t *treeFS) add(name string, e *entry) {
	t.entries[name] = e
	dir := path.Dir(name)
	if t.entries[dir] == nil {
		t.add(dir, &entry{name: path.Base(dir), mode: fs.ModeDir | 0o755})
	}
	t.entries[dir].inside = append(t.entries[dir].inside, e.name)
}

// Open implements [fs.FS].
func (t *treeFS) Open(name string) (fs.File, error) {
	e, ok := t.entries[name]
	switch {
	case !fs.ValidPath(name):
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	case !ok:
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	case e.mode.IsDir():
		return &openFile{info: fileInfo{e, 0}, tree: t, name: name, Reader: strings.NewReader("")}, nil
	}
	text, err := t.repo.Run(t.ctx, "cat-file", "blob", e.object)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return &openFile{info: fileInfo{e, int64(len(text))}, Reader: strings.NewReader(text)}, nil
}

// A fileInfo is an entry and how long it is.
type fileInfo struct {
	*entry
	size int64
}

func (i fileInfo) Name() string       { return i.name }
func (i fileInfo) Size() int64        { return i.size }
func (i fileInfo) Mode() fs.FileMode  { return i.mode }
func (i fileInfo) ModTime() time.Time { return time.Time{} }
func (i fileInfo) IsDir() bool        { return i.mode.IsDir() }
func (i fileInfo) Sys() any           { return nil }

// A dirEntry is what a directory says of an entry.
type dirEntry struct {
	fileInfo
	tree *treeFS
	path string
}

func (d dirEntry) Type() fs.FileMode          { return d.mode.Type() }
func (d dirEntry) Info() (fs.FileInfo, error) { return fs.Stat(d.tree, d.path) }
func (d dirEntry) String() string             { return fs.FormatDirEntry(d) }

// An openFile is a file or a directory that is being read.
type openFile struct {
	*strings.Reader
	info fileInfo
	tree *treeFS // of a directory
	name string
	read int // how many of its names were
}

func (f *openFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *openFile) Close() error               { return nil }

// ReadDir implements [fs.ReadDirFile].
func (f *openFile) ReadDir(n int) ([]fs.DirEntry, error) {
	if f.tree == nil {
		return nil, &fs.PathError{Op: "readdir", Path: f.info.name, Err: fs.ErrInvalid}
	}
	names := slices.Sorted(slices.Values(f.info.inside))[f.read:]
	if n > 0 {
		if len(names) == 0 {
			return nil, io.EOF
		}
		names = names[:min(n, len(names))]
	}
	f.read += len(names)
	list := make([]fs.DirEntry, len(names))
	for i, name := range names {
		full := path.Join(f.name, name)
		list[i] = dirEntry{fileInfo{f.tree.entries[full], 0}, f.tree, full}
	}
	return list, nil
}
