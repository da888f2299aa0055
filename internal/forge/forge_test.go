package forge_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cupel-dev/cupel/internal/forge"
	"github.com/cupel-dev/cupel/internal/forge/forgetest"
)

const (
	token = "ghs_secret_of_the_tests"
	bot   = "github-actions[bot]"
)

// waits records how long a client waited, and does not wait.
type waits struct {
	mu   sync.Mutex
	list []time.Duration
}

func (w *waits) wait(ctx context.Context, d time.Duration) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.list = append(w.list, d)
	return context.Cause(ctx)
}

// start is a server with the repository o/r, the pull request 12 from a fork,
// and a token as workflows have it.
func start(t *testing.T) (*forgetest.Server, *forgetest.Repository) {
	s := forgetest.New(t)
	s.Allow(token, forgetest.Token{Login: bot, App: true, May: []string{"pull-requests:write"}})
	repo := s.Repository("o/r")
	repo.Pull(forgetest.Pull{Number: 12, HeadRepository: "fork/r", HeadBranch: "feature", HeadSHA: "aaa", BaseBranch: "main", BaseSHA: "bbb"})
	return s, repo
}

// open is a client of o/r. Errors must never hold a secret of the server.
func open(t *testing.T, s *forgetest.Server, secret string) (*forge.Client, *waits) {
	t.Helper()
	w := &waits{}
	client, err := forge.New(forge.Config{APIURL: s.URL, Repository: "o/r", Token: secret, Wait: w.wait})
	if err != nil {
		t.Fatal(err)
	}
	return client, w
}

func clean(t *testing.T, s *forgetest.Server, err error) {
	t.Helper()
	for _, secret := range s.Secrets() {
		if err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("an error holds a secret: %v", err)
		}
	}
}

func TestATokenIsSentOverTLSOrToThisMachineOnly(t *testing.T) {
	for url, ok := range map[string]bool{
		"": true, "https://git.example/api/v3": true, "http://127.0.0.1:1": true, "http://localhost:1": true,
		"http://git.example": false, "git.example": false, "file:///etc": false, "https://" + token + "@git.example": false, "https://": false,
	} {
		_, err := forge.New(forge.Config{APIURL: url, Repository: "o/r", Token: token})
		if (err == nil) != ok {
			t.Errorf("%q: error is %v", url, err)
		}
		if err != nil && strings.Contains(err.Error(), token) {
			t.Errorf("the error holds the token: %v", err)
		}
	}
	for _, name := range []string{"", "o", "o/", "/r", "o/r/x"} {
		if _, err := forge.New(forge.Config{Repository: name}); err == nil {
			t.Errorf("repository %q is accepted", name)
		}
	}
}

func TestATokenThatIsNoHeaderValueIsAnErrorWithoutIt(t *testing.T) {
	s, _ := start(t)
	client, _ := open(t, s, "first-line\nsecond-line")
	_, err := client.Pull(t.Context(), 12)
	if err == nil || strings.Contains(err.Error(), "first-line") || strings.Contains(err.Error(), "second-line") {
		t.Errorf("error is %v", err)
	}
}

func TestATokenFollowsNoRedirectToAnotherHost(t *testing.T) {
	got := ""
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.Header.Get("Authorization") }))
	defer other.Close()
	s, _ := start(t)
	s.Fail(forgetest.Fault{Status: http.StatusMovedPermanently, Header: "Location: " + other.URL})
	client, _ := open(t, s, token)
	if _, err := client.Pull(t.Context(), 12); err == nil || got != "" {
		t.Errorf("error is %v, the other host got %q", err, got)
	}
}

