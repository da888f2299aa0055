package dagger

import (
	"archive/tar"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/cupel-dev/cupel/ci/images"
)

// containers run commands in containers of runc(8): the image's files, with
// what is mounted, the environment of the image and the step, root as the user,
// and nothing else of this machine but its network. What a step lacks here it
// lacks under an engine.
type containers struct {
	dir  string
	warm map[string]string // volumes that are directories of this machine already

	mu       sync.Mutex
	unpacked map[string]rootfs // by what an image was made of
	count    int
}

// A rootfs is an image, unpacked.
type rootfs struct {
	dir    string
	config v1.Config
}

// newContainers skips the test where there can be no containers. A program that is
// not installed fails it with CUPEL_REQUIRE_TOOLS=1.
func newContainers(t *testing.T) *containers {
	t.Helper()
	if runtime.GOOS != "linux" || os.Geteuid() != 0 {
		t.Skip("left to selftest:dagger, on Linux as root: it runs containers without an engine")
	}
	for _, program := range []string{"runc", "mount", "umount", "unshare"} {
		if _, err := exec.LookPath(program); err != nil && os.Getenv("CUPEL_REQUIRE_TOOLS") == "1" {
			t.Fatal(err)
		} else if err != nil {
			t.Skipf("left to selftest:dagger, on a machine with %s: it runs containers without an engine", program)
		}
	}
	if err := contained(t.TempDir()); err != nil {
		t.Skipf("left to selftest:dagger, where root may run containers: %v", err)
	}
	caches := goEnv(t, "GOMODCACHE", "GOCACHE")
	return &containers{
		dir: t.TempDir(), unpacked: make(map[string]rootfs),
		warm: map[string]string{"cupel-go-mod": caches[0], "cupel-go-build": caches[1]},
	}
}

// contained reports why the kernel lets nobody here run a container in dir.
func contained(dir string) error {
	for _, sub := range []string{"lower", "rootfs", "upper", "work"} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o755); err != nil {
			return err
		}
	}
	if err := mountOverlay(filepath.Join(dir, "lower"), dir); err != nil {
		return err
	}
	if out, err := exec.Command("umount", filepath.Join(dir, "rootfs")).CombinedOutput(); err != nil {
		return fmt.Errorf("umount: %w: %s", err, out)
	}
	if out, err := exec.Command("unshare", "--mount", "--pid", "--ipc", "--uts", "--fork", "true").CombinedOutput(); err != nil {
		return fmt.Errorf("unshare: %w: %s", err, out)
	}
	return nil
}

// mountOverlay mounts files at the bundle's rootfs, where they can be written to.
func mountOverlay(files, bundle string) error {
	options := fmt.Sprintf("lowerdir=%s,upperdir=%s/upper,workdir=%s/work", files, bundle, bundle)
	if out, err := exec.Command("mount", "-t", "overlay", "overlay", "-o", options, filepath.Join(bundle, "rootfs")).CombinedOutput(); err != nil {
		return fmt.Errorf("mount: %w: %s", err, out)
	}
	return nil
}

func (m *containers) run(ctx context.Context, b *box, stdout, stderr io.Writer) (int, error) {
	root, err := m.rootfs(ctx, b.image[len(b.image)-1])
	if err != nil {
		return 0, err
	}
	m.mu.Lock()
	m.count++
	bundle := filepath.Join(m.dir, fmt.Sprintf("bundle-%d", m.count))
	m.mu.Unlock()
	for _, dir := range []string{"rootfs", "upper", "work"} {
		if err := os.MkdirAll(filepath.Join(bundle, dir), 0o755); err != nil {
			return 0, err
		}
	}
	if err := mountOverlay(root.dir, bundle); err != nil {
		return 0, err
	}
	defer exec.Command("umount", filepath.Join(bundle, "rootfs")).Run()
	if err := m.write(bundle, root, b); err != nil {
		return 0, err
	}
	state, id := filepath.Join(m.dir, "state"), filepath.Base(m.dir)+"-"+filepath.Base(bundle)
	cmd := exec.CommandContext(ctx, "runc", "--root", state, "run", "--bundle", bundle, id)
	cmd.Cancel = func() error { return exec.Command("runc", "--root", state, "kill", id, "KILL").Run() }
	cmd.Stdout, cmd.Stderr = stdout, stderr
	return codeOf(cmd.Run(), stderr)
}

// mount is an entry of a runtime configuration.
type mount struct {
	Destination string   `json:"destination"`
	Type        string   `json:"type"`
	Source      string   `json:"source"`
	Options     []string `json:"options,omitempty"`
}

// always are the mounts of every container under an engine.
var always = []mount{
	{"/proc", "proc", "proc", nil},
	{"/dev", "tmpfs", "tmpfs", []string{"nosuid", "mode=755"}},
	{"/dev/pts", "devpts", "devpts", []string{"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"}},
	{"/dev/shm", "tmpfs", "shm", []string{"nosuid", "noexec", "nodev", "mode=1777"}},
	{"/sys", "bind", "/sys", []string{"rbind", "ro"}},
}

// capabilities are those that an engine leaves to root.
var capabilities = strings.Fields(`CAP_CHOWN CAP_DAC_OVERRIDE CAP_FSETID CAP_FOWNER CAP_MKNOD CAP_NET_RAW CAP_SETGID
	CAP_SETUID CAP_SETFCAP CAP_SETPCAP CAP_NET_BIND_SERVICE CAP_SYS_CHROOT CAP_KILL CAP_AUDIT_WRITE`)

// initProgram is the first process of a container, as it is under an engine: this
// test binary, which starts the command.
const initProgram = "/.init"

func mainInit(args []string) int {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	}
	fmt.Fprintln(os.Stderr, err)
	return 1
}

