package gomodule_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/module"
	modzip "golang.org/x/mod/zip"

	"github.com/cupel-dev/cupel/internal/channel/gomodule"
	"github.com/cupel-dev/cupel/internal/channel/gomodule/proxytest"
	"github.com/cupel-dev/cupel/internal/git"
	"github.com/cupel-dev/cupel/internal/journal"
	"github.com/cupel-dev/cupel/internal/version"
)

// repository is a repository with one commit of the files.
func repository(t *testing.T, files map[string]string) *git.Repo {
	t.Helper()
	r := &git.Repo{Root: t.TempDir()}
	must(t, r, "init", "-q", "-b", "main")
	must(t, r, "config", "user.name", "Ann Author")
	must(t, r, "config", "user.email", "ann@example.com")
	commit(t, r, files)
	return r
}

func commit(t *testing.T, r *git.Repo, files map[string]string) string {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(r.Root, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	must(t, r, "add", "-A")
	must(t, r, "commit", "-q", "--no-gpg-sign", "-m", "change")
	return must(t, r, "rev-parse", "HEAD")
}

// served is a repository of a module and a proxy that serves its tags.
func served(t *testing.T) (*git.Repo, *proxytest.Proxy) {
	t.Helper()
	r := repository(t, map[string]string{"go.mod": "module example.org/m\n", "m.go": "package m\n"})
	return r, proxytest.Serve(t, proxytest.Module{Repo: r, Path: "example.org/m"})
}

func must(t *testing.T, r *git.Repo, args ...string) string {
	t.Helper()
	out, err := r.Run(t.Context(), args...)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(out)
}

func parsed(t *testing.T, text string) version.Version {
	t.Helper()
	v, err := version.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestThePathHoldsTheMajorNumber(t *testing.T) {
	for _, c := range []struct {
		path, version string
		fine          bool
	}{
		{"example.org/m", "v1.2.0", true},
		{"example.org/m", "v0.1.0", true},
		{"example.org/m", "v2.0.0", false},
		{"example.org/m/v2", "v2.0.0", true},
		{"example.org/m/v2", "v1.0.0", false},
		{"example.org/m/v3", "v2.0.0", false},
		{"gopkg.in/m.v2", "v2.1.0", true},
		{"", "v1.0.0", false},
	} {
		_, err := gomodule.New(gomodule.Options{Repo: &git.Repo{}, Commit: "c", Module: c.path, Version: parsed(t, c.version)})
		if (err == nil) != c.fine {
			t.Errorf("%s at %s: %v", c.path, c.version, err)
		}
	}
}

func TestTagsOfNestedModules(t *testing.T) {
	for _, c := range []struct{ path, dir, want string }{
		{"example.org/m", "", ""},
		{"example.org/m", ".", ""},
		{"example.org/m/v2", "", ""},
		{"example.org/m/v2", "v2", ""},
		{"example.org/m/sdk", "sdk", "sdk/"},
		{"example.org/m/sdk/go", "sdk/go/", "sdk/go/"},
		{"example.org/m/sdk/v2", "sdk/v2", "sdk/"},
		{"example.org/m/sdk/v2", "sdk", "sdk/"},
	} {
		if got := gomodule.TagPrefix(c.path, c.dir); got != c.want {
			t.Errorf("the prefix of %s in %q is %q, want %q", c.path, c.dir, got, c.want)
		}
	}
}

// The oracle is golang.org/x/mod/zip, which makes the zip from a work tree.
func TestTheZipIsThatOfTheGoCommand(t *testing.T) {
	files := map[string]string{
		"go.mod": "module example.org/m\n", "a.go": "package m\r\n", "LICENSE": "free\n",
		"sub/go.mod": "module example.org/m/sub\n", "sub/b.go": "package sub\n", "subway/c.go": "package subway\n",
		".gitattributes": "secret.txt export-ignore\n*.go text\n", "secret.txt": "not exported\n",
		"vendor/x/x.go": "package x\n", "with blank.txt": "x",
	}
	r := repository(t, files)
	for _, dir := range []string{"", "sub"} {
		m := module.Version{Path: strings.TrimSuffix("example.org/m/"+dir, "/"), Version: "v1.0.0"}
		var got, want bytes.Buffer
		if _, err := gomodule.Zip(t.Context(), &got, r, "HEAD", dir, m); err != nil {
			t.Fatal(err)
		}
		if err := modzip.CreateFromVCS(&want, m, r.Root, "HEAD", dir); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Bytes(), want.Bytes()) {
			t.Errorf("the zip of %q differs", dir)
		}
	}
	if _, err := gomodule.Zip(t.Context(), &bytes.Buffer{}, r, "HEAD", "subway", module.Version{Path: "example.org/m/subway", Version: "v1.0.0"}); err == nil {
		t.Error("a directory without go.mod is taken for a module")
	}
}

// outcome runs the steps as a release does.
func outcome(t *testing.T, c *gomodule.Channel) journal.Outcome {
	t.Helper()
	j, err := journal.Open(filepath.Join(t.TempDir(), "journal"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	r := journal.Runner{Plan: journal.Plan{Name: "release", Steps: c.Steps()}, Journal: j}
	return r.Run(t.Context())
}

// environment is that of a go command that asks one proxy and no database.
func environment(proxy string) []string {
	return []string{"GOPROXY=" + proxy, "GOSUMDB=off", "GOPRIVATE=", "GONOPROXY=", "GONOSUMDB="}
}

func channel(t *testing.T, r *git.Repo, proxy, commit, v string) *gomodule.Channel {
	t.Helper()
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("there is no go command")
	}
	c, err := gomodule.New(gomodule.Options{Repo: r, Commit: commit, Module: "example.org/m", Version: parsed(t, v), Env: environment(proxy),
		Wait: func(context.Context, time.Duration) error { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// A proxy that is asked too early remembers that there is nothing.
func TestBeforeThePushOnlyTheListIsAskedFor(t *testing.T) {
	r, proxy := served(t)
	c := channel(t, r, proxy.URL, must(t, r, "rev-parse", "HEAD"), "v1.0.0")
	for range 2 {
		if o, err := c.Steps()[0].Probe(t.Context()); err != nil || o.State != journal.Absent {
			t.Errorf("%v, %v", o, err)
		}
	}
	if requests := slices.Compact(proxy.Requests()); !reflect.DeepEqual(requests, []string{"/example.org/m/@v/list"}) {
		t.Errorf("requests %v", requests)
	}
}

func TestTheProxyFetchesTheTagAndHasTheBytesOfTheCommit(t *testing.T) {
	r, proxy := served(t)
	must(t, r, "tag", "v1.0.0")
	c := channel(t, r, proxy.URL, must(t, r, "rev-parse", "HEAD"), "v1.0.0")
	if o := outcome(t, c); o.Code != journal.Complete {
		t.Fatalf("%v: %v", o.Code, o.Err)
	}
	if !slices.Contains(proxy.Requests(), "/example.org/m/@v/v1.0.0.zip") {
		t.Errorf("requests %v", proxy.Requests())
	}
}

// F04: the tag was moved after the proxy had it.
func TestF04OtherBytesInTheProxyAreAConflict(t *testing.T) {
	r, proxy := served(t)
	must(t, r, "tag", "v1.0.0")
	if o := outcome(t, channel(t, r, proxy.URL, must(t, r, "rev-parse", "HEAD"), "v1.0.0")); o.Code != journal.Complete {
		t.Fatal(o.Err)
	}
	moved := commit(t, r, map[string]string{"m.go": "package m // other\n"})
	must(t, r, "tag", "-f", "v1.0.0")
	o := outcome(t, channel(t, r, proxy.URL, moved, "v1.0.0"))
	if o.Code != journal.Conflicting || !strings.Contains(o.Err.Error(), "h1:") {
		t.Errorf("%v: %v", o.Code, o.Err)
	}
}

func TestAProxyThatDoesNotHaveItYetIsAskedAgain(t *testing.T) {
	r, proxy := served(t)
	must(t, r, "tag", "v1.0.0")
	misses := 0
	proxy.Answer(func(path string) int {
		if strings.HasSuffix(path, "list") || misses < 2 {
			misses++
			return 404
		}
		return 0
	})
	c := channel(t, r, proxy.URL, must(t, r, "rev-parse", "HEAD"), "v1.0.0")
	if o := outcome(t, c); o.Code != journal.Complete {
		t.Errorf("%v: %v", o.Code, o.Err)
	}
}

func TestAProxyThatIsAwayLeavesTheReleaseToBeResumed(t *testing.T) {
	for name, status := range map[string]int{"missing": 404, "failing": 503} {
		t.Run(name, func(t *testing.T) {
			r, proxy := served(t)
			must(t, r, "tag", "v1.0.0")
			proxy.Answer(func(path string) int {
				if strings.HasSuffix(path, "list") {
					return 0
				}
				return status
			})
			c := channel(t, r, proxy.URL, must(t, r, "rev-parse", "HEAD"), "v1.0.0")
			if err := c.Steps()[0].Do(t.Context()); !errors.Is(err, journal.ErrTemporary) {
				t.Errorf("%v", err)
			}
			proxy.Answer(nil)
			if o := outcome(t, c); o.Code != journal.Complete {
				t.Errorf("%v: %v", o.Code, o.Err)
			}
		})
	}
}

// E01: numbers are taken from the proxy, retracted ones too.
func TestE01EntriesHoldRetractedVersions(t *testing.T) {
	r, proxy := served(t)
	must(t, r, "tag", "v1.0.0")
	must(t, r, "tag", "v1.1.0-rc.1")
	goMod, err := gomodule.Retract([]byte("module example.org/m\n"), parsed(t, "v1.0.0"), "broken")
	if err != nil {
		t.Fatal(err)
	}
	commit(t, r, map[string]string{"go.mod": string(goMod)})
	must(t, r, "tag", "v1.10.0")
	c := channel(t, r, proxy.URL, "HEAD", "v1.11.0")
	entries, err := c.Entries(t.Context())
	want := []version.Entry{{Name: "v1.0.0", Yanked: true}, {Name: "v1.1.0-rc.1"}, {Name: "v1.10.0"}}
	if err != nil || !reflect.DeepEqual(entries, want) {
		t.Errorf("%v, %v", entries, err)
	}
}

func TestAProxyInADirectory(t *testing.T) {
	r := repository(t, map[string]string{"go.mod": "module example.org/m\n", "m.go": "package m\n"})
	must(t, r, "tag", "v1.0.0")
	dir := t.TempDir()
	module := proxytest.Module{Repo: r, Path: "example.org/m"}
	for range 2 {
		if err := module.Build(t.Context(), dir); err != nil {
			t.Fatal(err)
		}
	}
	c := channel(t, r, proxytest.URL(dir), must(t, r, "rev-parse", "HEAD"), "v1.0.0")
	if o := outcome(t, c); o.Code != journal.Complete {
		t.Errorf("%v: %v", o.Code, o.Err)
	}
}

func TestANestedModuleIsFetchedByItsOwnTag(t *testing.T) {
	r := repository(t, map[string]string{"go.mod": "module example.org/m\n", "LICENSE": "free\n", "sdk/go.mod": "module example.org/m/sdk\n", "sdk/a.go": "package sdk\n"})
	must(t, r, "tag", "sdk/v1.0.0")
	proxy := proxytest.Serve(t, proxytest.Module{Repo: r, Path: "example.org/m/sdk", Dir: "sdk"})
	c, err := gomodule.New(gomodule.Options{Repo: r, Commit: must(t, r, "rev-parse", "HEAD"), Module: "example.org/m/sdk", Dir: "sdk",
		Version: parsed(t, "v1.0.0"), Env: environment(proxy.URL)})
	if err != nil {
		t.Fatal(err)
	}
	if o := outcome(t, c); o.Code != journal.Complete {
		t.Errorf("%v: %v", o.Code, o.Err)
	}
}
