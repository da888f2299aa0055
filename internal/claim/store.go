package claim

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"sync"

	"github.com/cupel-dev/cupel/internal/evidence"
)

// A Store is the evidence of a project. It reads a set only when a claim may
// rest on it, and verifies it then, once: a hundred old sets cost nothing.
type Store struct {
	sets []*set // the newest first
}

// A set is one directory of evidence.
type set struct {
	name string
	fsys fs.FS

	read     func() error // the manifest and the environment
	manifest *evidence.Manifest
	evidence.Environment

	verify     func() error // everything, against the manifest
	benchmarks map[key][]evidence.Benchmark
}

// A key finds benchmarks by suite and by what a claim calls them.
type key struct{ suite, name, metric string }

// setName is how complete evidence is called.
var setName = regexp.MustCompile(`^\d{8}_\d{6}$`)

// Open lists the evidence in a directory of results, which need not exist.
// Incomplete directories are no evidence.
func Open(results fs.FS) (*Store, error) {
	entries, err := fs.ReadDir(results, ".")
	if errors.Is(err, fs.ErrNotExist) {
		return &Store{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list evidence: %w", err)
	}
	store := &Store{}
	for _, e := range slices.Backward(entries) { // names are times
		if !e.IsDir() || !setName.MatchString(e.Name()) {
			continue
		}
		fsys, err := fs.Sub(results, e.Name())
		if err != nil {
			return nil, fmt.Errorf("list evidence: %w", err)
		}
		store.sets = append(store.sets, newSet(e.Name(), fsys))
	}
	return store, nil
}

func newSet(name string, fsys fs.FS) *set {
	s := &set{name: name, fsys: fsys}
	s.read = sync.OnceValue(s.readHead)
	s.verify = sync.OnceValue(s.verifyAll)
	return s
}

func (s *set) readHead() error {
	m, err := evidence.ReadManifest(s.fsys)
	if err != nil {
		return err
	}
	if s.Environment, err = evidence.ReadEnvironment(s.fsys); err != nil {
		return err
	}
	s.manifest = m
	return nil
}

// verifyAll recomputes the set and takes its benchmarks from what the raw runs
// give.
func (s *set) verifyAll() error {
	_, summary, err := evidence.Load(s.fsys)
	if err != nil {
		return err
	}
	s.index(summary.Benchmarks)
	return nil
}

func (s *set) index(benchmarks []evidence.Benchmark) {
	s.benchmarks = make(map[key][]evidence.Benchmark)
	for _, b := range benchmarks {
		for _, name := range namesOf(b) {
			k := key{b.Suite, name, b.Metric}
			s.benchmarks[k] = append(s.benchmarks[k], b)
		}
	}
}

// namesOf are what a benchmark may be called: as a summary shows it, and with
// its package or its number of processors where that is needed to tell it from
// others.
func namesOf(b evidence.Benchmark) []string {
	all := []string{b.String()}
	if b.Name != all[0] {
		all = append(all, b.Name)
	}
	if b.Package != "" {
		all = append(all, b.Package+" "+b.String())
	}
	if b.Procs > 0 {
		all = append(all, fmt.Sprintf("%s-%d", b.String(), b.Procs))
	}
	return all
}
