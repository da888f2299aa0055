package pack_test

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/cupel-dev/cupel/ci/pack"
	"github.com/cupel-dev/cupel/internal/dsse"
)

// TestPackages looks at all packages of one project.
func TestPackages(t *testing.T) {
	in := inputs(t)
	in.Key = signer()
	dist := filepath.Join(t.TempDir(), "dist")
	result, err := pack.Assemble(t.Context(), in, dist)
	if err != nil {
		t.Fatal(err)
	}
	packed := read(t, dist)
	t.Run("files", func(t *testing.T) { checkFiles(t, packed, result) })
	t.Run("checksums", func(t *testing.T) { checkSums(t, dist, packed) })
	t.Run("archives", func(t *testing.T) { checkArchives(t, packed) })
	t.Run("the program starts and prints its version", func(t *testing.T) { checkProgram(t, dist) })
	t.Run("signature", func(t *testing.T) { checkSignature(t, packed) })
	t.Run("provenance", func(t *testing.T) { checkProvenance(t, packed, result) })
	t.Run("SBOM", func(t *testing.T) { checkSBOM(t, packed) })
	t.Run("image", func(t *testing.T) { checkImage(t, dist, result) })
	t.Run("the same inputs give the same bytes", func(t *testing.T) {
		other := filepath.Join(t.TempDir(), "elsewhere", "out")
		if _, err := pack.Assemble(t.Context(), in, other); err != nil {
			t.Fatal(err)
		}
		checkSame(t, packed, read(t, other))
	})
}

func checkFiles(t *testing.T, packed map[string]string, result *pack.Result) {
	want := []string{
		"SHA256SUMS", "SHA256SUMS.sig", "tiny_1.2.3.intoto.jsonl",
		"tiny_1.2.3_darwin_arm64.cdx.json", "tiny_1.2.3_darwin_arm64.tar.gz",
		"tiny_1.2.3_image.tar",
		"tiny_1.2.3_linux_amd64.cdx.json", "tiny_1.2.3_linux_amd64.tar.gz",
		"tiny_1.2.3_linux_arm64.cdx.json", "tiny_1.2.3_linux_arm64.tar.gz",
		"tiny_1.2.3_windows_amd64.cdx.json", "tiny_1.2.3_windows_amd64.zip",
	}
	var named, there []string
	for _, f := range result.Files {
		named = append(named, f.Name)
		if int64(len(packed[f.Name])) != f.Size {
			t.Errorf("%s has %d bytes, and the result says %d", f.Name, len(packed[f.Name]), f.Size)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(packed)) {
		if !strings.HasPrefix(name, pack.ImageDir+"/") {
			there = append(there, name)
		}
	}
	if !slices.Equal(named, want) || !slices.Equal(there, want) {
		t.Errorf("files are %q, the result names %q, want %q", there, named, want)
	}
	if len(result.Left) > 0 {
		t.Errorf("left out: %v", result.Left)
	}
}

func checkSums(t *testing.T, dist string, packed map[string]string) {
	lines := strings.Split(strings.TrimSuffix(packed[pack.SumsFile], "\n"), "\n")
	if len(lines) != 10 || !slices.IsSortedFunc(lines, func(a, b string) int { return strings.Compare(a[66:], b[66:]) }) {
		t.Errorf("%d lines, want 10, sorted by name:\n%s", len(lines), packed[pack.SumsFile])
	}
	if _, err := exec.LookPath("sha256sum"); err != nil {
		t.Skip("sha256sum is not installed")
	}
	cmd := exec.Command("sha256sum", "--check", "--strict", pack.SumsFile)
	cmd.Dir = dist
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("sha256sum: %v\n%s", err, out)
	}
}

const headers = `LICENSE -rw-r--r-- 0/0 "" 2024-02-29T23:59:59Z
README.md -rw-r--r-- 0/0 "" 2024-02-29T23:59:59Z
tiny -rwxr-xr-x 0/0 "" 2024-02-29T23:59:59Z
`

func checkArchives(t *testing.T, packed map[string]string) {
	for _, platform := range []string{"darwin_arm64", "linux_amd64", "linux_arm64"} {
		z, err := gzip.NewReader(strings.NewReader(packed["tiny_1.2.3_"+platform+".tar.gz"]))
		if err != nil {
			t.Fatal(err)
		}
		if z.Name != "" || !z.ModTime.IsZero() {
			t.Errorf("%s: gzip's header names %q and %v", platform, z.Name, z.ModTime)
		}
		if got := tarHeaders(t, z); got != headers {
			t.Errorf("%s: got\n%s\nwant\n%s", platform, got, headers)
		}
	}
	text := packed["tiny_1.2.3_windows_amd64.zip"]
	z, err := zip.NewReader(strings.NewReader(text), int64(len(text)))
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for _, f := range z.File {
		fmt.Fprintf(&got, "%s %s %s\n", f.Name, f.Mode(), f.Modified.UTC().Format("2006-01-02T15:04:05Z"))
	}
	want := "LICENSE -rw-r--r-- 2024-02-29T23:59:59Z\nREADME.md -rw-r--r-- 2024-02-29T23:59:59Z\ntiny.exe -rwxr-xr-x 2024-02-29T23:59:59Z\n"
	if got.String() != want {
		t.Errorf("zip: got\n%s\nwant\n%s", got.String(), want)
	}
}

