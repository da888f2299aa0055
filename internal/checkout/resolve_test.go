package checkout

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cupel-dev/cupel/internal/git"
)

func TestMergedIntoKnowsOnlyGitHubsMerge(t *testing.T) {
	t.Parallel()
	a, b := strings.Repeat("a", 40), strings.Repeat("b", 40)
	for _, test := range []struct {
		name    string
		message string
		parents []string
		want    string
	}{
		{"GitHub's merge of a pull request", "Merge " + b + " into " + a, []string{a, b}, a},
		{"with a newline", "Merge " + b + " into " + a + "\n", []string{a, b}, a},
		{"a merge by a person", "Merge branch 'x' into y", []string{a, b}, ""},
		{"a message about other commits", "Merge " + a + " into " + b, []string{a, b}, ""},
		{"one parent", "Merge " + b + " into " + a, []string{a}, ""},
		{"three parents", "Merge " + b + " into " + a, []string{a, b, b}, ""},
		{"more words", "Merge " + b + " into " + a + "\n\nand more", []string{a, b}, ""},
	} {
		got, ok := mergedInto(git.Commit{Message: test.message, Parents: test.parents})
		if got != test.want || ok != (test.want != "") {
			t.Errorf("%s: %q, %v; want %q", test.name, got, ok, test.want)
		}
	}
}

// history is main with two commits, and a branch with one from the first.
func history(t *testing.T) (p *project, fork, tip string) {
	p = newProject(t)
	fork = p.commit("first", "a")
	p.git("branch", "topic")
	tip = p.commit("second", "b")
	p.git("checkout", "-q", "topic")
	p.commit("third", "c")
	return p, fork, tip
}

// clone is a clone of p with these arguments.
func (p *project) clone(args ...string) *project {
	p.t.Helper()
	c := &project{p.t, filepath.Join(p.t.TempDir(), "clone")}
	p.git(append(append([]string{"clone", "-q"}, args...), "file://"+p.dir, c.dir)...)
	return c
}

// mergeAsGitHub checks out the merge that GitHub makes of topic into main.
func (p *project) mergeAsGitHub() (first string) {
	p.t.Helper()
	main, topic := p.git("rev-parse", "main"), p.git("rev-parse", "topic")
	p.git("checkout", "-q", "--detach", "main")
	p.git("merge", "-q", "--no-ff", "-m", "Merge "+topic+" into "+main, "topic")
	p.git("update-ref", "refs/pull/7/merge", "HEAD")
	return main
}

func TestBase(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		change  func(*project)
		request Request
		want    string // a revision
		how     string
	}{
		{"the merge base with main", func(*project) {}, Request{}, "main~1", "merge base with main"},
		{"what is asked for", func(*project) {}, Request{Base: "main"}, "main", "-base=main"},
		{"a commit by its short id", func(p *project) { p.git("tag", "x", "main") }, Request{Base: "x"}, "main", "-base=x"},
		{"the target of the pull request", func(p *project) { p.git("branch", "release", "topic") }, Request{Target: "release"}, "topic", "merge base with release"},
		{"GitHub's merge: its first parent", func(p *project) { p.mergeAsGitHub() }, Request{}, "main", "first parent of GitHub's merge commit"},
		{"GitHub's merge, and another base", func(p *project) { p.mergeAsGitHub() }, Request{Base: "main~1"}, "main~1", "-base=main~1"},
		{"on main itself: what is committed", func(p *project) { p.git("checkout", "-q", "main") }, Request{}, "main", "the commit that is checked out"},
		{"a tag and a branch of one name", func(p *project) { p.git("tag", "main", "topic") }, Request{}, "refs/heads/main~1", "merge base with main"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p, _, _ := history(t)
			test.change(p)
			v, err := Resolve(t.Context(), p.repo(), test.request)
			if err != nil {
				t.Fatal(err)
			}
			if want := p.git("rev-parse", test.want); v.Base != want || v.How != test.how {
				t.Errorf("base is %s (%s), want %s (%s)", v.Base, v.How, want, test.how)
			}
			if v.Head != p.git("rev-parse", "HEAD") {
				t.Errorf("head is %s", v.Head)
			}
		})
	}
}

func TestRemoteBranchCountsAsMuchAsTheLocalOne(t *testing.T) {
	t.Parallel()
	p, fork, tip := history(t)
	p.git("checkout", "-q", "main")
	c := p.clone()
	c.git("checkout", "-q", "-b", "mine")
	c.commit("mine", "d")
	v, err := Resolve(t.Context(), c.repo(), Request{})
	if err != nil || v.Base != tip || v.How != "merge base with origin/main" {
		t.Errorf("%+v, %v; want %s", v, err, tip)
	}
	c.git("checkout", "-q", "main")
	unpushed := c.commit("unpushed", "e")
	if v, err = Resolve(t.Context(), c.repo(), Request{}); err != nil || v.Base != tip {
		t.Errorf("on main with an unpushed commit: %+v, %v; want %s", v, err, tip)
	}
	c.git("checkout", "-q", "-b", "other")
	c.commit("other", "f")
	if v, err = Resolve(t.Context(), c.repo(), Request{}); err != nil || v.Base != unpushed {
		t.Errorf("on a branch of the unpushed commit: %+v, %v; want %s", v, err, unpushed)
	}
	if v, err = Resolve(t.Context(), c.repo(), Request{Base: "topic"}); err != nil || v.Base == fork {
		t.Errorf("a branch that only the remote has: %+v, %v", v, err)
	}
}

