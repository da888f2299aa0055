package images

import (
	"compress/gzip"
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// FromHost writes the image "go", "rust" or "shellcheck" into a layout in dir, which must
// not exist, from what is installed on this host: the toolchain, git, a shell
// with the usual programs, CA certificates, and the libraries that these need.
// Two runs on the same host write the same bytes.
//
// The Go image has no C compiler, so that no step in it can use cgo or the
// race detector; the Rust image has one, because rustc links with it.
func FromHost(ctx context.Context, image, dir string) error {
	if runtime.GOOS != "linux" {
		return fmt.Errorf("image %s from this host: containers run Linux, and this is %s", image, runtime.GOOS)
	}
	system, tools := newTree(hostLibraries()), newTree(hostLibraries())
	if err := addSystem(ctx, system); err != nil {
		return fmt.Errorf("image %s from this host: %w", image, err)
	}
	add := map[string]func(context.Context, *tree) error{"go": addGo, "rust": addRust, "shellcheck": addShellcheck}[image]
	if add == nil {
		return fmt.Errorf("image %s from this host: only the images go, rust and shellcheck can be made", image)
	}
	if err := add(ctx, tools); err != nil {
		return fmt.Errorf("image %s from this host: %w", image, err)
	}
	tmp, err := os.MkdirTemp("", "cupel-image-")
	if err != nil {
		return fmt.Errorf("image %s from this host: %w", image, err)
	}
	defer os.RemoveAll(tmp)
	img, err := assemble(ctx, tmp, system, tools)
	if err != nil {
		return fmt.Errorf("image %s from this host: %w", image, err)
	}
	return write(img, dir)
}

// environment is that of every image from a host.
var environment = []string{
	"PATH=/usr/local/go/bin:/usr/local/cargo/bin:/root/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
	"HOME=/root", "GOTOOLCHAIN=local", "CARGO_HOME=/usr/local/cargo",
}

// assemble makes an image of one layer a tree.
func assemble(ctx context.Context, tmp string, trees ...*tree) (v1.Image, error) {
	img := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	for i, t := range trees {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		layer, err := layerOf(t, filepath.Join(tmp, fmt.Sprintf("%d.tar", i)))
		if err != nil {
			return nil, err
		}
		if img, err = mutate.AppendLayers(img, layer); err != nil {
			return nil, err
		}
	}
	config, err := img.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.OS, config.Architecture = Platform().OS, Platform().Architecture
	config.Created = v1.Time{Time: time.Unix(0, 0).UTC()}
	config.Config = v1.Config{Env: environment, WorkingDir: "/", Cmd: []string{"/bin/sh"}}
	return mutate.ConfigFile(img, config)
}

// layerOf packs a tree into a file and makes a layer of it, compressed for speed.
func layerOf(t *tree, file string) (v1.Layer, error) {
	out, err := os.Create(file)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(t.writeTar(out), out.Close()); err != nil {
		return nil, err
	}
	return tarball.LayerFromFile(file, tarball.WithMediaType(types.OCILayer), tarball.WithCompressionLevel(gzip.BestSpeed))
}

// programs are what steps and their scripts use besides their toolchain. The
// first group must be there.
var (
	needed = []string{"sh", "git", "env", "cat", "cp", "mv", "rm", "ls", "mkdir", "chmod", "sort", "sed", "grep", "find", "tar"}
	usual  = []string{
		"awk", "base64", "basename", "bash", "chown", "cmp", "comm", "cut", "date", "dd", "df", "diff", "dirname", "du", "echo",
		"expr", "false", "gzip", "head", "id", "install", "join", "kill", "ln", "make", "md5sum", "mkfifo", "mktemp", "mount",
		"nproc", "od", "paste", "patch", "printf", "pwd", "readlink", "realpath", "rmdir", "seq", "sha1sum", "sha256sum",
		"shellcheck", "sleep", "split", "stat", "tac", "tail", "tee", "test", "timeout", "touch", "tr", "true", "truncate",
		"umount", "uname", "uniq", "unshare", "wc", "which", "xargs", "xz", "yes",
	}
)

// addSystem adds what is below every toolchain.
func addSystem(ctx context.Context, t *tree) error {
	t.directory("/tmp", 0o777|os.ModeSticky)
	t.directory("/var/tmp", 0o777|os.ModeSticky)
	t.directory("/root", 0o700)
	t.file("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n")
	t.file("/etc/group", "root:x:0:\nnogroup:x:65534:\n")
	t.file("/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n")
	for _, dir := range []string{"/bin", "/lib", "/lib64", "/sbin"} { // links into /usr on most systems
		if exists(dir) {
			if err := t.host(dir); err != nil {
				return err
			}
		}
	}
	for _, name := range needed {
		if err := addProgram(t, name); err != nil {
			return err
		}
	}
	for _, name := range usual {
		if _, err := exec.LookPath(name); err == nil {
			if err := addProgram(t, name); err != nil {
				return err
			}
		}
	}
	return errors.Join(addLibraries(t), addGit(ctx, t), addCertificates(t))
}

// loaded are the parts of the C library that programs which are compiled in a
// container ask for, though nothing here may: those that link without cgo, and
// those that Rust links.
var loaded = []string{"libc.so.6", "libdl.so.2", "libgcc_s.so.1", "libm.so.6", "libpthread.so.0", "libresolv.so.2", "librt.so.1"}

// addLibraries adds those of them that are here, for the machine of the shell.
func addLibraries(t *tree) error {
	shell, err := exec.LookPath("sh")
	if err != nil {
		return err
	}
	f, err := elf.Open(shell)
	if err != nil {
		return fmt.Errorf("look at %s: %w", shell, err)
	}
	defer f.Close()
	for _, name := range loaded {
		if lib, err := find(name, t.libs.dirs, f.Machine); err == nil {
			if err := t.host(lib); err != nil {
				return err
			}
		}
	}
	return nil
}

// addProgram adds a program of the host as /usr/bin/NAME or where it lies.
func addProgram(t *tree, name string) error {
	file, err := exec.LookPath(name)
	if err != nil {
		return fmt.Errorf("%s is not installed here", name)
	}
	return t.host(file)
}

// addGit adds git's own programs and the templates of a new repository.
func addGit(ctx context.Context, t *tree) error {
	dir, err := answer(ctx, "git", "--exec-path")
	if err != nil {
		return err
	}
	if err := t.directoryAs(dir, dir); err != nil {
		return err
	}
	if templates := "/usr/share/git-core/templates"; exists(templates) {
		return t.directoryAs(templates, templates)
	}
	return nil
}

// bundles are where systems keep CA certificates in one file.
var bundles = []string{
	"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem",
}

// addCertificates adds the first bundle under the name that Go, git and cargo
// look for.
func addCertificates(t *tree) error {
	for _, file := range bundles {
		if text, err := os.ReadFile(file); err == nil {
			t.file(bundles[0], string(text))
			return nil
		}
	}
	return errors.New("there are no CA certificates here: install ca-certificates")
}

func addGo(ctx context.Context, t *tree) error {
	root, err := answer(ctx, "go", "env", "GOROOT")
	if err != nil {
		return err
	}
	return t.directoryAs(root, "/usr/local/go")
}

func addShellcheck(_ context.Context, t *tree) error { return addProgram(t, "shellcheck") }

// answer is the one line that a program prints.
func answer(ctx context.Context, name string, args ...string) (string, error) {
	out, err := exec.CommandContext(ctx, name, args...).Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w", name, strings.Join(args, " "), err)
	}
	return strings.TrimSpace(string(out)), nil
}
