package forge_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/cupel-dev/cupel/internal/forge"
	"github.com/cupel-dev/cupel/internal/forge/forgetest"
)

const marker = "<!-- cupel:smoke -->"

// says is a comment on pull request 12 with the marker and text.
func says(text string) forge.Sticky {
	return forge.Sticky{Number: 12, Marker: marker, Limit: 65_000,
		Body: func(limit int) string { return body(text)[:min(limit-1, len(body(text)))] }}
}

func body(text string) string { return marker + "\n" + text }

// ours are the comments that begin with the marker, by the author that counts.
func ours(repo *forgetest.Repository) (list []forgetest.Comment) {
	for _, c := range repo.Comments(12) {
		if c.Author == bot && strings.HasPrefix(c.Body, marker) {
			list = append(list, c)
		}
	}
	return list
}

func TestG06ManyRunsLeaveOneComment(t *testing.T) {
	s, repo := start(t)
	for n := range 7 {
		client, _ := open(t, s, token)
		if _, err := client.Upsert(t.Context(), says(fmt.Sprint("run ", n))); err != nil {
			t.Fatal(err)
		}
	}
	if got := repo.Comments(12); len(got) != 1 || got[0].Body != body("run 6") {
		t.Errorf("comments are %+v", got)
	}
}

func TestG06TheOwnCommentIsFoundOnAnyPageByMarkerAndAuthor(t *testing.T) {
	s, repo := start(t)
	for n := range 130 {
		repo.Comment(12, "reader", fmt.Sprint("me too ", n))
	}
	quote := repo.Comment(12, "reader", "> "+body("old"))
	stranger := repo.Comment(12, "reader", body("a copy by somebody else"))
	other := repo.Comment(12, bot, "<!-- another:tool -->\n"+marker)
	mine := repo.Comment(12, bot, body("old"))
	client, _ := open(t, s, token)
	got, err := client.Upsert(t.Context(), says("new"))
	if err != nil || got.ID != mine {
		t.Fatalf("updated %+v, %v; want %d", got, err, mine)
	}
	for _, c := range repo.Comments(12) {
		changed := c.ID == mine
		if changed != (c.Body == body("new")) {
			t.Errorf("comment %d (quote %d, stranger %d, other %d) is now %q", c.ID, quote, stranger, other, c.Body)
		}
	}
	if n := len(repo.Comments(12)); n != 134 {
		t.Errorf("%d comments, want 134", n)
	}
}

func TestG06TwoRunsAtOnceLeaveOneComment(t *testing.T) {
	for round := range 20 {
		s, repo := start(t)
		s.Fail(forgetest.Fault{Method: "GET", Path: "/comments", Times: 2, Gather: 2}) // both see that there is none
		var runs sync.WaitGroup
		for n := range 2 {
			runs.Go(func() {
				client, _ := open(t, s, token)
				if _, err := client.Upsert(t.Context(), says(fmt.Sprint("run ", n))); err != nil {
					t.Error(err)
				}
			})
		}
		runs.Wait()
		if s.Count("POST") != 2 {
			t.Fatalf("round %d: the runs did not collide", round)
		}
		if got := ours(repo); len(got) != 1 {
			t.Fatalf("round %d: comments are %+v", round, got)
		}
	}
}

func TestDuplicatesOfEarlierTimesAreRemovedAndTheOldestStays(t *testing.T) {
	s, repo := start(t)
	oldest := repo.Comment(12, bot, body("1"))
	repo.Comment(12, bot, body("2"))
	repo.Comment(12, bot, body("3"))
	client, _ := open(t, s, token)
	if _, err := client.Upsert(t.Context(), says("4")); err != nil {
		t.Fatal(err)
	}
	if got := repo.Comments(12); len(got) != 1 || got[0].ID != oldest || got[0].Body != body("4") {
		t.Errorf("comments are %+v", got)
	}
}

func TestAnEqualCommentIsNotTouched(t *testing.T) {
	s, repo := start(t)
	repo.Comment(12, bot, body("same"))
	client, _ := open(t, s, token)
	if _, err := client.Upsert(t.Context(), says("same")); err != nil {
		t.Fatal(err)
	}
	if s.Count("PATCH")+s.Count("POST") != 0 {
		t.Errorf("requests are %v", s.Requests())
	}
}

func TestUpdateOnlyCreatesNothing(t *testing.T) {
	s, repo := start(t)
	quiet := says("all is well")
	quiet.UpdateOnly = true
	client, _ := open(t, s, token)
	if got, err := client.Upsert(t.Context(), quiet); got != nil || err != nil || len(repo.Comments(12)) != 0 {
		t.Errorf("got %+v, %v, comments %+v", got, err, repo.Comments(12))
	}
	repo.Comment(12, bot, body("a regression"))
	if _, err := client.Upsert(t.Context(), quiet); err != nil || ours(repo)[0].Body != body("all is well") {
		t.Errorf("%v, comments %+v", err, repo.Comments(12))
	}
}

func TestG01AReadOnlyTokenIsForbiddenAtOnce(t *testing.T) {
	s, repo := start(t)
	s.Allow("read-only", forgetest.Token{Login: bot, App: true})
	client, waits := open(t, s, "read-only")
	_, err := client.Upsert(t.Context(), says("x"))
	if !errors.Is(err, forge.ErrForbidden) || len(repo.Comments(12)) != 0 || len(waits.list) != 0 {
		t.Errorf("error is %v, waited %v", err, waits.list)
	}
	if !strings.Contains(err.Error(), "create comment on #12") || !strings.Contains(err.Error(), "Resource not accessible by integration") {
		t.Errorf("error is %v", err)
	}
	clean(t, s, err)
}

