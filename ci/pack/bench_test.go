package pack_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cupel-dev/cupel/ci/pack"
)

// BenchmarkAssemble measures Cupel's own part in packaging this repository, for
// all platforms: everything but the compiler, which ran before. It wants less
// than three seconds on two cores.
func BenchmarkAssemble(b *testing.B) {
	top, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		b.Fatal(err)
	}
	root := b.TempDir()
	if out, err := exec.Command("git", "clone", "-q", "--depth=1", "file://"+top, root).CombinedOutput(); err != nil {
		b.Fatalf("clone: %v\n%s", err, out)
	}
	in, err := compile(b.Context(), root)
	if err != nil {
		b.Fatal(err)
	}
	dist := filepath.Join(b.TempDir(), "dist")
	var result *pack.Result
	for b.Loop() {
		if result, err = pack.Assemble(b.Context(), in, dist); err != nil {
			b.Fatal(err)
		}
	}
	var size int64
	for _, f := range result.Files {
		size += f.Size
	}
	b.ReportMetric(float64(size)/1e6, "MB-written")
	native := filepath.Join(in.Binaries[pack.Platform{OS: "linux", Arch: "amd64"}], "cupel")
	out, err := exec.Command(native, "version").CombinedOutput()
	if err != nil || strings.TrimSpace(string(out)) != "cupel 1.2.3" {
		b.Errorf("%s version: %q, %v", native, out, err)
	}
}
