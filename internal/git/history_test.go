package git

import (
	"errors"
	"path/filepath"
	"reflect"
	"testing"
	"time"
)

func TestParseCommitKeepsParentsTimeAndMessage(t *testing.T) {
	text := "tree 1111\nparent 2222\nparent 3333\nauthor A <a@b> 1 +0000\ncommitter C > D <a@b> 1767225600 +0530\n" +
		"gpgsig -----BEGIN PGP SIGNATURE-----\n tree 9999\n parent 9999\n\nMerge 3333 into 2222\n\nparent 4444\n"
	want := Commit{ID: "0000", Tree: "1111", Parents: []string{"2222", "3333"}, Time: time.Unix(1767225600, 0).UTC(), Message: "Merge 3333 into 2222\n\nparent 4444\n"}
	if got := parseCommit("0000", text); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestHistoryOfAShallowClone(t *testing.T) {
	r := newRepo(t, "a.txt")
	first, err := r.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r.must(t, "commit", "-q", "--allow-empty", "-m", "second")
	clone := &Repo{Root: filepath.Join(t.TempDir(), "clone")}
	r.must(t, "clone", "-q", "--depth=1", "file://"+r.Root, clone.Root)
	c, err := clone.Commit(t.Context(), "HEAD")
	if err != nil || !reflect.DeepEqual(c.Parents, []string{first}) {
		t.Errorf("the parents of a cut commit are %v, %v; want %s", c.Parents, err, first)
	}
	if _, err := clone.Resolve(t.Context(), first); err == nil {
		t.Fatal("the clone is not shallow")
	}
	remote, err := clone.Remote(t.Context())
	if err != nil || remote != "origin" {
		t.Fatalf("remote is %q, %v", remote, err)
	}
	refs := clone.must(t, "for-each-ref")
	if err := clone.FetchCommit(t.Context(), remote, first); err != nil {
		t.Fatal(err)
	}
	if _, err := clone.Resolve(t.Context(), first); err != nil {
		t.Errorf("after the fetch: %v", err)
	}
	if got := clone.must(t, "for-each-ref"); got != refs {
		t.Errorf("the fetch changed refs:\n%s", got)
	}
}

func TestMergeBaseAndDefaultBranch(t *testing.T) {
	r := newRepo(t, "a.txt")
	first, _ := r.Head(t.Context())
	r.must(t, "checkout", "-q", "--orphan", "alone")
	r.must(t, "commit", "-q", "-m", "other root")
	other, _ := r.Head(t.Context())
	if _, err := r.MergeBase(t.Context(), first, other); !errors.Is(err, ErrNoMergeBase) {
		t.Errorf("two roots: %v", err)
	}
	if id, err := r.MergeBase(t.Context(), first, other, first); err != nil || id != first {
		t.Errorf("of several: %q, %v", id, err)
	}
	clone := &Repo{Root: filepath.Join(t.TempDir(), "clone")}
	r.must(t, "clone", "-q", "file://"+r.Root, clone.Root)
	if branch, err := clone.DefaultBranch(t.Context(), "origin"); branch != "alone" || err != nil {
		t.Errorf("default branch is %q, %v", branch, err)
	}
	if branch, err := clone.DefaultBranch(t.Context(), "upstream"); branch != "" || err != nil {
		t.Errorf("of an unknown remote: %q, %v", branch, err)
	}
	if id, err := clone.RemoteCommit(t.Context(), "origin", "alone"); id != other || err != nil {
		t.Errorf("remote commit is %q, %v", id, err)
	}
	if id, err := clone.RemoteCommit(t.Context(), "origin", "nothing"); id != "" || err != nil {
		t.Errorf("of no branch: %q, %v", id, err)
	}
}
