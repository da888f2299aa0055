package forge

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/go-github/v89/github"
)

// A Sticky is the one comment that a pull request has of a kind.
type Sticky struct {
	Number int    // of the pull request
	Marker string // the line that its body begins with
	Limit  int    // bytes that its body may have; less where GitHub asks for less

	// Body is the text in fewer than limit bytes, marker included.
	Body func(limit int) string

	// UpdateOnly leaves a pull request without the comment as it is.
	UpdateOnly bool
}

// A Comment is a comment as it is on GitHub.
type Comment struct {
	ID     int64
	Author string
	Body   string
	URL    string // where people read it
}

// shortest is the limit below which a body is not asked for.
const shortest = 1_000

// Upsert makes the comment say what it should: it updates the oldest one that
// begins with the marker and is the token's own, on whatever page it stands,
// creates one where there is none, and removes later ones, which two runs at
// once may have left. It returns nil where UpdateOnly left things as they were.
//
// A lost answer to a creation is no reason for a second comment: it looks
// first. A body that is too long is asked for again with half the limit. The
// error is [ErrForbidden] where the token may not write, as that of a fork's
// pull request.
func (c *Client) Upsert(ctx context.Context, s Sticky) (*Comment, error) {
	author, err := c.login(ctx)
	if err != nil {
		return nil, err
	}
	for attempt := 1; ; {
		comment, err := c.settle(ctx, &s, author)
		switch {
		case err == nil:
			return comment, nil
		case tooLong(err) && s.Limit/2 >= shortest:
			s.Limit /= 2
		case errors.Is(err, errRepeat) && attempt < attempts:
			if err := c.wait(ctx, time.Second<<(attempt-1)); err != nil {
				return nil, fmt.Errorf("comment on #%d: %w", s.Number, err)
			}
			attempt++
		default:
			return nil, err
		}
	}
}

// errRepeat says that things may have changed and that it helps to look again:
// a comment was deleted before it was updated, or nobody knows whether one was
// created.
var errRepeat = errors.New("the comment may have changed")

// settle does it once.
func (c *Client) settle(ctx context.Context, s *Sticky, author string) (*Comment, error) {
	own, err := c.own(ctx, s, author)
	if err != nil {
		return nil, err
	}
	body := s.Body(s.Limit)
	if len(own) == 0 {
		if s.UpdateOnly {
			return nil, nil
		}
		if own, err = c.create(ctx, s, body); err != nil {
			return nil, err
		}
	}
	keep := own[0]
	for _, later := range own[1:] {
		if err := c.remove(ctx, later.ID); err != nil && !errors.Is(err, ErrNotFound) {
			return nil, err
		}
	}
	if keep.Body == body {
		return &keep, nil
	}
	return c.edit(ctx, keep.ID, body)
}

// create creates the comment and looks again: the list is all comments of that
// kind and author, the created one and those that another run has created
// meanwhile, oldest first.
func (c *Client) create(ctx context.Context, s *Sticky, body string) ([]Comment, error) {
	var created *github.IssueComment
	err := c.call(ctx, fmt.Sprintf("create comment on #%d", s.Number), once, func(ctx context.Context) error {
		var err error
		created, _, err = c.api.Issues.CreateComment(ctx, c.owner, c.name, s.Number, &github.IssueComment{Body: &body})
		return err
	})
	if uncertain(err) && ctx.Err() == nil {
		return nil, fmt.Errorf("%w: %w", errRepeat, err)
	}
	if err != nil {
		return nil, err
	}
	mine := comment(created)
	own, err := c.own(ctx, s, mine.Author)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(own, func(other Comment) bool { return other.ID == mine.ID }) {
		own = append(own, mine) // the list may lag behind
	}
	slices.SortFunc(own, byAge)
	return own, nil
}

// own lists the comments with the marker and of the author, oldest first. A
// reply that quotes the marker does not begin with it.
func (c *Client) own(ctx context.Context, s *Sticky, author string) ([]Comment, error) {
	op := fmt.Sprintf("list comments on #%d", s.Number)
	var own []Comment
	err := pages(func(page github.ListOptions) (*github.Response, error) {
		var list []*github.IssueComment
		var response *github.Response
		err := c.call(ctx, op, again, func(ctx context.Context) error {
			var err error
			list, response, err = c.api.Issues.ListComments(ctx, c.owner, c.name, s.Number, &github.IssueListCommentsOptions{ListOptions: page})
			return err
		})
		for _, found := range list {
			if found.GetUser().GetLogin() == author && strings.HasPrefix(found.GetBody(), s.Marker) {
				own = append(own, comment(found))
			}
		}
		return response, err
	})
	slices.SortFunc(own, byAge)
	return own, err
}

func (c *Client) edit(ctx context.Context, id int64, body string) (*Comment, error) {
	var edited *github.IssueComment
	err := c.call(ctx, "update comment", again, func(ctx context.Context) error {
		var err error
		edited, _, err = c.api.Issues.EditComment(ctx, c.owner, c.name, id, &github.IssueComment{Body: &body})
		return err
	})
	if errors.Is(err, ErrNotFound) {
		return nil, fmt.Errorf("%w: %w", errRepeat, err)
	}
	if err != nil {
		return nil, err
	}
	done := comment(edited)
	return &done, nil
}

func (c *Client) remove(ctx context.Context, id int64) error {
	return c.call(ctx, "delete comment", again, func(ctx context.Context) error {
		_, err := c.api.Issues.DeleteComment(ctx, c.owner, c.name, id)
		return err
	})
}

func comment(c *github.IssueComment) Comment {
	return Comment{ID: c.GetID(), Author: c.GetUser().GetLogin(), Body: c.GetBody(), URL: c.GetHTMLURL()}
}

func byAge(a, b Comment) int { return int(a.ID - b.ID) }

// tooLong reports whether GitHub refused a body for its length. The limit that
// it enforces differs by endpoint, so its words decide.
func tooLong(err error) bool {
	var e *Error
	return errors.As(err, &e) && (e.Status == http.StatusRequestEntityTooLarge ||
		e.Status == http.StatusUnprocessableEntity && strings.Contains(e.Message, "too long"))
}
