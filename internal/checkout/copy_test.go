package checkout

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestLockFilesAreOneForBoth(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name       string
		base, head func(*project) // what each version has beside its sources
		built      string         // what building head leaves as Cargo.lock
		want       [2]string      // base's and head's; "" for none
	}{
		{
			name: "each its own",
			base: func(p *project) { p.write("Cargo.lock", "old") }, head: func(p *project) { p.write("Cargo.lock", "new") },
			want: [2]string{"old", "new"},
		},
		{
			name: "base has none, and gets head's",
			base: func(*project) {}, head: func(p *project) { p.write("Cargo.lock", "new") },
			want: [2]string{"new", "new"},
		},
		{
			name: "head has none, and gets base's",
			base: func(p *project) { p.write("Cargo.lock", "old") }, head: func(p *project) { p.remove("Cargo.lock") },
			want: [2]string{"old", "old"},
		},
		{
			name: "an ignored one in the working tree",
			base: func(p *project) { p.write(".gitignore", "Cargo.lock\n") }, head: func(p *project) { p.write("Cargo.lock", "local") },
			want: [2]string{"local", "local"},
		},
		{
			name: "none, until head is built",
			base: func(p *project) { p.write(".gitignore", "Cargo.lock\n") }, head: func(*project) {},
			built: "resolved", want: [2]string{"resolved", "resolved"},
		},
		{
			name: "an ignored one that head's build changes",
			base: func(p *project) { p.write(".gitignore", "Cargo.lock\n") }, head: func(p *project) { p.write("Cargo.lock", "local") },
			built: "resolved", want: [2]string{"resolved", "resolved"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := newProject(t)
			test.base(p)
			base := p.commit("base", "Cargo.toml")
			test.head(p)
			pair := p.prepare(t.TempDir(), base)
			if test.built != "" {
				(&project{t, pair.Head.Dir}).write("Cargo.lock", test.built)
			}
			if err := pair.ShareLocks(); err != nil {
				t.Fatal(err)
			}
			for i, side := range []Side{pair.Base, pair.Head} {
				if got := tree(t, side.Dir)["Cargo.lock"]; got != test.want[i] {
					t.Errorf("%s has %q, want %q", side.Dir, got, test.want[i])
				}
			}
		})
	}
}

// TestLockFilesStayInTheCopies: a link of a version may lead anywhere.
func TestLockFilesStayInTheCopies(t *testing.T) {
	t.Parallel()
	p := newProject(t)
	base := p.commit("base", "a", "d/Cargo.lock", "e/f")
	p.remove("d/Cargo.lock")
	p.remove("d")
	outside := t.TempDir()
	if err := os.Symlink(outside, p.path("d")); err != nil {
		t.Skip(err)
	}
	p.prepare(t.TempDir(), base)
	if left, err := os.ReadDir(outside); len(left) > 0 || err != nil {
		t.Errorf("outside of the copies lies %v (%v)", left, err)
	}
}

// TestADirectoryThatBecomesSomethingElseIsAChange of all that was in it.
func TestADirectoryThatBecomesSomethingElseIsAChange(t *testing.T) {
	t.Parallel()
	for name, become := range map[string]func(*project) error{
		"a file": func(p *project) error { p.write("d", "file\n"); return nil },
		"a link": func(p *project) error { return os.Symlink("e", p.path("d")) },
	} {
		p := newProject(t)
		p.write("d/f", "f\n")
		p.write("e/f", "f\n")
		base := p.commit("base")
		p.remove("d/f")
		p.remove("d")
		if err := become(p); err != nil {
			t.Skip(err)
		}
		cache := t.TempDir()
		changed, err := p.prepare(cache, base).Changed(nil)
		if want := []string{"d", "d/f"}; err != nil || !slices.Equal(changed, want) {
			t.Errorf("%s: changed are %q, want %q (%v)", name, changed, want, err)
		}
		other := p.commit("other")
		p.git("checkout", "-q", base)
		changed, err = p.prepare(cache, other).Changed(nil) // and back
		if want := []string{"d", "d/f"}; err != nil || !slices.Equal(changed, want) {
			t.Errorf("back from %s: changed are %q, want %q (%v)", name, changed, want, err)
		}
	}
}

