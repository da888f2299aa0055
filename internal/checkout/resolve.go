package checkout

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/cupel-dev/cupel/internal/git"
)

// A Request says what is known of the versions to compare. Head is always the
// working tree.
type Request struct {
	Base   string // a revision; "" finds it
	Target string // the branch that a pull request is to be merged into; "" is the default branch
}

// Versions are the two versions, as commits.
type Versions struct {
	Base string
	Head string // the commit that is checked out; the working tree may differ from it
	How  string // why base is base, for people: "merge base with origin/main"

	// Without are files of the working tree that are no part of head: what the
	// comparison itself is to write. They need not exist.
	Without []string
}

// A BaseError says why no base was found, and what to do about it.
type BaseError struct {
	Reason string
	Advice string
	Err    error // what git said; nil where it said nothing
}

func (e *BaseError) Error() string { return e.Reason + ". " + e.Advice }

func (e *BaseError) Unwrap() error { return e.Err }

// Resolve finds the commits: for base the one that is asked for, else the
// first parent where the commit that is checked out is GitHub's merge of a pull
// request, else the merge base with the target or default branch. A shallow
// clone fetches the one commit that it lacks. The error is a [*BaseError] where
// there is none.
func Resolve(ctx context.Context, repo *git.Repo, request Request) (Versions, error) {
	head, err := repo.Head(ctx)
	if err != nil {
		return Versions{}, err
	}
	r, err := newResolver(ctx, repo)
	if err != nil {
		return Versions{}, err
	}
	r.head = head
	v := Versions{Head: head}
	v.Base, v.How, err = r.base(ctx, request)
	return v, err
}

// Known resolves a commit that somebody wrote down. A shallow clone fetches it
// where the remote hands it out, which takes a full id. The error is a
// [*BaseError] where it is not to be had.
func Known(ctx context.Context, repo *git.Repo, commit string) (string, error) {
	r, err := newResolver(ctx, repo)
	if err != nil {
		return "", err
	}
	return r.named(ctx, commit)
}

type resolver struct {
	repo    *git.Repo
	head    string
	remote  string // "" where there is none
	shallow bool
}

func newResolver(ctx context.Context, repo *git.Repo) (*resolver, error) {
	shallow, err := repo.Shallow(ctx)
	if err != nil {
		return nil, err
	}
	remote, err := repo.Remote(ctx)
	if err != nil {
		return nil, err
	}
	return &resolver{repo: repo, remote: remote, shallow: shallow}, nil
}

func (r *resolver) base(ctx context.Context, request Request) (id, how string, err error) {
	if request.Base != "" {
		id, err = r.named(ctx, request.Base)
		return id, "-base=" + request.Base, err
	}
	head, err := r.repo.Commit(ctx, r.head)
	if err != nil {
		return "", "", err
	}
	if parent, ok := mergedInto(head); ok {
		return parent, "first parent of GitHub's merge commit", r.have(ctx, parent)
	}
	return r.mergeBase(ctx, request.Target)
}

// mergeMessage is what GitHub writes into the commit refs/pull/N/merge.
var mergeMessage = regexp.MustCompile(`^Merge ([0-9a-f]{40,64}) into ([0-9a-f]{40,64})\s*$`)

// mergedInto is the commit that a pull request would be merged into, where c is
// the merge that GitHub makes to test it.
func mergedInto(c git.Commit) (string, bool) {
	m := mergeMessage.FindStringSubmatch(c.Message)
	if m == nil || len(c.Parents) != 2 || c.Parents[0] != m[2] || c.Parents[1] != m[1] {
		return "", false
	}
	return c.Parents[0], true
}

// relative is a revision that no remote knows: it goes by history, or by what was
// checked out here (gitrevisions).
var relative = regexp.MustCompile(`[~^:]|@\{|^@$`)

