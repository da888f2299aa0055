// Package announce is the channel of the news: it tells a webhook or a GitHub
// discussion that a version is out, last of all.
//
// What is said cannot be unsaid, and a release is good without it: an
// announcement is never undone and never a reason to fail. It is made once at
// most; where nobody can tell whether one was made, a person looks.
package announce

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/cupel-dev/cupel/internal/forge"
	"github.com/cupel-dev/cupel/internal/journal"
	"github.com/cupel-dev/cupel/internal/version"
)

// timeout is what a webhook may take to answer.
const timeout = 30 * time.Second

// Options say what is told to whom. One of Webhook and Category is given, or
// both.
type Options struct {
	Version version.Version
	ID      string // unique among the channels of a release; "announce"
	Title   string // a line: "Project v1.2.0"
	Text    string // Markdown, the text of the version's section

	// Webhook is a URL that takes a POST with one JSON object. It is a secret:
	// whoever has it can post.
	Webhook string
	Field   string // of the JSON object that holds the text; "text", as Slack and Mattermost have it ("content" is Discord's)
	State   string // a file that remembers whether the webhook was told, in a directory that exists when the step runs

	// Category is the category of GitHub discussions that a discussion is begun in.
	Category string
	Client   *forge.Client
}

// A Channel announces one version.
type Channel struct {
	Options
	http *http.Client
}

// New checks the options; it asks nobody.
func New(o Options) (*Channel, error) {
	if o.Webhook == "" && o.Category == "" {
		return nil, errors.New("announce: neither a webhook nor a category of discussions is given")
	}
	if o.Webhook != "" {
		if err := checkWebhook(o); err != nil {
			return nil, err
		}
	}
	if o.Category != "" && o.Client == nil {
		return nil, errors.New("announce: a discussion takes a GitHub repository")
	}
	if o.Field == "" {
		o.Field = "text"
	}
	if o.ID == "" {
		o.ID = "announce"
	}
	return &Channel{o, &http.Client{Timeout: timeout, CheckRedirect: noRedirect}}, nil
}

// checkWebhook says what is wrong without the URL.
func checkWebhook(o Options) error {
	u, err := url.Parse(o.Webhook)
	if err != nil || u.Host == "" {
		return errors.New("announce: the webhook's URL is not valid")
	}
	host := u.Hostname()
	if u.Scheme != "https" && !(u.Scheme == "http" && (host == "localhost" || host == "127.0.0.1" || host == "::1")) {
		return fmt.Errorf("announce: the webhook's URL begins with %s://, and is a secret that takes https://", u.Scheme)
	}
	if o.State == "" {
		return errors.New("announce: a webhook takes a file that remembers whether it was told")
	}
	return nil
}

func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// Name is the channel's ID.
func (c *Channel) Name() string { return c.ID }

// Steps are one notice each.
func (c *Channel) Steps() []journal.Step {
	var steps []journal.Step
	if c.Category != "" {
		steps = append(steps, c.discussion())
	}
	if c.Webhook != "" {
		steps = append(steps, c.webhook())
	}
	return steps
}

// Withdrawal is empty: what was said is not unsaid.
func (c *Channel) Withdrawal() []journal.Step { return nil }

// Residue says what nobody can take back.
func (c *Channel) Residue() []string {
	return []string{fmt.Sprintf("whoever was told of %s knows of it; tell them that it is withdrawn", c.Version.Tag())}
}

// Entries are none: an announcement uses no number.
func (c *Channel) Entries(context.Context) ([]version.Entry, error) { return nil, nil }

func (c *Channel) step(id, title string) journal.Step {
	return journal.Step{ID: c.ID + ":" + id, Title: title, Channel: c.Name(), Class: journal.Notice}
}

// discussion begins a discussion, of which the title says whether it is there.
func (c *Channel) discussion() journal.Step {
	s := c.step("discussion", fmt.Sprintf("begin a discussion in %q: %s", c.Category, c.Title))
	s.Probe = func(ctx context.Context) (journal.Observation, error) {
		d, err := c.Client.FindDiscussion(ctx, c.Category, c.Title)
		if err != nil || d == nil {
			return journal.Observation{State: journal.Absent}, err
		}
		return journal.Observation{State: journal.Done, Value: d.URL}, nil
	}
	s.Do = func(ctx context.Context) error {
		_, err := c.Client.Discuss(ctx, c.Category, c.Title, c.Text)
		return err
	}
	return s
}