func TestG03ABodyThatIsTooLongIsShrunk(t *testing.T) {
	for name, c := range map[string]struct {
		accepts int
		old     bool
	}{"a new comment": {9_000, false}, "an update": {9_000, true}, "accepted at once": {65_536, false}} {
		t.Run(name, func(t *testing.T) {
			s, repo := start(t)
			s.MaxBody = c.accepts
			if c.old {
				repo.Comment(12, bot, body("old"))
			}
			client, _ := open(t, s, token)
			if _, err := client.Upsert(t.Context(), says(strings.Repeat("x", 200_000))); err != nil {
				t.Fatal(err)
			}
			got := repo.Comments(12)
			if len(got) != 1 || !strings.HasPrefix(got[0].Body, marker) || len(got[0].Body) < c.accepts/2-1 {
				t.Errorf("%d comments, %d bytes", len(got), len(got[0].Body))
			}
		})
	}
}

func TestG03ABodyThatIsNeverShortEnoughIsAnError(t *testing.T) {
	s, repo := start(t)
	s.MaxBody = 10
	client, _ := open(t, s, token)
	_, err := client.Upsert(t.Context(), says(strings.Repeat("x", 200_000)))
	if err == nil || !strings.Contains(err.Error(), "too long") || len(repo.Comments(12)) != 0 {
		t.Errorf("error is %v", err)
	}
}

func TestEveryFaultOfEveryRequestLeavesOneComment(t *testing.T) {
	faults := map[string]forgetest.Fault{
		"lost reply": {Lost: true, Times: 1}, "refused": {Refuse: true, Times: 1}, "500": {Status: 500, Times: 1}, "502": {Status: 502, Times: 2},
		"429": {Status: 429, Header: "Retry-After: 1", Times: 1}, "secondary limit": {Status: 403, Secondary: true, Header: "Retry-After: 1", Times: 1},
	}
	for name, fault := range faults {
		for _, method := range []string{"GET", "POST", "PATCH", "DELETE"} {
			for _, existing := range []int{0, 1, 3} {
				t.Run(fmt.Sprintf("%s of %s with %d comments", name, method, existing), func(t *testing.T) {
					s, repo := start(t)
					for range existing {
						repo.Comment(12, bot, body("old"))
					}
					fault := fault
					fault.Method, fault.Path = method, "/comments"
					s.Fail(fault)
					client, _ := open(t, s, token)
					if _, err := client.Upsert(t.Context(), says("new")); err != nil {
						t.Fatal(err)
					}
					if got := repo.Comments(12); len(got) != 1 || got[0].Body != body("new") {
						t.Errorf("comments are %+v", got)
					}
				})
			}
		}
	}
}

func TestACreationThatNeverWorksIsABoundedError(t *testing.T) {
	s, repo := start(t)
	s.Fail(forgetest.Fault{Method: "POST", Status: 500})
	client, waits := open(t, s, token)
	_, err := client.Upsert(t.Context(), says("x"))
	var answer *forge.Error
	if !errors.As(err, &answer) || answer.Status != 500 || len(repo.Comments(12)) != 0 {
		t.Errorf("error is %v", err)
	}
	if n := s.Count("POST"); n != 4 || len(waits.list) != 3 {
		t.Errorf("%d creations, waits %v", n, waits.list)
	}
}

func TestACommentDeletedMeanwhileIsCreatedAgain(t *testing.T) {
	s, repo := start(t)
	repo.Comment(12, bot, body("old"))
	s.Fail(forgetest.Fault{Method: "PATCH", Status: 404, Times: 1})
	client, _ := open(t, s, token)
	if _, err := client.Upsert(t.Context(), says("new")); err != nil || len(ours(repo)) != 1 || ours(repo)[0].Body != body("new") {
		t.Errorf("%v, comments %+v", err, repo.Comments(12))
	}
}

func TestTheOwnAuthorIsTheOneOfTheToken(t *testing.T) {
	for name, who := range map[string]forgetest.Token{
		"a workflow":  {Login: bot, App: true},
		"a person":    {Login: "octocat"},
		"another app": {Login: "cupel-bot[bot]", App: true}, // its name is only seen on what it writes
	} {
		t.Run(name, func(t *testing.T) {
			s, repo := start(t)
			who.May = []string{"pull-requests:write"}
			s.Allow("other", who)
			repo.Comment(12, "stranger", body("not mine"))
			for n := range 3 {
				client, _ := open(t, s, "other")
				if _, err := client.Upsert(t.Context(), says(fmt.Sprint("run ", n))); err != nil {
					t.Fatal(err)
				}
			}
			got := repo.Comments(12)
			if len(got) != 2 || got[0].Body != body("not mine") || got[1].Author != who.Login || got[1].Body != body("run 2") {
				t.Errorf("comments are %+v", got)
			}
		})
	}
}

func TestACancelledUpsertCreatesNoSecondComment(t *testing.T) {
	s, repo := start(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	client, _ := open(t, s, token)
	if _, err := client.Upsert(ctx, says("x")); !errors.Is(err, context.Canceled) || len(repo.Comments(12)) != 0 {
		t.Errorf("error is %v", err)
	}
}

func TestAPullRequestThatDoesNotExistIsNotFound(t *testing.T) {
	s, _ := start(t)
	client, _ := open(t, s, token)
	missing := says("x")
	missing.Number = 99
	if _, err := client.Upsert(t.Context(), missing); !errors.Is(err, forge.ErrNotFound) {
		t.Errorf("error is %v", err)
	}
}
