package pack

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/cupel-dev/cupel/internal/dsse"
)

// A File is one package.
type File struct {
	Name   string
	Size   int64
	SHA256 string // in hex
}

// written are the files of the packages, of which several are written at once.
type written struct {
	mu    sync.Mutex
	files []File
}

func (w *written) add(f File) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.files = append(w.files, f)
}

// sorted are the files so far, by name.
func (w *written) sorted() []File {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.SortedFunc(slices.Values(w.files), func(a, b File) int { return strings.Compare(a.Name, b.Name) })
}

// create writes one file, and takes its digest on the way. A cancelled context
// ends it at the next write.
func (a *assembly) create(ctx context.Context, name string, write func(io.Writer) error) (err error) {
	f, err := os.OpenFile(filepath.Join(a.dir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	sum := &digester{sum: sha256.New()}
	if err := write(io.MultiWriter(untilDone{ctx, f}, sum)); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	a.files.add(File{Name: name, Size: sum.size, SHA256: hex.EncodeToString(sum.sum.Sum(nil))})
	return nil
}

// A digester is a writer that keeps the digest and the size alone.
type digester struct {
	sum  hash.Hash
	size int64
}

func (d *digester) Write(p []byte) (int, error) {
	d.size += int64(len(p))
	return d.sum.Write(p)
}

// writeSums writes the checksums of all files, and the signature over them.
func (a *assembly) writeSums(ctx context.Context) error {
	var sums []byte
	for _, f := range a.files.sorted() {
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
