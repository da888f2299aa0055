package benchtest

import (
	"os"
	"path/filepath"
	"testing"
)

// Corpus returns the corpus file at path, slash-separated and relative to the
// corpus. Without a corpus the test is skipped; a file that a present corpus
// lacks fails it.
func Corpus(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(CorpusDir(t), filepath.FromSlash(path)))
	if err != nil {
		t.Fatalf("read corpus file: %v", err)
	}
	return data
}

// CorpusDir returns the folder of real files that tests read: $CUPEL_CORPUS,
// else ../shared/corpus beside the repository. The test is skipped where there
// is none.
func CorpusDir(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("CUPEL_CORPUS")
	if dir == "" {
		dir = filepath.Join(repositoryRoot(t), "..", "shared", "corpus")
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		t.Skipf("no corpus of real files at %s: set CUPEL_CORPUS to read it from elsewhere", dir)
	}
	return dir
}

// repositoryRoot is the nearest folder above the test's that has a go.mod.
func repositoryRoot(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatalf("find the repository: %v", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Fatal("find the repository: no go.mod above the test")
		}
		dir = up
	}
}
