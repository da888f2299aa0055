package dagger

import (
	"archive/tar"
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cupel-dev/cupel/ci"
)

// The test binary is an engine's client where one of these is set: one that
// never answers, or one whose session listens at a port of this machine. Both
// end, as the real one does, when their standard input is closed.
const (
	hangingCLI = "CUPEL_TEST_HANGING_CLI"
	sessionCLI = "CUPEL_TEST_SESSION_CLI"
)

func TestMain(m *testing.M) {
	if os.Args[0] == initProgram {
		os.Exit(mainInit(os.Args[1:]))
	}
	if port := os.Getenv(sessionCLI); port != "" {
		fmt.Printf("{\"port\":%s,\"session_token\":\"token\"}\n", port)
	}
	if os.Getenv(hangingCLI)+os.Getenv(sessionCLI) != "" {
		_, _ = io.Copy(io.Discard, bufio.NewReader(os.Stdin))
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// Case H01.
func TestAnEngineThatCannotBeThereIsNotWaitedFor(t *testing.T) {
	program := func(script string) string {
		file := filepath.Join(t.TempDir(), "runtime")
		if err := os.WriteFile(file, []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		return file
	}
	works, down := program("exit 0"), program("echo version 1; echo 'is the daemon running?' >&2; exit 1")
	for _, tt := range []struct {
		name      string
		named     string            // a variable that is set
		installed map[string]string // container runtimes
		want      string            // of the reason; "" where it is worth a try
	}{
		{"nothing", "", nil, "no container runtime is installed (docker, container, podman, finch, nerdctl)"},
		{"a client without an engine", "_EXPERIMENTAL_DAGGER_CLI_BIN", nil, "no container runtime is installed"},
		{"a container runtime", "", map[string]string{"podman": works}, ""},
		{"a container runtime without its daemon", "", map[string]string{"docker": down, "podman": works}, "docker is installed and does not work: is the daemon running?"},
		{"a container runtime that hangs", "", map[string]string{"docker": program("exec sleep 600")}, "docker is installed and does not answer within 5s"},
		{"an engine that is named", "_EXPERIMENTAL_DAGGER_RUNNER_HOST", map[string]string{"docker": down}, ""},
		{"inside a session", "DAGGER_SESSION_PORT", nil, ""},
	} {
		lookup := func(name string) (string, bool) { return "value", name == tt.named }
		find := func(name string) (string, error) {
			if file := tt.installed[name]; file != "" {
				return file, nil
			}
			return "", exec.ErrNotFound
		}
		ctx, cancel := t.Context(), context.CancelFunc(func() {})
		if strings.HasSuffix(tt.name, "hangs") { // no test waits five seconds
			ctx, cancel = context.WithTimeout(ctx, 50*time.Millisecond)
		}
		got := unreachable(ctx, lookup, find)
		cancel()
		if !strings.HasPrefix(got, tt.want) || (got == "") != (tt.want == "") {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestARuntimeThatHangsLeavesNoProcess(t *testing.T) {
	dir := t.TempDir()
	program, held := filepath.Join(dir, "docker"), filepath.Join(dir, "held")
	if out, err := exec.Command("mkfifo", held).CombinedOutput(); err != nil {
		t.Fatalf("mkfifo: %v: %s", err, out)
	}
	if err := os.WriteFile(program, []byte("#!/bin/sh\nexec 9>"+held+"\nsleep 600 &\nwait\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	opened := make(chan *os.File, 1)
	go func() {
		pipe, err := os.Open(held) // once the program has it
		if err != nil {
			t.Error(err)
		}
		opened <- pipe
		cancel()
	}()
	if got := silent(ctx, program, runtimes[0]); !strings.Contains(got, "does not answer") {
		t.Errorf("got %q", got)
	}
	pipe := <-opened
	defer pipe.Close()
	if err := pipe.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(pipe); err != nil { // it ends with the last process that holds it
		t.Errorf("a process lives on: %v", err)
	}
}

// Case H01.
func TestAnEngineThatHangsIsGivenUp(t *testing.T) {
	t.Setenv("_EXPERIMENTAL_DAGGER_RUNNER_HOST", "tcp://127.0.0.1:1")
	t.Setenv("_EXPERIMENTAL_DAGGER_CLI_BIN", os.Args[0])
	t.Setenv(hangingCLI, "1")
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := open(ctx, ci.Settings{Log: io.Discard}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want that the time is over", err)
	}
}

// A late is a context whose time is over when the test says so.
type late struct {
	context.Context
	over chan struct{}
}

func (l late) Done() <-chan struct{} { return l.over }

func (l late) Err() error {
	select {
	case <-l.over:
		return context.DeadlineExceeded
	default:
		return nil
	}
}

func TestASessionWhoseTimeIsOverEndsInOrder(t *testing.T) {
	s := startSession(t)
	t.Setenv(sessionCLI, os.Getenv("DAGGER_SESSION_PORT"))
	os.Unsetenv("DAGGER_SESSION_PORT") // startSession restores it
	t.Setenv("_EXPERIMENTAL_DAGGER_RUNNER_HOST", "tcp://127.0.0.1:1")
	t.Setenv("_EXPERIMENTAL_DAGGER_CLI_BIN", os.Args[0])
	s.hang = make(chan struct{})
	ctx := late{t.Context(), make(chan struct{})}
	began := func(e ci.Event) {
		if e.Result == nil {
			close(ctx.over)
		}
	}
	o := ci.Options{Source: project(t, map[string]string{"a": ""}), Report: began}
	report, _ := runSteps(t, ctx, Engine, o, shell("slow", "true")) // fails where closing is an error
	if got := report.Steps[0]; got.Status != ci.Cancelled {
		t.Errorf("got %+v", got)
	}
}

func TestWhyThereIsNoSessionIsSaidWithWhatToDo(t *testing.T) {
	for _, tt := range []struct{ name, says, want string }{
		{
			"another version", "failed to read session params: EOF: some progress\nError: incompatible engine version v0.3.1",
			"no dagger engine: Error: incompatible engine version v0.3.1; this program was built for version 0.21.9 of the engine",
		},
		{
			"no client to be had", "failed to download checksums from https://cdn.example/c.txt: no such host",
			"no dagger engine: failed to download checksums from https://cdn.example/c.txt: no such host; name a client of version 0.21.9 that is here already in _EXPERIMENTAL_DAGGER_CLI_BIN",
		},
		{"a client that says nothing", "close: signal: killed\nstderr:\n", "no dagger engine: close: signal: killed"},
	} {
		err := noSession(t.Context(), errors.New(tt.says))
		var none *ci.NoEngineError
		if !errors.As(err, &none) || err.Error() != tt.want {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.want)
		}
	}
}

func TestRegistriesOfThisHostAreReachedThroughIt(t *testing.T) {
	for ref, want := range map[string]string{
		"localhost:5000/go:1":                     "localhost 5000",
		"127.0.0.1:41231/go@sha256:00":            "127.0.0.1 41231",
		"[::1]:5000/go":                           "::1 5000",
		"localhost/go":                            "localhost 80",
		"docker.io/library/golang:1.26":           "",
		"golang:1.26":                             "",
		"registry.example:5000/localhost:5000/go": "",
	} {
		got := ""
		if host, port, local := localRegistry(ref); local {
			got = fmt.Sprintf("%s %d", host, port)
		}
		if got != want {
			t.Errorf("%s: %q, want %q", ref, got, want)
		}
	}
}

func TestProxiesOfThisHostAreReachedThroughIt(t *testing.T) {
	for _, tt := range []struct{ name, value, want string }{
		{"GOPROXY", "http://localhost:3000,https://proxy.example,direct", "http://cupel-host:3000,https://proxy.example,direct 3000"},
		{"GOPROXY", "http://user:pass@127.0.0.1:8080|off", "http://user:pass@cupel-host:8080|off 8080"},
		{"HTTPS_PROXY", "https://localhost/mod", "https://cupel-host:443/mod 443"},
		{"GOSUMDB", "sum.example http://[::1]:81/sumdb", "sum.example http://cupel-host:81/sumdb 81"},
		{"GOVULNDB", "http://localhost:9", "http://cupel-host:9 9"},
		{"GOPROXY", "https://proxy.golang.example,direct", "https://proxy.golang.example,direct "},
		{"HTTP_PROXY", "localhost", "localhost "},
		{"DATABASE_URL", "http://localhost:5432", "http://localhost:5432 "},
	} {
		ports := make(map[int]bool)
		got := viaHost(tt.name, tt.value, ports) + " "
		for port := range ports {
			got += fmt.Sprint(port)
		}
		if got != tt.want {
			t.Errorf("%s=%s: %q, want %q", tt.name, tt.value, got, tt.want)
		}
	}
}

func TestImagesComeFromWhereTheTableSays(t *testing.T) {
	s := startSession(t)
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	dir := t.TempDir()
	for name, text := range map[string]string{"oci-layout": "{}", "index.json": "{}", "blobs/sha256/aa": "blob"} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var packed []string
	s.read = func(path string) { packed = names(t, path) }
	o := ci.Options{Source: project(t, map[string]string{"a": ""})}
	for _, image := range []ci.Image{{Name: "go", Path: dir}, {Name: "go", Ref: "localhost:5000/go:1"}, {Name: "go", Ref: "golang:1"}} {
		o.Images = map[string]ci.Image{"go": image}
		if report, _ := runSteps(t, t.Context(), Engine, o, shell("one", "true")); report.Exit() != 0 {
			t.Fatalf("%v: %+v", image, report.Steps)
		}
	}
	if got := strings.Join(packed, " "); got != "blobs/sha256/aa index.json oci-layout" {
		t.Errorf("the tarball of the layout holds %q", got)
	}
	var from []string
	for _, c := range s.calls("from") {
		word := c.Args["address"].(string)
		if c.Args["registryService"] != nil {
			word += " through this host"
		}
		if len(from) == 0 || from[len(from)-1] != word {
			from = append(from, word)
		}
	}
	if got := strings.Join(from, ", "); got != "localhost:5000/go:1 through this host, golang:1" {
		t.Errorf("pulled: %s", got)
	}
	if ports := s.calls("service")[0].Args["ports"]; fmt.Sprint(ports) != "[map[backend:5000 frontend:5000 protocol:TCP]]" {
		t.Errorf("forwarded: %v", ports)
	}
}

// names lists the files of a tarball.
func names(t *testing.T, path string) []string {
	f, err := os.Open(path)
	if err != nil {
		t.Error(err)
		return nil
	}
	defer f.Close()
	var all []string
	for r := tar.NewReader(f); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Error(err)
			return all
		}
		all = append(all, h.Name)
	}
}

func TestAPathThatIsNoImageIsRefusedBeforeItIsSent(t *testing.T) {
	startSession(t)
	o := ci.Options{Source: project(t, map[string]string{"a": ""}), Images: map[string]ci.Image{"go": {Name: "go", Path: t.TempDir()}}}
	report, _ := runSteps(t, t.Context(), Engine, o, shell("one", "true"))
	if got := report.Steps[0]; got.Status != ci.Unknown || !strings.Contains(got.Reason, "is no OCI layout") {
		t.Errorf("got %+v", got)
	}
}
