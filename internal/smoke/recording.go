package smoke

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/report"
	"github.com/cupel-dev/cupel/internal/stats"
)

// A Recording is a sequence of pairs of runs whose true difference is known.
type Recording struct {
	Name       string  // what was recorded: "quiet", "loaded"
	Slowdown   float64 // that is built into head; 0 for the same program
	Layout     bool    // head does the same work, but was linked differently
	Benchmarks []string
	Base, Head [][]float64 // ns, a list for each benchmark, pair by pair

	Took time.Duration // to measure all pairs; 0 where it was recorded before
}

// recordedLine is a pair as a line of JSON.
type recordedLine struct {
	Name     string             `json:"name,omitempty"`
	Slowdown float64            `json:"slowdown"`
	Layout   bool               `json:"layout,omitempty"`
	Base     map[string]float64 `json:"base"`
	Head     map[string]float64 `json:"head"`
}

// ReadRecordings reads pairs, one JSON object a line: slowdown, base and head;
// the name is optional. Pairs of one name and slowdown are one recording, in
// their order.
func ReadRecordings(r io.Reader) ([]*Recording, error) {
	var list []*Recording
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		var l recordedLine
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			return nil, fmt.Errorf("read recording: line %d: %w", n, err)
		}
		if err := l.check(); err != nil {
			return nil, fmt.Errorf("read recording: line %d: %w", n, err)
		}
		i := slices.IndexFunc(list, func(r *Recording) bool { return r.Name == l.Name && r.Slowdown == l.Slowdown && r.Layout == l.Layout })
		if i < 0 {
			i = len(list)
			list = append(list, newRecording(l.Name, l.Slowdown, slices.Sorted(maps.Keys(l.Base))))
			list[i].Layout = l.Layout
		}
		if err := list[i].add(l.Base, l.Head); err != nil {
			return nil, fmt.Errorf("read recording: line %d: %w", n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read recording: %w", err)
	}
	if len(list) == 0 {
		return nil, errors.New("read recording: it has no pair")
	}
	return list, nil
}

func (l *recordedLine) check() error {
	if !(l.Slowdown >= 0 && l.Slowdown < 10) {
		return fmt.Errorf("slowdown is %v, want 0.05 for 5 %%", l.Slowdown)
	}
	for name, b := range l.Base {
		if h, ok := l.Head[name]; !ok || !(b > 0) || !(h > 0) {
			return fmt.Errorf("benchmark %q: want a positive time in base and head", name)
		}
	}
	if len(l.Base) == 0 || len(l.Base) != len(l.Head) {
		return errors.New("want the same benchmarks in base and head, at least one")
	}
	return nil
}

// WriteRecordings writes what [ReadRecordings] reads.
func WriteRecordings(w io.Writer, recordings []*Recording) error {
	enc := json.NewEncoder(w)
	for _, r := range recordings {
		for i := range r.Len() {
			l := recordedLine{r.Name, r.Slowdown, r.Layout, make(map[string]float64), make(map[string]float64)}
			for b, name := range r.Benchmarks {
				l.Base[name], l.Head[name] = r.Base[b][i], r.Head[b][i]
			}
			if err := enc.Encode(l); err != nil {
				return fmt.Errorf("write recording: %w", err)
			}
		}
	}
	return nil
}

func newRecording(name string, slowdown float64, benchmarks []string) *Recording {
	n := len(benchmarks)
	return &Recording{Name: name, Slowdown: slowdown, Benchmarks: benchmarks, Base: make([][]float64, n), Head: make([][]float64, n)}
}

// add appends a pair. It must have every benchmark of the recording.
func (r *Recording) add(base, head map[string]float64) error {
	for _, name := range r.Benchmarks {
		if base[name] == 0 || head[name] == 0 {
			return fmt.Errorf("benchmark %q is missing", name)
		}
	}
	for i, name := range r.Benchmarks {
		r.Base[i], r.Head[i] = append(r.Base[i], base[name]), append(r.Head[i], head[name])
	}
	return nil
}

// Len is the number of pairs.
func (r *Recording) Len() int { return len(r.Base[0]) }

// window is n pairs from a place on, with head slowed down by another factor.
// Where rng is not nil the arms of each pair are swapped by chance first: with
// the order of runs random, that is another measurement that could have been.
func (r *Recording) window(from, n int, factor float64, rng *rand.Rand) *Recording {
	w := newRecording(r.Name, r.Slowdown, r.Benchmarks)
	swap := make([]bool, n)
	for i := range swap {
		swap[i] = rng != nil && rng.IntN(2) == 0
	}
	for b := range r.Benchmarks {
		w.Base[b], w.Head[b] = slices.Clone(r.Base[b][from:from+n]), slices.Clone(r.Head[b][from:from+n])
		for i := range n {
			if swap[i] {
				w.Base[b][i], w.Head[b][i] = w.Head[b][i], w.Base[b][i]
			}
			w.Head[b][i] *= factor
		}
	}
	return w
}

// replay gives recorded pairs the looks that a comparison gives those that it
// measures, and returns what came of each benchmark.
func (r *Recording) replay(d stats.Design) ([]report.Benchmark, error) {
	var list []*series
	for _, name := range r.Benchmarks {
		k := key{bench.Benchmark{Name: name}, bench.Time.Name}
		list = append(list, newSeries("recorded", name, k, bench.Time, bench.MetricRule{}))
	}
	done := 0
	for number := 1; number <= d.Looks; number++ {
		for ; done < r.Len()*number/d.Looks; done++ {
			for b, s := range list {
				s.add(r.Base[b][done], r.Head[b][done])
			}
		}
		if err := lookAt(list, d, number); err != nil {
			return nil, err
		}
	}
	rows := make([]report.Benchmark, len(list))
	for i, s := range list {
		rows[i] = s.row
	}
	return rows, nil
}
