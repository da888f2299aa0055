package e2e

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cupel-dev/cupel/internal/comment"
	"github.com/cupel-dev/cupel/internal/forge/forgetest"
)

// A job is one job of a workflow: cupel in a directory, in an environment.
type job struct {
	t   *testing.T
	bin string
	dir string
	env []string
}

// newJob is one in a new repository, with a home of its own and nobody's settings.
func newJob(t *testing.T, bin, home string, env ...string) job {
	t.Helper()
	j := job{t, bin, filepath.Join(t.TempDir(), "app"), slices.Concat(os.Environ(), []string{
		"HOME=" + home, "XDG_CACHE_HOME=" + filepath.Join(home, "cache"), "GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=Ann", "GIT_AUTHOR_EMAIL=ann@example.com", "GIT_COMMITTER_NAME=Ann", "GIT_COMMITTER_EMAIL=ann@example.com",
	}, env)}
	if err := os.MkdirAll(j.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	j.git("init", "-q", "-b", "main")
	return j
}

// origin makes a bare repository, which the job pushes to.
func (j job) origin(bare string) {
	j.t.Helper()
	j.git("init", "-q", "--bare", "-b", "main", bare)
	j.git("remote", "add", "origin", bare)
}

func (j job) git(args ...string) string {
	j.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Env = j.dir, j.env
	out, err := cmd.CombinedOutput()
	if err != nil {
		j.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// cupel runs a target and returns what it printed and its exit code.
func (j job) cupel(env []string, args ...string) (string, int) {
	j.t.Helper()
	cmd := exec.Command(filepath.Join(j.bin, "cupel"), args...)
	cmd.Dir, cmd.Env = j.dir, append(j.env[:len(j.env):len(j.env)], env...)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		j.t.Fatalf("cupel %s: %v", strings.Join(args, " "), err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

func (j job) write(name, text string) {
	j.t.Helper()
	file := filepath.Join(j.dir, filepath.FromSlash(name))
	if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o644)); err != nil {
		j.t.Fatal(err)
	}
}

func (j job) read(name string) string {
	j.t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		j.t.Fatal(err)
	}
	return string(b)
}

// pullRequest is the merge that GitHub makes of a branch whose benchmark is
// slower, as its workflow checks it out.
func pullRequest(t *testing.T, bin string) job {
	j := newJob(t, bin, t.TempDir())
	j.write("cupel.toml", "[[suite]]\nname = \"main\"\nformat = \"gobench\"\nrun = [\"sh\", \"run.sh\"]\n")
	j.write("run.sh", "echo 'BenchmarkA 100 100 ns/op'\n")
	j.git("add", "-A")
	j.git("commit", "-q", "-m", "base")
	j.git("checkout", "-q", "-b", "topic")
	j.write("run.sh", "echo 'BenchmarkA 100 110 ns/op'\n")
	j.git("commit", "-q", "-a", "-m", "slower")
	main, topic := j.git("rev-parse", "main"), j.git("rev-parse", "topic")
	j.git("checkout", "-q", "--detach", "main")
	j.git("merge", "-q", "--no-ff", "-m", "Merge "+topic+" into "+main, "topic")
	return j
}

// workflowRun is the event that tells of run 7, which measured a fork's branch.
func workflowRun(t *testing.T, conclusion, sha string) string {
	t.Helper()
	b, err := json.Marshal(map[string]any{"workflow_run": map[string]any{
		"id": 7, "event": "pull_request", "conclusion": conclusion, "head_sha": sha, "head_branch": "topic",
		"head_repository": map[string]any{"full_name": "fork/r"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "event.json")
	if err := os.WriteFile(name, b, 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestPullRequestGetsOneComment goes the whole way of both workflows, from a
// slower branch in a fork to the comment on its pull request.
func TestPullRequestGetsOneComment(t *testing.T) {
	bin := compileCupel(t, repositoryRoot(t))
	j := pullRequest(t, bin)
	summary := filepath.Join(t.TempDir(), "summary.md")
	file := filepath.Join(t.TempDir(), comment.ArtifactFile)
	out, code := j.cupel([]string{
		"CI=true", "GITHUB_ACTIONS=true", "GITHUB_EVENT_NAME=pull_request", "GITHUB_BASE_REF=main", "GITHUB_STEP_SUMMARY=" + summary,
	}, "smoke", "-budget=10s", "-json="+file)
	if code != 1 || !strings.Contains(out, "first parent of GitHub's merge commit") {
		t.Fatalf("smoke ends with %d:\n%s", code, out)
	}
	if text := j.read(summary); !strings.Contains(text, "Regression") {
		t.Errorf("the step summary is:\n%s", text)
	}

	server := forgetest.New(t)
	server.Allow("may-write", forgetest.Token{Login: "github-actions[bot]", App: true, May: []string{"pull-requests:write"}})
	server.Allow("may-read", forgetest.Token{Login: "github-actions[bot]", App: true})
	topic := j.git("rev-parse", "topic")
	hub := server.Repository("o/r")
	hub.Pull(forgetest.Pull{Number: 12, HeadRepository: "fork/r", HeadBranch: "topic", HeadSHA: topic, BaseBranch: "main"})
	hub.Artifact(7, comment.ArtifactPrefix+"12-ubuntu-24.04", forgetest.File{Name: comment.ArtifactFile, Data: j.read(file)})
	say := func(token, conclusion string) (string, int) {
		return j.cupel([]string{
			"CI=true", "GITHUB_ACTIONS=true", "GITHUB_EVENT_NAME=workflow_run", "GITHUB_REPOSITORY=o/r", "GITHUB_API_URL=" + server.URL,
			"GITHUB_SERVER_URL=https://git.example", "GITHUB_TOKEN=" + token, "GITHUB_EVENT_PATH=" + workflowRun(t, conclusion, topic),
		}, "report:comment")
	}
	for _, step := range []struct {
		name, token, conclusion string
		want                    string
		comments                int
	}{
		{"G07: a cancelled run is no result", "may-write", "cancelled", "no comment: the run was cancelled", 0},
		{"G01: a token that may not write changes no verdict", "may-read", "failure", "warning: no comment: ", 0},
		{"a regression is told", "may-write", "failure", "comment on #12: ", 1},
		{"G06: and told once", "may-write", "failure", "comment on #12: ", 1},
	} {
		out, code := say(step.token, step.conclusion)
		if code != 0 || !strings.Contains(out, step.want) || len(hub.Comments(12)) != step.comments {
			t.Errorf("%s: exit %d, %d comments:\n%s", step.name, code, len(hub.Comments(12)), out)
		}
		for _, secret := range server.Secrets() {
			if strings.Contains(out, secret) {
				t.Errorf("%s: a secret is in the output:\n%s", step.name, out)
			}
		}
	}
	if body := hub.Comments(12)[0].Body; !strings.Contains(body, "### Regression: <code>A</code>") || !strings.Contains(body, "+10.0 %") {
		t.Errorf("the comment is:\n%s", body)
	}

	hub.Artifact(7, comment.ArtifactPrefix+"12-macos-14", forgetest.File{Name: comment.ArtifactFile, Data: `{"schema":"cupel/smoke/1","verdict":"pass"}`})
	if out, code := say("may-write", "failure"); code != 2 || !strings.Contains(out, "nothing was compared") {
		t.Errorf("an artifact that contradicts itself: exit %d\n%s", code, out)
	}
	if out, code := j.cupel([]string{"GITHUB_ACTIONS="}, "report:comment"); code != 2 || !strings.Contains(out, "a step of a workflow_run job") {
		t.Errorf("outside of Actions: exit %d\n%s", code, out)
	}
}
