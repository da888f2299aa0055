package comment

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cupel-dev/cupel/internal/forge"
	"github.com/cupel-dev/cupel/internal/forge/forgetest"
	"github.com/cupel-dev/cupel/internal/report"
)

const (
	token = "ghs_secret_of_the_tests"
	bot   = "github-actions[bot]"
)

// start is a repository with pull request 1 of its own and 12 from a fork, and
// a client as the commenting workflow has it.
func start(t *testing.T, may ...string) (*forgetest.Server, *forgetest.Repository, *forge.Client) {
	t.Helper()
	s := forgetest.New(t)
	s.Allow(token, forgetest.Token{Login: bot, App: true, May: may})
	repo := s.Repository("o/r")
	repo.Pull(forgetest.Pull{Number: 1, HeadRepository: "o/r", HeadBranch: "own", HeadSHA: "111"})
	repo.Pull(forgetest.Pull{Number: 12, HeadRepository: "fork/r", HeadBranch: "feature", HeadSHA: "aaa"})
	client, err := forge.New(forge.Config{APIURL: s.URL, Repository: "o/r", Token: token,
		Wait: func(ctx context.Context, _ time.Duration) error { return context.Cause(ctx) }})
	if err != nil {
		t.Fatal(err)
	}
	return s, repo, client
}

const mayWrite = "pull-requests:write"

// run is the event of run 7, which measured the head of pull request 12.
func run() *forge.Actions {
	return &forge.Actions{
		Event: "workflow_run", Repository: "o/r", ServerURL: "https://git.example",
		Run: &forge.WorkflowRun{ID: 7, Event: "pull_request", Conclusion: "failure",
			Head: forge.Head{Repository: "fork/r", Branch: "feature", SHA: "aaa"}},
	}
}

// measured is a comparison with one benchmark.
func measured(verdict report.Verdict, ratio float64) string {
	b := report.Benchmark{Suite: "softmax", Name: "Softmax/impl=fused", Metric: "time", Verdict: verdict, Ratio: &ratio, Pairs: 40}
	c := report.Comparison{Schema: report.SchemaSmoke, Verdict: report.Pass, Base: "bbb", Head: "mmm", Benchmarks: []report.Benchmark{b}}
	if verdict == report.Regression {
		c.Verdict = report.Regression
	}
	var text strings.Builder
	if err := c.Write(&text); err != nil {
		return err.Error()
	}
	return text.String()
}

func leave(repo *forgetest.Repository, run int64, name, text string) {
	repo.Artifact(run, name, forgetest.File{Name: ArtifactFile, Data: text})
}

var (
	slower = measured(report.Regression, 1.05)
	equal  = measured(report.Unchanged, 1.001)
)

func TestARegressionOfAForkIsCommentedOnItsPullRequest(t *testing.T) {
	_, repo, client := start(t, mayWrite)
	leave(repo, 7, "benchmark-smoke-12-ubuntu-latest", equal)
	leave(repo, 7, "benchmark-smoke-12-macos-14", slower)
	leave(repo, 7, "coverage", "something else")
	got, err := Publish(t.Context(), client, run(), OnChange)
	if err != nil || got.Pull != 12 || got.URL == "" || got.Quiet != "" {
		t.Fatalf("got %+v, %v", got, err)
	}
	comments := repo.Comments(12)
	if len(comments) != 1 || len(repo.Comments(1)) != 0 {
		t.Fatalf("comments are %+v and %+v", comments, repo.Comments(1))
	}
	for _, part := range []string{
		"<!-- cupel:smoke -->\n### Regression on <code>macos-14</code>\n", "+5.0 %", "<code>ubuntu-latest</code>", "head <code>aaa</code>",
		"(https://git.example/o/r/actions/runs/7)",
	} {
		if !strings.Contains(comments[0].Body, part) {
			t.Errorf("%q is missing in:\n%s", part, comments[0].Body)
		}
	}
}

