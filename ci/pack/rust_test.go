package pack_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/cupel-dev/cupel/ci/pack"
)

// A crate is packaged for this platform. Its program needs the system's C
// library, so an image, which has none, is left out and said to be.
func TestRustProject(t *testing.T) {
	if _, err := exec.LookPath("cargo"); err != nil {
		t.Skip("cargo is not installed")
	}
	root := t.TempDir()
	for name, text := range map[string]string{
		"Cargo.toml":  "[package]\nname = \"grain\"\nversion = \"1.2.3\"\nedition = \"2021\"\n",
		"Cargo.lock":  "version = 3\n\n[[package]]\nname = \"grain\"\nversion = \"1.2.3\"\n",
		"src/main.rs": "fn main() { println!(\"grain {}\", env!(\"CARGO_PKG_VERSION\")); }\n",
		"README.md":   "# grain\n",
		"LICENSE":     "Free.\n",
	} {
		file := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	in, err := compile(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	command := pack.CargoMetadata()
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir = root
	if in.CargoMetadata, err = cmd.Output(); err != nil {
		t.Fatal(err)
	}
	dist := filepath.Join(root, "dist")
	result, err := pack.Assemble(t.Context(), in, dist)
	if err != nil {
		t.Fatal(err)
	}
	packed := read(t, dist)
	base := "grain_1.2.3_" + runtime.GOOS + "_" + runtime.GOARCH
	if bom := packed[base+".cdx.json"]; !strings.Contains(bom, "pkg:cargo/grain@1.2.3") {
		t.Errorf("SBOM is %s", bom)
	}
	if runtime.GOOS != "linux" {
		return
	}
	if !slices.ContainsFunc(result.Left, func(o pack.Omission) bool { return strings.Contains(o.Why, "grain needs the system's libraries") }) || result.Image != "" {
		t.Errorf("image %q, left out %v", result.Image, result.Left)
	}
	dir := t.TempDir()
	tool(t, "tar", "-xzf", filepath.Join(dist, base+".tar.gz"), "-C", dir)
	if out, err := exec.Command(filepath.Join(dir, "grain")).Output(); err != nil || string(out) != "grain 1.2.3\n" {
		t.Errorf("it prints %q, %v", out, err)
	}
}
