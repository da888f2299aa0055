// Package pack makes the packages of a release: archives, checksums, SBOMs, an
// OCI image and its provenance.
//
// [Find] and [Plan] say how programs are compiled, as data; something else runs
// the commands, on a host or in a container. [Assemble] makes everything else in
// this process from what the commands left, so that both give the same bytes.
// Nothing in the packages depends on the machine, the place or the hour: every
// time is the commit's, every owner is 0, every list is sorted, and the
// certificates in the image are those of a module in go.mod.
//
// It publishes nothing and does not decide on versions.
package pack

import (
	"fmt"
	"path"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"github.com/cupel-dev/cupel/internal/version"
)

// A Kind is how the programs of a project are compiled.
type Kind string

// The kinds of projects.
const (
	Go   Kind = "go"   // main packages, with go build
	Mage Kind = "mage" // the magefile, with mage -compile
	Rust Kind = "rust" // the binaries of a package, with cargo install: release profile, this platform
)

// A Project is what is packaged.
type Project struct {
	Name        string   // of archives and image: letters, digits, ".", "_" and "-"
	Kind        Kind     //
	Mains       []string // Go's main packages, as "." or "./cmd/name"; the directory of the magefile
	Description string   // one line; may be empty
	License     string   // an SPDX expression; may be empty
	Source      string   // the repository's URL; may be empty

	// Only says for which platforms a main package has files, where that is not
	// every one of [Platforms].
	Only map[string][]Platform
	Left []Omission // programs that no platform gets
}

// A Platform is an operating system and an architecture, in Go's words.
type Platform struct {
	OS   string `json:"os"`
	Arch string `json:"arch"`
}

func (p Platform) String() string { return p.OS + "/" + p.Arch }

// Platforms are those that a Go project is compiled for.
func Platforms() []Platform {
	return []Platform{
		{"darwin", "amd64"}, {"darwin", "arm64"}, {"linux", "amd64"}, {"linux", "arm64"}, {"windows", "amd64"},
	}
}

// A Build is one command that compiles the programs of one platform.
type Build struct {
	Platform Platform          `json:"platform"`
	Run      []string          `json:"run"`    // the program and its arguments, run at the top of the project
	Env      map[string]string `json:"env"`    // besides what every step gets
	Output   string            `json:"output"` // the directory that holds nothing but the programs afterwards; relative, with slashes
}

// buildDir is where the commands leave programs. The go command looks into no
// directory whose name begins with a dot.
const buildDir = ".cupel"

// Plan says how the programs are compiled, with the version built in: the
// variable main.version of each Go program. A platform for which there is no
// program gets no build. A Rust project is compiled for this platform alone,
// whatever platforms says; no platform means [Platforms].
func Plan(p Project, v string, platforms ...Platform) ([]Build, error) {
	if err := check(p, v); err != nil {
		return nil, fmt.Errorf("plan packages: %w", err)
	}
	if len(platforms) == 0 {
		platforms = Platforms()
	}
	if p.Kind == Rust {
		return []Build{cargoBuild(Platform{runtime.GOOS, runtime.GOARCH})}, nil
	}
	var builds []Build
	for _, platform := range platforms {
		if p.On(platform) {
			builds = append(builds, goBuild(p, v, platform))
		}
	}
	return builds, nil
}

// On reports whether there are programs for a platform.
func (p Project) On(platform Platform) bool { return p.Kind == Rust || len(p.mains(platform)) > 0 }

// mains are the main packages that have files for a platform.
func (p Project) mains(platform Platform) []string {
	return slices.DeleteFunc(slices.Clone(p.Mains), func(dir string) bool { return !p.has(dir, platform) })
}

// has reports whether a main package has files for a platform.
func (p Project) has(dir string, platform Platform) bool {
	only, some := p.Only[dir]
	return !some || slices.Contains(only, platform)
}

// omissions are the programs that a platform, or none, gets.
func (p Project) omissions() []Omission {
	left := slices.Clone(p.Left)
	for _, dir := range p.Mains {
		for _, platform := range Platforms() {
			if !p.has(dir, platform) {
				left = append(left, Omission{dir + " for " + platform.String(), "it has no files for that"})
			}
		}
	}
	return left
}