func TestWhatCanBeSentAgainIsUntilItWorks(t *testing.T) {
	for name, c := range map[string]struct {
		fault forgetest.Fault
		wait  time.Duration
	}{
		"500":                        {forgetest.Fault{Status: 500, Times: 1}, time.Second},
		"502 three times":            {forgetest.Fault{Status: 502, Times: 3}, time.Second},
		"503 with Retry-After":       {forgetest.Fault{Status: 503, Header: "Retry-After: 7", Times: 1}, 7 * time.Second},
		"429 with Retry-After":       {forgetest.Fault{Status: 429, Header: "Retry-After: 9", Times: 1}, 9 * time.Second},
		"429 without":                {forgetest.Fault{Status: 429, Times: 1}, time.Second},
		"secondary limit":            {forgetest.Fault{Status: 403, Secondary: true, Header: "Retry-After: 30", Times: 1}, 30 * time.Second},
		"secondary limit, no time":   {forgetest.Fault{Status: 403, Secondary: true, Times: 1}, time.Minute},
		"403 with Retry-After":       {forgetest.Fault{Status: 403, Header: "Retry-After: 5", Times: 1}, 5 * time.Second},
		"primary limit that is over": {forgetest.Fault{Status: 403, Header: "X-RateLimit-Remaining: 0", Times: 1}, time.Second},
		"connection refused":         {forgetest.Fault{Refuse: true, Times: 1}, time.Second},
		"lost reply":                 {forgetest.Fault{Lost: true, Times: 1}, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := start(t)
			s.Fail(c.fault)
			client, waits := open(t, s, token)
			p, err := client.Pull(t.Context(), 12)
			if err != nil || p.Number != 12 {
				t.Fatalf("got %+v, %v", p, err)
			}
			// net/http itself sends a GET again on a connection that broke unused.
			if len(waits.list) > 0 && waits.list[0] != c.wait {
				t.Errorf("waited %v, want %v first", waits.list, c.wait)
			}
			if len(waits.list) == 0 && c.fault.Status != 0 {
				t.Error("did not wait")
			}
		})
	}
}

func TestNothingIsSentAgainForeverOrWaitedForTooLong(t *testing.T) {
	for name, c := range map[string]struct {
		fault    forgetest.Fault
		kind     error
		requests int
	}{
		"500 always":            {forgetest.Fault{Status: 500}, nil, 4},
		"429 always":            {forgetest.Fault{Status: 429}, forge.ErrRateLimited, 4},
		"an hour":               {forgetest.Fault{Status: 429, Header: "Retry-After: 3600"}, forge.ErrRateLimited, 1},
		"403":                   {forgetest.Fault{Status: 403}, forge.ErrForbidden, 1},
		"404":                   {forgetest.Fault{Status: 404}, forge.ErrNotFound, 1},
		"401":                   {forgetest.Fault{Status: 401}, nil, 1},
		"Retry-After no number": {forgetest.Fault{Status: 403, Header: "Retry-After: soon"}, forge.ErrForbidden, 1},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := start(t)
			s.Fail(c.fault)
			client, _ := open(t, s, token)
			_, err := client.Pull(t.Context(), 12)
			clean(t, s, err)
			var answer *forge.Error
			if !errors.As(err, &answer) || answer.Status != c.fault.Status || c.kind != nil && !errors.Is(err, c.kind) {
				t.Errorf("error is %v", err)
			}
			if n := s.Count("GET"); n != c.requests {
				t.Errorf("%d requests, want %d", n, c.requests)
			}
		})
	}
}

func TestAConnectionThatAlwaysBreaksIsAnErrorWithoutAnAddress(t *testing.T) {
	s, _ := start(t)
	s.Fail(forgetest.Fault{Refuse: true})
	client, _ := open(t, s, token)
	_, err := client.Pull(t.Context(), 12)
	if err == nil || strings.Contains(err.Error(), s.URL) || !strings.HasPrefix(err.Error(), "get pull request #12: ") {
		t.Errorf("error is %v", err)
	}
}

func TestACancellationEndsASlowAnswerAndAWait(t *testing.T) {
	reason := errors.New("the person pressed Ctrl-C")
	for name, fault := range map[string]forgetest.Fault{"a slow answer": {Delay: time.Hour}, "a wait": {Status: 429, Header: "Retry-After: 60"}} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			s, _ := start(t)
			fault.Notice = func() { cancel(reason) }
			s.Fail(fault)
			client, err := forge.New(forge.Config{APIURL: s.URL, Repository: "o/r", Token: token}) // one that waits
			if err != nil {
				t.Fatal(err)
			}
			if _, err := client.Pull(ctx, 12); !errors.Is(err, reason) {
				t.Errorf("error is %v", err)
			}
		})
	}
}

