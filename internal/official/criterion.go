package official

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/bench/criterion"
)

// keepTree copies what evidence keeps of a criterion directory beside the
// output of the run. Where there is none, the text has to do.
func (m *measurement) keepTree(s bench.Suite, output string, since time.Time) error {
	if s.Format != "criterion" {
		return nil
	}
	tree := os.DirFS(filepath.Join(m.checkout.CargoTarget(), "criterion"))
	if _, err := fs.Stat(tree, "."); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	files, err := criterion.Keep(tree, since.Truncate(time.Second)) // some disks keep whole seconds
	if err != nil {
		return fmt.Errorf("keep criterion's samples: %w", err)
	}
	for _, name := range files {
		if err := copyFile(tree, name, filepath.Join(output+".criterion", filepath.FromSlash(name))); err != nil {
			return fmt.Errorf("keep criterion's samples: %w", err)
		}
	}
	return nil
}

func copyFile(from fs.FS, name, to string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	src, err := from.Open(name)
	if err != nil {
		return err
	}
	defer src.Close()
	dst, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(dst, src)
	return errors.Join(err, dst.Sync(), dst.Close())
}
