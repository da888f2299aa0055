package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/cupel-dev/cupel/internal/comment"
)

func workflow(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(repositoryRoot(t), ".github", "workflows", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

var (
	action = regexp.MustCompile(`uses:\s*(\S+)(.*)`)
	pinned = regexp.MustCompile(`^[\w-]+/[\w-]+@[0-9a-f]{40}$`)
	named  = regexp.MustCompile(`^ # v[0-9]+\.[0-9]+\.[0-9]+$`)
)

func TestActionsArePinnedByCommit(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(repositoryRoot(t), ".github", "workflows", "*.yml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no workflow: %v", err)
	}
	for _, file := range files {
		for _, m := range action.FindAllStringSubmatch(workflow(t, filepath.Base(file)), -1) {
			if !pinned.MatchString(m[1]) || !named.MatchString(m[2]) {
				t.Errorf("%s: %s%s: want a full commit id and its version in a comment", filepath.Base(file), m[1], m[2])
			}
		}
	}
}

// TestOnlyTheCommentMayWrite: the job that runs code of a fork can write
// nothing, and the one that may write runs none of it.
func TestOnlyTheCommentMayWrite(t *testing.T) {
	smoke, writer := workflow(t, "benchmark-smoke.yml"), workflow(t, "benchmark-comment.yml")
	for _, word := range []string{"write", "secrets.", "github.token", "pull_request_target", "workflow_run:"} {
		if strings.Contains(strings.NewReplacer("can write nothing", "", "overwrite: true", "").Replace(smoke), word) {
			t.Errorf("benchmark-smoke.yml contains %q", word)
		}
	}
	for _, word := range []string{"ref:", "head_sha", "download-artifact", "cache: true", "secrets."} {
		if strings.Contains(writer, word) {
			t.Errorf("benchmark-comment.yml contains %q", word)
		}
	}
	if n := strings.Count(writer, ": write"); n != 1 || !strings.Contains(writer, "pull-requests: write") || !strings.Contains(writer, "permissions: {}") {
		t.Errorf("benchmark-comment.yml has %d permissions to write", n)
	}
	for _, text := range []string{smoke, writer} {
		if !strings.Contains(text, "persist-credentials: false") {
			t.Error("a workflow leaves the token in the checkout")
		}
	}
}

// TestWorkflowsFitEachOther: the comment finds the run by its name, and the
// artifact under the name and with the file that it looks for.
func TestWorkflowsFitEachOther(t *testing.T) {
	smoke, writer := workflow(t, "benchmark-smoke.yml"), workflow(t, "benchmark-comment.yml")
	for text, in := range map[string]string{
		"\nname: benchmark-smoke\n":                                                                      smoke,
		"workflows: [benchmark-smoke]\n":                                                                 writer,
		"smoke -json=\"$RUNNER_TEMP/" + comment.ArtifactFile + "\"\n":                                    smoke,
		"path: ${{ runner.temp }}/" + comment.ArtifactFile + "\n":                                        smoke,
		"name: " + comment.ArtifactPrefix + "${{ github.event.pull_request.number }}-${{ matrix.os }}\n": smoke,
		"mage report:comment\n":                                                                          writer,
	} {
		if !strings.Contains(in, text) {
			t.Errorf("%q is missing", text)
		}
	}
}
