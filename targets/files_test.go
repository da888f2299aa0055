package targets

import (
	"os"
	"path/filepath"
	"testing"
)

func TestAFileThatCannotBeWrittenIsRefusedBeforeMeasuring(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]bool{
		"": true, file: true, filepath.Join(dir, "new.json"): true, "new.json": true,
		dir: false, filepath.Join(dir, "nowhere", "new.json"): false, filepath.Join(file, "new.json"): false,
	} {
		if err := takesFile(path); (err == nil) != want {
			t.Errorf("%q: %v", path, err)
		}
	}
}

// TestALinkIsWrittenThrough: /dev/stdout is one, and it must stay what it is.
func TestALinkIsWrittenThrough(t *testing.T) {
	dir := t.TempDir()
	link, target := filepath.Join(dir, "link"), filepath.Join(dir, "target")
	if err := os.Symlink(target, link); err != nil {
		t.Skip(err)
	}
	if err := writeWhole(link, []byte("text")); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(target); string(text) != "text" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode().IsRegular() {
		t.Errorf("the link was replaced: %v, %v", info, err)
	}
}
