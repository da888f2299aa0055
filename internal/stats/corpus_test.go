package stats

import (
	"os"
	"path/filepath"
	"testing"
)

// corpus returns the path of a file of recorded data, or skips the test.
func corpus(t testing.TB, name string) string {
	t.Helper()
	dir := os.Getenv("CUPEL_CORPUS")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "corpus")
	}
	path := filepath.Join(dir, filepath.FromSlash(name))
	if _, err := os.Stat(path); err != nil {
		t.Skipf("corpus: %v (set CUPEL_CORPUS to its folder)", err)
	}
	return path
}

func readCorpus(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile(corpus(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