// TestNamesAreResolvedToCommitsFirst is case I06: a branch that moves between
// two checkouts.
func TestNamesAreResolvedToCommitsFirst(t *testing.T) {
	t.Parallel()
	p, fork, _ := history(t)
	v, err := Resolve(t.Context(), p.repo(), Request{Base: "topic~1"})
	if err != nil {
		t.Fatal(err)
	}
	p.commit("the branch moves", "z")
	pair, err := Prepare(t.Context(), p.repo(), p.dir, v, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer pair.Close()
	if v.Base != fork || pair.Base.Commit != fork {
		t.Errorf("base is %s, want %s", pair.Base.Commit, fork)
	}
	wantTree(t, pair.Base, map[string]string{"a": "a\n"})
}

func TestShallowCloneFetchesTheOneCommit(t *testing.T) {
	t.Parallel()
	p, _, tip := history(t)
	want := p.mergeAsGitHub()
	c := &project{t, t.TempDir()}
	c.git("init", "-q", "-b", "work")
	c.git("remote", "add", "origin", "file://"+p.dir)
	c.git("fetch", "-q", "--depth=1", "origin", "refs/pull/7/merge")
	c.git("checkout", "-q", "--detach", "FETCH_HEAD")
	v, err := Resolve(t.Context(), c.repo(), Request{})
	if err != nil || v.Base != want || want != tip {
		t.Fatalf("%+v, %v; want %s", v, err, want)
	}
	pair, err := Prepare(t.Context(), c.repo(), c.dir, v, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer pair.Close()
	wantTree(t, pair.Base, map[string]string{"a": "a\n", "b": "b\n"})
	wantTree(t, pair.Head, map[string]string{"a": "a\n", "b": "b\n", "c": "c\n"})
}

func TestShallowCloneAsksTheRemoteForAName(t *testing.T) {
	t.Parallel()
	p, _, tip := history(t)
	p.git("tag", "-a", "v1", "-m", "annotated", "topic~1")
	c := p.clone("--depth=1", "--branch=topic")
	for name, want := range map[string]string{"main": tip, "v1": p.git("rev-parse", "v1^{commit}"), tip: tip} {
		if v, err := Resolve(t.Context(), c.repo(), Request{Base: name}); err != nil || v.Base != want {
			t.Errorf("-base=%s: %+v, %v; want %s", name, v, err, want)
		}
	}
}

// TestShallowCloneDoesNotAskTheRemoteForWhatOnlyHistoryTells: the remote knows no
// such name, and fetching it is no advice.
func TestShallowCloneDoesNotAskTheRemoteForWhatOnlyHistoryTells(t *testing.T) {
	t.Parallel()
	p, _, _ := history(t)
	c := p.clone("--depth=1", "--branch=topic")
	for _, name := range []string{"HEAD~1", "HEAD^", "main@{1}", "@{-1}", ":/words", "HEAD:a"} {
		_, err := Resolve(t.Context(), c.repo(), Request{Base: name})
		var unknown *BaseError
		if !errors.As(err, &unknown) || !strings.Contains(err.Error(), "git fetch --unshallow") || strings.Contains(err.Error(), "refspec") {
			t.Errorf("-base=%s: %v", name, err)
		}
	}
}

// TestACommitThatIsWrittenDownIsFetchedByItsWholeID: a shallow clone has not the
// baseline of a waiver, and a remote hands out no abbreviation.
func TestACommitThatIsWrittenDownIsFetchedByItsWholeID(t *testing.T) {
	t.Parallel()
	p := newProject(t)
	old := p.commit("old", "a")
	p.commit("new", "b")
	p.git("config", "uploadpack.allowAnySHA1InWant", "true")
	c := p.clone("--depth=1")
	var unknown *BaseError
	if _, err := Known(t.Context(), c.repo(), old[:9]); !errors.As(err, &unknown) || !strings.Contains(err.Error(), "fetch-depth: 0") {
		t.Errorf("an abbreviation: %v", err)
	}
	if id, err := Known(t.Context(), c.repo(), old); id != old || err != nil {
		t.Errorf("%s, %v; want %s", id, err, old)
	}
	if id, err := Known(t.Context(), c.repo(), old[:9]); id != old || err != nil {
		t.Errorf("once it is here: %s, %v", id, err)
	}
}

// TestCaseC07 is about a clone that lacks the history: it is said, with what
// helps, and nothing is guessed.
func TestCaseC07(t *testing.T) {
	t.Parallel()
	p, _, _ := history(t)
	p.git("checkout", "-q", "main") // so that this is the default branch
	c := p.clone("--depth=1", "--branch=topic")
	gone := p.clone("--depth=1", "--branch=topic")
	gone.git("remote", "set-url", "origin", "file:///nowhere/at/all")
	for name, test := range map[string]struct {
		clone   *project
		request Request
		say     string
	}{
		"no history for a merge base": {c, Request{}, "fetch-depth: 0"},
		"an unknown target":           {c, Request{Target: "nothing"}, "fetch-depth: 0"},
		"an unknown name":             {c, Request{Base: "nothing"}, "could not be fetched"},
		"a remote that is gone":       {gone, Request{Base: strings.Repeat("1", 40)}, "could not be fetched"},
		"not shallow, and unknown":    {p, Request{Base: "nothing"}, `no commit is named "nothing"`},
		"an option for a name":        {p, Request{Base: "--all"}, "no commit is named"},
		"an option in a shallow one":  {c, Request{Base: "--upload-pack=x"}, "could not be fetched"},
	} {
		_, err := Resolve(t.Context(), test.clone.repo(), test.request)
		var base *BaseError
		if !errors.As(err, &base) || !strings.Contains(err.Error(), test.say) {
			t.Errorf("%s: %v, want a BaseError that says %q", name, err, test.say)
		}
		if err != nil && strings.ContainsAny(err.Error(), "\r\n") {
			t.Errorf("%s: %q is not one line", name, err)
		}
	}
}
