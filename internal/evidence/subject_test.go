package evidence

import (
	"os"
	"path/filepath"
	"testing"
)

func TestExcludedPatterns(t *testing.T) {
	for _, test := range []struct {
		path, pattern string
		want          bool
	}{
		{"README.md", "*.md", true},
		{"deep/down/x.md", "*.md", true},
		{"docs/a/b.txt", "docs/**", true},
		{"docs/a/b.txt", "docs", true},
		{"docs/a/b.txt", "docs/", true},
		{"a/docs/b.txt", "docs/**", false},
		{"docs.go", "docs/**", false},
		{"src/x.go", "src/*.go", true},
		{"src/y/x.go", "src/*.go", false},
		{"src/x.mdx", "*.md", false},
		{"../outside.md", "*.md", true},
	} {
		if got := Excluded(test.path, []string{test.pattern}); got != test.want {
			t.Errorf("Excluded(%q, %q) is %v, want %v", test.path, test.pattern, got, test.want)
		}
	}
}

// tree is a small project on the disk.
type tree struct {
	t     *testing.T
	dir   string
	files []SubjectFile
}

func newTree(t *testing.T) *tree {
	tr := &tree{t: t, dir: t.TempDir()}
	for _, name := range []string{"a.go", "b/c.go", "README.md"} {
		tr.add(name, name)
	}
	return tr
}

func (tr *tree) add(name, text string) {
	tr.t.Helper()
	tr.write(name, text)
	tr.files = append(tr.files, SubjectFile{Path: name})
}

func (tr *tree) write(name, text string) {
	tr.t.Helper()
	path := filepath.Join(tr.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		tr.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		tr.t.Fatal(err)
	}
}

func (tr *tree) digest() string {
	tr.t.Helper()
	s, err := DigestSubject(tr.dir, tr.files, []string{"*.md"}, nil)
	if err != nil {
		tr.t.Fatal(err)
	}
	return s.Digest
}

func TestSubjectChangesWithAnyByteModeOrPathThatIsNotExcluded(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*tree)
		want   bool // the digest changes
	}{
		{"nothing", func(*tree) {}, false},
		{"an excluded file", func(tr *tree) { tr.write("README.md", "other") }, false},
		{"a new excluded file", func(tr *tree) { tr.add("b/NOTES.md", "x") }, false},
		{"the order of the list", func(tr *tree) { tr.files[0], tr.files[1] = tr.files[1], tr.files[0] }, false},
		{"a byte", func(tr *tree) { tr.write("a.go", "a.gp") }, true},
		{"the last newline", func(tr *tree) { tr.write("a.go", "a.go\n") }, true},
		{"a new empty file", func(tr *tree) { tr.add("d", "") }, true},
		{"a file less", func(tr *tree) { tr.files = tr.files[1:] }, true},
		{"a file deleted from the disk", func(tr *tree) { os.Remove(filepath.Join(tr.dir, "a.go")) }, true},
		{"the executable bit", func(tr *tree) { os.Chmod(filepath.Join(tr.dir, "a.go"), 0o755) }, true},
		{"other permission bits", func(tr *tree) { os.Chmod(filepath.Join(tr.dir, "a.go"), 0o600) }, false},
		{"another name", func(tr *tree) {
			os.Rename(filepath.Join(tr.dir, "a.go"), filepath.Join(tr.dir, "z.go"))
			tr.files[0].Path = "z.go"
		}, true},
		{"a link in place of the same content", func(tr *tree) {
			os.Remove(filepath.Join(tr.dir, "a.go"))
			os.Symlink("a.go", filepath.Join(tr.dir, "a.go"))
		}, true},
		{"a submodule's commit", func(tr *tree) { tr.files = append(tr.files, SubjectFile{Path: "sub", Object: "1234"}) }, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			tr := newTree(t)
			before := tr.digest()
			test.change(tr)
			if changed := tr.digest() != before; changed != test.want {
				t.Errorf("the digest changes: %v, want %v", changed, test.want)
			}
		})
	}
}

// TestSubjectIsWhatItsDocumentationSays recomputes a digest with other tools:
// printf '100644 <sha256sum of "x"> 1 a\n' | sha256sum.
func TestSubjectIsWhatItsDocumentationSays(t *testing.T) {
	tr := &tree{t: t, dir: t.TempDir()}
	tr.add("a", "x")
	const want = "sha256:97c2f6eb52fe6b54e934a21feda6020f0619979ac639298f74a9ad7f8ac73f8a"
	if got := tr.digest(); got != want {
		t.Errorf("digest is %s, want %s", got, want)
	}
}
