package evidence

import (
	"fmt"
	"io/fs"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/bench/format"
)

// treeSuffix is what the directory of a run's criterion samples ends with.
const treeSuffix = ".criterion"

// Read reads what one run left behind under the name base: the report that its
// tool wrote, else what it printed, together with its criterion samples where
// there are some. The error is about reading; what the files say is in the set.
func Read(fsys fs.FS, base, formatName string, known bench.Known) (*bench.Set, error) {
	f, err := format.Lookup(formatName)
	if err != nil {
		return nil, err
	}
	name := base + ".txt"
	if _, err := fs.Stat(fsys, base+".json"); err == nil {
		name = base + ".json"
	}
	file, err := fsys.Open(name)
	if err != nil {
		return nil, fmt.Errorf("read run: %w", err)
	}
	defer file.Close()
	set := new(bench.Set)
	if _, statErr := fs.Stat(fsys, base+treeSuffix); statErr == nil && f.ReadRun != nil {
		tree, subErr := fs.Sub(fsys, base+treeSuffix)
		if subErr != nil {
			return nil, fmt.Errorf("read run: %w", subErr)
		}
		err = f.ReadRun(file, tree, known, set)
	} else {
		err = f.Read(file, known, set)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	set.Apply(known.Metrics)
	return set, nil
}

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
		set, err := Read(fsys, r.Base(), s.Format, bench.Known{Procs: s.Procs, Metrics: s.Metrics})
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
