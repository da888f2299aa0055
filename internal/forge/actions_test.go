package forge_test

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/cupel-dev/cupel/internal/forge"
)

// environ is the environment of a step, with an event.
func environ(t *testing.T, event string) []string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "event.json")
	if err := os.WriteFile(path, []byte(event), 0o600); err != nil {
		t.Fatal(err)
	}
	return []string{
		"GITHUB_ACTIONS=true", "GITHUB_EVENT_PATH=" + path, "GITHUB_EVENT_NAME=pull_request", "GITHUB_REPOSITORY=o/r",
		"GITHUB_RUN_ID=42", "GITHUB_SHA=mmm", "GITHUB_SERVER_URL=https://git.example", "GITHUB_API_URL=https://git.example/api/v3",
		"GITHUB_TOKEN=" + token,
	}
}

const pullEvent = `{"action":"synchronize","number":12,"pull_request":{"number":12,"state":"open",
"head":{"ref":"feature","sha":"aaa","repo":{"full_name":"fork/r","fork":true}},
"base":{"ref":"main","sha":"bbb","repo":{"full_name":"o/r"}}}}`

func TestAPullRequestEventIsReadFromTheEnvironment(t *testing.T) {
	a, err := forge.ReadActions(environ(t, pullEvent))
	if err != nil {
		t.Fatal(err)
	}
	want := &forge.Pull{Number: 12, Open: true, HasFork: true, Head: forge.Head{"fork/r", "feature", "aaa"}, Base: forge.Head{"o/r", "main", "bbb"}}
	if !reflect.DeepEqual(a.Pull, want) || a.Run != nil || a.SHA != "mmm" || a.Event != "pull_request" {
		t.Errorf("got %+v, pull %+v", a, a.Pull)
	}
	if got := a.RunURL(a.RunID); got != "https://git.example/o/r/actions/runs/42" {
		t.Errorf("the run is at %s", got)
	}
}

func TestAPullRequestOfTheSameRepositoryHasNoFork(t *testing.T) {
	a, err := forge.ReadActions(environ(t, strings.Replace(pullEvent, "fork/r", "O/R", 1)))
	if err != nil || a.Pull.HasFork {
		t.Errorf("got %+v, %v", a.Pull, err)
	}
}

func TestAForkThatWasDeletedIsOne(t *testing.T) {
	a, err := forge.ReadActions(environ(t, strings.Replace(pullEvent, `{"full_name":"fork/r","fork":true}`, "null", 1)))
	if err != nil || !a.Pull.HasFork {
		t.Errorf("got %+v, %v", a.Pull, err)
	}
}

func TestAWorkflowRunEventIsRead(t *testing.T) {
	a, err := forge.ReadActions(environ(t, `{"action":"completed","workflow_run":{"id":7,"event":"pull_request","conclusion":"failure",
"head_branch":"feature","head_sha":"aaa","head_repository":{"full_name":"fork/r"},"pull_requests":[]}}`))
	want := &forge.WorkflowRun{ID: 7, Event: "pull_request", Conclusion: "failure", Head: forge.Head{"fork/r", "feature", "aaa"}}
	if err != nil || a.Pull != nil || !reflect.DeepEqual(a.Run, want) {
		t.Errorf("got %+v, %v", a.Run, err)
	}
}

func TestElsewhereThereAreNoActions(t *testing.T) {
	for _, env := range [][]string{nil, {"GITHUB_ACTIONS=false"}, {"CI=true", "GITHUB_TOKEN=" + token}} {
		if _, err := forge.ReadActions(env); !errors.Is(err, forge.ErrNotActions) {
			t.Errorf("%v: error is %v", env, err)
		}
	}
}

func TestAnEventThatCannotBeReadIsAnError(t *testing.T) {
	for _, event := range []string{"", "[]", `{"pull_request":{"number":"12"}}`, "{"} {
		if _, err := forge.ReadActions(environ(t, event)); err == nil || !strings.Contains(err.Error(), "read the event of this run") {
			t.Errorf("%q: error is %v", event, err)
		}
	}
	env := append(environ(t, "{}"), "GITHUB_EVENT_PATH=/does/not/exist")
	if _, err := forge.ReadActions(env); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error is %v", err)
	}
}

func TestG03TheStepSummaryCountsWhatIsAlreadyThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "summary.md")
	if err := os.WriteFile(path, []byte(strings.Repeat("x", 600)), 0o600); err != nil {
		t.Fatal(err)
	}
	a := &forge.Actions{SummaryPath: path}
	fill := func(limit int) string { return strings.Repeat("y", max(limit-1, 1)) }
	if err := a.AppendSummary(1000, fill); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil || len(got) >= 1000 || len(got) < 990 || !strings.HasPrefix(string(got), "xxx") {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if err := a.AppendSummary(1000, fill); err == nil || !strings.Contains(err.Error(), "bytes are left") {
		t.Errorf("error is %v", err)
	}
	if again, _ := os.ReadFile(path); len(again) != len(got) {
		t.Error("a text that did not fit was written")
	}
}

func TestWithoutAStepSummaryNothingIsWritten(t *testing.T) {
	err := (&forge.Actions{}).AppendSummary(1000, func(int) string { t.Error("rendered for nobody"); return "" })
	if err != nil {
		t.Error(err)
	}
}

func FuzzReadActions(f *testing.F) {
	f.Add(pullEvent)
	f.Add(`{"workflow_run":{"id":7}}`)
	f.Add(`{"pull_request":null}`)
	path := filepath.Join(f.TempDir(), "event.json")
	f.Fuzz(func(t *testing.T, event string) {
		if err := os.WriteFile(path, []byte(event), 0o600); err != nil {
			t.Fatal(err)
		}
		a, err := forge.ReadActions([]string{"GITHUB_ACTIONS=true", "GITHUB_EVENT_PATH=" + path})
		if (a == nil) == (err == nil) {
			t.Errorf("got %+v, %v", a, err)
		}
	})
}
