package targets

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestVersionFilesAreAllWrittenOrNone(t *testing.T) {
	dir := t.TempDir()
	a := filepath.Join(dir, "a.txt")
	if err := os.WriteFile(a, []byte("1.0.0\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	edits := map[string][]byte{"a.txt": []byte("1.1.0\n"), "gone/z.txt": []byte("1.1.0\n")}
	if err := writeAll(dir, edits); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v", err)
	}
	if text, err := os.ReadFile(a); string(text) != "1.0.0\n" {
		t.Errorf("the first is %q, %v, and the second could not be written", text, err)
	}
	delete(edits, "gone/z.txt")
	if err := writeAll(dir, edits); err != nil {
		t.Error(err)
	}
	if text, err := os.ReadFile(a); string(text) != "1.1.0\n" {
		t.Errorf("it is %q, %v", text, err)
	}
}
