package targets

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/cupel-dev/cupel/internal/benchmarks"
	"github.com/cupel-dev/cupel/internal/config"
	"github.com/cupel-dev/cupel/internal/evidence"
)

// benchmarksFile is the document whose regions Cupel writes.
const benchmarksFile = "BENCHMARKS.md"

// benchmarksSet reads the evidence in dir, which is relative to the project.
func benchmarksSet(p *place, dir string) (benchmarks.Set, error) {
	if !filepath.IsLocal(filepath.FromSlash(dir)) {
		return benchmarks.Set{}, fmt.Errorf("%q is not inside the project", dir)
	}
	fsys := os.DirFS(filepath.Join(p.dir, filepath.FromSlash(dir)))
	if !p.exists(dir) {
		return benchmarks.Set{}, fmt.Errorf("its evidence %s is gone", dir)
	}
	m, summary, err := evidence.Load(fsys)
	if err != nil {
		return benchmarks.Set{}, fmt.Errorf("%s differs from its manifest: %w", dir, err)
	}
	environment, err := evidence.ReadEnvironment(fsys)
	if err != nil {
		return benchmarks.Set{}, fmt.Errorf("%s: %w", dir, err)
	}
	return benchmarks.Set{
		Dir: dir, Host: environment.Class, Manifest: m, Summary: summary,
		Claims: func(b evidence.Benchmark) []string { return claimsOn(p.config.Claims, b) },
	}, nil
}

// claimsOn lists the claims that rest on a benchmark and metric.
func claimsOn(claims []config.Claim, b evidence.Benchmark) []string {
	var ids []string
	name := b.Suite + ": " + b.String()
	for _, c := range claims {
		member := slices.ContainsFunc(c.Members(), func(pair [2]string) bool { return pair[0] == name || pair[1] == name })
		if c.Metric == b.Metric && member {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

// checkBenchmarks says what in the document's regions is not as the evidence
// says; nothing where there is no such document.
func checkBenchmarks(p *place) ([]benchmarks.Problem, error) {
	doc, err := os.ReadFile(filepath.Join(p.dir, benchmarksFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	type loaded struct {
		set benchmarks.Set
		err error
	}
	sets := map[string]loaded{} // the regions of a document name the same few
	return benchmarks.Check(doc,
		func(dir string) (benchmarks.Set, error) {
			l, ok := sets[dir]
			if !ok {
				l.set, l.err = benchmarksSet(p, dir)
				sets[dir] = l
			}
			return l.set, l.err
		},
		func(name string) ([]byte, error) { return os.ReadFile(filepath.Join(p.dir, filepath.FromSlash(name))) }), nil
}

// exists reports whether the project has a file or directory of that name.
func (p *place) exists(name string) bool {
	_, err := os.Stat(filepath.Join(p.dir, filepath.FromSlash(name)))
	return err == nil
}

// updateBenchmarks writes the document's regions and charts from the evidence
// in dir and returns the files that changed.
func updateBenchmarks(p *place, dir string) ([]string, error) {
	doc, err := os.ReadFile(filepath.Join(p.dir, benchmarksFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	set, err := benchmarksSet(p, dir)
	if err != nil {
		return nil, err
	}
	updated, files, err := benchmarks.Update(doc, set)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", benchmarksFile, err)
	}
	files[benchmarksFile] = updated
	var changed []string
	for name, text := range files {
		path := filepath.Join(p.dir, filepath.FromSlash(name))
		if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, text) {
			continue
		}
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), writeWhole(path, text)); err != nil {
			return changed, err
		}
		changed = append(changed, name)
	}
	slices.Sort(changed)
	return changed, nil
}
