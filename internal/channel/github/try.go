package github

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/cupel-dev/cupel/internal/forge"
	"github.com/cupel-dev/cupel/internal/journal"
)

// tryPublic downloads the programs for this machine once more and runs them.
func (c *Channel) tryPublic() journal.Step {
	s := c.step("try", "", "download the programs of "+c.Tag()+" again, and have them tell their version")
	s.Verify = func(ctx context.Context) error {
		r, read, err := c.asAnybody(ctx)
		if err != nil {
			return err
		}
		return c.try(ctx, r, read)
	}
	return s
}

// try downloads the archive for this machine and runs the programs in it.
func (c *Channel) try(ctx context.Context, r forge.Release, read reader) (err error) {
	if c.Trial.Archive == "" {
		return fmt.Errorf("%w which version the programs are: none is for %s/%s", journal.ErrUnclear, runtime.GOOS, runtime.GOARCH)
	}
	files, err := c.files()
	if err != nil {
		return err
	}
	i := slices.IndexFunc(files, func(f file) bool { return f.name == c.Trial.Archive })
	if i < 0 {
		return fmt.Errorf("%s is not among the files of the release", c.Trial.Archive)
	}
	dir, err := os.MkdirTemp("", "cupel-download-")
	if err != nil {
		return fmt.Errorf("download %s: %w", c.Trial.Archive, err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	saved := filepath.Join(dir, "archive")
	if err := save(ctx, r, files[i], read, saved); err != nil {
		return err
	}
	return c.Trial.Run(ctx, saved, c.Version)
}

// save downloads one file of a release.
func save(ctx context.Context, r forge.Release, f file, read reader, name string) error {
	to, err := os.Create(name)
	if err != nil {
		return fmt.Errorf("download %s: %w", f.name, err)
	}
	var failed error // to begin again
	digest, err := digest256(func(digester func() io.Writer) error {
		return readNamed(ctx, r, f.name, read, func() io.Writer {
			_, seekErr := to.Seek(0, io.SeekStart)
			failed = errors.Join(failed, seekErr, to.Truncate(0))
			return io.MultiWriter(digester(), to)
		})
	})
	if err = errors.Join(err, failed, to.Close()); err != nil {
		return fmt.Errorf("download %s: %w", f.name, err)
	}
	return f.check(digest)
}
