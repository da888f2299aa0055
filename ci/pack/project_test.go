package pack_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ed25519"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cupel-dev/cupel/ci/pack"
)

// TestMain makes the test binary serve as a program that packages a project, so
// that a test can do it with another environment.
func TestMain(m *testing.M) {
	if root := os.Getenv("PACK_ROOT"); root != "" {
		if err := packageLinux(context.Background(), root, os.Getenv("PACK_DIST")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(runAll(m))
}

// shared is the directory that the tiny project is compiled in, once for all
// tests.
var shared string

func runAll(m *testing.M) int {
	dir, err := os.MkdirTemp("", "cupel-pack-*")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	shared = dir
	return m.Run()
}

var compiled = sync.OnceValues(func() (pack.Inputs, error) {
	if err := tiny(shared); err != nil {
		return pack.Inputs{}, err
	}
	return compile(context.Background(), shared, platforms...)
})

// inputs are those of the tiny project, compiled for all platforms.
func inputs(t *testing.T) pack.Inputs {
	t.Helper()
	in, err := compiled()
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func packageLinux(ctx context.Context, root, dist string) error {
	in, err := compile(ctx, root, pack.Platform{OS: "linux", Arch: "amd64"})
	if err != nil {
		return err
	}
	in.Key = signer()
	_, err = pack.Assemble(ctx, in, dist)
	return err
}

func signer() crypto.Signer { return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, 32)) }

// compile runs the plan of the project in root, as an executor does.
func compile(ctx context.Context, root string, platforms ...pack.Platform) (pack.Inputs, error) {
	project, err := pack.Find(os.DirFS(root))
	if err != nil {
		return pack.Inputs{}, err
	}
	builds, err := pack.Plan(project, "1.2.3", platforms...)
	if err != nil {
		return pack.Inputs{}, err
	}
	project.Source, project.License, project.Description = "https://example.com/tiny", "Apache-2.0", "Says its version."
	in := pack.Inputs{
		Project: project, Version: "1.2.3", Commit: strings.Repeat("ab", 20), Time: time.Date(2024, 2, 29, 23, 59, 59, 0, time.UTC),
		Builds: builds, Binaries: make(map[pack.Platform]string),
		Files: []string{filepath.Join(root, "README.md"), filepath.Join(root, "LICENSE")},
	}
	for _, b := range builds {
		cmd := exec.CommandContext(ctx, b.Run[0], b.Run[1:]...)
		cmd.Dir, cmd.Env = root, os.Environ()
		for key, value := range b.Env {
			cmd.Env = append(cmd.Env, key+"="+value)
		}
		if out, err := cmd.CombinedOutput(); err != nil {
			return pack.Inputs{}, fmt.Errorf("%s: %w\n%s", strings.Join(b.Run, " "), err, out)
		}
		in.Binaries[b.Platform] = filepath.Join(root, filepath.FromSlash(b.Output))
	}
	return in, nil
}

// tiny writes a Go project: a program that prints its version, and needs a
// module that this repository needs too.
func tiny(root string) error {
	sums, err := os.ReadFile(filepath.Join("..", "..", "go.sum"))
	if err != nil {
		return err
	}
	for name, text := range map[string]string{
		"go.mod":    "module example.com/tiny\n\ngo 1.26\n\nrequire golang.org/x/mod v0.39.0\n",
		"go.sum":    string(sums),
		"LICENSE":   "Free.\n",
		"README.md": "# tiny\n",
		"main.go": `package main

import "golang.org/x/mod/semver"

var version = "unset"

func main() { println("tiny", semver.Canonical("v"+version)) }
`,
	} {
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

var platforms = []pack.Platform{{OS: "darwin", Arch: "arm64"}, {OS: "linux", Arch: "amd64"}, {OS: "linux", Arch: "arm64"}, {OS: "windows", Arch: "amd64"}}

// read returns the bytes of every file below dir, by path.
func read(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := make(map[string]string)
	err := filepath.WalkDir(dir, func(file string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(file)
		name, _ := filepath.Rel(dir, file)
		found[filepath.ToSlash(name)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
