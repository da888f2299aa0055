package ci

import (
	"context"
	"os"
	"strings"
	"sync"
	"testing"
)

func TestOneFailureDoesNotHideAnother(t *testing.T) {
	needy := shell("needy", "true")
	needy.Needs = []string{"bad"}
	after := shell("after", "true")
	after.Needs = []string{"needy"}
	r := onHost(t, Options{}, after, needy, shell("bad", "exit 3"), shell("good", "true"), shell("worse", "exit 4"))
	want := "after: skipped, needy: skipped, bad: failed, good: passed, worse: failed"
	if got := statuses(r); got != want || r.Exit() != 1 {
		t.Errorf("got %s, exit %d, want %s and 1", got, r.Exit(), want)
	}
}

func TestStepsWithoutNeedsRunSideBySide(t *testing.T) {
	// Each waits for the other's file, so that one after the other never ends.
	dir := t.TempDir()
	meet := func(mine, other string) string {
		return "touch " + dir + "/" + mine + "; until test -e " + dir + "/" + other + "; do sleep 0.01; done"
	}
	if r := onHost(t, Options{}, shell("one", meet("1", "2")), shell("two", meet("2", "1"))); r.Exit() != 0 {
		t.Errorf("got %s", statuses(r))
	}
}

func TestAllStepsSeeTheBytesOfTheStart(t *testing.T) {
	src := repository(t, map[string]string{"a.txt": "before"})
	change := shell("change", "printf after >"+src.Root+"/a.txt")
	look := shell("look", "grep before a.txt")
	look.Needs = []string{"change"}
	if r := onHost(t, Options{Source: src}, change, look); r.Exit() != 0 {
		t.Errorf("%+v", r.Steps)
	}
}

func TestExitCodesOfReports(t *testing.T) {
	for _, tt := range []struct {
		name     string
		statuses []Status
		want     int
	}{
		{"all passed", []Status{Passed, Passed}, 0},
		{"one failed", []Status{Passed, Failed, Unknown}, 1},
		{"one could not tell", []Status{Passed, Unknown}, 2},
		{"cancelled", []Status{Cancelled, Passed}, 2},
		{"nothing ran", nil, 2},
	} {
		var r Report
		for _, s := range tt.statuses {
			r.Steps = append(r.Steps, Result{Status: s})
		}
		if got := r.Exit(); got != tt.want {
			t.Errorf("%s: exit %d, want %d", tt.name, got, tt.want)
		}
	}
}

func TestTheLastLinesAreThoseThatATerminalShows(t *testing.T) {
	r := onHost(t, Options{}, shell("bar", `printf 'progress 1\rprogress 2\rdone\r\nno end'; exit 1`))
	if got := strings.Join(r.Steps[0].Tail, "|"); got != "done|no end" {
		t.Errorf("got %q", got)
	}
}

func TestLogIsKeptWholeAndItsLastLinesAreShown(t *testing.T) {
	r := onHost(t, Options{}, shell("long", "seq 1 5000; echo to stderr >&2; exit 1"))
	got := r.Steps[0]
	text, err := os.ReadFile(got.Log)
	if err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(string(text), "\n"); lines != 5001 {
		t.Errorf("the log has %d lines, want 5001", lines)
	}
	if len(got.Tail) != tailLines || !strings.Contains(strings.Join(got.Tail, " "), "5000") {
		t.Errorf("the tail is %q", got.Tail)
	}
}

// Case H05.
func TestSecretSplitOverTwoWritesIsMasked(t *testing.T) {
	step := shell("leak", `echo "$TOKEN" | head -c 4; sleep 0.05; echo "$TOKEN" | tail -c +5; echo; echo "$PROXY"; exit 1`)
	step.Secrets = []Secret{{Name: "TOKEN", Value: "hunter2-and-more"}, {Name: "PROXY", Value: "https://user:passw0rd@proxy"}}
	r := onHost(t, Options{}, step)
	text, err := os.ReadFile(r.Steps[0].Log)
	if err != nil {
		t.Fatal(err)
	}
	shown := string(text) + strings.Join(r.Steps[0].Tail, "\n")
	if strings.Contains(shown, "hunter2") || strings.Contains(shown, "passw0rd") || !strings.Contains(shown, "***") {
		t.Errorf("shown: %s", shown)
	}
}

