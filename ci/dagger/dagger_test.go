package dagger

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cupel-dev/cupel/ci"
	"github.com/cupel-dev/cupel/internal/git/gittest"
)

// project makes a repository of the given files, with git's own ignore rules.
func project(t *testing.T, files map[string]string) *ci.Source {
	t.Helper()
	return source(t, gittest.Init(t, files))
}

func source(t *testing.T, dir string) *ci.Source {
	t.Helper()
	s, err := ci.ReadSource(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var goImage = map[string]ci.Image{"go": {Name: "go", Ref: "registry.example/golang:1.26@sha256:" + strings.Repeat("0", 64)}}

// runSteps runs steps with an engine and returns the report, and what the
// engine's own log says.
func runSteps(t *testing.T, ctx context.Context, engine string, o ci.Options, steps ...ci.Step) (*ci.Report, string) {
	t.Helper()
	var log bytes.Buffer
	e, err := ci.Open(ctx, engine, ci.Settings{Log: &log, Secrets: ci.Pipeline{Steps: steps}.Secrets()})
	if err != nil {
		t.Fatal(err)
	}
	if o.Images == nil {
		o.Images = goImage
	}
	if o.Logs == "" {
		o.Logs = t.TempDir()
	}
	report, err := ci.Run(ctx, e, ci.Pipeline{Name: "test", Steps: steps}, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
	return report, log.String()
}

func shell(name, script string) ci.Step {
	return ci.Step{Name: name, Image: "go", Run: []string{"sh", "-c", script}}
}

func TestBothExecutorsGiveAStepTheSameInputsAndEnvironment(t *testing.T) {
	startSession(t)
	t.Setenv("LEAKED", "from the caller")
	src := project(t, map[string]string{"a.txt": "a", "sub/b.txt": "b", "ignored.log": "x", ".gitignore": "*.log\n"})
	step := shell("show", `mkdir -p out/deep && { find . -type f | sort; cat a.txt sub/b.txt; echo "$GIVEN $OWN ${LEAKED-nothing}"; } >out/deep/seen`)
	step.Outputs, step.Env = []string{"out"}, map[string]string{"OWN": "own"}
	var seen []string
	for _, engine := range []string{Engine, ci.HostEngine} {
		o := ci.Options{Source: src, Env: map[string]string{"GIVEN": "given"}, Outputs: t.TempDir()}
		report, _ := runSteps(t, t.Context(), engine, o, step)
		if report.Exit() != 0 {
			t.Fatalf("%s: %+v", engine, report.Steps)
		}
		text, err := os.ReadFile(filepath.Join(o.Outputs, "show", "out", "deep", "seen"))
		if err != nil {
			t.Fatal(err)
		}
		seen = append(seen, string(text))
	}
	if seen[0] != seen[1] {
		t.Errorf("in a container:\n%son the host:\n%s", seen[0], seen[1])
	}
	if !strings.Contains(seen[0], "given own nothing") || strings.Contains(seen[0], "ignored") {
		t.Errorf("a step sees:\n%s", seen[0])
	}
}

// Case H03.
func TestWhatGitIgnoresIsNeverSent(t *testing.T) {
	s := startSession(t)
	src := project(t, map[string]string{"main.go": "package main\n", "new.txt": "not yet added", ".gitignore": "/target/\nsecret.env\n", "secret.env": "TOKEN=1"})
	big := filepath.Join(src.Root, "target", "huge.bin")
	if err := os.Mkdir(filepath.Dir(big), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(big, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(big, 2<<30); err != nil {
		t.Fatal(err)
	}
	var size int64
	var names []string
	s.inspect = func(dir string) {
		_ = filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
			if err == nil && info.Mode().IsRegular() {
				size += info.Size()
				names = append(names, filepath.Base(path))
			}
			return err
		})
	}
	report, _ := runSteps(t, t.Context(), Engine, ci.Options{Source: source(t, src.Root)}, shell("look", "ls"))
	if report.Exit() != 0 {
		t.Fatalf("%+v", report.Steps)
	}
	if size == 0 || size >= 5<<20 {
		t.Errorf("%d bytes were sent, want less than 5 MB and more than none", size)
	}
	if got := strings.Join(names, " "); got != ".gitignore main.go new.txt" {
		t.Errorf("sent: %s", got)
	}
}

// Case H05.
func TestSecretsStayOutOfEveryPlaceThatIsShown(t *testing.T) {
	s := startSession(t)
	secret := "line1 with a blank\nline 2 is long too"
	step := shell("leak", `printf '%s' "$TOKEN" | head -c 9; printf '%s' "$TOKEN" | tail -c +10; printf '%s' "$TOKEN" >&2; exit 3`)
	step.Secrets = []ci.Secret{{Name: "TOKEN", Value: secret}}
	o := ci.Options{Source: project(t, map[string]string{"a": ""}), Logs: t.TempDir()}
	report, log := runSteps(t, t.Context(), Engine, o, step)
	text, err := os.ReadFile(report.Steps[0].Log)
	if err != nil {
		t.Fatal(err)
	}
	shown := string(text) + log + report.Steps[0].Reason + strings.Join(report.Steps[0].Tail, "\n")
	for _, line := range strings.Split(secret, "\n") {
		if strings.Contains(shown, line) {
			t.Errorf("%q is shown in:\n%s", line, shown)
		}
	}
	if report.Steps[0].Status != ci.Failed || !strings.Contains(shown, "***") {
		t.Errorf("got %+v", report.Steps[0])
	}
	for _, c := range append(s.calls("withExec"), s.calls("withEnvVariable")...) {
		if strings.Contains(strings.Join(strs(c.Args), " "), "line1") {
			t.Errorf("the secret is in %s", c.Field)
		}
	}
}

func strs(args map[string]any) []string {
	var all []string
	for _, v := range args {
		if s, ok := v.(string); ok {
			all = append(all, s)
		}
	}
	return all
}

func TestFailuresOfTheEngineAreOneClearMessage(t *testing.T) {
	for _, tt := range []struct {
		name, field, engine, want string
	}{
		{"registry that limits", "from", "failed to resolve image: unexpected status from HEAD request to https://r/v2/golang: 429 Too Many Requests", "refuses to give the image go"},
		{"registry that fails", "from", "failed to resolve image: unexpected status from HEAD request to https://r/v2/golang: 500 Internal Server Error", "the registry of the image go"},
		{"image without the platform", "from", `failed to resolve image "golang" (platform: "linux/arm64"): no match for platform in manifest: not found`, "has no variant for the engine's platform"},
		{"index without the platform", "from", `failed to resolve image "golang:1" (platform: "linux/amd64"): no manifest matches requested platform for sha256:00`, "has no variant for the engine's platform"},
		{"layout without the platform", "from", "resolve imported image manifest: no manifest for platform linux/arm64 and tag ", "has no variant for the engine's platform"},
		{"image that is not there", "from", `failed to resolve image "golang": docker.io/library/golang:9: not found`, "cannot be pulled"},
		{"full disk", "withExec", "failed to copy: write /src/x: no space left on device", "the engine's disk is full"},
		{"program that may not be executed", "withExec", "runc run failed: exec /src/x: permission denied", "the engine could not run it: runc run failed"},
		{"registry that wants a login", "from", "failed to resolve image: pull access denied, repository does not exist or may require authorization", "without a login"},
		{"older engine", "from", `Unknown argument "registryService" on field "Container.from".`, "does not know what the step asks for"},
		{"engine that goes away", "withExec", `Post "http://127.0.0.1/query": EOF`, "the engine went away"},
		{"anything else", "withExec", "failed to exec: something odd", "the engine could not run it: failed to exec: something odd"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := startSession(t)
			s.fail[tt.field] = errors.New(tt.engine)
			report, _ := runSteps(t, t.Context(), Engine, ci.Options{Source: project(t, map[string]string{"a": ""})}, shell("one", "true"))
			got := report.Steps[0]
			if got.Status != ci.Unknown || report.Exit() != 2 {
				t.Errorf("status %q, exit %d, want it to be unknown and 2", got.Status, report.Exit())
			}
			if !strings.Contains(got.Reason, tt.want) || strings.Contains(got.Reason, "\n") {
				t.Errorf("reason %q, want one line with %q", got.Reason, tt.want)
			}
		})
	}
}

// The engine reports its own failures in the form of a command's.
func TestWhatTheEngineCouldNotDoIsNoFinding(t *testing.T) {
	for _, tt := range []struct {
		name, message string
		code          int
		want          string
	}{
		{"outputs that it cannot keep", "failed to commit: write /var/lib/x: no space left on device", 0, "the engine's disk is full"},
		{"a container that does not start", "runc run failed: unable to start container process", 255, "the engine could not run it: runc run failed"},
		{"no command at all", "mount /src: something odd", -1, "the engine could not run it: mount /src"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := startSession(t)
			s.fail["withExec"] = &graphqlError{
				msg: tt.message + " [traceparent:0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331]",
				extensions: map[string]any{
					"_type": "EXEC_ERROR", "exitCode": tt.code, "cmd": []string{"true"}, "stdout": "", "stderr": "",
				},
			}
			report, _ := runSteps(t, t.Context(), Engine, ci.Options{Source: project(t, map[string]string{"a": ""})}, shell("one", "true"))
			got := report.Steps[0]
			if got.Status != ci.Unknown || report.Exit() != 2 || !strings.HasPrefix(got.Reason, tt.want) || strings.Contains(got.Reason, "traceparent") {
				t.Errorf("got %+v, exit %d, want %q", got, report.Exit(), tt.want)
			}
		})
	}
}

func TestAnOutputThatIsNotThereIsNoFinding(t *testing.T) {
	startSession(t)
	step := shell("build", "true")
	step.Outputs = []string{"dist"}
	o := ci.Options{Source: project(t, map[string]string{"a": ""}), Outputs: t.TempDir()}
	report, _ := runSteps(t, t.Context(), Engine, o, step)
	if got := report.Steps[0]; got.Status != ci.Unknown || !strings.HasPrefix(got.Reason, "output dist: the step left none") {
		t.Errorf("got %+v", got)
	}
}

func TestAProgramThatTheImageLacksIsNoFinding(t *testing.T) {
	startSession(t)
	step := ci.Step{Name: "one", Image: "go", Run: []string{"no-such-linter", "."}}
	report, _ := runSteps(t, t.Context(), Engine, ci.Options{Source: project(t, map[string]string{"a": ""})}, step)
	if got := report.Steps[0]; got.Status != ci.Unknown || !strings.HasPrefix(got.Reason, "no-such-linter is not in the image go (registry.example/") {
		t.Errorf("got %+v", got)
	}
}

// The engine keeps 100 KB of the output of a command that failed.
func TestAFreshStepThatIsJudgedIsJudgedByAllThatItPrints(t *testing.T) {
	startSession(t)
	printed := 0
	step := shell("audit", "head -c 300000 /dev/zero | tr '\\000' x; exit 1")
	step.Fresh = true
	step.Judge = func(stdout []byte, exit int) error {
		printed = len(stdout)
		return &ci.Finding{Msg: "found"}
	}
	report, _ := runSteps(t, t.Context(), Engine, ci.Options{Source: project(t, map[string]string{"a": ""})}, step)
	if got := report.Steps[0]; printed != 300000 || got.Status != ci.Failed || got.Exit != 1 {
		t.Errorf("judged by %d bytes, got %+v", printed, got)
	}
}

func TestTheStreamsOfAStepThatFailsDoNotShareALine(t *testing.T) {
	startSession(t)
	report, _ := runSteps(t, t.Context(), Engine, ci.Options{Source: project(t, map[string]string{"a": ""})},
		shell("bad", "echo FAIL; echo because >&2; exit 1"))
	if got := strings.Join(report.Steps[0].Tail, "|"); got != "FAIL|because" {
		t.Errorf("the last lines are %q", got)
	}
}

func TestAProxyIsNotAskedForThisHost(t *testing.T) {
	s := startSession(t)
	o := ci.Options{Source: project(t, map[string]string{"a": ""}), Env: map[string]string{
		"GOPROXY": "http://localhost:3000", "HTTPS_PROXY": "http://proxy.example:3128", "NO_PROXY": "intern.example",
	}}
	report, _ := runSteps(t, t.Context(), Engine, o, shell("show", `echo "$GOPROXY $HTTPS_PROXY $NO_PROXY"; exit 1`))
	want := "http://cupel-host:3000 http://proxy.example:3128 intern.example,cupel-host"
	if got := strings.Join(report.Steps[0].Tail, "|"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if bound := s.calls("withServiceBinding"); len(bound) == 0 || bound[0].Args["alias"] != hostAlias {
		t.Errorf("bound: %+v", bound)
	}
}

func TestAStepThatFailsSaysItsCodeAndItsLastLines(t *testing.T) {
	startSession(t)
	report, _ := runSteps(t, t.Context(), Engine, ci.Options{Source: project(t, map[string]string{"a": ""})},
		shell("bad", "echo what went wrong; exit 7"), shell("good", "true"))
	bad, good := report.Steps[0], report.Steps[1]
	if bad.Status != ci.Failed || bad.Exit != 7 || strings.Join(bad.Tail, "") != "what went wrong" || report.Exit() != 1 {
		t.Errorf("got %+v", bad)
	}
	if good.Status != ci.Passed {
		t.Errorf("the other step: %+v", good)
	}
}

func TestAFullDiskInAStepIsNoFinding(t *testing.T) {
	startSession(t)
	report, _ := runSteps(t, t.Context(), Engine, ci.Options{Source: project(t, map[string]string{"a": ""})},
		shell("full", "echo 'cp: error writing x: No space left on device' >&2; exit 1"))
	if got := report.Steps[0]; got.Status != ci.Unknown || !strings.Contains(got.Reason, "disk is full") {
		t.Errorf("got %+v", got)
	}
}

func TestACancelledStepIsNoResult(t *testing.T) {
	s := startSession(t)
	s.hang = make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	began := func(e ci.Event) {
		if e.Result == nil {
			cancel()
		}
	}
	report, _ := runSteps(t, ctx, Engine, ci.Options{Source: project(t, map[string]string{"a": ""}), Report: began}, shell("slow", "true"))
	if got := report.Steps[0]; got.Status != ci.Cancelled || report.Exit() != 2 {
		t.Errorf("got %+v, exit %d", got, report.Exit())
	}
}

func TestAFreshStepIsNotAnsweredFromTheCacheOfAnotherSession(t *testing.T) {
	s := startSession(t)
	src := project(t, map[string]string{"a": ""})
	step := shell("audit", "true")
	for _, fresh := range []bool{false, true} {
		step.Fresh = fresh
		before := len(s.done)
		for range 2 {
			if report, _ := runSteps(t, t.Context(), Engine, ci.Options{Source: src}, step); report.Exit() != 0 {
				t.Fatalf("%+v", report.Steps)
			}
		}
		distinct := make(map[string]bool)
		for _, c := range s.calls("withEnvVariable") {
			if c.Args["name"] == "CUPEL_SESSION" {
				distinct[c.Args["value"].(string)] = true
			}
		}
		if want := map[bool]int{false: 0, true: 2}[fresh]; len(distinct) != want {
			t.Errorf("fresh %v: %d session values, want %d (%d runs before)", fresh, len(distinct), want, before)
		}
	}
}

func TestEngineOfAnotherVersionIsSaidInWords(t *testing.T) {
	for _, tt := range []struct{ engine, want string }{
		{"v0.21.9", ""},
		{"v0.21.9+abc123", ""},
		{"v0.19.0", "the engine is version 0.19.0 and the SDK was made for 0.21.9"},
	} {
		s := startSession(t)
		s.version = tt.engine
		report, _ := runSteps(t, t.Context(), Engine, ci.Options{Source: project(t, map[string]string{"a": ""})}, shell("one", "true"))
		if notes := strings.Join(report.About.Notes, "\n"); !strings.HasPrefix(notes, tt.want) || (tt.want == "") != (notes == "") {
			t.Errorf("%s: notes %q, want %q", tt.engine, notes, tt.want)
		}
	}
}
