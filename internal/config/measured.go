package config

import (
	"bytes"
	"path"
	"slices"

	"github.com/pelletier/go-toml/v2/unstable"
)

// unmeasured are the tables of cupel.toml that no measurement depends on: what
// is said about results, not how they come about.
var unmeasured = []string{"claim", "waiver", "release", "publish", "smoke", "official", "ci"}

// Measured returns what a file says of how to measure: all of it, unless it can hold
// the configuration. Of that, the tables that no measurement depends on are left out,
// so that declaring a claim does not void the evidence that it rests on. A comment
// right above such a table goes with it, and how lines end and where blank ones are
// says nothing: one is put above each table.
func Measured(name string, text []byte) []byte {
	if i := homeOf(name); i >= 0 {
		return measured(text, homes[i].table)
	}
	return text
}

// Configures reports whether a file of that name can hold the configuration.
func Configures(name string) bool { return homeOf(name) >= 0 }

// homeOf is which of the homes a file of that name is, in whatever directory; -1
// where it is none.
func homeOf(name string) int {
	return slices.IndexFunc(homes, func(h home) bool { return path.Base(h.path) == path.Base(name) })
}

// SameMeasured reports whether two versions of a file say the same of how to
// measure: whether it is one that can hold the configuration, and [Measured] is the
// same of both.
func SameMeasured(name string, a, b []byte) bool {
	return Configures(name) && bytes.Equal(Measured(name, a), Measured(name, b))
}

func measured(text []byte, top []string) []byte {
	tables := tables(text)
	var kept [][]byte
	keep, comment := true, 0 // comment is how many of the last kept lines are one
	at := 0
	for line := range bytes.Lines(text) {
		if table, ok := tables[at]; ok {
			if keep = !slices.Contains(unmeasured, table.below(top)); !keep {
				kept = kept[:len(kept)-comment]
			} else if len(kept) > 0 {
				kept = append(kept, nil)
			}
		}
		at += len(line)
		line = bytes.TrimRight(line, " \t\r\n")
		if comment++; !keep || !bytes.HasPrefix(bytes.TrimSpace(line), []byte("#")) {
			comment = 0
		}
		if keep && len(line) > 0 {
			kept = append(kept, line)
		}
	}
	if len(kept) == 0 {
		return nil
	}
	return append(bytes.Join(kept, []byte("\n")), '\n')
}

// A table is the name of one, by its parts.
type table []string

// below is the first part of a name after those of the table that has the
// configuration, "" where it begins otherwise.
func (t table) below(top []string) string {
	if len(t) <= len(top) || !slices.Equal(t[:len(top)], top) {
		return ""
	}
	return t[len(top)]
}

// tables are those of a TOML text, by where the lines of their headers begin. What
// comes after an error is part of the last one.
func tables(text []byte) map[int]table {
	found := make(map[int]table)
	var p unstable.Parser
	p.Reset(text)
	for p.NextExpression() {
		e := p.Expression()
		if e.Kind != unstable.Table && e.Kind != unstable.ArrayTable {
			continue
		}
		var name table
		at := -1
		for key := e.Key(); key.Next(); {
			if name = append(name, string(key.Node().Data)); at < 0 {
				at = int(key.Node().Raw.Offset)
			}
		}
		if at >= 0 {
			found[bytes.LastIndexByte(text[:at], '\n')+1] = name
		}
	}
	return found
}
