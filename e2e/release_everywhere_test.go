package e2e

import (
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/cupel-dev/cupel/internal/channel/cargo/cargotest"
	"github.com/cupel-dev/cupel/internal/channel/gomodule/proxytest"
	"github.com/cupel-dev/cupel/internal/channel/npm/npmtest"
	"github.com/cupel-dev/cupel/internal/channel/oci/registrytest"
	"github.com/cupel-dev/cupel/internal/forge/forgetest"
	"github.com/cupel-dev/cupel/internal/git"
	"github.com/cupel-dev/cupel/internal/git/gittest"
)

// A shop is a project whose program, image, module, crate and package are
// released from the command line, and every place that they go to.
type shop struct {
	job
	hub    *forgetest.Repository
	images *registrytest.Server
	proxy  *proxytest.Proxy
	crates *cargotest.Registry
	npm    *npmtest.Registry
}

// program tells its version, which ci:package builds in.
const program = `package main

var version = "0.0.1"

func main() { println("app", version) }
`

// TestAReleaseToEveryChannelFromTheCommandLine packages a program for five
// platforms and brings it out everywhere; the next version, whose program tells
// another number, is undone before anybody sees it; then a whole release is taken
// back.
func TestAReleaseToEveryChannelFromTheCommandLine(t *testing.T) {
	for _, tool := range []string{"cargo", "npm"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(tool + " is not on this machine")
		}
	}
	s := newShop(t)
	said := s.release(0, "v1.0.0")
	for _, step := range []string{"build", "github:draft", "git-push", "oci:tag", "oci:try", "gomodule:fetch", "cargo:publish-app", "npm:publish", "github:publish", "github:try", "github:latest", "receipt"} {
		if !strings.Contains(said, "\ndone    "+step+"\n") {
			t.Errorf("%s is not done:\n%s", step, said)
		}
	}
	if strings.Contains(said, "warning") {
		t.Errorf("it warns:\n%s", said)
	}
	s.wantEverywhere("1.0.0")
	if s.git("rev-parse", "HEAD") != s.git("rev-parse", "v1.0.0^{commit}") || s.git("status", "--porcelain") != "" {
		t.Error("the work tree is not at 1.0.0")
	}

	s.write("main.go", strings.ReplaceAll(program, "version", "number"))
	s.change("A program that does not know its version.")
	said = s.release(3, "v1.1.0")
	if !strings.Contains(said, `it does not say that it is 1.1.0: it printed "app 0.0.1"`) {
		t.Errorf("a program with another version:\n%s", said)
	}
	s.wantEverywhere("1.0.0")
	if refs := s.git("ls-remote", "origin"); strings.Contains(refs, "v1.1.0") || len(s.hub.Releases()) != 1 {
		t.Errorf("of what was undone there is left\n%s\n%+v", refs, s.hub.Releases())
	}

	s.write("main.go", program)
	s.change("It knows it again.")
	s.release(0, "v1.1.0")
	s.wantEverywhere("1.1.0")
	out, code := s.cupel(nil, "rollback", "v1.1.0", "-reason=it breaks", "-waive=tests:none here")
	if code != 0 {
		t.Fatalf("rollback: exit %d\n%s", code, out)
	}
	s.wantEverywhere("1.1.1")
	if crates := s.crates.Releases(); !slices.Equal(crates, []string{"app 1.0.0", "app 1.1.0 yanked", "app 1.1.1"}) {
		t.Errorf("crates %q", crates)
	}
	if s.npm.Deprecated("app", "1.1.0") == "" {
		t.Error("the package 1.1.0 is not deprecated")
	}
	if text := s.git("show", "v1.1.1:go.mod"); !strings.Contains(text, "retract v1.1.0") {
		t.Errorf("go.mod is\n%s", text)
	}
}

// release releases a version from the command line.
func (s *shop) release(want int, tag string) string {
	s.t.Helper()
	out, code := s.cupel(nil, "release", tag, "-waive=tests:none here;lint:none here;audit:none here")
	if code != want {
		s.t.Fatalf("release %s: exit %d, want %d\n%s", tag, code, want, out)
	}
	for _, secret := range []string{"s3cr3t", s.crates.Token, s.npm.Token} {
		if strings.Contains(out, secret) {
			s.t.Errorf("a secret was printed:\n%s", out)
		}
	}
	return out
}

// change commits and pushes what was changed, with a line for the changelog.
func (s *shop) change(text string) {
	s.t.Helper()
	log := s.read(filepath.Join(s.dir, "CHANGELOG.md"))
	s.write("CHANGELOG.md", strings.Replace(log, "## [Unreleased]\n", "## [Unreleased]\n\n- "+text+"\n", 1))
	s.git("add", "-A")
	s.git("commit", "-q", "-m", text)
	s.git("push", "-q")
}

