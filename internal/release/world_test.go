package release_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/cupel-dev/cupel/internal/channel/gomodule/proxytest"
	"github.com/cupel-dev/cupel/internal/channel/oci/registrytest"
	"github.com/cupel-dev/cupel/internal/forge/forgetest"
	"github.com/cupel-dev/cupel/internal/git"
	"github.com/cupel-dev/cupel/internal/git/gittest"
	"github.com/cupel-dev/cupel/internal/journal"
	"github.com/cupel-dev/cupel/internal/release"
)

// A world is a project, and every place that a release of it goes to: git's own
// server, a container registry, a module proxy, a GitHub, a webhook, and a
// directory for the project's own command. Version 1.1.0 is out.
type world struct {
	site
	draft    release.Draft // of 1.2.0
	remote   *gittest.Remote
	registry *registrytest.Server
	proxy    *proxytest.Proxy
	hub      *forgetest.Server
	news     *webhook
}

// files are the small project.
var files = map[string]string{
	"go.mod":       "module " + modulePath + "\n\ngo 1.26\n",
	"app.go":       "package app\n",
	"package.json": "{\n  \"name\": \"app\",\n  \"version\": \"1.1.0\"\n}\n",
	"CHANGELOG.md": "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- Everything that *1.1.0* lacks.\n\n## [1.1.0] - 2026-01-01\n\n- The first.\n",
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := serve(t)
	repo := w.remote.Clone(t, files)
	w.Clone = repo.Root
	for _, dir := range []string{w.remote.Dir, w.Clone} {
		for _, setting := range []string{"gc.auto", "maintenance.auto", "receive.autogc"} {
			gittest.Git(t, dir, "config", setting, "0") // so many processes
		}
	}
	check(t, os.RemoveAll(filepath.Join(w.remote.Dir, "hooks")))
	w.releaseFirst(t, repo)
	w.releaseFirstElsewhere(t)
	head, err := repo.Head(t.Context())
	check(t, err)
	w.draft = release.Draft{
		Version: parsed("v1.2.0"), Date: "2026-02-02", Head: head, Name: "Ann Author", Email: "ann@example.com", Holder: "ann",
		Gates: []release.GateResult{{Gate: "tree", Passed: true}},
	}
	return w
}

// A mould holds the repositories of a world in which nothing has happened yet.
type mould struct {
	dir   string
	url   string // of the remote that the clone names
	draft release.Draft
}

func newMould(t testing.TB, w *world) mould {
	t.Helper()
	m := mould{t.TempDir(), w.remote.URL, w.draft}
	check(t, os.CopyFS(filepath.Join(m.dir, "remote"), os.DirFS(w.remote.Dir)))
	check(t, os.CopyFS(filepath.Join(m.dir, "clone"), os.DirFS(w.Clone)))
	return m
}

// cast is a new world like the one that the mould was made of.
func (m mould) cast(t testing.TB) *world {
	t.Helper()
	w := serve(t)
	w.draft, w.Clone = m.draft, filepath.Join(t.TempDir(), "project")
	check(t, os.RemoveAll(w.remote.Dir))
	check(t, os.CopyFS(w.remote.Dir, os.DirFS(filepath.Join(m.dir, "remote"))))
	check(t, os.CopyFS(w.Clone, os.DirFS(filepath.Join(m.dir, "clone"))))
	config := filepath.Join(w.Clone, ".git", "config")
	text, err := os.ReadFile(config)
	check(t, err)
	check(t, os.WriteFile(config, []byte(strings.ReplaceAll(string(text), m.url, w.remote.URL)), 0o644))
	w.releaseFirstElsewhere(t)
	return w
}

// serve starts all servers of a world; its repository is empty and nothing is out.
func serve(t testing.TB) *world {
	t.Helper()
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("the project's own command takes sh")
	}
	w := &world{remote: gittest.Serve(t), registry: registrytest.New(t), hub: forgetest.New(t), news: serveWebhook(t)}
	w.proxy = proxytest.Serve(t, proxytest.Module{Repo: &git.Repo{Root: w.remote.Dir}, Path: modulePath})
	w.site = site{
		Registry: w.registry.Host, Proxy: w.proxy.URL, GitHub: w.hub.URL, Webhook: w.news.URL,
		Mirror: t.TempDir(), Script: filepath.Join(t.TempDir(), "publish.sh"), Token: "s3cr3t-t0k3n",
	}
	check(t, os.WriteFile(w.Script, []byte(script), 0o644))
	return w
}

