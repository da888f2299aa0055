package forge

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/google/go-github/v89/github"
)

// Errors of [Client.ResolvePull].
var (
	ErrNoPull     = errors.New("no open pull request has this head")
	ErrSuperseded = errors.New("the pull request has a newer head")
	ErrAmbiguous  = errors.New("several open pull requests have this head")
)

// A Head is what a pull request wants to have merged: a commit on a branch of
// a repository, "owner/name", which for a fork is another one.
type Head struct {
	Repository string
	Branch     string
	SHA        string
}

// A Pull is an open or closed pull request.
type Pull struct {
	Number  int
	Open    bool
	Head    Head
	Base    Head
	HasFork bool // the head lies in another repository, so a workflow's token can only read
}

// Pull asks for the pull request of that number as it is now.
func (c *Client) Pull(ctx context.Context, number int) (Pull, error) {
	var found *github.PullRequest
	err := c.call(ctx, fmt.Sprintf("get pull request #%d", number), again, func(ctx context.Context) error {
		var err error
		found, _, err = c.api.PullRequests.Get(ctx, c.owner, c.name, number)
		return err
	})
	if err != nil {
		return Pull{}, err
	}
	return pull(found), nil
}

// ResolvePull finds the open pull request that a workflow run was for. GitHub
// names none where the head is in a fork, and a number that the run itself
// names cannot be trusted: hint (0 for none) only chooses between pull requests
// whose head is exactly this one. The error is [ErrNoPull], [ErrAmbiguous] or,
// where the branch has moved on, [ErrSuperseded].
func (c *Client) ResolvePull(ctx context.Context, head Head, hint int) (Pull, error) {
	branch, err := c.pullsOf(ctx, head)
	if err != nil {
		return Pull{}, err
	}
	var exact []Pull
	for _, p := range branch {
		if p.Head.SHA == head.SHA {
			exact = append(exact, p)
		}
	}
	switch {
	case len(exact) == 1:
		return exact[0], nil
	case len(exact) > 1:
		return choose(exact, head, hint)
	case len(branch) > 0:
		return Pull{}, fmt.Errorf("find pull request of %s: %w", head, ErrSuperseded)
	}
	return c.hinted(ctx, head, hint)
}

// hinted is for a head that the list does not show, because its branch or its
// fork was renamed meanwhile.
func (c *Client) hinted(ctx context.Context, head Head, hint int) (Pull, error) {
	if hint > 0 {
		p, err := c.Pull(ctx, hint)
		if err == nil && p.Open && p.Head.SHA == head.SHA {
			return p, nil
		}
		if err != nil && !errors.Is(err, ErrNotFound) {
			return Pull{}, err
		}
	}
	return Pull{}, fmt.Errorf("find pull request of %s: %w", head, ErrNoPull)
}

func choose(exact []Pull, head Head, hint int) (Pull, error) {
	for _, p := range exact {
		if p.Number == hint {
			return p, nil
		}
	}
	return Pull{}, fmt.Errorf("find pull request of %s: %w", head, ErrAmbiguous)
}

// pullsOf lists the open pull requests from the branch of head.
func (c *Client) pullsOf(ctx context.Context, head Head) ([]Pull, error) {
	owner, _, _ := strings.Cut(head.Repository, "/")
	options := github.PullRequestListOptions{State: "open", Head: owner + ":" + head.Branch}
	var fit []Pull
	err := pages(func(page github.ListOptions) (*github.Response, error) {
		options.ListOptions = page
		var list []*github.PullRequest
		var response *github.Response
		err := c.call(ctx, "list pull requests", again, func(ctx context.Context) error {
			var err error
			list, response, err = c.api.PullRequests.List(ctx, c.owner, c.name, &options)
			return err
		})
		for _, found := range list {
			// The filter of the API knows the owner, not the repository.
			if p := pull(found); p.Open && strings.EqualFold(p.Head.Repository, head.Repository) && p.Head.Branch == head.Branch {
				fit = append(fit, p)
			}
		}
		return response, err
	})
	return fit, err
}

func pull(p *github.PullRequest) Pull {
	branch := func(b *github.PullRequestBranch) Head {
		return Head{Repository: b.GetRepo().GetFullName(), Branch: b.GetRef(), SHA: b.GetSHA()}
	}
	head, base := branch(p.GetHead()), branch(p.GetBase())
	return Pull{
		Number: p.GetNumber(), Open: p.GetState() == "open", Head: head, Base: base,
		HasFork: !strings.EqualFold(head.Repository, base.Repository),
	}
}

// String is the head as people write it, for an error: its branch is data and
// is quoted.
func (h Head) String() string {
	return fmt.Sprintf("%s:%q at %.12s", h.Repository, h.Branch, h.SHA)
}
