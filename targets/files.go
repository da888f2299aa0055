package targets

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// cacheFor names the directory for what is built of a project: in the user's
// cache, never in the work tree, and one for each project.
func cacheFor(dir string) (string, error) {
	base, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find the cache directory: %w", err)
	}
	sum := sha256.Sum256([]byte(dir))
	name := filepath.Base(dir) + "-" + hex.EncodeToString(sum[:6])
	return filepath.Join(base, "cupel", name), nil
}

// writeJSON writes a file for other programs, whole or not at all.
func writeJSON(path string, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("encode %s: %w", path, err)
	}
	return writeWhole(path, append(b, '\n'))
}

// takesFile refuses, before anything is measured, a file that could not be
// written after it; "" is no file.
func takesFile(path string) error {
	if path == "" {
		return nil
	}
	if info, err := os.Stat(filepath.Dir(path)); err != nil || !info.IsDir() {
		return fail(exitRefused, fmt.Sprintf("-json=%s: there is no directory %s", path, filepath.Dir(path)))
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return fail(exitRefused, fmt.Sprintf("-json=%s is a directory: name a file", path))
	}
	return nil
}

// writeWhole writes a file whole or not at all; one that exists keeps its mode.
// What is no regular file, such as /dev/stdout, is written to and not replaced.
func writeWhole(path string, text []byte) error {
	if old, err := os.Lstat(path); err == nil && !old.Mode().IsRegular() {
		return os.WriteFile(path, text, 0o644)
	}
	mode := fs.FileMode(0o644)
	if old, err := os.Stat(path); err == nil {
		mode = old.Mode().Perm()
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Chmod(mode), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}
