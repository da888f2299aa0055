// Package format is the table of all output formats that Cupel reads.
package format

import (
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"
	"unicode"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/bench/criterion"
	"github.com/cupel-dev/cupel/internal/bench/generic"
	"github.com/cupel-dev/cupel/internal/bench/gobench"
	"github.com/cupel-dev/cupel/internal/bench/googlebenchmark"
	"github.com/cupel-dev/cupel/internal/bench/hyperfine"
	"github.com/cupel-dev/cupel/internal/bench/libtest"
	"github.com/cupel-dev/cupel/internal/bench/llamabench"
	"github.com/cupel-dev/cupel/internal/bench/pytest"
)

// A Format reads what one kind of tool leaves behind.
type Format struct {
	Name string

	// Read reads what one run printed, or the report that it wrote. The error
	// is that of the reader; bad content is in the set.
	Read func(r io.Reader, known bench.Known, set *bench.Set) error

	// ReadTree reads a directory of results, those since the given time, and
	// ReadRun one run from what it printed and from such a directory. Both are
	// nil where the tool keeps no directory.
	ReadTree func(tree fs.FS, since time.Time, set *bench.Set) error
	ReadRun  func(r io.Reader, tree fs.FS, known bench.Known, set *bench.Set) error
}

// All returns every format.
func All() []Format {
	return []Format{
		{Name: "gobench", Read: gobench.Read},
		{Name: "criterion", Read: criterion.Read, ReadTree: criterion.ReadTree, ReadRun: criterion.ReadRun},
		{Name: "libtest", Read: libtest.Read},
		{Name: "googlebenchmark", Read: googlebenchmark.Read},
		{Name: "hyperfine", Read: hyperfine.Read},
		{Name: "pytest", Read: pytest.Read},
		{Name: "llamabench", Read: llamabench.Read},
		{Name: "generic", Read: generic.Read},
	}
}

// Lookup finds a format by its name. The error lists the names that there are
// and suggests the nearest.
func Lookup(name string) (Format, error) {
	var names []string
	for _, f := range All() {
		if f.Name == name {
			return f, nil
		}
		names = append(names, f.Name)
	}
	return Format{}, fmt.Errorf("no format is named %q%s (there are: %s)", name, suggest(name, names), strings.Join(names, ", "))
}

// suggest returns a question for the name that begins most like the given one:
// people write "go", "llama-bench" and "pytest-benchmark".
func suggest(name string, names []string) string {
	nearest, most := "", 1
	for _, n := range names {
		if length := commonPrefix(letters(name), n); length > most {
			nearest, most = n, length
		}
	}
	if nearest == "" {
		return ""
	}
	return fmt.Sprintf(": did you mean %q?", nearest)
}

func letters(name string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, name)
}

func commonPrefix(a, b string) int {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n
}
