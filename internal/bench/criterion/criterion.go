// Package criterion reads what benchmarks written with criterion.rs, versions
// 0.3 to 0.8, leave behind: the text they print, the messages of
// cargo-criterion, and the directory target/criterion.
//
// The text rounds to five digits and shows the slope of a regression or the
// mean, as criterion chose for that run; the messages and the directory hold
// every sample, and of those it is always the median of the times of one
// iteration that counts. [ReadRun] takes the values from the directory and
// everything else from the text, so it is to be preferred where both exist.
//
// Criterion's comparison with the run before, its p-values and its verdicts are
// not read: it compares with whatever was measured last on that machine.
package criterion

import (
	"io"
	"io/fs"

	"github.com/cupel-dev/cupel/internal/bench"
)

// Read reads the output of one run into set: the text of criterion with or
// without what it prints to stderr, or the JSON messages of cargo-criterion.
// Where both are there the messages count. The error is that of r.
//
// The Package of a benchmark is the bench target that cargo announces
// ("Running benches/parse.rs (target/release/deps/parse-0123456789abcdef)" is
// "parse"), also if it is the only one, so that a benchmark is the same
// whether one target was run or all. Without such a line it is empty.
func Read(r io.Reader, _ bench.Known, set *bench.Set) error {
	out, err := scan(r)
	out.report(set)
	return err
}

// ReadRun reads one run into set from the text that it printed and from the
// directory target/criterion that it left in tree. The values and the names are
// the directory's, which are exact and whole; what was announced, failed or
// warned of is the text's. Directories of benchmarks that the text does not
// name are left over from earlier runs and become a note.
func ReadRun(text io.Reader, tree fs.FS, _ bench.Known, set *bench.Set) error {
	out, err := scan(text)
	if err == nil {
		err = out.refine(tree)
	}
	out.report(set)
	return err
}