// releaseFirst brings 1.1.0 out in git, in a commit that is the same in every
// world.
func (w *world) releaseFirst(t testing.TB, repo *git.Repo) {
	t.Helper()
	dated := repo.With("GIT_AUTHOR_DATE=2026-01-01T00:00:00Z", "GIT_COMMITTER_DATE=2026-01-01T00:00:00Z")
	for _, args := range [][]string{
		{"commit", "-q", "--amend", "--reset-author", "-m", "first"},
		{"tag", "-a", "-m", "v1.1.0", "v1.1.0"},
		{"push", "-q", "--force", "origin", "main", "v1.1.0"},
	} {
		_, err := dated.Run(t.Context(), args...)
		check(t, err)
	}
}

// releaseFirstElsewhere brings 1.1.0 out in all other places.
func (w *world) releaseFirstElsewhere(t testing.TB) {
	t.Helper()
	archive, err := pack([]byte(files["package.json"]))
	check(t, err)
	img, err := image(archive)
	check(t, err)
	for _, tag := range []string{"1.1.0", "1.1", "1", "latest"} {
		ref, err := name.NewTag(w.Registry + "/team/app:" + tag)
		check(t, err)
		check(t, remote.Write(ref, img))
	}
	w.allow(w.Token)
	hub := w.hub.Repository("team/app")
	hub.SetCategories("News")
	commits := map[string]string{} // a public tag never moves
	hub.TagsFrom(func(tag string) string {
		if commits[tag] != "" {
			return commits[tag]
		}
		if commit := gittest.Tagged(w.remote.Dir, tag); commit != "" {
			commits[tag] = commit
		}
		return commits[tag]
	})
	hub.AddRelease(forgetest.Release{Tag: "v1.1.0", Title: "v1.1.0", Notes: "- The first."})
}

// allow makes a token good for releases.
func (w *world) allow(token string) {
	w.hub.Allow(token, forgetest.Token{Login: "ann", May: []string{"contents:write", "discussions:write"}})
}

// do is a process that releases and lives to its end.
func (w *world) do(t testing.TB, d release.Draft, do deed) journal.Outcome {
	t.Helper()
	out, err := w.run(t.Context(), d, do, nil)
	check(t, err)
	return out
}

// heal ends every fault that has not come yet.
func (w *world) heal(t testing.TB) {
	t.Helper()
	w.registry.Heal()
	w.hub.Heal()
	w.proxy.Answer(nil)
	w.news.answer(nil)
	check(t, os.RemoveAll(filepath.Join(w.remote.Dir, "hooks")))
	waiting, err := filepath.Glob(filepath.Join(w.Mirror, "*.fault"))
	check(t, err)
	hidden, err := filepath.Glob(filepath.Join(w.Mirror, ".*.fault"))
	check(t, err)
	for _, file := range append(waiting, hidden...) {
		check(t, os.Remove(file))
	}
}

// issued are the numbers that the servers of this test gave to things.
var issued = regexp.MustCompile(`"(draft|release) \d+"`)

// state is all that can be seen of the project's releases from outside, and what
// is left of them in the person's clone.
func (w *world) state(t testing.TB) map[string]string {
	t.Helper()
	state := map[string]string{}
	w.gitState(t, state)
	for tag, digest := range w.registry.Tags("team/app") {
		state["registry "+tag] = digest
	}
	for _, number := range []string{"1.1.0", "1.2.0", "1.2.1"} {
		archive, err := pack([]byte(strings.Replace(files["package.json"], "1.1.0", number, 1)))
		check(t, err)
		img, err := image(archive)
		check(t, err)
		digest, err := img.Digest()
		check(t, err)
		if w.registry.Digest("team/app", digest.String()) != "" {
			state["registry manifest of "+number] = digest.String()
		}
		if slices.ContainsFunc(w.proxy.Requests(), func(path string) bool { return strings.Contains(path, "/v"+number+".") }) {
			state["module proxy has "+number] = "asked for"
		}
	}
	w.hubState(state)
	entries, err := os.ReadDir(w.Mirror)
	check(t, err)
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(w.Mirror, e.Name()))
		check(t, err)
		state["mirror "+e.Name()] = fmt.Sprintf("%x", text)
	}
	return state
}