// named resolves a revision that a person or a workflow named: here, among the
// remote's branches, and in a shallow clone by asking the remote.
func (r *resolver) named(ctx context.Context, name string) (string, error) {
	candidates := []string{name}
	if r.remote != "" {
		candidates = append(candidates, "refs/remotes/"+r.remote+"/"+name)
	}
	for _, candidate := range candidates {
		if id, err := r.repo.Resolve(ctx, candidate); err == nil {
			return id, nil
		}
	}
	if !r.shallow || r.remote == "" {
		return "", &BaseError{Reason: fmt.Sprintf("no commit is named %q", name), Advice: r.advice(name)}
	}
	if relative.MatchString(name) {
		return "", &BaseError{Reason: fmt.Sprintf("no commit is named %q, as far as the history of this clone goes", name), Advice: r.advice("")}
	}
	id, err := r.repo.RemoteCommit(ctx, r.remote, name)
	if err != nil || id == "" {
		id = name // a commit's own id is not in the list of names
	}
	if err := r.have(ctx, id); err != nil {
		return "", err
	}
	return r.repo.Resolve(ctx, id)
}

// have makes sure that a commit is here, and fetches it into a shallow clone.
func (r *resolver) have(ctx context.Context, id string) error {
	if _, err := r.repo.Resolve(ctx, id); err == nil {
		return nil
	}
	reason := fmt.Sprintf("the commit %.12s is not in this clone", id)
	if r.remote == "" || !r.shallow {
		return &BaseError{Reason: reason, Advice: r.advice(id)}
	}
	err := r.repo.FetchCommit(ctx, r.remote, id)
	if err == nil || ctx.Err() != nil {
		return ctx.Err()
	}
	return &BaseError{Reason: reason + ", and could not be fetched: " + said(err), Advice: r.advice(id), Err: err}
}

// said is what git said first: its command is long, and what follows is general.
func said(err error) string {
	var gitErr *git.Error
	if !errors.As(err, &gitErr) {
		return err.Error()
	}
	first, _, _ := strings.Cut(strings.TrimSpace(gitErr.Stderr), "\n")
	return cmp.Or(first, err.Error())
}

// mergeBase is the best common ancestor of head and the branch that it will go
// into, as the remote has it and as it is here.
func (r *resolver) mergeBase(ctx context.Context, target string) (id, how string, err error) {
	branch, err := r.repo.Branch(ctx)
	if err != nil {
		return "", "", err
	}
	names, err := r.targets(ctx, target)
	if err != nil {
		return "", "", err
	}
	var commits []string
	for _, name := range names {
		if name == "refs/heads/"+branch {
			continue // what is only here is a part of head
		}
		if id, err := r.repo.Resolve(ctx, name); err == nil {
			commits, how = append(commits, id), cmp.Or(how, "merge base with "+shown(name))
		}
	}
	if len(commits) == 0 && target == "" && slices.Contains(names, "refs/heads/"+branch) {
		return r.head, "the commit that is checked out", nil
	}
	if len(commits) == 0 {
		return "", "", &BaseError{Reason: "the branch that head is to be compared with is not in this clone", Advice: r.advice("")}
	}
	id, err = r.repo.MergeBase(ctx, r.head, commits...)
	if errors.Is(err, git.ErrNoMergeBase) {
		return "", "", &BaseError{Reason: fmt.Sprintf("find the %s: %v", how, err), Advice: r.advice(""), Err: err}
	}
	return id, how, err
}

// targets are the full names of the branch that head will go into, the remote's
// first.
func (r *resolver) targets(ctx context.Context, target string) ([]string, error) {
	branches := []string{target}
	if target == "" {
		branches = []string{"main", "master"}
		if r.remote != "" {
			known, err := r.repo.DefaultBranch(ctx, r.remote)
			if err != nil {
				return nil, err
			}
			if known != "" {
				branches = []string{known}
			}
		}
	}
	var names []string
	for _, branch := range branches {
		if r.remote != "" {
			names = append(names, "refs/remotes/"+r.remote+"/"+branch)
		}
		names = append(names, "refs/heads/"+branch)
	}
	return names, nil
}

func (r *resolver) advice(name string) string {
	if !r.shallow {
		return "Fetch it, or name a commit that is here: -base=REF."
	}
	how := "git fetch --unshallow"
	if name != "" && r.remote != "" {
		how = "git fetch --depth=1 " + r.remote + " " + name
	}
	return "This clone is shallow: give actions/checkout fetch-depth: 0 (or run '" + how + "'), or name a commit that is here: -base=REF."
}

// shown is a ref as people write it.
func shown(ref string) string {
	for _, prefix := range []string{"refs/remotes/", "refs/heads/"} {
		if name, ok := strings.CutPrefix(ref, prefix); ok {
			return name
		}
	}
	return ref
}