// withSubmodule is a project with a submodule in lib, checked out at its first
// of two commits in the first commit, and at the second in the second.
func withSubmodule(t *testing.T) (p *project, first string) {
	p = newProject(t)
	lib := &project{t, t.TempDir()}
	lib.git("init", "-q", "-b", "main")
	one := lib.commit("one", "f")
	lib.write("f", "second\n")
	lib.commit("two")
	p.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", "file://"+lib.dir, "lib")
	sub := &project{t, p.path("lib")}
	sub.git("checkout", "-q", one)
	first = p.commit("first", "a")
	sub.git("checkout", "-q", "main")
	p.commit("second")
	return p, first
}

func TestSubmodulesAreCopiedAsEachVersionHasThem(t *testing.T) {
	t.Parallel()
	p, first := withSubmodule(t)
	cache := t.TempDir()
	modules, err := os.ReadFile(p.path(".gitmodules"))
	if err != nil {
		t.Fatal(err)
	}
	files := func(f string) map[string]string {
		return map[string]string{"a": "a\n", ".gitmodules": string(modules), "lib/f": f}
	}
	pair := p.prepare(cache, first)
	wantTree(t, pair.Base, files("f\n"))
	wantTree(t, pair.Head, files("second\n"))
	if pair.Head.Dirty || len(pair.Notes) > 0 {
		t.Errorf("dirty: %v, notes: %q", pair.Head.Dirty, pair.Notes)
	}

	pair = p.prepare(cache, "HEAD")
	if pair.Base.Content != pair.Head.Content {
		t.Error("equal versions have other contents")
	}
	p.write("lib/f", "edited\n")
	pair = p.prepare(cache, "HEAD")
	wantTree(t, pair.Head, files("edited\n"))
	if !pair.Head.Dirty || pair.Base.Content == pair.Head.Content {
		t.Errorf("an edit in a submodule: dirty is %v, equal is %v", pair.Head.Dirty, pair.Base.Content == pair.Head.Content)
	}
	if changed, err := pair.Changed(nil); err != nil || len(changed) != 1 || changed[0] != "lib/f" {
		t.Errorf("changed are %q, %v", changed, err)
	}
}

func TestSubmoduleThatIsNotCheckedOutIsSaid(t *testing.T) {
	t.Parallel()
	p, first := withSubmodule(t)
	c := p.clone()
	pair := c.prepare(t.TempDir(), first)
	if len(pair.Notes) != 1 || !strings.Contains(pair.Notes[0], "submodule lib is not checked out") {
		t.Errorf("notes are %q", pair.Notes)
	}
	if _, ok := tree(t, pair.Head.Dir)["lib/f"]; ok {
		t.Error("the submodule came from somewhere")
	}
}

// TestAnUnknownSubmoduleIsAChangeWhereItsCommitIs: what is not here cannot be
// called equal.
func TestAnUnknownSubmoduleIsAChangeWhereItsCommitIs(t *testing.T) {
	t.Parallel()
	p, first := withSubmodule(t)
	c := p.clone()
	for base, want := range map[string][]string{first: {"lib"}, "HEAD": nil} {
		changed, err := c.prepare(t.TempDir(), base).Changed([]string{"*.md"})
		if err != nil || !slices.Equal(changed, want) {
			t.Errorf("from %.7s to head %q changed, want %q (%v)", base, changed, want, err)
		}
	}
}

// TestHeadHasWhatIsAssumedUnchanged: git believes a mark in the index, and the
// benchmark would run what lies there.
func TestHeadHasWhatIsAssumedUnchanged(t *testing.T) {
	t.Parallel()
	p := newProject(t)
	base := p.commit("base", "a")
	p.git("update-index", "--assume-unchanged", "a")
	p.write("a", "another content\n")
	pair := p.prepare(t.TempDir(), base)
	if got := tree(t, pair.Head.Dir)["a"]; got != "another content\n" || !pair.Head.Dirty {
		t.Errorf("head has %q", got)
	}
	if got := p.git("ls-files", "-v"); got != "h a" {
		t.Errorf("the person's own index says %q", got)
	}
}