// wantEverywhere checks that a version is the newest in every place.
func (s *shop) wantEverywhere(number string) {
	s.t.Helper()
	if got := s.hub.Latest(); got != "v"+number {
		s.t.Errorf("GitHub's latest release is %s, want %s", got, number)
	}
	releases := s.hub.Releases()
	last := releases[len(releases)-1]
	var assets []string
	for _, a := range last.Assets {
		assets = append(assets, a.Name)
	}
	for _, name := range []string{"SHA256SUMS", "app_" + number + "_windows_amd64.zip", "app_" + number + "_" + runtime.GOOS + "_" + runtime.GOARCH + ".tar.gz"} {
		if last.Draft || !slices.Contains(assets, name) {
			s.t.Errorf("the release %s (draft: %t) has no %s but %q", last.Tag, last.Draft, name, assets)
		}
	}
	tags := s.images.Tags("team/app")
	for _, tag := range []string{"latest", "1", number[:len(number)-2]} {
		if tags[tag] == "" || tags[tag] != tags[number] {
			s.t.Errorf("the image's tags are %v, want %s on %s", tags, tag, number)
		}
	}
	if got := s.npm.Tags("app")["latest"]; got != number {
		s.t.Errorf("npm's latest is %s, want %s", got, number)
	}
	crates := s.crates.Releases()
	if got := crates[len(crates)-1]; got != "app "+number {
		s.t.Errorf("the newest crate is %s, want %s", got, number)
	}
	if !slices.ContainsFunc(s.proxy.Requests(), func(path string) bool { return strings.HasSuffix(path, "/v"+number+".zip") }) {
		s.t.Errorf("nobody asked the module proxy for %s", number)
	}
}

func newShop(t *testing.T) *shop {
	t.Helper()
	server := forgetest.New(t)
	server.Allow(strings.TrimSpace(hubToken), forgetest.Token{Login: "ann", May: []string{"contents:write"}})
	bare := filepath.Join(t.TempDir(), "app.git")
	s := &shop{
		hub: server.Repository("team/app"), images: registrytest.New(t), crates: cargotest.New(t), npm: npmtest.New(t),
		proxy: proxytest.Serve(t, proxytest.Module{Repo: &git.Repo{Root: bare}, Path: "example.org/team/app"}),
	}
	home, g := t.TempDir(), goSettings(t)
	s.job = newJob(t, compileCupel(t, repositoryRoot(t)), home,
		"GOCACHE="+g.cache, "GOMODCACHE="+filepath.Join(home, "mod"), "GOPROXY="+s.proxy.URL, "GOSUMDB=off", "GOFLAGS=-modcacherw",
		"CARGO_HOME="+filepath.Join(home, "cargo"), "RUSTUP_HOME="+rustupHome(), "DOCKER_CONFIG="+home,
		"GITHUB_API_URL="+server.URL, "GITHUB_TOKEN="+hubToken, "CRATE_TOKEN="+s.crates.Token, "PACKAGE_TOKEN="+s.npm.Token,
	)
	s.origin(bare)
	s.hub.TagsFrom(func(tag string) string { return gittest.Tagged(bare, tag) })
	s.write("cupel.toml", strings.NewReplacer("IMAGES", s.images.Host, "INDEX", s.crates.URL, "NPM", s.npm.URL).Replace(`
[release]
package = true
version_args = ["--version"]
[[publish]]
kind = "github"
repository = "team/app"
[[publish]]
kind = "oci"
repository = "IMAGES/team/app"
[[publish]]
kind = "gomodule"
[[publish]]
kind = "cargo"
registry = "local"
index = "INDEX"
secret = "CRATE_TOKEN"
[[publish]]
kind = "npm"
registry = "NPM"
secret = "PACKAGE_TOKEN"
`))
	s.write("CHANGELOG.md", "# Changelog\n\n## [Unreleased]\n\n- All.\n")
	s.write("go.mod", "module example.org/team/app\n\ngo 1.24\n")
	s.write("main.go", program)
	s.write("package.json", "{\"name\": \"app\", \"version\": \"0.9.0\", \"license\": \"MIT\"}\n")
	s.write("Cargo.toml", "[package]\nname = \"app\"\nversion = \"0.9.0\"\nedition = \"2021\"\nlicense = \"MIT\"\ndescription = \"a test\"\n")
	s.write("Cargo.lock", "# This file is automatically @generated by Cargo.\n# It is not intended for manual editing.\nversion = 3\n\n[[package]]\nname = \"app\"\nversion = \"0.9.0\"\n")
	s.write("src/lib.rs", "")
	s.git("add", "-A")
	s.git("commit", "-q", "-m", "first")
	s.git("push", "-q", "-u", "origin", "main")
	return s
}
