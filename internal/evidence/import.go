package evidence

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Import puts evidence from elsewhere below results: write fills an empty
// directory, which gets its name only once everything in it verifies and accept
// agrees. It returns the path, also where the same evidence is there already.
// Nothing is overwritten: other evidence under the name is an error, and after
// any error there is no trace. What does not verify is a [*Difference].
func Import(results string, write func(dir string) error, accept func(dir string) error) (path string, err error) {
	if err := os.MkdirAll(results, 0o755); err != nil {
		return "", fmt.Errorf("make results directory: %w", err)
	}
	if err := writeNew(filepath.Join(results, "go.mod"), []byte(nestedModule)); err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp(results, ".import-*")
	if err != nil {
		return "", fmt.Errorf("make evidence directory: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := write(dir); err != nil {
		return "", err
	}
	m, err := Verify(os.DirFS(dir))
	if err != nil {
		return "", err
	}
	if err := accept(dir); err != nil {
		return "", err
	}
	path = filepath.Join(results, m.Created.UTC().Format(nameLayout))
	if exists(path) {
		return path, sameEvidence(path, dir)
	}
	if err := errors.Join(os.Chmod(dir, 0o755), os.Rename(dir, path)); err != nil {
		return "", fmt.Errorf("name the evidence directory: %w", err)
	}
	return path, syncDir(results)
}

// sameEvidence compares the manifests, which hold the digests of all else.
func sameEvidence(old, imported string) error {
	a, err := digest(os.DirFS(old), "manifest.json")
	if err != nil {
		return fmt.Errorf("compare with %s: %w", old, err)
	}
	b, err := digest(os.DirFS(imported), "manifest.json")
	if err != nil {
		return err
	}
	if a != b {
		return fmt.Errorf("%s is other evidence of the same name: move it away first", old)
	}
	return nil
}
