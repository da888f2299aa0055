package git_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/cupel-dev/cupel/internal/git"
	"github.com/cupel-dev/cupel/internal/git/gittest"
)

// TestACommitIsAFileSystem: as it was committed, whatever lies in the work tree now.
func TestACommitIsAFileSystem(t *testing.T) {
	dir := t.TempDir()
	gittest.Git(t, dir, "init", "-q")
	for name, text := range map[string]string{"a": "A\n", "crates/b/Cargo.toml": "[package]\r\n", "crates/c/d/e": "", "crates/c-d/f": "f"} {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	gittest.Git(t, dir, "add", ".")
	gittest.Git(t, dir, "update-index", "--chmod=+x", "a")
	gittest.Git(t, dir, "update-index", "--add", "--cacheinfo", "160000,1111111111111111111111111111111111111111,sub")
	gittest.Git(t, dir, "-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-qm", "first")
	if err := os.RemoveAll(filepath.Join(dir, "crates")); err != nil {
		t.Fatal(err)
	}
	fsys, err := (&git.Repo{Root: dir}).FS(t.Context(), "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	if err := fstest.TestFS(fsys, "a", "crates/b/Cargo.toml", "crates/c/d/e", "crates/c-d/f"); err != nil {
		t.Error(err)
	}
	if text, err := fs.ReadFile(fsys, "crates/b/Cargo.toml"); string(text) != "[package]\r\n" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
	if info, err := fs.Stat(fsys, "a"); err != nil || info.Mode() != 0o755 {
		t.Errorf("%v, %v", info, err)
	}
	if found, err := fs.Glob(fsys, "crates/*/Cargo.toml"); len(found) != 1 || err != nil {
		t.Errorf("%q, %v", found, err)
	}
	if info, err := fs.Stat(fsys, "sub"); err != nil || !info.IsDir() {
		t.Errorf("a submodule is %v, %v", info, err)
	}
}

func TestNoCommitIsNoFileSystem(t *testing.T) {
	dir := t.TempDir()
	gittest.Git(t, dir, "init", "-q")
	if _, err := (&git.Repo{Root: dir}).FS(t.Context(), "HEAD"); err == nil {
		t.Error("there are files without a commit")
	}
}
