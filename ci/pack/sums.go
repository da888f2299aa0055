package pack

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/cupel-dev/cupel/internal/dsse"
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

// writeSums writes the checksums of all files, and the signature over them.
func (a *assembly) writeSums(ctx context.Context) error {
	files, err := digestFiles(a.dir)
	if err != nil {
		return err
	}
	var sums []byte
	for _, f := range files {
		sums = fmt.Appendf(sums, "%s  %s\n", f.SHA256, f.Name)
	}
	if err := a.write(ctx, SumsFile, sums); err != nil || a.Key == nil {
		return err
	}
	sig, err := dsse.SignBlob(a.Key, sums)
	if err != nil {
		return fmt.Errorf("sign checksums: %w", err)
	}
	return a.write(ctx, SignatureFile, []byte(base64.StdEncoding.EncodeToString(sig)))
}
