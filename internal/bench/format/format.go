// Package format is the table of all output formats that Cupel reads.
package format

import (
	"fmt"
	"io"
	"io/fs"
	"time"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/bench/gobench"
)

// A Format reads what one kind of tool prints.
type Format struct {
	Name     string
	Read     func(io.Reader, bench.Known, *bench.Set) error
	ReadTree func(fsys fs.FS, since time.Time, set *bench.Set) error // nil where the tool keeps no tree
}

// All lists the formats.
var All = []Format{{Name: "gobench", Read: gobench.Read}}

// Lookup finds a format by its name.
func Lookup(name string) (Format, error) {
	for _, f := range All {
		if f.Name == name {
			return f, nil
		}
	}
	return Format{}, fmt.Errorf("no format is named %q", name)
}
