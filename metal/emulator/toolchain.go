package emulator

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"

	"github.com/cupel-dev/cupel/metal"
)

//go:embed shim
var shim embed.FS

// A Mode is what an emulated device looks for.
type Mode string

// The modes. All but Values run each dispatch in a process of its own, which
// a fault ends.
const (
	Values   Mode = "values"   // results, barriers and simdgroup operations; in this process
	FastMath Mode = "fastmath" // as Values, compiled to assume neither NaN nor infinity, in any order
	Isolated Mode = "isolated" // as Values, in a process of its own
	Races    Mode = "races"    // ThreadSanitizer: accesses that no barrier orders
	Memory   Mode = "memory"   // AddressSanitizer and UndefinedBehaviorSanitizer: ends, alignment, overflow
)

var modeFlags = map[Mode][]string{
	Values:   {"-O1", "-shared", "-fPIC"},
	FastMath: {"-O2", "-shared", "-fPIC", "-ffast-math"},
	Isolated: {"-O1"},
	Races:    {"-O1", "-g", "-fsanitize=thread"},
	Memory:   {"-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"},
}

func (m Mode) inProcess() bool { return m == Values || m == FastMath }

// ErrNoCompiler says that clang was not found.
var ErrNoCompiler = errors.New("no clang++ that compiles Metal kernels for the CPU (Debian: clang-19 and libclang-rt-19-dev)")

// A Toolchain is clang with the emulator's library, in a directory of its own.
type Toolchain struct {
	clang, dir string

	mu       sync.Mutex
	runtimes map[Mode]string // object file of the runtime
	built    int
}

// NewToolchain finds clang and prepares a temporary directory, which Close
// removes. The error is [ErrNoCompiler] where there is no clang.
func NewToolchain() (*Toolchain, error) {
	clang, err := findClang()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "cupel-emulator-")
	if err != nil {
		return nil, fmt.Errorf("make a directory for emulated kernels: %w", err)
	}
	t := &Toolchain{clang: clang, dir: dir, runtimes: map[Mode]string{}}
	files, err := fs.Sub(shim, "shim")
	if err == nil {
		err = os.CopyFS(dir, files)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("write the emulator's library: %w", err), t.Close())
	}
	return t, nil
}

func findClang() (string, error) {
	for _, name := range []string{"clang++-19", "clang++"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", ErrNoCompiler
}

// Close removes what was built. Devices must have been closed before.
func (t *Toolchain) Close() error { return os.RemoveAll(t.dir) }

// Build compiles files into a device. simdReduce chooses the kernels' variant,
// as for [metal.Program]. A compiler's complaint is in the error, with the
// files' own lines.
func (t *Toolchain) Build(ctx context.Context, files []metal.SourceFile, mode Mode, simdReduce bool) (*Device, error) {
	source, err := unit(files, simdReduce)
	if err != nil {
		return nil, err
	}
	runtime, err := t.runtime(ctx, mode)
	if err != nil {
		return nil, err
	}
	out := t.nextFile()
	args := slices.Concat(modeFlags[mode], kernelFlags, []string{"-x", "c++", "-", "-x", "none", runtime, "-o", out})
	if !mode.inProcess() {
		args = append(args, filepath.Join(t.dir, "main.cpp"))
	}
	if err := t.compile(ctx, source, args...); err != nil {
		return nil, fmt.Errorf("compile kernels for %s: %w", mode, err)
	}
	return newDevice(out, mode, simdReduce)
}

// kernelFlags hold Metal's rules against C++'s: a contraction is written fma,
// and a double is a mistake.
var kernelFlags = []string{"-std=c++17", "-ffp-contract=off", "-Wall", "-Wextra", "-Werror", "-Wdouble-promotion",
	"-Wno-unused-parameter", "-Wno-missing-field-initializers"}

// CheckAddressSpaces compiles files with device, constant and threadgroup as
// address spaces and reports pointers that lack or mix them.
func (t *Toolchain) CheckAddressSpaces(ctx context.Context, files []metal.SourceFile, simdReduce bool) error {
	source, err := unit(files, simdReduce)
	if err != nil {
		return err
	}
	args := slices.Concat(kernelFlags, []string{"-Wno-unused-function", "-DEMULATOR_ADDRESS_SPACES", "-fsyntax-only", "-x", "c++", "-"})
	if err := t.compile(ctx, source, args...); err != nil {
		return fmt.Errorf("check address spaces: %w", err)
	}
	return nil
}

// runtime compiles the runtime for a mode, once. It is never instrumented:
// its own memory is shared by design.
func (t *Toolchain) runtime(ctx context.Context, mode Mode) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if object, ok := t.runtimes[mode]; ok {
		return object, nil
	}
	object := filepath.Join(t.dir, string(mode)+".o")
	args := []string{"-std=c++17", "-O2", "-fPIC", "-c", filepath.Join(t.dir, "runtime.cpp"), "-o", object}
	if mode == Races {
		args = append(args, "-DEMULATOR_TSAN")
	}
	if err := t.compile(ctx, "", args...); err != nil {
		return "", fmt.Errorf("compile the emulator's runtime: %w", err)
	}
	t.runtimes[mode] = object
	return object, nil
}

func (t *Toolchain) nextFile() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.built++
	return filepath.Join(t.dir, fmt.Sprintf("kernels%d.out", t.built))
}

func (t *Toolchain) compile(ctx context.Context, source string, args ...string) error {
	cmd := exec.CommandContext(ctx, t.clang, append([]string{"-I", t.dir}, args...)...)
	cmd.Stdin = bytes.NewReader([]byte(source))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w\n%s", filepath.Base(t.clang), err, bytes.TrimSpace(stderr.Bytes()))
	}
	return nil
}