func (w *world) gitState(t testing.TB, state map[string]string) {
	t.Helper()
	for place, dir := range map[string]string{"remote": w.remote.Dir, "clone": w.Clone} {
		for line := range strings.Lines(gittest.Git(t, dir, "for-each-ref", "--format=%(refname) %(objectname)")) {
			ref, object, _ := strings.Cut(strings.TrimSpace(line), " ")
			switch {
			case strings.HasPrefix(ref, "refs/remotes/"):
			case strings.HasPrefix(ref, "refs/cupel/receipts/"):
				text := gittest.Git(t, dir, "cat-file", "blob", object)
				state[place+" "+ref] = issued.ReplaceAllString(text, `"$1"`)
			default:
				state[place+" "+ref] = object
			}
		}
	}
}

func (w *world) hubState(state map[string]string) {
	hub := w.hub.Repository("team/app")
	for i, r := range hub.Releases() {
		slices.SortFunc(r.Assets, func(a, b forgetest.Asset) int { return strings.Compare(a.Name, b.Name) })
		text := fmt.Sprintf("%q draft=%t prerelease=%t %q", r.Title, r.Draft, r.Prerelease, r.Notes)
		for _, a := range r.Assets {
			text += fmt.Sprintf(" %s=%x starter=%t", a.Name, a.Data, a.Starter)
		}
		state[fmt.Sprintf("github release %d %s", i, r.Tag)] = text
	}
	state["github latest"] = hub.Latest()
	for i, d := range hub.Discussions() {
		state[fmt.Sprintf("github discussion %d", i)] = fmt.Sprintf("%q %q %q", d.Category, d.Title, d.Body)
	}
}

// differences says where two states differ: of texts, the lines.
func differences(got, want map[string]string) string {
	var lines []string
	for _, key := range slices.Sorted(maps.Keys(merged(got, want))) {
		said := len(lines)
		is, should := strings.Split(got[key], "\n"), strings.Split(want[key], "\n")
		for _, line := range is {
			if !slices.Contains(should, line) {
				lines = append(lines, fmt.Sprintf("  %s is   %.300s", key, line))
			}
		}
		for _, line := range should {
			if !slices.Contains(is, line) {
				lines = append(lines, fmt.Sprintf("  %s want %.300s", key, line))
			}
		}
		if len(lines) == said && got[key] != want[key] { // a line that stands elsewhere too
			lines = append(lines, fmt.Sprintf("  %s is\n%s\nand not\n%s", key, got[key], want[key]))
		}
	}
	return strings.Join(lines, "\n")
}

func merged(a, b map[string]string) map[string]string {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A webhook keeps what it is told.
type webhook struct {
	URL string

	mu    sync.Mutex
	told  []string
	fault http.HandlerFunc
}

func serveWebhook(t testing.TB) *webhook {
	h := &webhook{}
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		defer h.mu.Unlock()
		if fault := h.fault; fault != nil {
			h.fault = nil
			fault(rw, r)
			return
		}
		h.hear(r)
	}))
	t.Cleanup(server.Close)
	h.URL = server.URL + "/hook-5f2c9a7e1b"
	return h
}

// hear remembers a message; the lock is held.
func (h *webhook) hear(r *http.Request) {
	var message struct{ Text string }
	body, err := io.ReadAll(r.Body)
	if err = errors.Join(err, json.Unmarshal(body, &message)); err != nil {
		message.Text = err.Error()
	}
	h.told = append(h.told, message.Text)
}

// answer makes fault answer the next message; nil is no fault.
func (h *webhook) answer(fault http.HandlerFunc) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.fault = fault
}

func (h *webhook) messages() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.told)
}