func TestACommentIsMadeOnlyWhereThereIsSomethingToActOn(t *testing.T) {
	for name, c := range map[string]struct {
		when     When
		text     string
		existing bool
		want     int
	}{
		"a regression":                           {OnChange, slower, false, 1},
		"no regression":                          {OnChange, equal, false, 0},
		"no regression any more":                 {OnChange, equal, true, 1},
		"no regression, always":                  {Always, equal, false, 1},
		"a regression, never":                    {Never, slower, false, 0},
		"G09 no baseline, which comment says so": {Always, `{"schema":"cupel/smoke/1","verdict":"neutral","reason":"no baseline","benchmarks":[]}`, false, 1},
	} {
		t.Run(name, func(t *testing.T) {
			_, repo, client := start(t, mayWrite)
			if c.existing {
				repo.Comment(12, bot, report.Marker("smoke")+"\nRegression")
			}
			leave(repo, 7, "benchmark-smoke-12-x", c.text)
			event := run()
			if c.text != slower {
				event.Run.Conclusion = "success"
			}
			got, err := Publish(t.Context(), client, event, c.when)
			if err != nil || (got.Quiet == "") != (c.want == 1) {
				t.Fatalf("got %+v, %v", got, err)
			}
			comments := repo.Comments(12)
			if len(comments) != c.want {
				t.Fatalf("comments are %+v", comments)
			}
			if c.want == 1 && c.text == equal && !strings.Contains(comments[0].Body, "No regression: 1 unchanged") {
				t.Errorf("comment is:\n%s", comments[0].Body)
			}
			if strings.Contains(c.text, "no baseline") && !strings.Contains(comments[0].Body, "Recorded only") {
				t.Errorf("comment is:\n%s", comments[0].Body)
			}
		})
	}
}

// TestAJobThatLeftNothingIsNoPass: one machine has measured and passed, the run
// failed, and so another has not measured at all.
func TestAJobThatLeftNothingIsNoPass(t *testing.T) {
	_, repo, client := start(t, mayWrite)
	leave(repo, 7, "benchmark-smoke-12-ubuntu-24.04", equal)
	if got, err := Publish(t.Context(), client, run(), OnChange); err != nil || got.URL == "" {
		t.Fatalf("got %+v, %v", got, err)
	}
	body := repo.Comments(12)[0].Body
	for _, part := range []string{"### Could not measure on <code>another job</code>\n", "Could not measure: a job left no comparison", "<code>ubuntu-24&#46;04</code>**: No regression"} {
		if !strings.Contains(body, part) {
			t.Errorf("%q is missing in:\n%s", part, body)
		}
	}
}

// TestG06TheLastAttemptCounts: a job that is run again leaves an artifact of the
// same name.
func TestG06TheLastAttemptCounts(t *testing.T) {
	_, repo, client := start(t, mayWrite)
	leave(repo, 7, "benchmark-smoke-12-x", slower)
	leave(repo, 7, "benchmark-smoke-12-y", equal)
	leave(repo, 7, "benchmark-smoke-12-x", equal)
	event := run()
	event.Run.Conclusion = "success"
	if got, err := Publish(t.Context(), client, event, Always); err != nil || got.URL == "" {
		t.Fatalf("got %+v, %v", got, err)
	}
	if body := repo.Comments(12)[0].Body; strings.Contains(body, "Regression") || strings.Count(body, "<code>x</code>**") != 1 {
		t.Errorf("the comment is:\n%s", body)
	}
}

func TestG02ANumberInTheArtifactOpensNoOtherPullRequest(t *testing.T) {
	_, repo, client := start(t, mayWrite)
	leave(repo, 7, "benchmark-smoke-1-x", slower) // the fork says 1, its head is that of 12
	if got, err := Publish(t.Context(), client, run(), OnChange); err != nil || got.Pull != 12 {
		t.Errorf("got %+v, %v", got, err)
	}
	stray := run()
	stray.Run.Head = forge.Head{Repository: "fork/r", Branch: "unknown", SHA: "zzz"}
	if got, err := Publish(t.Context(), client, stray, OnChange); err != nil || got.URL != "" || got.Quiet == "" {
		t.Errorf("got %+v, %v", got, err)
	}
	if n := len(repo.Comments(1)); n != 0 {
		t.Errorf("%d comments on a pull request that was not measured", n)
	}
}

func TestG07AnOldOrCancelledRunSaysNothing(t *testing.T) {
	for name, change := range map[string]func(*forgetest.Repository, *forge.Actions){
		"cancelled":          func(_ *forgetest.Repository, a *forge.Actions) { a.Run.Conclusion = "cancelled" },
		"skipped":            func(_ *forgetest.Repository, a *forge.Actions) { a.Run.Conclusion = "skipped" },
		"a newer push":       func(repo *forgetest.Repository, _ *forge.Actions) { repo.Push(12, "bbb") },
		"a push to main":     func(_ *forgetest.Repository, a *forge.Actions) { a.Run.Event = "push" },
		"another event":      func(_ *forgetest.Repository, a *forge.Actions) { a.Run = nil },
		"nothing left":       func(_ *forgetest.Repository, a *forge.Actions) { a.Run.ID = 8 },
		"nothing left alive": func(repo *forgetest.Repository, _ *forge.Actions) { repo.Expire(7) },
	} {
		t.Run(name, func(t *testing.T) {
			_, repo, client := start(t, mayWrite)
			leave(repo, 7, "benchmark-smoke-12-x", slower)
			a := run()
			change(repo, a)
			got, err := Publish(t.Context(), client, a, Always)
			if err != nil || got.Quiet == "" || got.URL != "" || len(repo.Comments(12)) != 0 {
				t.Errorf("got %+v, %v, comments %+v", got, err, repo.Comments(12))
			}
		})
	}
}

