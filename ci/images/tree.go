package images

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// A tree is the file system of an image, collected from the host's files.
type tree struct {
	entries map[string]entry // by absolute path, without the leading slash
	bySize  map[int64][]same // files that were collected, to find second names of them
	libs    *libraries
	moved   string // a directory of the host that lies elsewhere in the image: its libraries are in it already
}

// An entry is one file, link or directory.
type entry struct {
	mode fs.FileMode
	from string // the host's file; "" where text counts
	text string // contents, or the target of a link
}

// A same is a file of the host and where it lies in the image.
type same struct {
	info fs.FileInfo
	name string
}

func newTree(libs *libraries) *tree {
	return &tree{entries: make(map[string]entry), bySize: make(map[int64][]same), libs: libs}
}

// directory adds a directory of its own mode.
func (t *tree) directory(name string, mode fs.FileMode) { t.put(name, entry{mode: fs.ModeDir | mode}) }

// file adds a file with the given contents.
func (t *tree) file(name, text string) { t.put(name, entry{mode: 0o644, text: text}) }

func (t *tree) put(name string, e entry) {
	name = strings.TrimPrefix(path.Clean(name), "/")
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if _, ok := t.entries[dir]; !ok {
			t.entries[dir] = entry{mode: fs.ModeDir | 0o755}
		}
	}
	t.entries[name] = e
}

// maxLinks bounds a chain of links, as the kernel does.
const maxLinks = 40

// host adds a file of the host under its own path, with the links that lead to
// it, and for a program the libraries that it needs.
func (t *tree) host(file string) error {
	rest := strings.Split(strings.TrimPrefix(path.Clean(file), "/"), "/")
	at := "/"
	for links := 0; len(rest) > 0; {
		next := path.Join(at, rest[0])
		info, err := os.Lstat(next)
		if err != nil {
			return fmt.Errorf("collect %s: %w", file, err)
		}
		rest = rest[1:]
		switch {
		case info.Mode()&fs.ModeSymlink != 0:
			if links++; links > maxLinks {
				return fmt.Errorf("collect %s: too many links", file)
			}
			target, err := t.link(next)
			if err != nil {
				return fmt.Errorf("collect %s: %w", file, err)
			}
			rest = append(strings.Split(strings.TrimPrefix(target, "/"), "/"), rest...)
			at = "/"
		case info.IsDir():
			t.put(next, entry{mode: fs.ModeDir | info.Mode().Perm()})
			at = next
		default:
			return t.regular(next, next, info)
		}
	}
	return nil
}

// link adds a link and returns where it leads to, as an absolute path.
func (t *tree) link(name string) (string, error) {
	target, err := os.Readlink(name)
	if err != nil {
		return "", err
	}
	t.put(name, entry{mode: fs.ModeSymlink | 0o777, text: target})
	if path.IsAbs(target) {
		return path.Clean(target), nil
	}
	return path.Join(path.Dir(name), target), nil
}

// regular adds a file of the host under a name, and the libraries of a program.
func (t *tree) regular(name, from string, info fs.FileInfo) error {
	if _, known := t.entries[strings.TrimPrefix(name, "/")]; known {
		return nil
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("collect %s: it is neither a file nor a link", from)
	}
	for _, other := range t.bySize[info.Size()] {
		if os.SameFile(other.info, info) { // a hard link: git has a hundred of itself
			t.put(name, entry{mode: fs.ModeSymlink | 0o777, text: other.name})
			return nil
		}
	}
	t.bySize[info.Size()] = append(t.bySize[info.Size()], same{info, path.Join("/", name)})
	t.put(name, entry{mode: info.Mode().Perm(), from: from})
	return t.needs(from)
}

// needs adds the libraries of a program. A toolchain that lies elsewhere in the
// image has its own, and may hold programs of other systems, whose libraries
// are not here.
func (t *tree) needs(file string) error {
	needed, err := t.libs.neededBy(file)
	if err != nil && t.moved == "" {
		return fmt.Errorf("collect %s: %w", file, err)
	}
	for _, lib := range needed {
		if t.moved != "" && (strings.HasPrefix(lib, t.moved+"/") || !exists(lib)) {
			continue
		}
		if err := t.host(lib); err != nil {
			return err
		}
	}
	return nil
}

// directoryAs adds a directory of the host with all that lies in it, under
// another path, without what has one of the names. Links stay as they are.
func (t *tree) directoryAs(from, name string, without ...string) error {
	t.moved = from
	defer func() { t.moved = "" }()
	return filepath.WalkDir(from, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if slices.Contains(without, d.Name()) {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		to := path.Join(name, strings.TrimPrefix(file, from))
		switch {
		case d.IsDir():
			t.directory(to, info.Mode().Perm())
			return nil
		case d.Type()&fs.ModeSymlink != 0:
			target, err := os.Readlink(file)
			t.put(to, entry{mode: fs.ModeSymlink | 0o777, text: target})
			return err
		}
		return t.regular(to, file, info)
	})
}

// writeTar writes the tree in the order of its names, with times and owners of
// zero.
func (t *tree) writeTar(out io.Writer) error {
	w := tar.NewWriter(out)
	for _, name := range slices.Sorted(maps.Keys(t.entries)) {
		if err := t.entries[name].writeTar(w, name); err != nil {
			return fmt.Errorf("pack %s: %w", name, err)
		}
	}
	return w.Close()
}

func (e entry) writeTar(w *tar.Writer, name string) error {
	h := &tar.Header{Name: name, Mode: int64(e.mode.Perm()), Typeflag: tar.TypeReg, Size: int64(len(e.text)), Format: tar.FormatPAX}
	if e.mode&fs.ModeSticky != 0 {
		h.Mode |= 0o1000
	}
	switch {
	case e.mode.IsDir():
		h.Name, h.Typeflag = name+"/", tar.TypeDir
	case e.mode&fs.ModeSymlink != 0:
		h.Typeflag, h.Linkname, h.Size = tar.TypeSymlink, e.text, 0
	case e.from != "":
		return copyInto(w, h, e.from)
	}
	if err := w.WriteHeader(h); err != nil || h.Typeflag != tar.TypeReg {
		return err
	}
	_, err := io.WriteString(w, e.text)
	return err
}

func copyInto(w *tar.Writer, h *tar.Header, from string) error {
	f, err := os.Open(from)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	h.Size = info.Size()
	if err := w.WriteHeader(h); err != nil {
		return err
	}
	_, err = io.Copy(w, f)
	return err
}

// exists reports whether the host has the file.
func exists(name string) bool {
	_, err := os.Stat(name)
	return !errors.Is(err, fs.ErrNotExist)
}
