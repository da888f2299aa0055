package dagger

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dagger.io/dagger/engineconn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/cupel-dev/cupel/ci/images"
)

// A lab is what the tests share: a cupel, images made of this host, and a
// registry on localhost that holds them as well.
type lab struct {
	cupel    string
	layouts  map[string]string // by the name of the image
	registry string            // its address
	database string            // URL of a database of no vulnerabilities
	env      []string
	cache    string
}

func newLab(t *testing.T, names ...string) *lab {
	t.Helper()
	dir := t.TempDir()
	l := &lab{cupel: filepath.Join(dir, "cupel"), layouts: make(map[string]string), cache: filepath.Join(dir, "cache")}
	clone := l.clone(t)
	command := exec.Command("go", "tool", "mage", "-compile", l.cupel)
	command.Dir = clone
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("compile cupel: %v\n%s", err, out)
	}
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(server.Close)
	l.registry = strings.Replace(strings.TrimPrefix(server.URL, "http://"), "127.0.0.1", "localhost", 1)
	for _, image := range names {
		to := filepath.Join(dir, image)
		if err := images.FromHost(t.Context(), image, to); err != nil {
			t.Logf("no image %s: %v", image, err)
			continue
		}
		l.layouts[image] = to
		push(t, to, l.registry+"/"+image+":1")
	}
	l.database = vulnerabilities(t)
	l.env = append(os.Environ(), "XDG_CACHE_HOME="+l.cache, "GOPROXY="+moduleProxy(t), "GOSUMDB=off")
	l.env = append(l.env, "GOCACHE="+goEnv(t, "GOCACHE")[0])
	if client, err := downloaded(); err == nil && os.Getenv("_EXPERIMENTAL_DAGGER_CLI_BIN") == "" {
		l.env = append(l.env, "_EXPERIMENTAL_DAGGER_CLI_BIN="+client)
	}
	return l
}

// downloaded is the engine's client, where the SDK has put it already: the lab
// has a cache of its own.
func downloaded() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	client := filepath.Join(cache, "dagger", "dagger-"+engineconn.CLIVersion)
	_, err = os.Stat(client)
	return client, err
}

// goEnv asks the go command of this host.
func goEnv(t *testing.T, names ...string) []string {
	t.Helper()
	out, err := exec.Command("go", append([]string{"env"}, names...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}

// push copies the image of a layout into a registry.
func push(t *testing.T, dir, to string) {
	t.Helper()
	index, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	img, err := index.Image(manifest.Manifests[0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	ref, err := name.ParseReference(to)
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(ref, img); err != nil {
		t.Fatal(err)
	}
}

// moduleProxy serves the modules that this host has already, and asks the
// host's own proxies for others, so that no container needs a network. What
// nobody has is not found, also where the proxies cannot be reached.
func moduleProxy(t *testing.T) string {
	t.Helper()
	env := goEnv(t, "GOMODCACHE", "GOPROXY")
	cache := filepath.Join(env[0], "cache", "download")
	further := strings.FieldsFunc(env[1], func(r rune) bool { return r == ',' || r == '|' })
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, proxy := range append([]string{"file://" + filepath.ToSlash(cache)}, further...) {
			if served(w, proxy+r.URL.Path) {
				return
			}
		}
		http.NotFound(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// served passes on what a URL of a module proxy gives, if it gives anything.
func served(w http.ResponseWriter, url string) bool {
	if file, ok := strings.CutPrefix(url, "file://"); ok {
		text, err := os.ReadFile(filepath.FromSlash(file))
		if err != nil {
			return false
		}
		_, _ = w.Write(text)
		return true
	}
	client := http.Client{Timeout: 30 * time.Second}
	response, err := client.Get(url) // "direct" and "off" are no URLs
	if err != nil {
		return false
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return false
	}
	_, _ = io.Copy(w, response.Body)
	return true
}

// vulnerabilities serves a database for Go that knows of none.
func vulnerabilities(t *testing.T) string {
	t.Helper()
	index := map[string]string{
		"/index/db.json": `{"modified":"2026-01-01T00:00:00Z"}`, "/index/modules.json": "[]", "/index/vulns.json": "[]",
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := strings.TrimSuffix(r.URL.Path, ".gz")
		if index[path] == "" {
			http.NotFound(w, r)
			return
		}
		var out io.Writer = w
		if path != r.URL.Path {
			packed := gzip.NewWriter(w)
			defer packed.Close()
			out = packed
		}
		_, _ = io.WriteString(out, index[path])
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// clone copies this repository as it is committed.
func (l *lab) clone(t *testing.T) string {
	t.Helper()
	top, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "repository")
	git(t, top, "clone", "-q", top, dir)
	return dir
}

func git(t *testing.T, dir string, args ...string) {
	t.Helper()
	args = append([]string{"-C", dir, "-c", "user.name=t", "-c", "user.email=t@example.com"}, args...)
	if out, err := exec.Command("git", args...).CombinedOutput(); err != nil {
		t.Fatalf("git: %v\n%s", err, out)
	}
}

// smallGo and smallRust are projects without dependencies.
var (
	smallGo = map[string]string{
		"go.mod": "module example.com/small\n\ngo 1.26.0\n", "main.go": "// Small prints a word.\npackage main\n\nvar version = \"none\"\n\nfunc main() { println(\"small\", version) }\n",
		"main_test.go": "package main\n\nimport \"testing\"\n\nfunc TestNothing(t *testing.T) { t.Log(version) }\n", ".gitignore": "/dist/\n",
	}
	smallRust = map[string]string{
		"Cargo.toml":  "[package]\nname = \"small\"\nversion = \"0.1.0\"\nedition = \"2021\"\nlicense = \"MIT\"\n",
		"Cargo.lock":  "version = 3\n\n[[package]]\nname = \"small\"\nversion = \"0.1.0\"\n",
		"src/main.rs": "fn main() {\n    println!(\"small\");\n}\n\n#[test]\nfn nothing() {}\n", ".gitignore": "/target/\n/dist/\n",
	}
)

// committed makes a repository of files with one commit.
func committed(t *testing.T, files map[string]string) string {
	t.Helper()
	src := project(t, files)
	git(t, src.Root, "add", "-A")
	git(t, src.Root, "commit", "-qm", "first")
	return src.Root
}

// useImages names the lab's images in the project's cupel.toml.
func (l *lab) useImages(t *testing.T, dir string, fromRegistry bool) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "cupel.toml"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	table := fmt.Sprintf("\n[ci]\ngo_database = %q\n[ci.images]\n", l.database)
	for image, path := range l.layouts {
		if fromRegistry {
			path = l.registry + "/" + image + ":1"
		}
		table += fmt.Sprintf("%s = %q\n", image, path)
	}
	if err := os.WriteFile(filepath.Join(dir, "cupel.toml"), append(text, table...), 0o644); err != nil {
		t.Fatal(err)
	}
}
