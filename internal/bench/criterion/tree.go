package criterion

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/cupel-dev/cupel/internal/bench"
)

// ReadTree reads the directory target/criterion in fsys into set: one value a
// benchmark, the median of the times of one iteration in sample.json, or where
// that file is missing the median in estimates.json, and the throughputs that
// follow from it. Slope and mean are never values, because criterion has a
// slope in some runs of a benchmark and none in others.
//
// A benchmark is named by the full_id in benchmark.json, never by its path,
// which criterion shortens. Its Package is empty: the directory does not know
// the bench target. Times are taken for nanoseconds, because the files name no
// unit. Benchmarks that were measured before since are left over from an
// earlier run and become a note; the zero time reads all of them.
//
// The error is that of fsys; files that make no sense are failures of set.
func ReadTree(fsys fs.FS, since time.Time, set *bench.Set) error {
	entries, stale, err := readEntries(fsys, since)
	if err != nil {
		return err
	}
	var out output
	for _, e := range entries {
		if e.fullID == "" {
			remark(&out.failures, "%s", e.err)
		}
	}
	for _, same := range group(entries, func(e *entry) string { return e.fullID }) {
		m := measurement{benchmark: same[0].benchmark()}
		m.values, m.err = valuesOf(same)
		out.measured = append(out.measured, m)
	}
	if len(entries) == 0 {
		remark(&out.errors, "no benchmark of this run is in the criterion directory")
	}
	out.noteUnknown(entries)
	out.noteLeftOver(stale)
	out.report(set)
	return nil
}

// Keep lists the files of the directory target/criterion in fsys that evidence
// keeps: what [ReadTree] reads of the benchmarks that were measured since the
// given time. The names are slash-separated and relative to fsys.
func Keep(fsys fs.FS, since time.Time) ([]string, error) {
	dirs, err := findDirs(fsys)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, d := range dirs {
		if d.measured.Before(since) {
			continue
		}
		for _, name := range d.files {
			files = append(files, path.Join(d.path, name))
		}
	}
	return files, nil
}

// group puts entries of the same key together, in the order of the first of
// each. Entries without a key are left out.
func group(entries []*entry, key func(*entry) string) [][]*entry {
	var groups [][]*entry
	index := make(map[string]int)
	for _, e := range entries {
		k := key(e)
		if k == "" {
			continue
		}
		i, ok := index[k]
		if !ok {
			i = len(groups)
			index[k], groups = i, append(groups, nil)
		}
		groups[i] = append(groups[i], e)
	}
	return groups
}

// valuesOf are the values of the only one of the entries, or why there are none.
func valuesOf(same []*entry) (values []value, fault string) {
	if len(same) > 1 {
		return nil, fmt.Sprintf("two directories hold it: %s and %s", same[0].path, same[1].path)
	}
	if same[0].err != "" {
		return nil, same[0].err
	}
	return same[0].values(), ""
}

func (o *output) noteUnknown(entries []*entry) {
	for _, e := range entries {
		if e.unknownThroughput() {
			remark(&o.notes, "%s: its throughput is of a kind that is not known here and was not read", e.fullID)
		}
	}
}

func (o *output) noteLeftOver(stale []*entry) {
	if len(stale) == 0 {
		return
	}
	var names []string
	for _, e := range stale {
		names = append(names, e.name())
	}
	remark(&o.notes, "left over from an earlier run and not read: %s", strings.Join(names, ", "))
}

// A dir is a directory with the files of one measurement.
type dir struct {
	path     string
	files    []string
	measured time.Time // when the oldest of them was written
}

// readEntries reads what was measured since the given time and, apart, what
// was measured before.
func readEntries(fsys fs.FS, since time.Time) (fresh, stale []*entry, err error) {
	dirs, err := findDirs(fsys)
	if err != nil {
		return nil, nil, err
	}
	for _, d := range dirs {
		e, err := readEntry(fsys, d)
		if err != nil {
			return nil, nil, fmt.Errorf("read criterion directory: %w", err)
		}
		if d.measured.Before(since) {
			stale = append(stale, e)
		} else {
			fresh = append(fresh, e)
		}
	}
	return fresh, stale, nil
}

// findDirs finds the directories named new that hold a measurement. Their
// siblings base, change, report and the saved baselines are about other runs or
// repeat this one. Any of these can also be the name of a benchmark, so only
// the files tell.
func findDirs(fsys fs.FS) ([]dir, error) {
	var dirs []dir
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Base(path.Dir(name)) != "new" || !slices.Contains(keptFiles, d.Name()) {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if len(dirs) == 0 || dirs[len(dirs)-1].path != path.Dir(name) {
			dirs = append(dirs, dir{path: path.Dir(name)})
		}
		last := &dirs[len(dirs)-1]
		last.files = append(last.files, d.Name())
		// The oldest counts: a run that was killed leaves new samples beside
		// old estimates.
		if d.Name() != benchmarkFile && (last.measured.IsZero() || info.ModTime().Before(last.measured)) {
			last.measured = info.ModTime()
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read criterion directory: %w", err)
	}
	return dirs, nil
}
