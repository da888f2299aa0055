package forge

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// A Discussion is a thread in a repository's discussions. GitHub offers them by
// GraphQL alone: docs.github.com/graphql/guides, "using the GraphQL API for
// discussions".
type Discussion struct {
	Title string `json:"title"`
	URL   string `json:"url"`
}

// FindDiscussion looks for a discussion of that title among the newest hundred
// of a category; nil where there is none. The error is [ErrNotFound] where the
// repository has no such category.
func (c *Client) FindDiscussion(ctx context.Context, category, title string) (*Discussion, error) {
	_, id, err := c.category(ctx, category)
	if err != nil {
		return nil, err
	}
	const query = `query($owner: String!, $name: String!, $category: ID!) {
		repository(owner: $owner, name: $name) {
			discussions(first: 100, categoryId: $category, orderBy: {field: CREATED_AT, direction: DESC}) { nodes { title url } }
		}
	}`
	var data struct {
		Repository struct {
			Discussions struct {
				Nodes []Discussion
			}
		}
	}
	err = c.graph(ctx, "list discussions", again, query, map[string]any{"owner": c.owner, "name": c.name, "category": id}, &data)
	for _, d := range data.Repository.Discussions.Nodes {
		if d.Title == title {
			return &d, err
		}
	}
	return nil, err
}

// Discuss begins a discussion in a category. A lost answer can leave one that
// nobody was told of: see [Temporary].
func (c *Client) Discuss(ctx context.Context, category, title, text string) (*Discussion, error) {
	repository, id, err := c.category(ctx, category)
	if err != nil {
		return nil, err
	}
	const query = `mutation($input: CreateDiscussionInput!) {
		createDiscussion(input: $input) { discussion { title url } }
	}`
	input := map[string]string{"repositoryId": repository, "categoryId": id, "title": title, "body": text}
	var data struct {
		CreateDiscussion struct {
			Discussion Discussion
		}
	}
	err = c.graph(ctx, "begin a discussion", once, query, map[string]any{"input": input}, &data)
	return &data.CreateDiscussion.Discussion, err
}

// category returns the IDs of the repository and of its category of that name.
func (c *Client) category(ctx context.Context, name string) (repository, category string, err error) {
	const query = `query($owner: String!, $name: String!) {
		repository(owner: $owner, name: $name) { id discussionCategories(first: 100) { nodes { id name } } }
	}`
	var data struct {
		Repository struct {
			ID                   string
			DiscussionCategories struct {
				Nodes []struct{ ID, Name string }
			}
		}
	}
	if err := c.graph(ctx, "list the categories of discussions", again, query, map[string]any{"owner": c.owner, "name": c.name}, &data); err != nil {
		return "", "", err
	}
	for _, n := range data.Repository.DiscussionCategories.Nodes {
		if strings.EqualFold(n.Name, name) {
			return data.Repository.ID, n.ID, nil
		}
	}
	return "", "", fmt.Errorf("discussions of %s/%s have no category %q: %w", c.owner, c.name, name, ErrNotFound)
}

// graph sends a GraphQL request. GitHub answers 200 to refusals too.
func (c *Client) graph(ctx context.Context, op string, repeat bool, query string, variables map[string]any, into any) error {
	var answer struct {
		Data   json.RawMessage
		Errors []struct{ Type, Message string }
	}
	err := c.call(ctx, op, repeat, func(ctx context.Context) error {
		req, err := c.api.NewRequest(ctx, http.MethodPost, c.graphURL, map[string]any{"query": query, "variables": variables})
		if err != nil {
			return fmt.Errorf("%w: %w", errUnusable, err)
		}
		_, err = c.api.Do(req, &answer)
		return err
	})
	if err != nil {
		return err
	}
	if len(answer.Errors) > 0 {
		kinds := map[string]error{"FORBIDDEN": ErrForbidden, "NOT_FOUND": ErrNotFound, "RATE_LIMITED": ErrRateLimited}
		return &Error{op, http.StatusOK, answer.Errors[0].Message, kinds[answer.Errors[0].Type]}
	}
	if err := json.Unmarshal(answer.Data, into); err != nil {
		return fmt.Errorf("%s: %w: %w", op, errUnusable, err)
	}
	return nil
}

// graphURL is where the API at base takes GraphQL: beside the REST API, which
// on a GitHub Enterprise Server lies below api/v3.
func graphURL(base string) string { return strings.TrimSuffix(base, "v3/") + "graphql" }
