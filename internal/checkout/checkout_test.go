package checkout

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cupel-dev/cupel/internal/git"
)

// TestMain gives git the same settings on every machine.
func TestMain(m *testing.M) {
	for key, value := range map[string]string{
		"GIT_CONFIG_GLOBAL": os.DevNull, "GIT_CONFIG_NOSYSTEM": "1",
		"GIT_AUTHOR_NAME": "Ann", "GIT_AUTHOR_EMAIL": "ann@example.com",
		"GIT_COMMITTER_NAME": "Ann", "GIT_COMMITTER_EMAIL": "ann@example.com",
	} {
		os.Setenv(key, value)
	}
	os.Exit(m.Run())
}

// A project is a real repository on the disk.
type project struct {
	t   testing.TB
	dir string
}

func newProject(t *testing.T) *project {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	p := &project{t, t.TempDir()}
	p.git("init", "-q", "-b", "main")
	return p
}

func (p *project) git(args ...string) string {
	p.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = p.dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		p.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

func (p *project) path(name string) string { return filepath.Join(p.dir, filepath.FromSlash(name)) }

func (p *project) write(name, text string) {
	p.t.Helper()
	if err := os.MkdirAll(filepath.Dir(p.path(name)), 0o755); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(p.path(name), []byte(text), 0o644); err != nil {
		p.t.Fatal(err)
	}
}

func (p *project) remove(name string) {
	p.t.Helper()
	if err := os.Remove(p.path(name)); err != nil {
		p.t.Fatal(err)
	}
}

// commit commits the given files with their names as text, and returns the id.
func (p *project) commit(message string, files ...string) string {
	p.t.Helper()
	for _, name := range files {
		p.write(name, name+"\n")
	}
	p.git("add", "-A")
	p.git("commit", "-q", "--allow-empty", "-m", message)
	return p.git("rev-parse", "HEAD")
}

func (p *project) repo() *git.Repo {
	p.t.Helper()
	repo, err := git.Open(p.t.Context(), p.dir)
	if err != nil {
		p.t.Fatal(err)
	}
	return repo
}

// prepare copies base and the working tree below cache.
func (p *project) prepare(cache, base string) *Pair {
	p.t.Helper()
	repo := p.repo()
	v, err := Resolve(p.t.Context(), repo, Request{Base: base})
	if err != nil {
		p.t.Fatal(err)
	}
	pair, err := Prepare(p.t.Context(), repo, p.dir, v, cache)
	if err != nil {
		p.t.Fatal(err)
	}
	if err := pair.Close(); err != nil {
		p.t.Fatal(err)
	}
	return pair
}

// tree reads all files below a directory: their content, and for links "-> target".
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := make(map[string]string)
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		if d.Type()&fs.ModeSymlink != 0 {
			target, err := os.Readlink(name)
			found[filepath.ToSlash(rel)] = "-> " + target
			return err
		}
		b, err := os.ReadFile(name)
		found[filepath.ToSlash(rel)] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func wantTree(t *testing.T, side Side, want map[string]string) {
	t.Helper()
	got := tree(t, side.Dir)
	for name, text := range want {
		if have, ok := got[name]; !ok || have != text {
			t.Errorf("%s: %q is %q (there: %v), want %q", side.Dir, name, have, ok, text)
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("%s: %q should not be there", side.Dir, name)
		}
	}
}

func TestHeadIsTheWorkingTreeAndBaseTheCommit(t *testing.T) {
	t.Parallel()
	p := newProject(t)
	odd := "with blank\tand \"quote\" \xc3\xa4.txt"
	p.write(".gitignore", "ignored\n")
	p.write("deep/er/x.go", "x")
	p.write("run.sh", "#!/bin/sh\n")
	if err := os.Chmod(p.path("run.sh"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("deep/er/x.go", p.path("link")); err != nil {
		t.Skip("no symbolic links here")
	}
	base := p.commit("base", "kept", "changed", "gone", odd)
	p.write("changed", "in the index\n")
	p.git("add", "changed")
	p.write("changed", "on the disk\n")
	p.remove("gone")
	p.write("new/file", "untracked\n")
	p.write("ignored", "never copied\n")

	pair := p.prepare(t.TempDir(), base)
	common := map[string]string{
		".gitignore": "ignored\n", "deep/er/x.go": "x", "run.sh": "#!/bin/sh\n", "link": "-> deep/er/x.go",
		"kept": "kept\n", odd: odd + "\n",
	}
	with := func(more map[string]string) map[string]string {
		all := make(map[string]string)
		for _, m := range []map[string]string{common, more} {
			for k, v := range m {
				all[k] = v
			}
		}
		return all
	}
	wantTree(t, pair.Base, with(map[string]string{"changed": "changed\n", "gone": "gone\n"}))
	wantTree(t, pair.Head, with(map[string]string{"changed": "on the disk\n", "new/file": "untracked\n"}))
	for _, side := range []Side{pair.Base, pair.Head} {
		info, err := os.Stat(filepath.Join(side.Dir, "run.sh"))
		if err != nil || info.Mode()&0o111 == 0 {
			t.Errorf("run.sh is not executable in %s: %v", side.Dir, err)
		}
	}
	if !pair.Head.Dirty || pair.Base.Dirty || pair.Head.Content == pair.Base.Content {
		t.Errorf("dirty: base %v, head %v", pair.Base.Dirty, pair.Head.Dirty)
	}
	if len(pair.Base.Dir) != len(pair.Head.Dir) || len(pair.Base.Out) != len(pair.Head.Out) || pair.Base.Out == pair.Head.Out {
		t.Errorf("paths are not of equal length, or shared: %+v, %+v", pair.Base.Checkout, pair.Head.Checkout)
	}
}

func TestRepositoryIsNeverTouched(t *testing.T) {
	t.Parallel()
	p := newProject(t)
	base := p.commit("base", "a", "b")
	p.write(".git/hooks/post-index-change", "#!/bin/sh\ntouch hook-was-run\n")
	if err := os.Chmod(p.path(".git/hooks/post-index-change"), 0o755); err != nil {
		t.Fatal(err)
	}
	p.write("a", "staged")
	p.git("add", "a")
	p.remove("hook-was-run") // that git ran it
	p.write("b", "changed")
	p.write("c", "new")
	before := tree(t, p.dir)
	cache := t.TempDir()
	p.prepare(cache, base)
	p.prepare(cache, base)
	after := tree(t, p.dir)
	for name := range after {
		if before[name] != after[name] {
			t.Errorf("%s was changed or added", name)
		}
	}
	if len(before) != len(after) {
		t.Errorf("%d files became %d", len(before), len(after))
	}
}

func TestUnchangedFilesKeepTheirTimesAndBuildsTheirOutput(t *testing.T) {
	t.Parallel()
	p := newProject(t)
	p.write(".gitignore", "target/\n")
	first := p.commit("first", "same", "other", "gone")
	cache := t.TempDir()
	pair := p.prepare(cache, first)
	old := time.Now().Add(-time.Hour).Truncate(time.Second)
	for _, side := range []Side{pair.Base, pair.Head} {
		for _, name := range []string{"same", "other"} {
			if err := os.Chtimes(filepath.Join(side.Dir, name), old, old); err != nil {
				t.Fatal(err)
			}
		}
		inCopy := &project{t, side.Dir}
		inCopy.write("target/built", "cache")
		inCopy.write("stray", "left by a run")
		inCopy.write("other", "spoiled by a run")
	}
	p.remove("gone")
	second := p.commit("second", "more")
	p.write("other", "edited\n")
	pair = p.prepare(cache, second)
	wantTree(t, pair.Base, map[string]string{
		".gitignore": "target/\n", "same": "same\n", "other": "other\n", "more": "more\n", "target/built": "cache",
	})
	wantTree(t, pair.Head, map[string]string{
		".gitignore": "target/\n", "same": "same\n", "other": "edited\n", "more": "more\n", "target/built": "cache",
	})
	for _, side := range []Side{pair.Base, pair.Head} {
		info, err := os.Stat(filepath.Join(side.Dir, "same"))
		if err != nil || !info.ModTime().Equal(old) {
			t.Errorf("same was written again in %s: %v", side.Dir, err)
		}
	}
}

func TestChangedLeavesOutWhatIsExcluded(t *testing.T) {
	t.Parallel()
	p := newProject(t)
	base := p.commit("base", "a.go", "README.md")
	cache := t.TempDir()
	changed := func(want ...string) {
		t.Helper()
		got, err := p.prepare(cache, base).Changed([]string{"*.md"})
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("changed are %q, want %q (%v)", got, want, err)
		}
	}
	changed()
	p.write("README.md", "words")
	changed()
	p.write("new.go", "package a")
	p.remove("a.go")
	changed("a.go", "new.go")
}

func TestProjectBelowTheTopOfTheRepository(t *testing.T) {
	t.Parallel()
	p := newProject(t)
	base := p.commit("base", "shared/lib.go", "tool/main.go")
	p.write("shared/lib.go", "package other")
	repo := p.repo()
	pair, err := Prepare(t.Context(), repo, p.path("tool"), Versions{Base: base, Head: base}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer pair.Close()
	wantTree(t, pair.Head, map[string]string{"main.go": "tool/main.go\n"})
	if _, err := os.Stat(filepath.Join(pair.Head.Dir, "../shared/lib.go")); err != nil {
		t.Error("the rest of the repository is missing")
	}
	if changed, err := pair.Changed(nil); err != nil || !slices.Equal(changed, []string{"../shared/lib.go"}) {
		t.Errorf("changed are %q, %v", changed, err)
	}
	if _, err := Prepare(t.Context(), repo, t.TempDir(), Versions{Base: base, Head: base}, t.TempDir()); err == nil {
		t.Error("a project outside the repository is taken")
	}
}