// write makes the configuration of a container. Its network is this machine's,
// where the alias of the host is the host itself.
func (m *containers) write(bundle string, root rootfs, b *box) error {
	hosts := filepath.Join(bundle, "hosts")
	if err := os.WriteFile(hosts, []byte("127.0.0.1 localhost "+hostAlias+"\n"), 0o644); err != nil {
		return err
	}
	bind := func(from, to string) mount { return mount{to, "bind", from, []string{"rbind", "rw"}} }
	self, err := os.Executable()
	if err != nil {
		return err
	}
	mounts := append(slices.Clone(always), bind(self, initProgram), bind(hosts, "/etc/hosts"), bind("/etc/resolv.conf", "/etc/resolv.conf"))
	for _, path := range b.mounts {
		mounts = append(mounts, bind(filepath.Join(b.root, path), path))
	}
	for path, dir := range b.caches {
		if warm := m.warm[filepath.Base(dir)]; warm != "" {
			dir = warm
		}
		mounts = append(mounts, bind(dir, path))
	}
	env := slices.Clone(root.config.Env)
	for name, value := range b.env {
		env = slices.DeleteFunc(env, func(e string) bool { return strings.HasPrefix(e, name+"=") })
		env = append(env, name+"="+value)
	}
	caps := map[string]any{"bounding": capabilities, "effective": capabilities, "permitted": capabilities}
	text, err := json.Marshal(map[string]any{
		"ociVersion": "1.0.2",
		"process":    map[string]any{"user": map[string]int{"uid": 0, "gid": 0}, "args": append([]string{initProgram}, b.args...), "env": env, "cwd": b.dir, "capabilities": caps},
		"root":       map[string]any{"path": "rootfs"},
		"hostname":   "container",
		"mounts":     mounts,
		"linux":      map[string]any{"namespaces": []map[string]string{{"type": "pid"}, {"type": "ipc"}, {"type": "uts"}, {"type": "mount"}}},
	})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(bundle, "config.json"), text, 0o644)
}

// rootfs unpacks the image that a call names, once.
func (m *containers) rootfs(ctx context.Context, c call) (rootfs, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	key := fmt.Sprint(c.Args["address"], c.Args["file"])
	if root, ok := m.unpacked[key]; ok {
		return root, nil
	}
	img, err := m.image(ctx, c)
	if err != nil {
		return rootfs{}, err
	}
	config, err := img.ConfigFile()
	if err != nil {
		return rootfs{}, err
	}
	root := rootfs{dir: filepath.Join(m.dir, fmt.Sprintf("image-%d", len(m.unpacked))), config: config.Config}
	files := mutate.Extract(img)
	defer files.Close()
	if err := unpack(root.dir, files); err != nil {
		return rootfs{}, err
	}
	m.unpacked[key] = root
	return root, nil
}

// image reads an image from a tarball of a layout, or from a registry.
func (m *containers) image(ctx context.Context, c call) (v1.Image, error) {
	if c.Field == "from" {
		ref, err := name.ParseReference(c.Args["address"].(string))
		if err != nil {
			return nil, err
		}
		return remote.Image(ref, remote.WithContext(ctx), remote.WithPlatform(images.Platform()), remote.WithRetryStatusCodes(http.StatusBadGateway))
	}
	tarball, err := os.Open(c.Args["file"].(string))
	if err != nil {
		return nil, err
	}
	defer tarball.Close()
	dir := filepath.Join(m.dir, fmt.Sprintf("layout-%d", len(m.unpacked)))
	if err := unpack(dir, tarball); err != nil {
		return nil, fmt.Errorf("image archive import: %w", err)
	}
	index, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		return nil, fmt.Errorf("image archive import: %w", err)
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		return nil, fmt.Errorf("image archive import: %w", err)
	}
	for _, m := range manifest.Manifests {
		if m.Platform == nil || m.Platform.Satisfies(images.Platform()) {
			return index.Image(m.Digest)
		}
	}
	return nil, fmt.Errorf("resolve imported image manifest: no manifest for platform %s and tag ", images.Platform())
}

// unpack writes the files of an archive below dir, with their modes.
func unpack(dir string, archive io.Reader) error {
	for r := tar.NewReader(archive); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = unpackOne(filepath.Join(dir, h.Name), h, r)
		}
		if err != nil {
			return err
		}
	}
}

func unpackOne(to string, h *tar.Header, r io.Reader) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	mode := fs.FileMode(h.Mode) & fs.ModePerm
	if h.Mode&0o1000 != 0 {
		mode |= fs.ModeSticky
	}
	switch h.Typeflag {
	case tar.TypeDir:
		return errors.Join(os.MkdirAll(to, 0o755), os.Chmod(to, mode))
	case tar.TypeSymlink:
		return os.Symlink(h.Linkname, to)
	case tar.TypeReg:
		f, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		_, err = io.Copy(f, r)
		return errors.Join(err, f.Chmod(mode), f.Close())
	}
	return fmt.Errorf("%s: an entry of type %q", h.Name, h.Typeflag)
}

// quick are the tests that are not left to selftest:dagger.
var quick = []string{"small Go project/lint/layout", "small Go project/test/registry"}

// The tests of a real engine, with containers but without the engine: they hold
// that every step of every pipeline finds in the images of this host what it
// needs.
func TestContainersFromTheHostRunEveryPipeline(t *testing.T) {
	m := newContainers(t)
	tests, names := append(pipelineTests(), stepTests...), allImages
	if os.Getenv("CUPEL_SELFTEST") == "" {
		names = names[:1]
		tests = slices.DeleteFunc(tests, func(tt engineTest) bool { return !slices.Contains(quick, tt.name) })
	}
	s := startSession(t)
	s.machine = m
	l := newLab(t, names...)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { tt.run(t, l) })
	}
}