func TestCancelledPipelineEndsItsChildren(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var once sync.Once
	dir := t.TempDir()
	o := Options{
		Source: repository(t, map[string]string{"a": ""}), Images: someImage, Logs: t.TempDir(),
		Report: func(e Event) {
			if e.Result == nil {
				once.Do(cancel)
			}
		},
	}
	steps := []Step{shell("slow", "sleep 60; touch "+dir+"/survived"), shell("slower", "sleep 60")}
	r, err := Run(ctx, newHost(nil), Pipeline{Name: "test", Steps: steps}, o)
	if err != nil {
		t.Fatal(err)
	}
	if got := statuses(r); got != "slow: cancelled, slower: cancelled" || r.Exit() != 2 {
		t.Errorf("got %s", got)
	}
}

func TestPipelinesThatMakeNoSenseAreRefused(t *testing.T) {
	named := func(name string, change func(*Step)) Step {
		s := shell(name, "true")
		if change != nil {
			change(&s)
		}
		return s
	}
	for _, tt := range []struct {
		name  string
		steps []Step
		want  string
	}{
		{"two of one name", []Step{named("a", nil), named("a", nil)}, `two steps are named "a"`},
		{"name that leaves the directory", []Step{named("../a", nil)}, "becomes a file name"},
		{"no command", []Step{named("a", func(s *Step) { s.Run = nil })}, "run: missing"},
		{"unknown image", []Step{named("a", func(s *Step) { s.Image = "perl" })}, `no image "perl"`},
		{"unknown need", []Step{named("a", func(s *Step) { s.Needs = []string{"b"} })}, `needs "b"`},
		{"circle", []Step{named("a", func(s *Step) { s.Needs = []string{"b"} }), named("b", func(s *Step) { s.Needs = []string{"a"} })}, "needs itself"},
		{"directory outside", []Step{named("a", func(s *Step) { s.Dir = "b/../.." })}, "want a directory of the project"},
		{"directory of the machine", []Step{named("a", func(s *Step) { s.Dir = "/etc" })}, "want a directory of the project"},
		{"variable without a name", []Step{named("a", func(s *Step) { s.Env = map[string]string{"": "1"} })}, `env ""`},
		{"variable that is two", []Step{named("a", func(s *Step) { s.Env = map[string]string{"A=B": "1"} })}, `env "A=B"`},
		{"variable with a zero byte", []Step{named("a", func(s *Step) { s.Env = map[string]string{"A": "\x00"} })}, `env "A"`},
		{"secret without a name", []Step{named("a", func(s *Step) { s.Secrets = []Secret{{"A B", "hunter2"}} })}, `secret "A B"`},
		{"secret and no secret", []Step{named("a", func(s *Step) {
			s.Env, s.Secrets = map[string]string{"A": "1"}, []Secret{{"A", "hunter2"}}
		})}, "both name A"},
		{"output outside", []Step{named("a", func(s *Step) { s.Outputs = []string{"../x"} })}, "below the project"},
		{"output that is the project", []Step{named("a", func(s *Step) { s.Outputs = []string{"."} })}, "below the project"},
		{"secret in the arguments", []Step{named("a", func(s *Step) {
			s.Run, s.Secrets = []string{"curl", "-Htoken:s3cret"}, []Secret{{"T", "s3cret"}}
		})}, "secret T is in its arguments"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Run(t.Context(), newHost(nil), Pipeline{Name: "test", Steps: tt.steps}, Options{Images: someImage, Logs: t.TempDir()})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}
