// Package e2e runs whole commands in real repositories. Each script in testdata
// is a repository that uses Cupel; its first word is the target.
package e2e

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/magefile/mage/mage"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/cupel-dev/cupel/internal/sigstore/sigstoretest"
)

var update = flag.Bool("update", false, "rewrite the golden parts of the scripts")

// TestMain makes the test binary serve as mage: real Mage, in the version that
// go.mod names.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"mage": func() { os.Exit(mage.Main()) },
	})
}

// goEnv are the settings that scripts take over from the machine, so that they
// share its build cache and reach no network.
type goEnv struct{ cache, modCache string }

func TestScripts(t *testing.T) {
	root := repositoryRoot(t)
	settings := goSettings(t)
	bin := compileCupel(t, root)
	signing := sigstoretest.New(t)
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Condition:           condition,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":     exits,
			"commit":    commit,
			"tinydisk":  tinyDisk,
			"readonly":  readOnly,
			"grepfiles": grepFiles,
			"registry":  serveRegistry,
			"workflow":  func(ts *testscript.TestScript, neg bool, args []string) { enterWorkflow(ts, signing, neg, args) },
		},
		Setup: func(e *testscript.Env) error {
			setEnv(e, root, bin, settings)
			return nil
		},
	})
}

func setEnv(e *testscript.Env, root, bin string, g goEnv) {
	home := e.WorkDir + ".home" // outside the script's repository
	for key, value := range map[string]string{
		"CUPEL":               root,
		"CUPELBIN":            filepath.Join(bin, "cupel"),
		"PATH":                bin + string(os.PathListSeparator) + e.Getenv("PATH"),
		"HOME":                home,
		"XDG_CACHE_HOME":      filepath.Join(home, "cache"),
		"GOCACHE":             g.cache,
		"GOMODCACHE":          g.modCache,
		"GOPROXY":             "off",
		"GOFLAGS":             "-mod=mod",
		"GONOSUMDB":           "*",
		"MAGEFILE_CACHE":      filepath.Join(home, "mage"),
		"CARGO_HOME":          filepath.Join(home, "cargo"),
		"RUSTUP_HOME":         rustupHome(),
		"CI":                  "",
		"GIT_CONFIG_NOSYSTEM": "1",
		"GIT_AUTHOR_NAME":     "Ann Author", "GIT_AUTHOR_EMAIL": "ann@example.com", "GIT_AUTHOR_DATE": "2024-01-01T00:00:00Z",
		"GIT_COMMITTER_NAME": "Ann Author", "GIT_COMMITTER_EMAIL": "ann@example.com", "GIT_COMMITTER_DATE": "2024-01-01T00:00:00Z",
	} {
		e.Setenv(key, value)
	}
}

// rustupHome is where rustup keeps its toolchains; scripts have another home.
func rustupHome() string {
	if dir := os.Getenv("RUSTUP_HOME"); dir != "" {
		return dir
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return filepath.Join(home, ".rustup")
}

func repositoryRoot(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func goSettings(t *testing.T) goEnv {
	t.Helper()
	out, err := exec.Command("go", "env", "GOCACHE", "GOMODCACHE").Output()
	if err != nil {
		t.Fatalf("go env: %v", err)
	}
	lines := strings.Split(string(out), "\n")
	return goEnv{cache: lines[0], modCache: lines[1]}
}

// compileCupel builds the released binary, the compiled magefile, and returns
// the directory that it lies in.
func compileCupel(t *testing.T, root string) string {
	t.Helper()
	dir := t.TempDir()
	name := filepath.Join(dir, "cupel")
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	cmd := exec.Command("go", "tool", "mage", "-compile", name)
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("compile cupel: %v\n%s", err, out)
	}
	return dir
}

// condition knows [tool:NAME]: the program is on PATH. With
// CUPEL_REQUIRE_TOOLS=1 it must be.
func condition(cond string) (bool, error) {
	kind, name, _ := strings.Cut(cond, ":")
	var there bool
	switch kind {
	case "tool":
		_, err := exec.LookPath(name)
		there = err == nil
	case "file":
		_, err := os.Stat(name)
		there = err == nil
	case "root": // in a container it may neither mount nor name the host
		return os.Geteuid() == 0 && exec.Command("unshare", "--mount", "--uts", "true").Run() == nil, nil
	default:
		return false, fmt.Errorf("unknown condition %q", cond)
	}
	if !there && os.Getenv("CUPEL_REQUIRE_TOOLS") == "1" {
		return false, fmt.Errorf("%s is not on this machine, and CUPEL_REQUIRE_TOOLS=1 wants it to be", name)
	}
	return there, nil
}

// exits runs a program and wants this exit code: exits CODE PROGRAM ARG...
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARG...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		got = exit.ExitCode()
	case err != nil:
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("exit code is %d, want %d", got, want)
	}
}

// commit makes a repository of the current directory where there is none, and
// commits everything: commit MESSAGE
func commit(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: commit MESSAGE")
	}
	if _, err := os.Stat(ts.MkAbs(".git")); err != nil {
		ts.Check(ts.Exec("git", "init", "-q", "-b", "main"))
	}
	ts.Check(ts.Exec("git", "add", "-A"))
	ts.Check(ts.Exec("git", "commit", "-q", "-m", args[0]))
}

// serveRegistry starts an empty registry for the script and puts its address
// into the environment variable REGISTRY: registry
func serveRegistry(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: registry")
	}
	quiet := registry.Logger(log.New(io.Discard, "", 0))
	server := httptest.NewServer(registry.New(quiet, registry.WithReferrersSupport(true)))
	ts.Defer(server.Close)
	ts.Setenv("REGISTRY", strings.TrimPrefix(server.URL, "http://"))
}

// enterWorkflow gives the script what a job of GitHub Actions has that may sign
// for its identity, with a Sigstore of the test's own: workflow
func enterWorkflow(ts *testscript.TestScript, signing *sigstoretest.Server, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: workflow")
	}
	for name, value := range signing.Environment() {
		ts.Setenv(name, value)
	}
}

// tinyDisk mounts a disk of that size on a new directory: tinydisk DIR SIZE
func tinyDisk(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: tinydisk DIR SIZE")
	}
	mount(ts, ts.MkAbs(args[0]), "-t", "tmpfs", "-o", "size="+args[1], "tmpfs")
}

// readOnly makes a directory that nobody can write to, not even root: readonly DIR
func readOnly(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: readonly DIR")
	}
	mount(ts, ts.MkAbs(args[0]), "-t", "tmpfs", "-o", "ro", "tmpfs")
}

func mount(ts *testscript.TestScript, dir string, args ...string) {
	ts.Check(os.MkdirAll(dir, 0o755))
	ts.Check(ts.Exec("mount", append(args, dir)...))
	ts.Defer(func() {
		if err := exec.Command("umount", dir).Run(); err != nil {
			ts.Logf("umount %s: %v", dir, err)
		}
	})
}

// grepFiles looks for a text in every file below a directory: [!] grepfiles TEXT DIR
func grepFiles(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: grepfiles TEXT DIR")
	}
	var found []string
	ts.Check(filepath.WalkDir(ts.MkAbs(args[1]), func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(name)
		if strings.Contains(string(b), args[0]) {
			found = append(found, name)
		}
		return err
	}))
	if neg && len(found) > 0 {
		ts.Fatalf("%q is in %s", args[0], found)
	}
	if !neg && len(found) == 0 {
		ts.Fatalf("%q is in no file below %s", args[0], args[1])
	}
}