func tarHeaders(t *testing.T, r io.Reader) string {
	t.Helper()
	var got strings.Builder
	files := tar.NewReader(r)
	for {
		h, err := files.Next()
		if err == io.EOF {
			return got.String()
		}
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&got, "%s %s %d/%d %q %s\n", h.Name, h.FileInfo().Mode(), h.Uid, h.Gid, h.Uname+h.Gname, h.ModTime.UTC().Format("2006-01-02T15:04:05Z"))
	}
}

func checkProgram(t *testing.T, dist string) {
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skip("the program is for linux/amd64")
	}
	dir := t.TempDir()
	if out, err := exec.Command("tar", "-xzf", filepath.Join(dist, "tiny_1.2.3_linux_amd64.tar.gz"), "-C", dir).CombinedOutput(); err != nil {
		t.Fatalf("tar: %v\n%s", err, out)
	}
	out, err := exec.Command(filepath.Join(dir, "tiny")).CombinedOutput()
	if err != nil || string(out) != "tiny v1.2.3\n" {
		t.Errorf("it prints %q, %v", out, err)
	}
}

// The checksums are signed as cosign sign-blob does it, so that cosign
// verify-blob accepts them: base64 of the signature over the file's bytes.
// internal/dsse holds the signature itself to OpenSSL.
func checkSignature(t *testing.T, packed map[string]string) {
	sig, err := base64.StdEncoding.DecodeString(packed[pack.SignatureFile])
	if err != nil {
		t.Fatal(err)
	}
	if !ed25519.Verify(signer().Public().(ed25519.PublicKey), []byte(packed[pack.SumsFile]), sig) {
		t.Error("the signature is not over the checksums")
	}
	if _, err := dsse.VerifyStatement([]byte(packed["tiny_1.2.3.intoto.jsonl"]), signer().Public()); err != nil {
		t.Error(err)
	}
}

func checkSame(t *testing.T, a, b map[string]string) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(a)) {
		if other, ok := b[name]; !ok || other != a[name] {
			t.Errorf("%s differs or is missing", name)
		}
	}
	if len(a) != len(b) || len(a) == 0 {
		t.Errorf("%d files against %d", len(a), len(b))
	}
}

func TestWithoutAKeyNothingIsSigned(t *testing.T) {
	in := inputs(t)
	dist := filepath.Join(t.TempDir(), "dist")
	if _, err := pack.Assemble(t.Context(), in, dist); err != nil {
		t.Fatal(err)
	}
	packed := read(t, dist)
	if _, signed := packed[pack.SignatureFile]; signed {
		t.Error("there is a signature")
	}
	if _, err := dsse.ParseStatement([]byte(packed["tiny_1.2.3.intoto.json"])); err != nil {
		t.Errorf("the provenance is no bare statement: %v", err)
	}
}

// Two builds in two places, with two build caches, by two users at two times,
// are equal.
func TestPackagesDependOnNothingButTheCommit(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("it needs a shell and a umask")
	}
	dir := t.TempDir()
	var packed []map[string]string
	for i, world := range []struct{ umask, tz, locale, user string }{
		{"022", "UTC", "C", "ann"},
		{"077", "Pacific/Auckland", "tr_TR.UTF-8", "bob"},
	} {
		home := filepath.Join(dir, world.user, strings.Repeat("deeper/", i))
		root, dist := filepath.Join(home, "src"), filepath.Join(home, "out", "dist")
		if err := os.MkdirAll(root, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := tiny(root); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("sh", "-c", `umask "$1"; exec "$2"`, "sh", world.umask, os.Args[0])
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "PACK_ROOT="+root, "PACK_DIST="+dist, "TZ="+world.tz, "LC_ALL="+world.locale,
			"USER="+world.user, "HOME="+home, "GOMODCACHE="+modCache(t))
		if i > 0 {
			cmd.Env = append(cmd.Env, "GOCACHE="+filepath.Join(home, "cache"))
		}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		packed = append(packed, read(t, dist))
	}
	checkSame(t, packed[0], packed[1])
}

