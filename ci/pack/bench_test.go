package pack_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cupel-dev/cupel/ci/pack"
)

// BenchmarkAssemble measures Cupel's own part in packaging this repository: all
// but the compiler, which ran before. It wants less than three seconds.
func BenchmarkAssemble(b *testing.B) {
	root := b.TempDir()
	if out, err := exec.Command("git", "clone", "-q", "--depth=1", "file://"+top(b), root).CombinedOutput(); err != nil {
		b.Fatalf("clone: %v\n%s", err, out)
	}
	in := build(b, root, "1.2.3")
	in.Files = []string{filepath.Join(root, "LICENSE"), filepath.Join(root, "README.md")}
	dist := filepath.Join(b.TempDir(), "dist")
	for b.Loop() {
		if _, err := pack.Assemble(b.Context(), in, dist); err != nil {
			b.Fatal(err)
		}
	}
}

func top(tb testing.TB) string {
	tb.Helper()
	dir, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		tb.Fatal(err)
	}
	return dir
}

// build runs the plan of the project in root, as an executor does.
func build(tb testing.TB, root, version string, platforms ...pack.Platform) pack.Inputs {
	tb.Helper()
	project, err := pack.Find(os.DirFS(root))
	if err != nil {
		tb.Fatal(err)
	}
	builds, err := pack.Plan(project, version, platforms...)
	if err != nil {
		tb.Fatal(err)
	}
	in := pack.Inputs{
		Project: project, Version: version, Commit: strings.Repeat("ab", 20), Time: time.Unix(1_700_000_000, 0),
		Builds: builds, Binaries: make(map[pack.Platform]string),
	}
	for _, each := range builds {
		run(tb, root, each)
		in.Binaries[each.Platform] = filepath.Join(root, filepath.FromSlash(each.Output))
	}
	return in
}

func run(tb testing.TB, root string, b pack.Build) {
	tb.Helper()
	cmd := exec.CommandContext(context.Background(), b.Run[0], b.Run[1:]...)
	cmd.Dir, cmd.Env = root, os.Environ()
	for key, value := range b.Env {
		cmd.Env = append(cmd.Env, key+"="+value)
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		tb.Fatalf("%s: %v\n%s", strings.Join(b.Run, " "), err, out)
	}
}
