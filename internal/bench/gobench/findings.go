package gobench

import (
	"strings"

	"github.com/cupel-dev/cupel/internal/bench"
)

// findings are the benchmarks of a run under their printed names. What those
// names mean, and which benchmarks are missing, is known only at its end.
type findings struct {
	set        *bench.Set
	benchmarks []*benchmark // in order of appearance
	index      map[identity]*benchmark
	last       *benchmark                 // the last one asked for: repeats follow each other
	better     map[string]bench.Direction // what Unit lines say, by unit
	idle       string                     // the first package that ended, or had no test files
}

// An identity is what tells benchmarks apart while the output is read.
type identity struct{ pkg, name string }

// A benchmark is all that the output says about one printed name.
type benchmark struct {
	identity
	columns []column

	announced bool   // its name was printed before it was measured
	answered  bool   // and what came of it, perhaps with a suffix to the name
	lost      bool   // it was measured, and the numbers cannot be told
	skipped   bool   // it said that it does not apply
	failed    bool   // it failed
	reason    string // of the failure; "" where the output has none
}

// A column is all values of one unit.
type column struct {
	unit   string
	values []float64
}

func newFindings(set *bench.Set) *findings {
	return &findings{
		set:    set,
		index:  make(map[identity]*benchmark),
		better: make(map[string]bench.Direction),
	}
}

// benchmark returns the benchmark of that name, which is printed without its
// prefix. It does not allocate for a name that it knows.
func (f *findings) benchmark(pkg string, name []byte) *benchmark {
	if b := f.last; b != nil && b.name == string(name) && b.pkg == pkg {
		return b
	}
	b, ok := f.index[identity{pkg, string(name)}]
	if !ok {
		b = &benchmark{identity: identity{pkg, string(name)}}
		f.index[b.identity] = b
		f.benchmarks = append(f.benchmarks, b)
	}
	f.last = b
	return b
}

func (b *benchmark) add(values []measurement) {
	for i, m := range values {
		c := b.column(i, m.unit)
		c.values = append(c.values, m.value)
	}
}

// column returns the column of unit, which is mostly the one that was at the
// same place of the line before.
func (b *benchmark) column(hint int, unit []byte) *column {
	if hint < len(b.columns) && b.columns[hint].unit == string(unit) {
		return &b.columns[hint]
	}
	for i := range b.columns {
		if b.columns[i].unit == string(unit) {
			return &b.columns[i]
		}
	}
	b.columns = append(b.columns, column{unit: string(unit)})
	return &b.columns[len(b.columns)-1]
}

// direct takes the fields of a Unit line: the unit, then key=value pairs.
func (f *findings) direct(fields []string) {
	for _, pair := range fields[min(1, len(fields)):] {
		value, ok := strings.CutPrefix(pair, "better=")
		better := bench.Direction(value)
		if !ok || better != bench.Lower && better != bench.Higher {
			continue
		}
		unit := fields[0]
		if said, ok := f.better[unit]; ok && said != better {
			f.set.Note("the output says both that lower and that higher %s is better", unit)
			better = bench.Unknown
		}
		f.better[unit] = better
	}
}
