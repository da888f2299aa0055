// Package forge talks to GitHub: the comments of a pull request, the artifacts
// of a workflow run, what a workflow knows of the pull request it runs for,
// releases with their assets, and discussions.
//
// It knows nothing of benchmarks and writes no text of its own. A token comes
// from the environment of the process and goes into one header of requests to
// the API, nowhere else: not into a URL, not into an error, and not to the
// storage that GitHub sends a download to.
package forge

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/google/go-github/v89/github"

	"github.com/cupel-dev/cupel/internal/retry"
)

const (
	publicAPI = "https://api.github.com"

	// timeout is what one request may take, its answer included.
	timeout = 30 * time.Second
)

// A Config says which repository a [Client] is for, and how to reach it.
type Config struct {
	APIURL     string // "" is GitHub's own
	Repository string // "owner/name"
	Token      string // a secret; "" reads what is public

	// Wait replaces the waiting between two attempts; nil waits.
	Wait func(context.Context, time.Duration) error
}

// A Client acts on one repository. It may be used by several goroutines.
type Client struct {
	owner, name string
	api         *github.Client
	transfer    *github.Client // for files, which take longer
	graphURL    string
	storage     *http.Client // has no token
	outside     *http.Client // has none either, and is for files
	wait        func(context.Context, time.Duration) error

	login func(context.Context) (string, error) // whose token it is, asked once
}

// New returns a client. It contacts nothing.
func New(c Config) (*Client, error) {
	owner, name, ok := strings.Cut(c.Repository, "/")
	if !ok || owner == "" || name == "" || strings.Contains(name, "/") {
		return nil, fmt.Errorf("repository %q is not of the form owner/name", c.Repository)
	}
	base, err := apiURL(cmp.Or(c.APIURL, publicAPI))
	if err != nil {
		return nil, err
	}
	client := &Client{
		owner: owner, name: name, wait: c.Wait, graphURL: graphURL(base),
		storage: &http.Client{Timeout: timeout}, outside: &http.Client{Timeout: transferTimeout},
	}
	if client.api, err = newAPI(base, c.Token, timeout); err != nil {
		return nil, err
	}
	if client.transfer, err = newAPI(base, c.Token, transferTimeout); err != nil {
		return nil, err
	}
	if client.wait == nil {
		client.wait = retry.Wait
	}
	client.login = client.whoOnce()
	return client, nil
}

func newAPI(base, token string, timeout time.Duration) (*github.Client, error) {
	options := []github.ClientOptionsFunc{
		github.WithHTTPClient(&http.Client{Timeout: timeout, CheckRedirect: sameHost}),
		github.WithURLs(&base, nil),
		github.WithUserAgent("cupel"),
		// Whether and how long to wait is decided in retry.go alone.
		github.WithDisableRateLimitCheck(),
	}
	if token = strings.TrimSpace(token); token != "" {
		options = append(options, github.WithAuthToken(token))
	}
	api, err := github.NewClient(options...)
	if err != nil {
		return nil, fmt.Errorf("make GitHub client: %w", err)
	}
	return api, nil
}

// apiURL checks that a token may be sent there: over TLS, or to this machine.
func apiURL(text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return "", fmt.Errorf("the URL of the API is not valid")
	}
	local := u.Hostname() == "127.0.0.1" || u.Hostname() == "::1" || u.Hostname() == "localhost"
	if u.Scheme != "https" && !(u.Scheme == "http" && local) {
		return "", fmt.Errorf("the URL of the API begins with %s://, a token is sent over https:// only", u.Scheme)
	}
	if u.User != nil {
		return "", errors.New("the URL of the API holds a password, which belongs into GITHUB_TOKEN")
	}
	return strings.TrimSuffix(u.String(), "/") + "/", nil
}

// sameHost follows a redirect of the API only where the token may go too.
func sameHost(req *http.Request, via []*http.Request) error {
	if req.URL.Host != via[0].URL.Host || req.URL.Scheme != via[0].URL.Scheme {
		return fmt.Errorf("%w: the API redirects to another host", errUnusable)
	}
	if len(via) >= 5 {
		return fmt.Errorf("%w: the API redirects without end", errUnusable)
	}
	return nil
}

// workflowBot is who acts with the token of a workflow, which has no user.
const workflowBot = "github-actions[bot]"

// who is the login that the token acts as.
func (c *Client) who(ctx context.Context) (string, error) {
	var login string
	err := c.call(ctx, "ask whose token it is", again, func(ctx context.Context) error {
		user, _, err := c.api.Users.Get(ctx, "")
		login = user.GetLogin()
		return err
	})
	if errors.Is(err, ErrForbidden) {
		return workflowBot, nil
	}
	return login, err
}

// whoOnce keeps the answer of who, but no error.
func (c *Client) whoOnce() func(context.Context) (string, error) {
	var mu sync.Mutex
	var known string
	return func(ctx context.Context) (string, error) {
		mu.Lock()
		defer mu.Unlock()
		if known != "" {
			return known, nil
		}
		login, err := c.who(ctx)
		if err == nil {
			known = login
		}
		return login, err
	}
}

// pages calls next for each page of a list until there is none left. A list
// without end is an error.
func pages(next func(github.ListOptions) (*github.Response, error)) error {
	const most = 200
	options := github.ListOptions{PerPage: 100}
	for range most {
		response, err := next(options)
		if err != nil {
			return err
		}
		if response.NextPage == 0 {
			return nil
		}
		options.Page = response.NextPage
	}
	return fmt.Errorf("more than %d pages", most)
}
