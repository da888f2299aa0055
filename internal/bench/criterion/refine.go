package criterion

import (
	"fmt"
	"io/fs"
	"time"

	"github.com/cupel-dev/cupel/internal/bench"
)

// refine gives what text measured the values and names of the directory. Both
// know a benchmark by its title.
func (o *output) refine(tree fs.FS) error {
	if o.messages {
		return nil // their samples are the directory's
	}
	entries, _, err := readEntries(tree, time.Time{})
	if err != nil {
		return err
	}
	found := make(map[string][]*entry)
	for _, e := range entries {
		found[e.title] = append(found[e.title], e)
	}
	times := make(map[string]int)
	for _, m := range o.measured {
		times[m.benchmark.Name]++
	}
	for i := range o.measured {
		m := &o.measured[i]
		m.refine(found[m.benchmark.Name], times[m.benchmark.Name])
	}
	var used, stale []*entry
	for _, e := range entries {
		if times[e.title] > 0 {
			used = append(used, e)
		} else {
			stale = append(stale, e)
		}
	}
	o.noteUnknown(used)
	o.noteLeftOver(stale)
	return nil
}

// refine takes over the name and the values of the one directory for a title
// that was measured that many times.
func (m *measurement) refine(found []*entry, times int) {
	if m.err != "" {
		return
	}
	texts := m.values
	m.values = nil
	switch {
	case times > 1:
		m.err = fmt.Sprintf("%d benchmarks have this id, and criterion keeps only the last one's samples: give each its own", times)
	case len(found) == 0:
		m.err = "its samples are not in the criterion directory"
	default:
		e := found[0]
		m.benchmark.Name, m.benchmark.Params = e.fullID, bench.PathParams(e.fullID)
		m.values, m.err = valuesOf(found)
		if texts[0].metric != bench.Time && m.err == "" {
			m.values = texts // the unit of a custom Measurement is in the text alone
		}
	}
}