func modCache(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "env", "GOMODCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

func TestProgramsThatAreNotWhatTheySay(t *testing.T) {
	linux, windows := pack.Platform{OS: "linux", Arch: "amd64"}, pack.Platform{OS: "windows", Arch: "amd64"}
	in := inputs(t)
	empty, text, link := t.TempDir(), t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(text, "tiny"), []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(link, "tiny"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name     string
		binaries map[pack.Platform]string
		want     string
	}{
		{"none", nil, "no platform has programs"},
		{"another architecture", map[pack.Platform]string{linux: in.Binaries[pack.Platform{OS: "linux", Arch: "arm64"}]}, "it is ELF for arm64, want ELF for amd64"},
		{"another system", map[pack.Platform]string{windows: in.Binaries[linux]}, "it is ELF for amd64, want PE for amd64"},
		{"an empty directory", map[pack.Platform]string{linux: empty}, "is empty"},
		{"no directory", map[pack.Platform]string{linux: filepath.Join(empty, "x")}, "read the programs for linux/amd64"},
		{"a script", map[pack.Platform]string{linux: text}, "it is no program"},
		{"a directory", map[pack.Platform]string{linux: link}, "want a program"},
		{"a platform that is a path", map[pack.Platform]string{{OS: "../linux", Arch: "amd64"}: empty}, "../linux"},
	} {
		in.Binaries = test.binaries
		dist := filepath.Join(t.TempDir(), "dist")
		if _, err := pack.Assemble(t.Context(), in, dist); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error is %v, want %q", test.name, err, test.want)
		}
		if _, err := os.Stat(dist); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: dist exists", test.name)
		}
	}
}

// H04: what was in dist is gone, and nothing but packages is there.
func TestOldPackagesAreReplaced(t *testing.T) {
	in := inputs(t)
	parent := t.TempDir()
	dist := oldDist(t, parent)
	result, err := pack.Assemble(t.Context(), in, dist)
	if err != nil {
		t.Fatal(err)
	}
	packed := read(t, dist)
	if _, there := packed["old.zip"]; there || len(result.Files) == 0 {
		t.Errorf("dist holds %v", slices.Sorted(maps.Keys(packed)))
	}
	checkAlone(t, parent)
}

func oldDist(t *testing.T, parent string) string {
	t.Helper()
	dist := filepath.Join(parent, "dist")
	if err := os.MkdirAll(dist, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dist, "old.zip"), []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	return dist
}

func checkAlone(t *testing.T, parent string) {
	t.Helper()
	entries, err := os.ReadDir(parent)
	if err != nil || len(entries) != 1 || entries[0].Name() != "dist" {
		t.Errorf("beside dist lies something: %v, %v", entries, err)
	}
}

func checkOld(t *testing.T, parent string) {
	t.Helper()
	if got := read(t, filepath.Join(parent, "dist")); len(got) != 1 || got["old.zip"] != "old" {
		t.Errorf("dist holds %v", slices.Sorted(maps.Keys(got)))
	}
	checkAlone(t, parent)
}

func TestCancelled(t *testing.T) {
	in := inputs(t)
	parent := t.TempDir()
	dist := oldDist(t, parent)
	ctx, cancel := context.WithCancelCause(t.Context())
	stopped := errors.New("stopped")
	cancel(stopped)
	if _, err := pack.Assemble(ctx, in, dist); !errors.Is(err, stopped) {
		t.Errorf("error is %v", err)
	}
	checkOld(t, parent)
}

func TestDirectoriesThatAreNotForPackages(t *testing.T) {
	in := inputs(t)
	parent := t.TempDir()
	repository := filepath.Join(parent, "repo")
	if err := os.MkdirAll(filepath.Join(repository, ".git"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(parent, "file"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(parent, "link")
	if err := os.Symlink(repository, link); err != nil {
		t.Skip("no links here")
	}
	for _, test := range []struct{ dir, want string }{
		{".", "contains the working directory"},
		{"..", "contains the working directory"},
		{"/", "contains the working directory"},
		{repository, "it is a repository"},
		{filepath.Join(parent, "file"), "it is no directory"},
		{link, "it is no directory"},
	} {
		if _, err := pack.Assemble(t.Context(), in, test.dir); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error is %v, want %q", test.dir, err, test.want)
		}
	}
}

func TestFullDisk(t *testing.T) {
	if runtime.GOOS != "linux" || os.Geteuid() != 0 {
		t.Skip("it needs root on Linux, to mount a small disk")
	}
	in := inputs(t)
	for _, size := range []string{"64k", "1m", "3m"} {
		parent := t.TempDir()
		if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size="+size, "tmpfs", parent).CombinedOutput(); err != nil {
			t.Skipf("mount: %v\n%s", err, out)
		}
		t.Cleanup(func() { _ = exec.Command("umount", parent).Run() })
		dist := oldDist(t, parent)
		_, err := pack.Assemble(t.Context(), in, dist)
		if err == nil || !strings.Contains(err.Error(), "no space left") {
			t.Errorf("%s: error is %v", size, err)
		}
		checkOld(t, parent)
	}
}
