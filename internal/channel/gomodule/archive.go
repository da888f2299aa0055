package gomodule

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/dirhash"
	modzip "golang.org/x/mod/zip"

	"github.com/cupel-dev/cupel/internal/git"
)

// sums are the checksums that the release commit has as a module.
func (c *Channel) sums(ctx context.Context) (string, error) {
	file, err := os.CreateTemp("", "cupel-gomodule-*.zip")
	if err != nil {
		return "", fmt.Errorf("make the zip of %s: %w", c.at(), err)
	}
	defer os.Remove(file.Name())
	goMod, err := Zip(ctx, file, c.Repo, c.Commit, c.Dir, module.Version{Path: c.Module, Version: c.Version.Tag()})
	if err = errors.Join(err, file.Close()); err != nil {
		return "", err
	}
	sum, err := dirhash.HashZip(file.Name(), dirhash.Hash1)
	if err != nil {
		return "", fmt.Errorf("make the zip of %s: %w", c.at(), err)
	}
	modSum, err := dirhash.Hash1([]string{"go.mod"}, func(string) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(goMod)), nil })
	return sum + " " + modSum, err
}

// Zip writes the zip of the module in dir of a commit, as a module proxy makes
// it (go.dev/ref/mod, module zip files), and returns its go.mod.
func Zip(ctx context.Context, w io.Writer, repo *git.Repo, commit, dir string, m module.Version) (goMod []byte, err error) {
	files, err := archive(ctx, repo, commit, dir)
	if err != nil {
		return nil, fmt.Errorf("make the zip of %s: %w", m, err)
	}
	for _, f := range files {
		if f.Path() == "go.mod" {
			if goMod, err = read(f); err != nil {
				return nil, fmt.Errorf("make the zip of %s: %w", m, err)
			}
		}
	}
	if goMod == nil {
		return nil, fmt.Errorf("make the zip of %s: the commit has no go.mod there", m)
	}
	if err := modzip.Create(w, m, files); err != nil {
		return nil, fmt.Errorf("make the zip of %s: %w", m, err)
	}
	return goMod, nil
}

// archive lists the files of dir in a commit: what git archive exports, with
// the repository's licence where the module has none. The settings keep line
// ends as they are in the repository, as the go command has them.
func archive(ctx context.Context, repo *git.Repo, commit, dir string) ([]modzip.File, error) {
	args := []string{"-c", "core.autocrlf=input", "-c", "core.eol=lf", "archive", "--format=zip", commit}
	if dir != "" {
		args = append(args, "--", dir)
	}
	out, err := repo.Run(ctx, args...)
	if err != nil {
		return nil, err
	}
	z, err := zip.NewReader(strings.NewReader(out), int64(len(out)))
	if err != nil {
		return nil, fmt.Errorf("git archive: %w", err)
	}
	var files []modzip.File
	licensed := dir == ""
	for _, f := range z.File {
		name := strings.TrimPrefix(strings.TrimPrefix(f.Name, dir), "/")
		if strings.HasSuffix(f.Name, "/") || name == "" {
			continue
		}
		licensed = licensed || name == "LICENSE"
		files = append(files, archived{name: name, info: f.FileInfo(), open: f.Open})
	}
	if !licensed {
		files = append(files, license(ctx, repo, commit)...)
	}
	return files, nil
}

// license is the repository's licence, which a nested module without one gets.
func license(ctx context.Context, repo *git.Repo, commit string) []modzip.File {
	text, err := repo.Run(ctx, "cat-file", "blob", commit+":LICENSE")
	if err != nil {
		return nil
	}
	return []modzip.File{archived{name: "LICENSE", info: regular(len(text)), open: func() (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(text)), nil
	}}}
}

// archived is one file of an archive, as modzip takes it.
type archived struct {
	name string
	info fs.FileInfo
	open func() (io.ReadCloser, error)
}

func (f archived) Path() string                 { return f.name }
func (f archived) Lstat() (os.FileInfo, error)  { return f.info, nil }
func (f archived) Open() (io.ReadCloser, error) { return f.open() }

func read(f modzip.File) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

// regular is the description of a regular file of that size.
func regular(size int) fs.FileInfo {
	h := zip.FileHeader{Name: "LICENSE", UncompressedSize64: uint64(size)}
	h.SetMode(0o644)
	return h.FileInfo()
}
