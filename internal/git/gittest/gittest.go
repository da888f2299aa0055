// Package gittest makes repositories for tests: of files, and bare ones that are
// served over HTTP, through git's own http-backend, for tests that push.
package gittest

import (
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/cupel-dev/cupel/internal/git"
)

// A Remote is a bare repository that a test serves.
type Remote struct {
	Dir string
	URL string

	cut atomic.Bool
}

// CutNextReply lets the next push reach the repository and loses the reply.
func (r *Remote) CutNextReply() { r.cut.Store(true) }

// Hook installs a hook of the repository, a shell script.
func (r *Remote) Hook(t testing.TB, name, script string) {
	t.Helper()
	dir := filepath.Join(r.Dir, "hooks")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
}

// Serve makes an empty bare repository with the branch main and serves it until
// the test ends.
func Serve(t testing.TB) *Remote {
	t.Helper()
	root := t.TempDir()
	r := &Remote{Dir: filepath.Join(root, "project.git")}
	run(t, root, "init", "-q", "--bare", "-b", "main", r.Dir)
	run(t, r.Dir, "config", "http.receivepack", "true")
	run(t, r.Dir, "config", "uploadpack.allowAnySHA1InWant", "true")
	backend := filepath.Join(strings.TrimSpace(run(t, root, "--exec-path")), "git-http-backend")
	handler := &cgi.Handler{Path: backend, Env: []string{"GIT_PROJECT_ROOT=" + root, "GIT_HTTP_EXPORT_ALL=1"}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if strings.HasSuffix(req.URL.Path, "/git-receive-pack") && r.cut.CompareAndSwap(true, false) {
			handler.ServeHTTP(httptest.NewRecorder(), req)
			panic(http.ErrAbortHandler)
		}
		handler.ServeHTTP(w, req)
	}))
	t.Cleanup(server.Close)
	r.URL = server.URL + "/project.git"
	return r
}

// Clone is a clone of the remote with one commit on main, which is pushed; its
// files are those given, by name.
func (r *Remote) Clone(t testing.TB, files map[string]string) *git.Repo {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "project")
	run(t, filepath.Dir(dir), "clone", "-q", r.URL, dir)
	Write(t, dir, files)
	for _, setting := range [][]string{{"user.name", "Ann Author"}, {"user.email", "ann@example.com"}, {"commit.gpgSign", "false"}, {"tag.gpgSign", "false"}} {
		run(t, dir, append([]string{"config"}, setting...)...)
	}
	run(t, dir, "checkout", "-q", "-B", "main")
	run(t, dir, "add", "-A")
	run(t, dir, "commit", "-q", "--allow-empty", "-m", "first")
	run(t, dir, "push", "-q", "-u", "origin", "main")
	return &git.Repo{Root: dir}
}

// Init makes a repository of files, by name, of which it tracks none yet.
func Init(t testing.TB, files map[string]string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	Write(t, dir, files)
	run(t, dir, "init", "-q")
	return dir
}

// Write writes files below a directory, by name with slashes.
func Write(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// Tagged is the commit of a tag of a repository; "" where it has no such tag.
func Tagged(dir, tag string) string {
	out, err := exec.Command("git", "-C", dir, "rev-parse", "--verify", "--quiet", "refs/tags/"+tag+"^{commit}").Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}

// Git runs git in a directory and returns what it prints.
func Git(t testing.TB, dir string, args ...string) string {
	t.Helper()
	return strings.TrimSpace(run(t, dir, args...))
}

func run(t testing.TB, dir string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_TERMINAL_PROMPT=0")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}
