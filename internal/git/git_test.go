package git

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// newRepo makes a real repository with one commit of the given files.
func newRepo(t *testing.T, files ...string) *Repo {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	for key, value := range map[string]string{
		"GIT_CONFIG_GLOBAL": os.DevNull, "GIT_CONFIG_NOSYSTEM": "1",
		"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.com", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.com",
	} {
		t.Setenv(key, value)
	}
	r := &Repo{Root: t.TempDir()}
	r.must(t, "init", "-q", "-b", "main")
	for _, name := range files {
		r.write(t, name, "")
	}
	r.must(t, "add", "-A")
	r.must(t, "commit", "-q", "--allow-empty", "-m", "first")
	return r
}

func (r *Repo) must(t *testing.T, args ...string) string {
	t.Helper()
	out, err := r.Run(t.Context(), args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (r *Repo) write(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join(r.Root, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestOpenFindsTheTopAndSaysWhyNot(t *testing.T) {
	r := newRepo(t, "a/b.txt")
	found, err := Open(t.Context(), filepath.Join(r.Root, "a"))
	if err != nil {
		t.Fatal(err)
	}
	want, _ := filepath.EvalSymlinks(r.Root)
	if got, _ := filepath.EvalSymlinks(found.Root); got != want {
		t.Errorf("top is %s, want %s", got, want)
	}
	if _, err := Open(t.Context(), t.TempDir()); !errors.Is(err, ErrNotRepository) {
		t.Errorf("outside: %v, want ErrNotRepository", err)
	}
	t.Setenv("PATH", t.TempDir())
	if _, err := Open(t.Context(), r.Root); !errors.Is(err, ErrNotInstalled) {
		t.Errorf("without git: %v, want ErrNotInstalled", err)
	}
}

func TestHeadBranchAndShallow(t *testing.T) {
	r := newRepo(t)
	head, err := r.Head(t.Context())
	if err != nil || len(head) != 40 {
		t.Fatalf("head is %q, %v", head, err)
	}
	if branch, err := r.Branch(t.Context()); branch != "main" || err != nil {
		t.Errorf("branch is %q, %v", branch, err)
	}
	r.must(t, "checkout", "-q", "--detach")
	if branch, err := r.Branch(t.Context()); branch != "" || err != nil {
		t.Errorf("detached: branch is %q, %v", branch, err)
	}
	r.must(t, "commit", "-q", "--allow-empty", "-m", "second")
	clone := &Repo{Root: filepath.Join(t.TempDir(), "clone")}
	(&Repo{Root: r.Root}).must(t, "clone", "-q", "--depth=1", "file://"+r.Root, clone.Root)
	if shallow, err := clone.Shallow(t.Context()); !shallow || err != nil {
		t.Errorf("a clone of depth 1: shallow is %v, %v", shallow, err)
	}
	if shallow, err := r.Shallow(t.Context()); shallow || err != nil {
		t.Errorf("a whole repository: shallow is %v, %v", shallow, err)
	}
	empty := &Repo{Root: t.TempDir()}
	empty.must(t, "init", "-q")
	if _, err := empty.Head(t.Context()); !errors.Is(err, ErrNoCommit) {
		t.Errorf("no commit: %v, want ErrNoCommit", err)
	}
}

func TestFilesAndStatusTakeAnyName(t *testing.T) {
	odd := "with blank\tand \"quote\" \xc3\xa4\nline.txt"
	r := newRepo(t, "kept.txt", odd, ".gitignore")
	r.write(t, ".gitignore", "ignored.txt\n")
	r.write(t, "ignored.txt", "")
	r.write(t, "new.txt", "")
	if err := os.Remove(filepath.Join(r.Root, "kept.txt")); err != nil {
		t.Fatal(err)
	}
	files, err := r.Files(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range files {
		names = append(names, f.Path)
		if f.Tracked != (f.Path != "new.txt") {
			t.Errorf("%q: tracked is %v", f.Path, f.Tracked)
		}
	}
	slices.Sort(names)
	if want := []string{".gitignore", "kept.txt", "new.txt", odd}; !slices.Equal(names, want) {
		t.Errorf("files are %q, want %q", names, want)
	}
	status, err := r.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []Change{{" M", ".gitignore"}, {" D", "kept.txt"}, {"??", "new.txt"}}
	if !slices.Equal(status, want) {
		t.Errorf("status is %q, want %q", status, want)
	}
}

// TestStatusLooksAtWhatGitWasToldNotToLookAt: what is measured and shipped is what
// lies there.
func TestStatusLooksAtWhatGitWasToldNotToLookAt(t *testing.T) {
	names := []string{"assumed", "assumed edited", "assumed gone", "skipped", "skipped edited", "skipped gone", "skipped \nodd", "both edited"}
	r := newRepo(t, names...)
	run := func(args ...string) {
		t.Helper()
		if _, err := r.Run(t.Context(), args...); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range names {
		if !strings.HasPrefix(name, "skipped") {
			run("update-index", "--assume-unchanged", name)
		}
		if !strings.HasPrefix(name, "assumed") {
			run("update-index", "--skip-worktree", name)
		}
	}
	for _, name := range []string{"assumed edited", "skipped edited", "skipped \nodd", "both edited"} {
		r.write(t, name, "another content\n")
	}
	for _, name := range []string{"assumed gone", "skipped gone"} {
		if err := os.Remove(filepath.Join(r.Root, name)); err != nil {
			t.Fatal(err)
		}
	}
	status, err := r.Status(t.Context())
	want := []Change{{" M", "assumed edited"}, {" D", "assumed gone"}, {" M", "both edited"}, {" M", "skipped \nodd"}, {" M", "skipped edited"}}
	if err != nil || !slices.Equal(status, want) {
		t.Errorf("status is %q, want %q (%v)", status, want, err)
	}
}

func TestAnOutlineNamesADirectoryOfNewFilesOnce(t *testing.T) {
	r := newRepo(t, "kept.txt", "in/kept.txt")
	r.write(t, "new/a/1.txt", "")
	r.write(t, "new/b/2.txt", "")
	r.write(t, "in/new.txt", "")
	outline, err := r.Outline(t.Context())
	if want := []Change{{"??", "in/new.txt"}, {"??", "new/"}}; err != nil || !slices.Equal(outline, want) {
		t.Errorf("outline is %q, %v, want %q", outline, err, want)
	}
}

func TestErrorsCarryArgumentsCodeAndWords(t *testing.T) {
	r := newRepo(t)
	_, err := r.Run(t.Context(), "show", "no-such-thing")
	var gitErr *Error
	if !errors.As(err, &gitErr) || gitErr.Code != 128 || !slices.Equal(gitErr.Args, []string{"show", "no-such-thing"}) {
		t.Fatalf("error is %#v", err)
	}
	if _, err := r.Resolve(t.Context(), "--all"); err == nil {
		t.Error("an option was taken for a revision")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.Run(ctx, "status"); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestVariablesOfAHookDoNotLeadElsewhere(t *testing.T) {
	r := newRepo(t, "a.txt")
	other := t.TempDir()
	t.Setenv("GIT_DIR", other)
	t.Setenv("GIT_INDEX_FILE", filepath.Join(other, "index"))
	if files, err := r.Files(t.Context()); err != nil || len(files) != 1 || !files[0].Tracked {
		t.Errorf("files are %v, %v", files, err)
	}
	empty := r.With("GIT_INDEX_FILE=" + filepath.Join(other, "empty"))
	if files, err := empty.Files(t.Context()); err != nil || len(files) != 1 || files[0].Tracked {
		t.Errorf("with an empty index of its own: %v, %v", files, err)
	}
}
