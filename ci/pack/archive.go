package pack

import (
	"archive/tar"
	"archive/zip"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/klauspost/compress/flate"
)

// An entry is a file or a directory in an archive or a layer. Its owner is 0
// unless it says otherwise; its time is that of the whole.
type entry struct {
	name  string // with slashes; a directory ends in one
	mode  int64
	owner int
	data  []byte

	deflated []byte // data as [deflate] makes it; nil where nobody did
}

func (e entry) header(date time.Time) *tar.Header {
	h := &tar.Header{
		Typeflag: tar.TypeReg, Name: e.name, Mode: e.mode, Size: int64(len(e.data)),
		Uid: e.owner, Gid: e.owner, ModTime: date.UTC().Truncate(time.Second),
	}
	if e.isDir() {
		h.Typeflag = tar.TypeDir
	}
	return h
}

func (e entry) isDir() bool { return e.name[len(e.name)-1] == '/' }

func writeZip(w io.Writer, date time.Time, entries []entry) error {
	z := zip.NewWriter(w)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, level) })
	for _, e := range entries {
		h := &zip.FileHeader{Name: e.name, Method: zip.Deflate, Modified: date.UTC().Truncate(time.Second)}
		h.SetMode(os.FileMode(e.mode))
		f, err := z.CreateHeader(h)
		if err != nil {
			return fmt.Errorf("%s: %w", e.name, err)
		}
		if _, err := f.Write(e.data); err != nil {
			return fmt.Errorf("%s: %w", e.name, err)
		}
	}
	return z.Close()
}

// tarTree writes all files below dir into a tar archive, in the order of their
// names.
func tarTree(w io.Writer, dir string, date time.Time) error {
	t := tar.NewWriter(w)
	err := filepath.WalkDir(dir, func(file string, d os.DirEntry, err error) error {
		if err != nil || file == dir {
			return err
		}
		name, err := filepath.Rel(dir, file)
		if err != nil {
			return err
		}
		e := entry{name: filepath.ToSlash(name), mode: 0o644}
		if d.IsDir() {
			e.name, e.mode = e.name+"/", 0o755
		} else if e.data, err = os.ReadFile(file); err != nil {
			return err
		}
		if err := t.WriteHeader(e.header(date)); err != nil {
			return err
		}
		_, err = t.Write(e.data)
		return err
	})
	if err != nil {
		return err
	}
	return t.Close()
}

// untilDone is a writer that fails once its context is done.
type untilDone struct {
	ctx context.Context
	w   io.Writer
}

func (u untilDone) Write(p []byte) (int, error) {
	if err := context.Cause(u.ctx); err != nil {
		return 0, err
	}
	return u.w.Write(p)
}
