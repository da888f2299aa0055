package github

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/cupel-dev/cupel/internal/forge"
)

// A file is what an asset is made from.
type file struct {
	name, path, digest string
}

// named are the names that GitHub leaves as they are; in others it replaces
// characters.
var named = regexp.MustCompile(`^[A-Za-z0-9_+@-][A-Za-z0-9._+@-]*$`)

func (c *Channel) checkPatterns() error {
	for _, p := range c.Patterns {
		if _, err := path.Match(p, ""); err != nil {
			return fmt.Errorf("github: the pattern %q of files: %w", p, err)
		}
	}
	return nil
}

// files reads what becomes assets, in the order of the names. The error says
// too what GitHub would not take as it is.
func (c *Channel) files() ([]file, error) {
	if c.Dir == "" {
		return nil, nil
	}
	entries, err := os.ReadDir(c.Dir)
	if err != nil {
		return nil, fmt.Errorf("read the files of the release: %w", err)
	}
	var files []file
	for _, e := range entries {
		if !e.Type().IsRegular() || !c.wants(e.Name()) {
			continue
		}
		if !named.MatchString(e.Name()) {
			return nil, fmt.Errorf("GitHub would give the file %q another name; use letters, digits and ._+@-", e.Name())
		}
		f := file{name: e.Name(), path: filepath.Join(c.Dir, e.Name())}
		if f.digest, err = digestFile(f.path); err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	return files, nil
}

func (c *Channel) wants(name string) bool {
	for _, p := range c.Patterns {
		if fits, _ := path.Match(p, name); fits {
			return true
		}
	}
	return len(c.Patterns) == 0
}

func digestFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("read the files of the release: %w", err)
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	if err != nil {
		return "", fmt.Errorf("read %s: %w", path, err)
	}
	if n == 0 {
		return "", fmt.Errorf("%s is empty, and GitHub takes no empty files", path)
	}
	return spell(h), nil
}

// spell is how GitHub writes a digest.
func spell(h hash.Hash) string { return "sha256:" + hex.EncodeToString(h.Sum(nil)) }

// A difference is what a release on GitHub lacks of being whole.
type difference struct {
	missing []file        // to upload
	wrong   []forge.Asset // to delete first: with other bytes, or broken off
	extra   []forge.Asset // of no file
}

func (d difference) empty() bool { return len(d.missing)+len(d.wrong) == 0 }

// compare holds the assets of a release against the files.
func (c *Channel) compare(ctx context.Context, r forge.Release, files []file) (difference, error) {
	var d difference
	assets := map[string]forge.Asset{}
	for _, a := range r.Assets {
		assets[a.Name] = a
	}
	for _, f := range files {
		a, there := assets[f.name]
		delete(assets, f.name)
		if there {
			same, err := c.same(ctx, a, f)
			if err != nil {
				return d, err
			}
			if same {
				continue
			}
			d.wrong = append(d.wrong, a)
		}
		d.missing = append(d.missing, f)
	}
	for _, a := range r.Assets {
		if _, left := assets[a.Name]; left {
			d.extra = append(d.extra, a)
		}
	}
	return d, nil
}

// same compares digests, GitHub's own or, where it has none, the one of a
// download: an asset never changes under its ID.
func (c *Channel) same(ctx context.Context, a forge.Asset, f file) (bool, error) {
	if !a.Whole {
		return false, nil
	}
	digest := a.Digest
	if digest == "" {
		digest = c.digests[a.ID]
	}
	if digest == "" {
		var err error
		if digest, err = digest256(func(to func() io.Writer) error { return c.Client.ReadAsset(ctx, a, to) }); err != nil {
			return false, explain(err)
		}
		c.digests[a.ID] = digest
	}
	return digest == f.digest, nil
}

// digest256 is the digest of what read writes, of its last attempt.
func digest256(read func(to func() io.Writer) error) (string, error) {
	h := sha256.New()
	err := read(func() io.Writer {
		h.Reset()
		return h
	})
	return spell(h), err
}

// A reader is a way to read an asset.
type reader = func(context.Context, forge.Asset, func() io.Writer) error

// download reads every file of a release again, by the way that read goes, and
// compares it byte for byte through its digest.
func (c *Channel) download(ctx context.Context, r forge.Release, read reader) error {
	files, err := c.files()
	if err != nil {
		return err
	}
	for _, f := range files {
		digest, err := digest256(func(to func() io.Writer) error { return readNamed(ctx, r, f.name, read, to) })
		if err != nil {
			return err
		}
		if err := f.check(digest); err != nil {
			return err
		}
	}
	return nil
}

// readNamed reads the asset with a name.
func readNamed(ctx context.Context, r forge.Release, name string, read reader, to func() io.Writer) error {
	i := slices.IndexFunc(r.Assets, func(a forge.Asset) bool { return a.Name == name })
	if i < 0 {
		return fmt.Errorf("GitHub does not show %s", name)
	}
	return explain(read(ctx, r.Assets[i], to))
}

// check holds the digest of a download against the file.
func (f file) check(digest string) error {
	if digest != f.digest {
		return fmt.Errorf("%s downloads as %s, and is %s", f.name, digest, f.digest)
	}
	return nil
}
