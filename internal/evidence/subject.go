package evidence

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/bmatcuk/doublestar/v4"
)

// A Subject identifies the files that a measurement depends on.
type Subject struct {
	Digest  string   `json:"digest"` // "sha256:" and hex
	Files   int      `json:"files"`
	Exclude []string `json:"exclude"` // the patterns of files that it leaves out
}

// A SubjectFile is one file that may belong to the subject.
type SubjectFile struct {
	Path   string // relative to the project, with slashes; "../" leads to the rest of the repository
	Object string // for a submodule: the commit that is checked out; "" for files
}

// DigestSubject computes the subject of the project in dir from its files.
// The digest is the SHA-256 of one line a file, sorted by path:
//
//	MODE SHA256 LENGTH-OF-PATH PATH\n
//
// MODE is git's (100644, 100755, 120000 for a link whose target is hashed,
// 160000 for a submodule, deleted for a file that is gone). Files that an
// exclude pattern matches do not count; text, where it is not nil, replaces the
// content of the file it names.
func DigestSubject(dir string, files []SubjectFile, exclude []string, text map[string][]byte) (Subject, error) {
	files = slices.Clone(files)
	slices.SortFunc(files, func(a, b SubjectFile) int { return strings.Compare(a.Path, b.Path) })
	s := Subject{Exclude: exclude}
	sum := sha256.New()
	for _, f := range files {
		if Excluded(f.Path, exclude) {
			continue
		}
		if err := hashFile(sum, dir, f, text); err != nil {
			return Subject{}, fmt.Errorf("hash subject: %w", err)
		}
		s.Files++
	}
	s.Digest = "sha256:" + hex.EncodeToString(sum.Sum(nil))
	return s, nil
}

// Excluded reports whether a pattern matches the path: as it is written, at
// any depth where it has no slash, and everything below a directory.
func Excluded(name string, patterns []string) bool {
	for _, pattern := range patterns {
		target := name
		if !strings.Contains(pattern, "/") {
			target = path.Base(name)
		}
		if ok, _ := doublestar.Match(pattern, target); ok {
			return true
		}
		if ok, _ := doublestar.Match(strings.TrimSuffix(pattern, "/")+"/**", name); ok {
			return true
		}
	}
	return false
}

func hashFile(sum hash.Hash, dir string, f SubjectFile, text map[string][]byte) error {
	mode, content, err := fileDigest(dir, f, text)
	if err != nil {
		return err
	}
	fmt.Fprintf(sum, "%s %s %d %s\n", mode, content, len(f.Path), f.Path)
	return nil
}

func fileDigest(dir string, f SubjectFile, text map[string][]byte) (mode, content string, err error) {
	if f.Object != "" {
		return "160000", f.Object, nil
	}
	name := filepath.Join(dir, filepath.FromSlash(f.Path))
	info, err := os.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) { // its directory may be a file now
		return "deleted", "-", nil
	}
	if err != nil {
		return "", "", err
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		target, err := os.Readlink(name)
		return "120000", hexSum([]byte(target)), err
	}
	mode = "100644"
	if info.Mode()&0o111 != 0 {
		mode = "100755"
	}
	if b, ok := text[f.Path]; ok {
		return mode, hexSum(b), nil
	}
	content, err = hashContent(name)
	return mode, content, err
}

func hashContent(name string) (string, error) {
	file, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer file.Close()
	return readSum(file)
}

// readSum is the SHA-256 in hex of all that r holds.
func readSum(r io.Reader) (string, error) {
	h := sha256.New()
	if _, err := io.Copy(h, r); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func hexSum(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
