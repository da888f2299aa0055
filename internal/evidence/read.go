package evidence

import (
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/bench/format"
)

// Read reads what one run left behind under the name base: its report file
// where the tool wrote one, its criterion tree where there is one, else what it
// printed. Only entries of the tree since the given time count.
//
// The error is about reading; what the files say is in the set.
func Read(fsys fs.FS, base, formatName string, known bench.Known, since time.Time) (*bench.Set, error) {
	f, err := format.Lookup(formatName)
	if err != nil {
		return nil, err
	}
	set := new(bench.Set)
	name := base + ".txt"
	if _, err := fs.Stat(fsys, base+".json"); err == nil {
		name = base + ".json"
	}
	if err := readFile(fsys, name, f, known, set); err != nil {
		return nil, err
	}
	if err := readTree(fsys, base, f, since, set); err != nil {
		return nil, err
	}
	set.Apply(known.Metrics)
	return set, nil
}

func readFile(fsys fs.FS, name string, f format.Format, known bench.Known, set *bench.Set) error {
	file, err := fsys.Open(name)
	if err != nil {
		return fmt.Errorf("read run: %w", err)
	}
	defer file.Close()
	if err := f.Read(file, known, set); err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	return nil
}

// readTree replaces the values that were read from text by those of the tree,
// which are exact and whose names are not cut.
func readTree(fsys fs.FS, base string, f format.Format, since time.Time, set *bench.Set) error {
	if f.ReadTree == nil {
		return nil
	}
	tree, err := fs.Sub(fsys, base+treeSuffix)
	if err != nil {
		return fmt.Errorf("read run: %w", err)
	}
	if _, err := fs.Stat(tree, "."); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	fromTree := new(bench.Set)
	if err := f.ReadTree(tree, since, fromTree); err != nil {
		return fmt.Errorf("read %s: %w", base+treeSuffix, err)
	}
	set.ReplaceResults(fromTree)
	return nil
}

const treeSuffix = ".criterion"

// Sets reads every run of the evidence in fsys, in the order of the manifest.
func Sets(fsys fs.FS, m *Manifest) ([]RunSet, error) {
	var sets []RunSet
	for _, r := range m.Runs {
		s, ok := m.Suite(r.Suite)
		if !ok {
			return nil, fmt.Errorf("run %s belongs to no suite of the plan", r.Base())
		}
		if _, err := fs.Stat(fsys, r.Base()+".txt"); err != nil {
			continue // left out after an earlier run of the suite failed
		}
		set, err := Read(fsys, r.Base(), s.Format, bench.Known{Procs: s.Procs, Metrics: s.Metrics}, time.Time{})
		if err != nil {
			return nil, err
		}
		sets = append(sets, RunSet{r, set})
	}
	return sets, nil
}

// A RunSet is a run and what it printed.
type RunSet struct {
	Run Run
	Set *bench.Set
}
