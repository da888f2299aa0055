package checkout

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/cupel-dev/cupel/internal/git"
)

// pointer is how a file of Git LFS begins where only its pointer is there.
var pointer = []byte("version https://git-lfs.github.com/spec/")

// pointers notes files whose content Git LFS has not fetched.
func (w *writer) pointers(ctx context.Context, c *copied, view *git.Repo) error {
	out, err := plumb(ctx, view, "ls-files", "-z", "--", ":(attr:filter=lfs)")
	if err != nil {
		return err
	}
	n := 0
	for name := range strings.SplitSeq(strings.TrimSuffix(out, "\x00"), "\x00") {
		if name != "" && isPointer(filepath.Join(view.Root, filepath.FromSlash(name))) {
			n++
		}
	}
	if n > 0 {
		w.note("%s holds only the pointers of %d files of Git LFS: install git-lfs and run 'git lfs pull' (actions/checkout: lfs: true)", c.name, n)
	}
	return nil
}

func isPointer(name string) bool {
	file, err := os.Open(name)
	if err != nil {
		return false
	}
	defer file.Close()
	start := make([]byte, len(pointer))
	_, err = io.ReadFull(file, start)
	return err == nil && bytes.Equal(start, pointer)
}
