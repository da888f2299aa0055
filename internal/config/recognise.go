package config

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/cupel-dev/cupel/internal/bench"
)

// Recognise finds the suites of a project that configures none: one for each
// package of the Go module in fsys that has benchmarks, and one for each
// [[bench]] of its Cargo.toml. It reads files and runs nothing.
func Recognise(fsys fs.FS) ([]bench.Suite, error) {
	goSuites, err := goSuites(fsys)
	if err != nil {
		return nil, err
	}
	cargoSuites, err := cargoSuites(fsys)
	if err != nil {
		return nil, err
	}
	return distinct(append(goSuites, cargoSuites...)), nil
}

var goBenchmark = regexp.MustCompile(`^func Benchmark([^a-z(][^(]*)?\([A-Za-z_]\w* \*testing\.B\)`)

func goSuites(fsys fs.FS) ([]bench.Suite, error) {
	if !isFile(fsys, "go.mod") {
		return nil, nil
	}
	var dirs []string
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			return skipGoDir(fsys, name)
		case !strings.HasSuffix(name, "_test.go") || slices.Contains(dirs, path.Dir(name)):
			return nil
		}
		has, err := hasGoBenchmark(fsys, name)
		if has {
			dirs = append(dirs, path.Dir(name))
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look for Go benchmarks: %w", err)
	}
	var suites []bench.Suite
	for _, dir := range dirs {
		suites = append(suites, goSuite(fsys, dir))
	}
	return suites, nil
}

// skipGoDir leaves out what the go command leaves out of "./...".
func skipGoDir(fsys fs.FS, dir string) error {
	base := path.Base(dir)
	if dir == "." {
		return nil
	}
	if base == "testdata" || base == "vendor" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") {
		return fs.SkipDir
	}
	if isFile(fsys, path.Join(dir, "go.mod")) {
		return fs.SkipDir
	}
	return nil
}

func isFile(fsys fs.FS, name string) bool {
	info, err := fs.Stat(fsys, name)
	return err == nil && info.Mode().IsRegular()
}

func hasGoBenchmark(fsys fs.FS, name string) (bool, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return false, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if goBenchmark.Match(lines.Bytes()) {
			return true, nil
		}
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return false, nil // generated data, not benchmarks
	}
	return false, lines.Err()
}

func goSuite(fsys fs.FS, dir string) bench.Suite {
	name := suiteNameFor(dir)
	if dir == "." {
		name = suiteNameFor(path.Base(modulePath(fsys)))
		dir = ""
	}
	binary := "{out}/" + name + ".test"
	return bench.Suite{
		Name:   name,
		Format: "gobench",
		Dir:    dir,
		Build:  []string{"go", "test", "-c", "-o", binary, "."},
		Run:    []string{binary, "-test.run=^$", "-test.bench=.", "-test.benchmem", "-test.v", "-test.benchtime={time}"},
	}
}

func modulePath(fsys fs.FS) string {
	b, _ := fs.ReadFile(fsys, "go.mod")
	for line := range bytes.Lines(b) {
		if rest, ok := bytes.CutPrefix(bytes.TrimSpace(line), []byte("module ")); ok {
			return strings.Trim(string(bytes.TrimSpace(rest)), `"`)
		}
	}
	return "bench"
}

// suiteNameFor turns a path into a name that can be part of a file name.
func suiteNameFor(dir string) string {
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '.' || r == '_' {
			return r
		}
		return '_'
	}, strings.ReplaceAll(dir, "/", "-"))
	name = strings.TrimLeft(name, "-._")
	if name == "" {
		return "bench"
	}
	return name
}

func cargoSuites(fsys fs.FS) ([]bench.Suite, error) {
	if !isFile(fsys, "Cargo.toml") {
		return nil, nil
	}
	text, err := readText(fsys, "Cargo.toml")
	if err != nil {
		return nil, fmt.Errorf("read Cargo.toml: %w", err)
	}
	var manifest struct {
		Bench []struct {
			Name    string `toml:"name"`
			Harness *bool  `toml:"harness"`
		} `toml:"bench"`
	}
	if err := toml.Unmarshal(text, &manifest); err != nil {
		return nil, &Error{File: "Cargo.toml", Msg: strings.TrimPrefix(err.Error(), "toml: ")}
	}
	var suites []bench.Suite
	for _, b := range manifest.Bench {
		s := bench.Suite{
			Name:   suiteNameFor(b.Name),
			Format: "libtest",
			Build:  []string{"cargo", "bench", "--bench", b.Name, "--no-run"},
			Run:    []string{"cargo", "bench", "--quiet", "--bench", b.Name}, // its other words name paths
		}
		if b.Harness != nil && !*b.Harness {
			s.Format = "criterion"
			s.Run = append(s.Run, "--", "--noplot", "--measurement-time", "{wholeseconds}", "--warm-up-time", "{wholeseconds}")
		}
		suites = append(suites, s)
	}
	return suites, nil
}

// distinct gives every suite a name of its own.
func distinct(suites []bench.Suite) []bench.Suite {
	taken := make(map[string]bool)
	for i := range suites {
		name := suites[i].Name
		for n := 2; taken[suites[i].Name]; n++ {
			suites[i].Name = fmt.Sprintf("%s-%d", name, n)
		}
		taken[suites[i].Name] = true
	}
	return suites
}