func TestG01AForbiddenCommentIsTheCallersWarning(t *testing.T) {
	_, repo, client := start(t)
	leave(repo, 7, "benchmark-smoke-12-x", slower)
	if _, err := Publish(t.Context(), client, run(), OnChange); !errors.Is(err, forge.ErrForbidden) {
		t.Errorf("error is %v", err)
	}
}

func TestAnArtifactThatCannotBeBelievedPostsNothing(t *testing.T) {
	for name, text := range map[string]string{
		"another schema": `{"schema":"cupel/smoke/9"}`, "no JSON": "hello", "empty": "",
		"a verdict against its numbers": strings.Replace(slower, `"verdict": "regression"`, `"verdict": "pass"`, 1),
		"too large":                     slower + strings.Repeat(" ", report.MaxSize),
	} {
		t.Run(name, func(t *testing.T) {
			_, repo, client := start(t, mayWrite)
			leave(repo, 7, "benchmark-smoke-12-a", slower)
			leave(repo, 7, "benchmark-smoke-12-b", text)
			if _, err := Publish(t.Context(), client, run(), Always); err == nil || !strings.Contains(err.Error(), "benchmark-smoke-12-b") {
				t.Errorf("error is %v", err)
			}
			if len(repo.Comments(12)) != 0 {
				t.Errorf("comments are %+v", repo.Comments(12))
			}
		})
	}
}

func TestArtifactsOfOtherNamesAreNotEvenOpened(t *testing.T) {
	s, repo, client := start(t, mayWrite)
	for _, name := range []string{"benchmark-smoke", "benchmark-smoke-12-", "benchmark-smoke-x-y", "benchmark-smoke-12-a b", "benchmark-smoke-12-<b>",
		"benchmark-smoke-12345678901-x", "x-benchmark-smoke-12-x", "benchmark-smoke-12-" + strings.Repeat("x", 41)} {
		leave(repo, 7, name, slower)
	}
	if got, err := Publish(t.Context(), client, run(), Always); err != nil || got.Quiet == "" {
		t.Errorf("got %+v, %v", got, err)
	}
	if n := s.Count("GET /storage"); n != 0 {
		t.Errorf("%d downloads", n)
	}
}

func TestMoreMachinesThanAnybodyHasAreRefused(t *testing.T) {
	_, repo, client := start(t, mayWrite)
	for n := range maxSections + 1 {
		leave(repo, 7, fmt.Sprint("benchmark-smoke-12-m", n), slower)
	}
	if _, err := Publish(t.Context(), client, run(), Always); err == nil || len(repo.Comments(12)) != 0 {
		t.Errorf("error is %v", err)
	}
}

func TestTextOfAForkIsDataInTheComment(t *testing.T) {
	_, repo, client := start(t, mayWrite)
	leave(repo, 7, "benchmark-smoke-12-x", `{"schema":"cupel/smoke/1","verdict":"failed","reason":"@octocat see https://evil.example","base":"<img src=x>",
"benchmarks":[{"suite":"s","name":"a|b @octocat <script>","metric":"time","verdict":"failed","reason":"crashed: [x](https://evil.example)"}]}`)
	if _, err := Publish(t.Context(), client, run(), OnChange); err != nil {
		t.Fatal(err)
	}
	body := repo.Comments(12)[0].Body
	for _, part := range []string{"evil.example", "@octocat", "<img", "<script", "a|b"} {
		if strings.Contains(body, part) {
			t.Errorf("%q is in:\n%s", part, body)
		}
	}
}

func TestG06RunsAtOnceLeaveOneComment(t *testing.T) {
	s, repo, client := start(t, mayWrite)
	leave(repo, 7, "benchmark-smoke-12-x", slower)
	s.Fail(forgetest.Fault{Method: "GET", Path: "/comments", Times: 3, Gather: 3})
	var runs sync.WaitGroup
	for range 3 {
		runs.Go(func() {
			if _, err := Publish(t.Context(), client, run(), OnChange); err != nil {
				t.Error(err)
			}
		})
	}
	runs.Wait()
	if n := len(repo.Comments(12)); n != 1 {
		t.Errorf("%d comments", n)
	}
}
