package announce

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cupel-dev/cupel/internal/forge"
	"github.com/cupel-dev/cupel/internal/forge/forgetest"
	"github.com/cupel-dev/cupel/internal/journal"
	"github.com/cupel-dev/cupel/internal/version"
)

var v120 = version.Version{Major: 1, Minor: 2}

const secret = "T0K3N/of-the-webhook"

// outcome runs the steps as a release does, each time with a new journal.
func outcome(t *testing.T, c *Channel) journal.Outcome {
	t.Helper()
	j, err := journal.Open(filepath.Join(t.TempDir(), "journal"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	r := journal.Runner{Plan: journal.Plan{Name: "release", Steps: c.Steps()}, Journal: j}
	o := r.Run(t.Context())
	if o.Code != journal.Complete {
		t.Errorf("an announcement ended the release: %v", o.Err)
	}
	for _, w := range o.Warnings {
		if strings.Contains(w, secret) {
			t.Errorf("the secret is in %q", w)
		}
	}
	return o
}

// An ear keeps what a webhook is told.
type ear struct {
	mu    sync.Mutex
	heard []map[string]string
}

func (e *ear) hear(body map[string]string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.heard = append(e.heard, body)
}

func (e *ear) all() []map[string]string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.heard
}

// hook is a webhook and a channel that tells it.
func hook(t *testing.T, answer http.HandlerFunc) (*ear, *Channel) {
	t.Helper()
	e := &ear{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body map[string]string
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			t.Error(err)
		}
		e.hear(body)
		answer(w, r)
	}))
	t.Cleanup(server.Close)
	c, err := New(Options{Version: v120, Title: "Project v1.2.0", Text: "- \"new\"\n", Webhook: server.URL + "/" + secret, State: filepath.Join(t.TempDir(), "announced")})
	if err != nil {
		t.Fatal(err)
	}
	return e, c
}

func TestAWebhookIsToldOnce(t *testing.T) {
	heard, c := hook(t, func(http.ResponseWriter, *http.Request) {})
	for range 3 {
		if o := outcome(t, c); len(o.Warnings) > 0 {
			t.Errorf("warnings %q", o.Warnings)
		}
	}
	if want := []map[string]string{{"text": "Project v1.2.0\n\n- \"new\"\n"}}; !reflect.DeepEqual(heard.all(), want) {
		t.Errorf("it heard %q", heard.all())
	}
}

func TestARefusedAnnouncementIsAWarningAndCanBeRepeated(t *testing.T) {
	status := http.StatusServiceUnavailable
	heard, c := hook(t, func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, "no "+r.URL.Path, status)
	})
	if o := outcome(t, c); len(o.Warnings) != 1 || !strings.Contains(o.Warnings[0], "503") {
		t.Errorf("warnings %q", o.Warnings)
	}
	status = http.StatusOK
	if o := outcome(t, c); len(o.Warnings) > 0 || len(heard.all()) != 2 {
		t.Errorf("warnings %q, heard %q", o.Warnings, heard.all())
	}
}

func TestALostAnswerIsNoReasonToTellTwice(t *testing.T) {
	heard, c := hook(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	for range 2 {
		if o := outcome(t, c); len(o.Warnings) != 1 {
			t.Errorf("warnings %q", o.Warnings)
		}
	}
	if len(heard.all()) != 1 {
		t.Errorf("it heard %d times", len(heard.all()))
	}
}

func TestARedirectDoesNotCarryTheTextElsewhere(t *testing.T) {
	other, _ := hook(t, func(http.ResponseWriter, *http.Request) {})
	_, c := hook(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusTemporaryRedirect)
	})
	if o := outcome(t, c); len(o.Warnings) != 1 || len(other.all()) > 0 {
		t.Errorf("warnings %q", o.Warnings)
	}
}

func TestOptionsAreRefusedWithoutTheSecret(t *testing.T) {
	for name, o := range map[string]Options{
		"nothing":           {},
		"plain HTTP":        {Webhook: "http://example.org/" + secret, State: "x"},
		"no URL":            {Webhook: secret + "%zz", State: "x"},
		"no memory":         {Webhook: "https://example.org/" + secret},
		"no repository":     {Category: "Announcements"},
		"another scheme":    {Webhook: "file:///" + secret, State: "x"},
		"user and password": {Webhook: "ftp://a:" + secret + "@example.org", State: "x"},
	} {
		if _, err := New(o); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func discussions(t *testing.T, may ...string) (*forgetest.Server, *forgetest.Repository, *Channel) {
	t.Helper()
	server := forgetest.New(t)
	server.Allow("token", forgetest.Token{Login: "ann", May: may})
	repo := server.Repository("o/r")
	repo.SetCategories("General", "Announcements")
	client, err := forge.New(forge.Config{APIURL: server.URL, Repository: "o/r", Token: "token", Wait: func(context.Context, time.Duration) error { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	c, err := New(Options{Version: v120, Title: "Project v1.2.0", Text: "- new\n", Category: "announcements", Client: client})
	if err != nil {
		t.Fatal(err)
	}
	return server, repo, c
}

func TestADiscussionIsBegunOnceWhateverIsLost(t *testing.T) {
	for name, fault := range map[string]forgetest.Fault{
		"nothing": {Path: "/none"},
		"failing": {Path: "/graphql", Status: 502, Times: 1},
		"limited": {Path: "/graphql", Status: 429, Header: "Retry-After: 3", Times: 2},
	} {
		t.Run(name, func(t *testing.T) {
			server, repo, c := discussions(t, "discussions:write")
			server.Fail(fault)
			for range 2 {
				if o := outcome(t, c); len(o.Warnings) > 0 {
					t.Errorf("warnings %q", o.Warnings)
				}
			}
			if want := []forgetest.Discussion{{Category: "Announcements", Title: "Project v1.2.0", Body: "- new\n"}}; !reflect.DeepEqual(repo.Discussions(), want) {
				t.Errorf("discussions %q", repo.Discussions())
			}
		})
	}
}

func TestALostAnswerToADiscussionIsFoundByItsTitle(t *testing.T) {
	server, repo, c := discussions(t, "discussions:write")
	if err := c.Steps()[0].Do(t.Context()); err != nil { // it took effect
		t.Fatal(err)
	}
	asked := server.Count("POST /graphql")
	if o := outcome(t, c); len(o.Warnings) > 0 || len(repo.Discussions()) != 1 {
		t.Errorf("warnings %q, discussions %q", o.Warnings, repo.Discussions())
	}
	if server.Count("POST /graphql") == asked {
		t.Error("nobody looked")
	}
}

func TestADiscussionThatIsRefusedIsAWarning(t *testing.T) {
	_, repo, c := discussions(t)
	if o := outcome(t, c); len(o.Warnings) != 1 || !strings.Contains(o.Warnings[0], "may not do this") {
		t.Errorf("warnings %q", o.Warnings)
	}
	c.Category = "News"
	if o := outcome(t, c); len(o.Warnings) != 1 || !strings.Contains(o.Warnings[0], `"News"`) {
		t.Errorf("warnings %q", o.Warnings)
	}
	if len(repo.Discussions()) > 0 {
		t.Errorf("discussions %q", repo.Discussions())
	}
}