func TestG02ThePullRequestIsFoundByItsHead(t *testing.T) {
	head := forge.Head{Repository: "fork/r", Branch: "feature", SHA: "aaa"}
	for name, c := range map[string]struct {
		more []forgetest.Pull
		head forge.Head
		hint int
		want int
		err  error
	}{
		"one fits":                             {head: head, want: 12},
		"a hint to another is not followed":    {more: []forgetest.Pull{{Number: 1, HeadRepository: "o/r", HeadBranch: "x", HeadSHA: "ccc"}}, head: head, hint: 1, want: 12},
		"another commit":                       {head: forge.Head{Repository: "fork/r", Branch: "feature", SHA: "old"}, hint: 12, err: forge.ErrSuperseded},
		"another branch":                       {head: forge.Head{Repository: "fork/r", Branch: "other", SHA: "bad"}, hint: 12, err: forge.ErrNoPull},
		"another fork of the same owner":       {head: forge.Head{Repository: "fork/r2", Branch: "feature", SHA: "bad"}, err: forge.ErrNoPull},
		"a hint with this very head":           {head: forge.Head{Repository: "fork/renamed", Branch: "feature", SHA: "aaa"}, hint: 12, want: 12},
		"a hint that does not exist":           {head: forge.Head{Repository: "x/y", Branch: "z", SHA: "aaa"}, hint: 99, err: forge.ErrNoPull},
		"closed":                               {more: []forgetest.Pull{{Number: 13, HeadRepository: "fork/r", HeadBranch: "done", HeadSHA: "ddd", Closed: true}}, head: forge.Head{Repository: "fork/r", Branch: "done", SHA: "ddd"}, hint: 13, err: forge.ErrNoPull},
		"two fit and the hint chooses":         {more: []forgetest.Pull{{Number: 14, HeadRepository: "fork/r", HeadBranch: "feature", HeadSHA: "aaa"}}, head: head, hint: 14, want: 14},
		"two fit and nothing chooses":          {more: []forgetest.Pull{{Number: 14, HeadRepository: "fork/r", HeadBranch: "feature", HeadSHA: "aaa"}}, head: head, err: forge.ErrAmbiguous},
		"a fork that is gone":                  {more: []forgetest.Pull{{Number: 15, HeadBranch: "gone", HeadSHA: "eee"}}, head: forge.Head{Repository: "gone/r", Branch: "gone", SHA: "eee"}, err: forge.ErrNoPull},
		"a fork that is gone, but a true hint": {more: []forgetest.Pull{{Number: 15, HeadBranch: "gone", HeadSHA: "eee"}}, head: forge.Head{Repository: "gone/r", Branch: "gone", SHA: "eee"}, hint: 15, want: 15},
	} {
		t.Run(name, func(t *testing.T) {
			s, repo := start(t)
			for _, p := range c.more {
				repo.Pull(p)
			}
			client, _ := open(t, s, token)
			p, err := client.ResolvePull(t.Context(), c.head, c.hint)
			if p.Number != c.want || !errors.Is(err, c.err) {
				t.Errorf("got #%d, %v; want #%d, %v", p.Number, err, c.want, c.err)
			}
		})
	}
}

func TestAPullRequestOfAForkIsKnownAsOne(t *testing.T) {
	s, repo := start(t)
	repo.Pull(forgetest.Pull{Number: 13, HeadRepository: "o/r", HeadBranch: "x", HeadSHA: "ccc"})
	client, _ := open(t, s, token)
	for number, fork := range map[int]bool{12: true, 13: false} {
		p, err := client.Pull(t.Context(), number)
		if err != nil || p.HasFork != fork || !p.Open || p.Base.Repository != "o/r" {
			t.Errorf("#%d: %+v, %v", number, p, err)
		}
	}
}

func TestManyPullRequestsOfOneBranchAreAllRead(t *testing.T) {
	s, repo := start(t)
	for n := range 250 {
		repo.Pull(forgetest.Pull{Number: 100 + n, HeadRepository: "fork/r", HeadBranch: "many", HeadSHA: fmt.Sprint("sha", n)})
	}
	client, _ := open(t, s, token)
	p, err := client.ResolvePull(t.Context(), forge.Head{Repository: "fork/r", Branch: "many", SHA: "sha249"}, 0)
	if err != nil || p.Number != 349 {
		t.Errorf("got #%d, %v", p.Number, err)
	}
}
