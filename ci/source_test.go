package ci

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cupel-dev/cupel/internal/git/gittest"
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

func TestSourceSaysWhatItLeavesOut(t *testing.T) {
	src := repository(t, map[string]string{
		"kept": "", "gone": "", "dir/moved": "", "file": "", "sparse/away": "", "outside/moved": "", "module/a": "", "loop/f": "",
	})
	git := func(args ...string) {
		t.Helper()
		if out, err := exec.Command("git", append([]string{"-C", src.Root, "-c", "user.name=a", "-c", "user.email=a@example.com"}, args...)...).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	git("init", "-q", "module")
	git("-C", "module", "add", "-A")
	git("-C", "module", "commit", "-qm", "m")
	git("add", "-A") // the repository in module becomes a submodule
	git("clone", "-q", "module", "clone")
	for _, name := range []string{"gone", "dir", "file", "sparse", "loop"} {
		if err := os.RemoveAll(filepath.Join(src.Root, name)); err != nil {
			t.Fatal(err)
		}
	}
	gittest.Write(t, src.Root, map[string]string{"file/new": ""})
	for name, target := range map[string]string{"dir": "outside", "loop": "loop", "dangling": "nowhere"} {
		if err := os.Symlink(target, filepath.Join(src.Root, name)); err != nil {
			t.Fatal(err)
		}
	}
	s := sourceOf(t, src.Root)
	for _, tt := range []struct{ got, want string }{
		{strings.Join(s.Paths, " "), "kept outside/moved dangling dir file/new loop"},
		{strings.Join(s.Absent, " "), "dir/moved file gone loop/f sparse/away"},
		{strings.Join(s.Apart, " "), "module clone"},
	} {
		if tt.got != tt.want {
			t.Errorf("got %s, want %s", tt.got, tt.want)
		}
	}
	if err := s.CopyTo(t.Context(), t.TempDir()); err != nil {
		t.Error(err)
	}
	made, err := (&Project{Source: s}).Pipeline("lint")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"left out dir/moved, file, gone, loop/f, sparse/away: git tracks that", "left out module, clone: a repository of its own"} {
		if !strings.Contains(described(made), want) {
			t.Errorf("%q is missing in:\n%s", want, described(made))
		}
	}
}

// A step that runs without a file could pass for that reason.
func TestAFileThatCannotBeLookedAtIsAnError(t *testing.T) {
	src := repository(t, map[string]string{"a": ""})
	entry := "100644,e69de29bb2d1d6434b8b29ae775ad8c2e48c5391," + strings.Repeat("x", 300) // a name that no file can have here
	if out, err := exec.Command("git", "-C", src.Root, "update-index", "--add", "--cacheinfo", entry).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if _, err := ReadSource(t.Context(), src.Root); err == nil || !strings.Contains(err.Error(), "list the project's files: ") {
		t.Errorf("got %v", err)
	}
}

func TestSelectTakesWhatAPatternMatches(t *testing.T) {
	odd := []string{"odd[1].sh", "a b\n.sh", "[x]{y}*?.sh", `back\slash.sh`, "}]", "-rf.sh", "bad\xff.sh"}
	src := &Source{Paths: append([]string{"a.go", "sub/b.go", "sub/deep/c.go", "README.md"}, odd...)}
	for _, tt := range []struct {
		patterns []string
		want     string
	}{
		{nil, strings.Join(src.Paths, " ")},
		{[]string{"**/*.go"}, "a.go sub/b.go sub/deep/c.go"},
		{[]string{"sub/*"}, "sub/b.go"},
		{literal(odd), strings.Join(odd, " ")},
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
	src := repository(t, map[string]string{"run.sh": "#!/bin/sh\n", "data": "x", "deep/er/file": ""})
	if err := os.Chmod(filepath.Join(src.Root, "run.sh"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("data", filepath.Join(src.Root, "link")); err != nil {
		t.Fatal(err)
	}
	to := t.TempDir()
	if err := os.Chmod(to, 0o700); err != nil { // as one person's umask would have it
		t.Fatal(err)
	}
	if err := sourceOf(t, src.Root).CopyTo(t.Context(), to); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{".": os.ModeDir | 0o755, "run.sh": 0o755, "data": 0o644, "deep": os.ModeDir | 0o755, "deep/er": os.ModeDir | 0o755} {
		info, err := os.Stat(filepath.Join(to, name))
		if err != nil || info.Mode() != want {
			t.Errorf("%s: %v, %v, want %v", name, info.Mode(), err, want)
		}
	}
	if target, err := os.Readlink(filepath.Join(to, "link")); err != nil || target != "data" {
		t.Errorf("link: %q, %v", target, err)
	}
}
