package run

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/process"
)

func checkout(t *testing.T) Checkout {
	t.Helper()
	return Checkout{Dir: t.TempDir(), Out: filepath.Join(t.TempDir(), "out")}
}

func shell(script string) bench.Suite {
	return bench.Suite{Name: "s", Format: "gobench", Run: []string{"sh", "-c", script}}
}

func TestPlaceholdersAreFilledIn(t *testing.T) {
	c := Checkout{Dir: "/project", Out: "/built"}
	got := c.expand([]string{"{out}/a", "-t={time}", "{seconds}", "{wholeseconds}", "{file}", "{other}"}, 100*time.Millisecond, "/run1.json")
	want := []string{"/built/a", "-t=100ms", "0.1", "1", "/run1.json", "{other}"}
	if !slices.Equal(got, want) {
		t.Errorf("expanded to %q, want %q", got, want)
	}
}

func TestOutputGoesToFilesByStream(t *testing.T) {
	c := checkout(t)
	output := filepath.Join(t.TempDir(), "s_run1")
	o, err := c.Once(t.Context(), shell("printf out; printf err >&2"), time.Second, output)
	if err != nil || o.Failure != "" {
		t.Fatalf("outcome %+v, %v", o, err)
	}
	for name, want := range map[string]string{".txt": "out", ".stderr.txt": "err"} {
		if b, err := os.ReadFile(output + name); string(b) != want {
			t.Errorf("%s holds %q, want %q (%v)", name, b, want, err)
		}
	}
	if _, err := c.Once(t.Context(), shell("printf out"), time.Second, output); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(output + ".stderr.txt"); err == nil {
		t.Error("an empty stderr was kept")
	}
}

func TestHowARunEnds(t *testing.T) {
	c := checkout(t)
	for _, test := range []struct{ name, script, failure string }{
		{"well", "true", ""},
		{"with a code", "exit 3", "sh exited with code 3"},
		{"by a signal", "kill -9 $$", "sh was ended by SIGKILL"},
		{"by its timeout", "sleep 60", "ended after 200ms, its timeout"},
	} {
		s := shell(test.script)
		s.Timeout = 200 * time.Millisecond
		if test.failure == "" || test.name != "by its timeout" {
			s.Timeout = time.Minute
		}
		o, err := c.Once(t.Context(), s, time.Second, filepath.Join(t.TempDir(), "s"))
		if err != nil || o.Failure != test.failure {
			t.Errorf("%s: failure is %q, want %q (%v)", test.name, o.Failure, test.failure, err)
		}
	}
}

func TestWhatCouldNotBeRunIsAnError(t *testing.T) {
	c := checkout(t)
	missing := bench.Suite{Name: "s", Run: []string{"no-such-program"}}
	_, err := c.Once(t.Context(), missing, time.Second, filepath.Join(t.TempDir(), "s"))
	var notFound *process.NotFoundError
	if !errors.As(err, &notFound) {
		t.Errorf("error is %v, want a *process.NotFoundError", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Once(ctx, shell("true"), time.Second, filepath.Join(t.TempDir(), "s")); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestSuitesGetTheirEnvironment(t *testing.T) {
	c := checkout(t)
	s := shell(`printf "$LC_ALL $CARGO_TARGET_DIR $MINE"`)
	s.Env = map[string]string{"MINE": "{out}/x"}
	output := filepath.Join(t.TempDir(), "s")
	if _, err := c.Once(t.Context(), s, time.Second, output); err != nil {
		t.Fatal(err)
	}
	b, _ := os.ReadFile(output + ".txt")
	if want := "C " + filepath.Join(c.Out, "target") + " " + c.Out + "/x"; string(b) != want {
		t.Errorf("environment is %q, want %q", b, want)
	}
}

func TestBuildSaysWhatFailed(t *testing.T) {
	c := checkout(t)
	s := shell("true")
	s.Build = []string{"sh", "-c", "echo line 3: no; exit 1"}
	var log strings.Builder
	err := c.Build(t.Context(), s, &log)
	if err == nil || !strings.Contains(err.Error(), "build suite s: ") || log.String() != "line 3: no\n" {
		t.Errorf("error %v, log %q", err, log.String())
	}
}

func TestReportsLoseTheirIdentityAndNothingElse(t *testing.T) {
	c := checkout(t)
	s := shell(`printf '{"host_name": "ann\\"s", "node":"x", "executable" : "/home/ann/b", "name": "node", "v": NaN}' > "$1"`)
	s.Run = append(s.Run, "sh", "{file}")
	output := filepath.Join(t.TempDir(), "s")
	if _, err := c.Once(t.Context(), s, time.Second, output); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(output + ".json")
	if want := `{"host_name": "", "node":"", "executable" : "", "name": "node", "v": NaN}`; string(b) != want {
		t.Errorf("report is %s, want %s (%v)", b, want, err)
	}
}