func goBuild(p Project, v string, platform Platform) Build {
	output := path.Join(buildDir, platform.OS+"_"+platform.Arch)
	ldflags := "-s -w -X main.version=" + v
	b := Build{
		Platform: platform,
		Output:   output,
		Env: map[string]string{
			"CGO_ENABLED": "0",
			// Without paths and without what git knows, two checkouts are equal.
			"GOFLAGS": "-trimpath -buildvcs=false",
			"GOAMD64": "v1", "GOARM64": "v8.0", "GOEXPERIMENT": "",
		},
	}
	if p.Kind == Mage {
		out := path.Join(output, p.Name+suffix(platform))
		if p.Mains[0] != "." {
			out = "../" + out // Mage compiles in the directory of the magefile
		}
		b.Run = []string{"go", "tool", "mage", "-compile", out, "-goos", platform.OS, "-goarch", platform.Arch, "-ldflags", ldflags}
		return b
	}
	b.Env["GOOS"], b.Env["GOARCH"] = platform.OS, platform.Arch
	b.Run = append([]string{"go", "build", "-ldflags", ldflags, "-o", output + "/"}, p.mains(platform)...)
	return b
}

// cargoBuild builds the release profile as cargo build --release does, and
// leaves the programs alone in a directory, without cargo's own files.
func cargoBuild(platform Platform) Build {
	root := path.Join(buildDir, platform.OS+"_"+platform.Arch)
	b := Build{
		Platform: platform,
		Output:   path.Join(root, "bin"),
		Run:      []string{"cargo", "install", "--locked", "--no-track", "--path", ".", "--root", root},
		Env:      map[string]string{"CARGO_INCREMENTAL": "0"},
	}
	if platform.OS != "windows" { // where there is a shell
		b.Run = append([]string{"sh", "-c", anywhere, "sh"}, b.Run...)
	}
	return b
}

// anywhere runs cargo with a compiler that names no directory of this machine in
// programs: neither where crates lie, below the home of a person, nor where the
// project is built. The project's own flags stay as they are, which those of the
// environment would replace.
const anywhere = `mkdir -p .cupel && export CUPEL_BUILT_IN="$PWD" RUSTC_WRAPPER="$PWD/.cupel/rustc" && cat >"$RUSTC_WRAPPER" <<'END' && chmod +x "$RUSTC_WRAPPER" && exec "$@"
#!/bin/sh
exec "$@" --remap-path-prefix="$CUPEL_BUILT_IN=/src" --remap-path-prefix="${CARGO_HOME:-$HOME/.cargo}=/cargo"
END
`

// CargoMetadata is the command whose standard output is [Inputs].CargoMetadata.
func CargoMetadata() []string {
	return []string{"cargo", "metadata", "--format-version=1", "--locked"}
}

// Archive names the archive of a project's programs for a platform.
func (p Project) Archive(v string, platform Platform) string {
	name := p.on(v, platform)
	if platform.OS == "windows" {
		return name + ".zip"
	}
	return name + ".tar.gz"
}

// on begins the names of what belongs to one platform.
func (p Project) on(v string, platform Platform) string {
	return p.Name + "_" + v + "_" + platform.OS + "_" + platform.Arch
}

func suffix(p Platform) string {
	if p.OS == "windows" {
		return ".exe"
	}
	return ""
}

var fileName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

func check(p Project, v string) error {
	if !fileName.MatchString(p.Name) {
		return fmt.Errorf("project name %q: want letters, digits, \".\", \"_\" and \"-\"", p.Name)
	}
	if _, err := version.Parse(v); err != nil {
		return err
	}
	if strings.HasPrefix(v, "v") {
		return fmt.Errorf("version %q: want it without the v", v)
	}
	if p.Kind != Rust && len(p.Mains) == 0 {
		return fmt.Errorf("project %s has no main package", p.Name)
	}
	if len(p.Name)+len(v) > maxName {
		return fmt.Errorf("project %s and version %.20s...: they are too long for the names of files", p.Name, v)
	}
	return p.checkPrograms()
}

// maxName leaves room for platform and suffix in the name of a file.
const maxName = 200

// checkPrograms refuses two main packages whose programs are one file: the go
// command writes one over the other without a word.
func (p Project) checkPrograms() error {
	if p.Kind != Go {
		return nil
	}
	from := make(map[string]string)
	for _, dir := range p.Mains {
		name := baseOf(dir)
		if dir == "." {
			name = p.Name
		}
		if other, twice := from[name]; twice {
			return fmt.Errorf("the programs of %s and %s are both called %s: rename a directory", other, dir, name)
		}
		from[name] = dir
	}
	return nil
}
