package forge

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/google/go-github/v89/github"
)

// A Release is a release as it is on GitHub. See docs.github.com/rest/releases.
type Release struct {
	ID         int64
	Tag        string // what it is, or will be, a release of; several drafts may have one tag
	Title      string
	Notes      string // Markdown; its lines end in \n, whatever GitHub answers with
	Draft      bool   // seen only by those who may write
	Prerelease bool
	Immutable  bool // GitHub refuses to change its tag and its assets
	URL        string
	Assets     []Asset

	upload string // where its assets are sent to
}

// A ReleaseEdit is what a release becomes; nil leaves a field as it is.
type ReleaseEdit struct {
	Title, Notes      *string
	Draft, Prerelease *bool
	Latest            *bool // whether it is the one that people are sent to
}

// Releases lists all releases, newest first. Drafts are among them where the
// token may write.
func (c *Client) Releases(ctx context.Context) ([]Release, error) {
	var releases []Release
	err := pages(func(page github.ListOptions) (*github.Response, error) {
		var list []*github.RepositoryRelease
		var response *github.Response
		err := c.call(ctx, "list releases", again, func(ctx context.Context) error {
			var err error
			list, response, err = c.api.Repositories.ListReleases(ctx, c.owner, c.name, &page)
			return err
		})
		for _, r := range list {
			releases = append(releases, release(r))
		}
		return response, err
	})
	return releases, err
}

// Release reads the release of that ID; the error is [ErrNotFound] where there
// is none.
func (c *Client) Release(ctx context.Context, id int64) (Release, error) {
	return c.oneRelease(ctx, fmt.Sprintf("read release %d", id), again, func(ctx context.Context) (*github.RepositoryRelease, *github.Response, error) {
		return c.api.Repositories.GetRelease(ctx, c.owner, c.name, id)
	})
}

// LatestRelease is the one that people are sent to; the error is [ErrNotFound]
// where there is none.
func (c *Client) LatestRelease(ctx context.Context) (Release, error) {
	return c.oneRelease(ctx, "read the latest release", again, func(ctx context.Context) (*github.RepositoryRelease, *github.Response, error) {
		return c.api.Repositories.GetLatestRelease(ctx, c.owner, c.name)
	})
}

// CreateDraft creates a draft of a release: tag, title, notes and whether it is
// a prerelease. It names no commit, which GitHub would refuse as long as it is
// not pushed. A lost answer can leave a draft that nobody was told of: see
// [Temporary].
func (c *Client) CreateDraft(ctx context.Context, r Release) (Release, error) {
	request := github.CreateReleaseRequest{TagName: r.Tag, Name: &r.Title, Body: &r.Notes, Draft: new(true), Prerelease: &r.Prerelease, MakeLatest: new("false")}
	return c.oneRelease(ctx, "create a draft of "+r.Tag, once, func(ctx context.Context) (*github.RepositoryRelease, *github.Response, error) {
		return c.api.Repositories.CreateRelease(ctx, c.owner, c.name, request)
	})
}

// EditRelease changes a release. Sending it twice is the same as once.
func (c *Client) EditRelease(ctx context.Context, r Release, edit ReleaseEdit) (Release, error) {
	// GitHub takes a missing make_latest for "true" when a draft becomes public.
	request := github.UpdateReleaseRequest{TagName: &r.Tag, Name: edit.Title, Body: edit.Notes, Draft: edit.Draft, Prerelease: edit.Prerelease}
	if edit.Latest != nil {
		request.MakeLatest = new(fmt.Sprint(*edit.Latest))
	}
	return c.oneRelease(ctx, "edit the release "+r.Tag, again, func(ctx context.Context) (*github.RepositoryRelease, *github.Response, error) {
		return c.api.Repositories.UpdateRelease(ctx, c.owner, c.name, r.ID, request)
	})
}

// DeleteRelease deletes a release, by its ID and not by its tag, which other
// releases may have. One that is gone is no error. The tag stays.
func (c *Client) DeleteRelease(ctx context.Context, r Release) error {
	err := c.call(ctx, "delete the release "+r.Tag, again, func(ctx context.Context) error {
		_, err := c.api.Repositories.DeleteRelease(ctx, c.owner, c.name, r.ID)
		return err
	})
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

// TagCommit is the commit that a tag points to on GitHub, through the tag
// object if it has one; "" where there is no such tag.
func (c *Client) TagCommit(ctx context.Context, tag string) (string, error) {
	var commit string
	err := c.call(ctx, "read the tag "+tag, again, func(ctx context.Context) error {
		var err error
		commit, _, err = c.api.Repositories.GetCommitSHA1(ctx, c.owner, c.name, "tags/"+tag, "")
		return err
	})
	var e *Error
	if errors.As(err, &e) && (e.Status == http.StatusNotFound || e.Status == http.StatusUnprocessableEntity) {
		return "", nil
	}
	return commit, err
}

// Private reports whether only some people may read the repository.
func (c *Client) Private(ctx context.Context) (bool, error) {
	var private bool
	err := c.call(ctx, "read the repository", again, func(ctx context.Context) error {
		repository, _, err := c.api.Repositories.Get(ctx, c.owner, c.name)
		private = repository.GetPrivate()
		return err
	})
	return private, err
}

func (c *Client) oneRelease(ctx context.Context, op string, repeat bool, ask func(context.Context) (*github.RepositoryRelease, *github.Response, error)) (Release, error) {
	var answer *github.RepositoryRelease
	err := c.call(ctx, op, repeat, func(ctx context.Context) error {
		var err error
		answer, _, err = ask(ctx)
		return err
	})
	if err != nil {
		return Release{}, err
	}
	if answer == nil {
		return Release{}, fmt.Errorf("%s: %w: GitHub answers without a release", op, errUnusable)
	}
	return release(answer), nil
}

func release(r *github.RepositoryRelease) Release {
	out := Release{
		ID: r.ID, Tag: r.TagName, Title: r.GetName(), Notes: strings.ReplaceAll(r.GetBody(), "\r\n", "\n"), Draft: r.Draft, Prerelease: r.Prerelease,
		Immutable: r.GetImmutable(), URL: r.HTMLURL, upload: r.UploadURL,
	}
	for _, a := range r.Assets {
		out.Assets = append(out.Assets, asset(a))
	}
	return out
}
