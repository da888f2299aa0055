package pack

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
)

// A File is one package.
type File struct {
	Name   string
	Size   int64
	SHA256 string // in hex
}

// digestFiles reads the files in dir, but none below it, sorted by name.
func digestFiles(dir string) ([]File, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var files []File
	for _, e := range entries {
		if e.IsDir() {
			continue
		}
		f, err := digestFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	return files, nil
}

func digestFile(file string) (File, error) {
	f, err := os.Open(file)
	if err != nil {
		return File{}, err
	}
	defer f.Close()
	sum := sha256.New()
	size, err := io.Copy(sum, f)
	if err != nil {
		return File{}, err
	}
	return File{Name: filepath.Base(file), Size: size, SHA256: hex.EncodeToString(sum.Sum(nil))}, nil
}
