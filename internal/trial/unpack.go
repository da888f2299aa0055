package trial

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// unpack writes the files of an archive into dir and returns those that are
// programs, in their order. What is no file is left out.
func unpack(name, file, dir string) ([]string, error) {
	if strings.HasSuffix(name, ".zip") {
		return unpackZip(file, dir)
	}
	return unpackTarGz(file, dir)
}

func unpackTarGz(file, dir string) ([]string, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	return unpackTar(z, dir)
}

func unpackTar(r io.Reader, dir string) (programs []string, err error) {
	for t := tar.NewReader(r); ; {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return programs, nil
		}
		if err != nil {
			return nil, err
		}
		mode := h.FileInfo().Mode()
		if err := put(dir, h.Name, mode, t); err != nil {
			return nil, err
		}
		if isProgram(mode) {
			programs = append(programs, h.Name)
		}
	}
}

func unpackZip(file, dir string) (programs []string, err error) {
	z, err := zip.OpenReader(file)
	if err != nil {
		return nil, err
	}
	defer z.Close()
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			return nil, err
		}
		if err := errors.Join(put(dir, f.Name, f.Mode(), r), r.Close()); err != nil {
			return nil, err
		}
		if isProgram(f.Mode()) {
			programs = append(programs, f.Name)
		}
	}
	return programs, nil
}

func isProgram(mode fs.FileMode) bool { return mode.IsRegular() && mode&0o111 != 0 }

// put writes one file below dir.
func put(dir, name string, mode fs.FileMode, from io.Reader) error {
	if !mode.IsRegular() {
		return nil
	}
	if !filepath.IsLocal(filepath.FromSlash(name)) {
		return fmt.Errorf("it has the file %q, which is outside of it", name)
	}
	at := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(at), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(at, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode.Perm()&0o700|0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, from)
	return errors.Join(err, f.Close())
}
