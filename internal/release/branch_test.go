package release

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/cupel-dev/cupel/internal/git/gittest"
)

func TestABranchIsMovedOnlyWhereNothingIsLost(t *testing.T) {
	for _, tt := range []struct {
		name  string
		spoil func(t *testing.T, root string)
		want  bool
	}{
		{"clean and behind", func(*testing.T, string) {}, true},
		{"another branch is checked out", func(t *testing.T, root string) { gittest.Git(t, root, "checkout", "-q", "-b", "topic") }, false},
		{"a file is not committed", func(t *testing.T, root string) {
			if err := os.WriteFile(filepath.Join(root, "new.txt"), nil, 0o644); err != nil {
				t.Fatal(err)
			}
		}, false},
		{"the branch went on", func(t *testing.T, root string) { gittest.Git(t, root, "commit", "-q", "--allow-empty", "-m", "on") }, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			repo := gittest.Serve(t).Clone(t, map[string]string{"a.txt": "a"})
			head := gittest.Git(t, repo.Root, "rev-parse", "HEAD")
			gittest.Git(t, repo.Root, "commit", "-q", "--allow-empty", "-m", "release")
			commit := gittest.Git(t, repo.Root, "rev-parse", "HEAD")
			gittest.Git(t, repo.Root, "reset", "-q", "--hard", head)
			tt.spoil(t, repo.Root)
			at := gittest.Git(t, repo.Root, "rev-parse", "HEAD")
			moved, err := Advance(t.Context(), repo, "main", head, commit)
			if err != nil || moved != tt.want {
				t.Fatalf("moved is %v, %v", moved, err)
			}
			if tt.want {
				at = commit
			}
			if got := gittest.Git(t, repo.Root, "rev-parse", "HEAD"); got != at {
				t.Errorf("HEAD is %s, want %s", got, at)
			}
		})
	}
}

func TestOneProcessReleasesAtATime(t *testing.T) {
	repo := gittest.Serve(t).Clone(t, nil)
	end, err := Exclusive(t.Context(), repo)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Exclusive(t.Context(), repo); !errors.Is(err, ErrBusy) {
		t.Errorf("the second got %v", err)
	}
	if err := end(); err != nil {
		t.Fatal(err)
	}
	again, err := Exclusive(t.Context(), repo)
	if err != nil {
		t.Fatal(err)
	}
	if err := again(); err != nil {
		t.Error(err)
	}
}