// TestHeadHasWhatIsKeptFromGit: such a mark hides an edit from git, and a benchmark
// sees it. Where the file is not there it is no deletion.
func TestHeadHasWhatIsKeptFromGit(t *testing.T) {
	t.Parallel()
	p := newProject(t)
	base := p.commit("base", "a", "b")
	p.git("update-index", "--skip-worktree", "a", "b")
	p.write("a", "another content\n")
	p.remove("b")
	pair := p.prepare(t.TempDir(), base)
	wantTree(t, pair.Head, map[string]string{"a": "another content\n", "b": "b\n"})
	if changed, err := pair.Changed(nil); err != nil || !slices.Equal(changed, []string{"a"}) || !pair.Head.Dirty {
		t.Errorf("changed are %q, %v; dirty is %v", changed, err, pair.Head.Dirty)
	}
	if got := p.git("ls-files", "-v"); got != "S a\nS b" {
		t.Errorf("the person's own index says %q", got)
	}
}

// TestSparseCheckoutsHaveWhatLiesInTheWorkTree: files that are not checked out are
// no change, and those that are there although they should not be are.
func TestSparseCheckoutsHaveWhatLiesInTheWorkTree(t *testing.T) {
	t.Parallel()
	p := newProject(t)
	base := p.commit("base", "dir/x", "other/y", "other/z", "third/u")
	p.write("third/u", "second\n")
	p.commit("second")
	for _, kind := range [][]string{{"--cone"}, {"--no-cone"}, {"--cone", "--sparse-index"}} {
		c := p.clone()
		c.git(append(append([]string{"sparse-checkout", "set"}, kind...), "dir")...)
		cache := t.TempDir()
		pair := c.prepare(cache, base)
		wantTree(t, pair.Head, map[string]string{"dir/x": "dir/x\n"})
		if changed, err := pair.Changed(nil); err != nil || len(changed) > 0 {
			t.Errorf("%s: changed are %q, %v, and neither copy has them", kind, changed, err)
		}
		c.write("other/y", "edited\n")
		c.write("other/new", "new\n")
		c.write("dir/x", "edited\n")
		for range 2 {
			pair = c.prepare(cache, base)
			wantTree(t, pair.Base, map[string]string{"dir/x": "dir/x\n", "other/y": "other/y\n"})
			wantTree(t, pair.Head, map[string]string{"dir/x": "edited\n", "other/y": "edited\n", "other/new": "new\n"})
			if changed, err := pair.Changed(nil); err != nil || !slices.Equal(changed, []string{"dir/x", "other/new", "other/y"}) {
				t.Errorf("%s: changed are %q, %v", kind, changed, err)
			}
		}
	}
}

// TestGitIsQuotedWithoutItsSettings: a repository without a commit cannot be
// taken, and what git says of it comes within the first words.
func TestGitIsQuotedWithoutItsSettings(t *testing.T) {
	t.Parallel()
	p := newProject(t)
	base := p.commit("base", "a")
	p.git("init", "-q", "inner")
	repo := p.repo()
	_, err := Prepare(t.Context(), repo, p.dir, Versions{Base: base, Head: base}, t.TempDir())
	if err == nil || strings.Contains(err.Error(), "-c core") || !strings.Contains(err.Error(), "'inner/' does not have a commit") {
		t.Errorf("%v", err)
	}
}

func TestSubmoduleThatIsGoneLeavesNothing(t *testing.T) {
	t.Parallel()
	p, first := withSubmodule(t)
	cache := t.TempDir()
	p.prepare(cache, first)
	p.git("submodule", "-q", "deinit", "-f", "lib")
	pair := p.prepare(cache, first)
	for _, side := range []Side{pair.Base, pair.Head} {
		if _, ok := tree(t, side.Dir)["lib/f"]; ok {
			t.Errorf("%s still has what was written before", side.Dir)
		}
	}
	p.git("rm", "-q", "--cached", "lib")
	p.write("lib/own", "now a directory\n")
	pair = p.prepare(cache, first)
	if got := tree(t, pair.Head.Dir); got["lib/own"] == "" || got["lib/f"] != "" {
		t.Errorf("head has %q", got)
	}
}

func TestARepositoryLiesWhereItLikes(t *testing.T) {
	t.Parallel()
	p := &project{t, filepath.Join(t.TempDir(), "a \"b\"\n#c'd")}
	if err := os.Mkdir(p.dir, 0o755); err != nil {
		t.Skip(err) // no such names on this system
	}
	p.git("init", "-q")
	base := p.commit("base", "a")
	wantTree(t, p.prepare(t.TempDir(), base).Base, map[string]string{"a": "a\n"})
}

