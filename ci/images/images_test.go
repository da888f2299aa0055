package images

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net/http/httptest"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/crane"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

// imageIn is the only image of a layout.
func imageIn(t *testing.T, dir string) v1.Image {
	t.Helper()
	index, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	if len(manifest.Manifests) != 1 {
		t.Fatalf("%d images in %s, want 1", len(manifest.Manifests), dir)
	}
	img, err := index.Image(manifest.Manifests[0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// unpack writes the files of an image into a directory.
func unpack(t *testing.T, img v1.Image) string {
	t.Helper()
	dir := t.TempDir()
	files := mutate.Extract(img)
	defer files.Close()
	for r := tar.NewReader(files); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return dir
		}
		if err == nil {
			err = unpackOne(dir, h, r)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func unpackOne(dir string, h *tar.Header, r io.Reader) error {
	to := filepath.Join(dir, h.Name)
	switch h.Typeflag {
	case tar.TypeDir:
		return os.MkdirAll(to, 0o755)
	case tar.TypeSymlink:
		return os.Symlink(h.Linkname, to)
	}
	f, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, fs.FileMode(h.Mode))
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	return errors.Join(err, f.Close())
}

// inside runs a command with the directory as its root, and with /proc and
// /dev in it, as every container has.
func inside(t *testing.T, root string, env []string, args ...string) string {
	t.Helper()
	for _, dir := range []string{"proc", "dev"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	script := `mount -t proc proc "$0/proc" && mount --bind /dev "$0/dev" && exec chroot "$0" "$@"`
	cmd := exec.Command("unshare", append([]string{"--mount", "sh", "-c", script, root}, args...)...)
	cmd.Env = env
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// needsChroot skips a test that packs a whole toolchain where nobody asked for
// it, and where a file system of its own cannot be had.
func needsChroot(t *testing.T) {
	t.Helper()
	if os.Getenv("CUPEL_SELFTEST") == "" {
		t.Skip("left to selftest:dagger: it packs a whole toolchain")
	}
	if runtime.GOOS != "linux" || exec.Command("unshare", "--mount", "chroot", "/", "true").Run() != nil {
		t.Skip("needs Linux and root, for mounts of its own and chroot")
	}
}

// rootWith unpacks an image from this host, with one more file in /root, and
// returns where it is and the image's environment.
func rootWith(t *testing.T, image, file, text string) (root string, env []string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), image)
	if err := FromHost(t.Context(), image, dir); err != nil {
		t.Fatal(err)
	}
	img := imageIn(t, dir)
	config, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	root = unpack(t, img)
	if err := os.WriteFile(filepath.Join(root, "root", file), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return root, config.Config.Env
}

func TestGoImageFromTheHostBuildsAProgramAlone(t *testing.T) {
	needsChroot(t)
	root, env := rootWith(t, "go", "main.go", "package main\nfunc main() { println(\"built\") }\n")
	env = append(env, "CGO_ENABLED=0", "GOPROXY=off", "GOFLAGS=-p=2")
	if got := inside(t, root, env, "go", "version"); !strings.Contains(got, runtime.Version()) {
		t.Errorf("go version: %s, want %s", got, runtime.Version())
	}
	inside(t, root, env, "git", "--version")
	inside(t, root, env, "sh", "-c", "cd /root && git init -q repo && go build -o prog main.go && ./prog")
}

func TestRustImageFromTheHostBuildsAProgramAlone(t *testing.T) {
	needsChroot(t)
	for _, tool := range []string{"rustc", "gcc"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(tool + " is not installed here")
		}
	}
	root, env := rootWith(t, "rust", "main.rs", "fn main() { println!(\"built\"); }\n")
	got := inside(t, root, env, "sh", "-c", "cd /root && cargo --version && rustc main.rs && ./main && cargo init -q --name x p && cd p && cargo build -q --offline && cargo fmt --check && cargo clippy -q --offline")
	if !strings.Contains(got, "built") {
		t.Errorf("got %s", got)
	}
}

func TestTwoImagesOfOneTreeAreEqual(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("images hold Linux programs")
	}
	var digests []string
	for range 2 {
		tree := newTree(hostLibraries())
		tree.directory("/tmp", 0o777|fs.ModeSticky)
		if err := addProgram(tree, "sh"); err != nil {
			t.Fatal(err)
		}
		img, err := assemble(t.Context(), t.TempDir(), tree)
		if err != nil {
			t.Fatal(err)
		}
		digest, err := img.Digest()
		if err != nil {
			t.Fatal(err)
		}
		digests = append(digests, digest.String())
		dir := filepath.Join(t.TempDir(), "image")
		if err := write(img, dir); err != nil {
			t.Fatal(err)
		}
		if err := validate.Image(imageIn(t, dir)); err != nil {
			t.Error(err)
		}
		saysHowItIsPacked(t, imageIn(t, dir))
	}
	if digests[0] != digests[1] {
		t.Errorf("%s and %s", digests[0], digests[1])
	}
}

// saysHowItIsPacked holds that the media type of each layer is the truth: an
// engine unpacks what the type says.
func saysHowItIsPacked(t *testing.T, img v1.Image) {
	t.Helper()
	layers, err := img.Layers()
	if err != nil {
		t.Fatal(err)
	}
	for _, layer := range layers {
		packed, err := layer.Compressed()
		if err != nil {
			t.Fatal(err)
		}
		_, gzipErr := gzip.NewReader(packed)
		packed.Close()
		if kind, err := layer.MediaType(); err != nil || kind != types.OCILayer || gzipErr != nil {
			t.Errorf("a layer is said to be %s: %v, %v", kind, err, gzipErr)
		}
	}
}

func TestSystemHoldsWhatCompiledProgramsLoad(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("images hold Linux programs")
	}
	tree := newTree(hostLibraries())
	if err := addSystem(t.Context(), tree); err != nil {
		t.Fatal(err)
	}
	have := make(map[string]bool)
	for name := range tree.entries {
		have[path.Base(name)] = true
	}
	for _, want := range append(needed, "libdl.so.2", "libpthread.so.0", "ca-certificates.crt", "passwd", "seq") {
		if !have[want] {
			t.Errorf("%s is missing", want)
		}
	}
}

func TestATreeKeepsLinksAndTheFilesBehindThem(t *testing.T) {
	dir := t.TempDir()
	for _, sub := range []string{"real/deep", "other"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	os.WriteFile(filepath.Join(dir, "real/deep/tool"), []byte("#!/bin/sh\n"), 0o755)
	os.Symlink("real", filepath.Join(dir, "short"))
	os.Symlink(filepath.Join(dir, "short/deep/tool"), filepath.Join(dir, "other/tool"))
	tree := newTree(hostLibraries())
	if err := tree.host(filepath.Join(dir, "other/tool")); err != nil {
		t.Fatal(err)
	}
	for name, link := range map[string]bool{"other/tool": true, "short": true, "real/deep/tool": false} {
		e, ok := tree.entries[strings.TrimPrefix(filepath.Join(dir, name), "/")]
		if !ok || (e.mode&fs.ModeSymlink != 0) != link {
			t.Errorf("%s: %+v, want a link: %v", name, e, link)
		}
	}
	os.Symlink("loop", filepath.Join(dir, "loop"))
	if err := tree.host(filepath.Join(dir, "loop")); err == nil || !strings.Contains(err.Error(), "too many links") {
		t.Errorf("a link to itself: %v", err)
	}
}

func TestPackedTreeHasNoTimesAndNoOwners(t *testing.T) {
	tree := newTree(hostLibraries())
	tree.directory("/tmp", 0o777|fs.ModeSticky)
	tree.file("/etc/passwd", "root:x:0:0::/root:/bin/sh\n")
	var b bytes.Buffer
	if err := tree.writeTar(&b); err != nil {
		t.Fatal(err)
	}
	var got []string
	for r := tar.NewReader(&b); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%s %o", h.Name, h.Mode))
		if h.Uid != 0 || h.Gid != 0 || h.Uname != "" || h.ModTime.Unix() != 0 {
			t.Errorf("%s: %+v", h.Name, h)
		}
	}
	if want := "etc/ 755,etc/passwd 644,tmp/ 1777"; strings.Join(got, ",") != want {
		t.Errorf("got %s, want %s", strings.Join(got, ","), want)
	}
}

func TestPullWritesALayoutWholeOrNotAtAll(t *testing.T) {
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	defer server.Close()
	ref := strings.TrimPrefix(server.URL, "http://") + "/tools/go:1"
	img, err := random.Image(100, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := crane.Push(img, ref); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "images", "go")
	if err := Pull(t.Context(), ref, dir); err != nil {
		t.Fatal(err)
	}
	if err := validate.Image(imageIn(t, dir)); err != nil {
		t.Error(err)
	}
	if err := Pull(t.Context(), ref, dir); err == nil {
		t.Error("a second pull replaced what was there")
	}
	missing := filepath.Join(filepath.Dir(dir), "missing")
	if err := Pull(t.Context(), ref+"9", missing); err == nil || exists(missing) {
		t.Errorf("an image that is not there: %v", err)
	}
}
