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
	crate(t, root, map[string]string{
		"Cargo.toml":  "[package]\nname = \"grain\"\nversion = \"1.2.3\"\nedition = \"2021\"\n",
		"Cargo.lock":  "version = 3\n\n[[package]]\nname = \"grain\"\nversion = \"1.2.3\"\n",
		"src/main.rs": "fn main() { println!(\"grain {}\", env!(\"CARGO_PKG_VERSION\")); }\n",
		"README.md":   "# grain\n",
		"LICENSE":     "Free.\n",
	})
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

// A crate that is compiled in says where it lies when it panics, and so does what
// a build script has written.
func TestRustProgramsNameNoDirectoryOfTheMachine(t *testing.T) {
	if _, err := exec.LookPath("cargo"); err != nil || runtime.GOOS == "windows" {
		t.Skip("cargo or a shell is not installed")
	}
	sum := strings.Repeat("0", 64)
	var programs []string
	for _, name := range []string{"ann", "somebody else"} {
		home, root := filepath.Join(t.TempDir(), name), filepath.Join(t.TempDir(), name)
		crate(t, home, map[string]string{
			"config.toml":                     "[source.crates-io]\nreplace-with = \"here\"\n[source.here]\ndirectory = '" + home + "/crates'\n",
			"crates/dep/Cargo.toml":           "[package]\nname = \"dep\"\nversion = \"1.0.0\"\nedition = \"2021\"\n",
			"crates/dep/src/lib.rs":           "pub fn at(i: usize) -> u32 { if i > 9 { panic!(\"far\") }; [1, 2][i] }\n",
			"crates/dep/.cargo-checksum.json": `{"files": {}, "package": "` + sum + `"}`,
		})
		crate(t, root, map[string]string{
			"Cargo.toml":  "[package]\nname = \"grain\"\nversion = \"1.2.3\"\nedition = \"2021\"\n\n[dependencies]\ndep = \"1\"\n",
			"Cargo.lock":  "version = 3\n\n[[package]]\nname = \"dep\"\nversion = \"1.0.0\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\nchecksum = \"" + sum + "\"\n\n[[package]]\nname = \"grain\"\nversion = \"1.2.3\"\ndependencies = [\n \"dep\",\n]\n",
			"build.rs":    "fn main() { std::fs::write(std::env::var(\"OUT_DIR\").unwrap() + \"/made.rs\", \"pub fn made(i: usize) { if i > 3 { panic!() } }\").unwrap() }\n",
			"src/main.rs": "include!(concat!(env!(\"OUT_DIR\"), \"/made.rs\"));\n\nfn main() { let n = std::env::args().count(); made(n); println!(\"{}\", dep::at(n)); }\n",
		})
		t.Setenv("CARGO_HOME", home)
		in, err := compile(t.Context(), root)
		if err != nil {
			t.Fatal(err)
		}
		for _, dir := range in.Binaries {
			programs = append(programs, read(t, dir)["grain"])
		}
		if program := programs[len(programs)-1]; strings.Contains(program, home) || strings.Contains(program, root) {
			t.Errorf("the program of %s names its directories", name)
		}
	}
	if programs[0] != programs[1] || programs[0] == "" {
		t.Error("the programs differ, or are empty")
	}
}

// crate writes files below a directory.
func crate(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