func TestCacheInsideTheWorkTreeIsNotCopied(t *testing.T) {
	t.Parallel()
	p := newProject(t)
	base := p.commit("base", "a")
	for range 2 {
		pair := p.prepare(p.path(".cache/cupel"), base)
		wantTree(t, pair.Head, map[string]string{"a": "a\n"})
	}
}

// TestWhatAComparisonWritesIsNoPartOfIt, wherever it is told to: into a file that git
// knows, one that it does not, or one of a submodule.
func TestWhatAComparisonWritesIsNoPartOfIt(t *testing.T) {
	t.Parallel()
	p, _ := withSubmodule(t)
	repo := p.repo()
	for _, name := range []string{"a", "new *[x].json", "lib/f", "lib/new.json"} {
		p.git("checkout", "-q", ".")
		p.git("-C", "lib", "checkout", "-q", ".")
		p.write(name, "a report\n")
		v := Versions{Base: "HEAD", Head: "HEAD", Without: []string{p.path(name)}}
		pair, err := Prepare(t.Context(), repo, p.dir, v, t.TempDir())
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if changed, err := pair.Changed(nil); err != nil || len(changed) > 0 || pair.Base.Content != pair.Head.Content {
			t.Errorf("%s: changed are %q, %v", name, changed, err)
		}
		if err := errors.Join(pair.Close(), os.Remove(p.path(name))); err != nil {
			t.Fatal(err)
		}
	}
	lib := p.path("lib/.cache")
	pair, err := Prepare(t.Context(), repo, p.dir, Versions{Base: "HEAD", Head: "HEAD"}, lib)
	if err != nil {
		t.Fatalf("a cache in a submodule: %v", err)
	}
	pair.Close()
}

func TestClonesWithoutAllFilesOrContents(t *testing.T) {
	t.Parallel()
	p := newProject(t)
	p.git("config", "uploadpack.allowFilter", "true")
	p.git("config", "uploadpack.allowAnySHA1InWant", "true")
	p.write("dir/x", "first\n")
	base := p.commit("base", "other/y")
	p.write("dir/x", "second\n")
	p.commit("second")
	blobless := p.clone("--filter=blob:none").prepare(t.TempDir(), base)
	wantTree(t, blobless.Base, map[string]string{"dir/x": "first\n", "other/y": "other/y\n"})
	c := p.clone()
	c.git("sparse-checkout", "set", "dir")
	sparse := c.prepare(t.TempDir(), base)
	wantTree(t, sparse.Base, map[string]string{"dir/x": "first\n"})
	wantTree(t, sparse.Head, map[string]string{"dir/x": "second\n"})
	if sparse.Head.Dirty {
		t.Error("files that are not checked out are taken for deleted")
	}
}

func TestPointersOfLFSAreSaid(t *testing.T) {
	t.Parallel()
	p := newProject(t)
	p.write(".gitattributes", "*.bin filter=lfs -text\n")
	p.write("real.bin", "content\n")
	p.write("big.bin", "version https://git-lfs.github.com/spec/v1\noid sha256:"+strings.Repeat("0", 64)+"\nsize 12345\n")
	p.write("notes.txt", "version https://git-lfs.github.com/spec/v1\n")
	base := p.commit("base")
	pair := p.prepare(t.TempDir(), base)
	if len(pair.Notes) != 2 || !strings.Contains(pair.Notes[0], "base holds only the pointers of 1 files") {
		t.Errorf("notes are %q", pair.Notes)
	}
}

func TestLineEndingsAreThoseOfACheckout(t *testing.T) {
	t.Parallel()
	p := newProject(t)
	p.write(".gitattributes", "*.bat text eol=crlf\n")
	p.write("run.bat", "echo\r\n")
	base := p.commit("base")
	p.write("a", "new")
	pair := p.prepare(t.TempDir(), base)
	for _, side := range []Side{pair.Base, pair.Head} {
		if got := tree(t, side.Dir)["run.bat"]; got != "echo\r\n" {
			t.Errorf("%s: %q", side.Dir, got)
		}
	}
}

func TestLinkedWorkTree(t *testing.T) {
	t.Parallel()
	p := newProject(t)
	base := p.commit("base", "a")
	linked := &project{t, filepath.Join(t.TempDir(), "linked")}
	p.git("worktree", "add", "-q", linked.dir)
	linked.write("a", "changed\n")
	pair := linked.prepare(t.TempDir(), base)
	wantTree(t, pair.Base, map[string]string{"a": "a\n"})
	wantTree(t, pair.Head, map[string]string{"a": "changed\n"})
}

