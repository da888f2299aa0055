package ci

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Case H03.
func TestSourceIsWhatGitKeeps(t *testing.T) {
	src := repository(t, map[string]string{
		"kept.txt": "k", "new/file": "n", "target/big": "t", ".env": "TOKEN=1", ".gitignore": "target/\n.env\n", "gone": "g", "forced.o": "f", "sub/.gitignore": "*.o\n", "sub/x.o": "",
	})
	for _, args := range [][]string{{"add", "-A"}, {"add", "-f", "forced.o"}} {
		if out, err := exec.Command("git", append([]string{"-C", src.Root}, args...)...).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	if err := os.Remove(filepath.Join(src.Root, "gone")); err != nil {
		t.Fatal(err)
	}
	got := strings.Join(sourceOf(t, src.Root).Paths, " ")
	if want := ".gitignore forced.o kept.txt new/file sub/.gitignore"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := strings.Join(sourceOf(t, filepath.Join(src.Root, "new")).Paths, " "); got != "file" {
		t.Errorf("a project below the top: %s, want file", got)
	}
}

func TestSelectTakesWhatAPatternMatches(t *testing.T) {
	src := &Source{Paths: []string{"a.go", "sub/b.go", "sub/deep/c.go", "odd[1].sh", "README.md"}}
	for _, tt := range []struct {
		patterns []string
		want     string
	}{
		{nil, "a.go sub/b.go sub/deep/c.go odd[1].sh README.md"},
		{[]string{"**/*.go"}, "a.go sub/b.go sub/deep/c.go"},
		{[]string{"sub/*"}, "sub/b.go"},
		{literal([]string{"odd[1].sh"}), "odd[1].sh"},
	} {
		got, err := src.Select(tt.patterns)
		if err != nil || strings.Join(got.Paths, " ") != tt.want {
			t.Errorf("%v: got %v, %v, want %s", tt.patterns, got, err, tt.want)
		}
	}
	for _, bad := range []string{"[", "*.rs"} {
		if _, err := src.Select([]string{bad}); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}

func TestCopyKeepsBytesLinksAndModesAlone(t *testing.T) {
	src := repository(t, map[string]string{"run.sh": "#!/bin/sh\n", "data": "x"})
	if err := os.Chmod(filepath.Join(src.Root, "run.sh"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("data", filepath.Join(src.Root, "link")); err != nil {
		t.Fatal(err)
	}
	to := t.TempDir()
	if err := sourceOf(t, src.Root).CopyTo(t.Context(), to); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{"run.sh": 0o755, "data": 0o644} {
		info, err := os.Stat(filepath.Join(to, name))
		if err != nil || info.Mode() != want {
			t.Errorf("%s: %v, %v, want %v", name, info.Mode(), err, want)
		}
	}
	if target, err := os.Readlink(filepath.Join(to, "link")); err != nil || target != "data" {
		t.Errorf("link: %q, %v", target, err)
	}
}