func TestConflictIsTakenAsItLies(t *testing.T) {
	t.Parallel()
	p, _, _ := history(t)
	p.git("checkout", "-q", "main")
	p.write("c", "other\n")
	p.commit("conflict")
	p.git("checkout", "-q", "topic")
	merge := func() { _, _ = p.repo().Run(t.Context(), "merge", "main") }
	merge()
	if status := p.git("status", "--porcelain"); !strings.Contains(status, "AA c") {
		t.Fatalf("no conflict: %s", status)
	}
	pair := p.prepare(t.TempDir(), "main")
	if got := tree(t, pair.Head.Dir)["c"]; !strings.Contains(got, "<<<<<<<") {
		t.Errorf("c is %q", got)
	}
	if status := p.git("status", "--porcelain"); !strings.Contains(status, "AA c") {
		t.Errorf("the conflict was touched: %s", status)
	}
}

func TestKilledComparisonLeavesNothingThatBlocks(t *testing.T) {
	t.Parallel()
	p := newProject(t)
	base := p.commit("base", "a")
	cache := t.TempDir()
	p.prepare(cache, base)
	locks, err := filepath.Glob(filepath.Join(cache, "smoke", "*.index"))
	if err != nil || len(locks) == 0 {
		t.Fatalf("no index is kept: %v", err)
	}
	for _, index := range locks {
		if err := os.WriteFile(index+".lock", nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	pair := p.prepare(cache, base)
	wantTree(t, pair.Base, map[string]string{"a": "a\n"})
	// A cache that was restored without the indexes is brought up to date too.
	for _, index := range locks {
		if err := os.Remove(index); err != nil {
			t.Fatal(err)
		}
	}
	p.write("a", "b\n")
	(&project{t, pair.Base.Dir}).write("a", "spoiled\n")
	pair = p.prepare(cache, base)
	wantTree(t, pair.Base, map[string]string{"a": "a\n"})
	wantTree(t, pair.Head, map[string]string{"a": "b\n"})
}

func TestWhatGitIgnoresIsNotCopiedAndListed(t *testing.T) {
	t.Parallel()
	p := newProject(t)
	p.write(".gitignore", "node_modules\n.env\n")
	base := p.commit("base", "a", "sub/b")
	p.write("node_modules/x/index.js", "x")
	p.write("node_modules/y.js", "y")
	p.write(".env", "A=1")
	p.write("sub/.env", "A=1")
	p.write("new", "not ignored")
	got, err := p.prepare(t.TempDir(), base).Ignored(t.Context())
	if want := []string{".env", "node_modules/", "sub/.env"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v; want %q", got, err, want)
	}
}

// TestWhatAKilledComparisonPrintedIsGone: its runs are nobody's.
func TestWhatAKilledComparisonPrintedIsGone(t *testing.T) {
	t.Parallel()
	p := newProject(t)
	base := p.commit("base", "a")
	cache := t.TempDir()
	dir, err := p.prepare(cache, base).Scratch()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "main-1.txt"), []byte("BenchmarkA"), 0o600); err != nil {
		t.Fatal(err)
	}
	again, err := p.prepare(cache, base).Scratch()
	if err != nil || again != dir {
		t.Fatalf("%s, %v; want %s again", again, err, dir)
	}
	if left, err := os.ReadDir(again); len(left) > 0 || err != nil {
		t.Errorf("left are %v, %v", left, err)
	}
}

func TestTwoComparisonsDoNotShareTheCopies(t *testing.T) {
	t.Parallel()
	p := newProject(t)
	base := p.commit("base", "a")
	cache := t.TempDir()
	v := Versions{Base: base, Head: base}
	pair, err := Prepare(t.Context(), p.repo(), p.dir, v, cache)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Prepare(t.Context(), p.repo(), p.dir, v, cache); !errors.Is(err, ErrBusy) {
		t.Errorf("a second one: %v, want ErrBusy", err)
	}
	if err := pair.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := Prepare(t.Context(), p.repo(), p.dir, v, cache)
	if err != nil {
		t.Fatalf("after the first has ended: %v", err)
	}
	again.Close()
}
