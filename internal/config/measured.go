package config

import (
	"bytes"
	"slices"

	"github.com/pelletier/go-toml/v2/unstable"
)

// unmeasured are the tables of cupel.toml that no measurement depends on: what
// is said about results, not how they come about.
var unmeasured = []string{"claim", "waiver", "release", "publish", "smoke", "official", "ci"}

// Homes are the files that can hold the configuration, relative to the project.
func Homes() []string {
	names := make([]string, len(homes))
	for i, h := range homes {
		names[i] = h.path
	}
	return names
}

// Measured returns what one of [Homes] says of how to measure, nil where it says
// nothing; all of any other file. The tables that no measurement depends on are left
// out, so that declaring a claim does not void the evidence that it rests on. A
// comment above a table counts for none, whichever it is: only one that begins the
// file is kept, unless it stands right above a table that is left out. How lines end
// and where blank ones are says nothing: one is put above each table.
func Measured(name string, text []byte) []byte {
	i := slices.IndexFunc(homes, func(h home) bool { return h.path == name })
	if i < 0 {
		return text
	}
	return measured(bytes.TrimPrefix(text, []byte("\ufeff")), homes[i].table)
}

func measured(text []byte, top []string) []byte {
	tables, comments := layout(text)
	var kept, above [][]byte // above are comments, of which the next line decides
	keep, blank, says := true, false, false
	at := 0
	for line := range bytes.Lines(text) {
		table, header := tables[at]
		comment := comments[at]
		at += len(line)
		if header {
			keep = !slices.Contains(unmeasured, table.below(top))
			if len(kept) > 0 || !keep && !blank {
				above = nil
			}
			kept, above = append(kept, above...), nil
			if keep && len(kept) > 0 {
				kept = append(kept, nil)
			}
		}
		line = bytes.TrimRight(line, " \t\r\n")
		switch blank = len(line) == 0; {
		case blank:
		case comment:
			above = append(above, line)
		case keep:
			kept, above, says = append(append(kept, above...), line), nil, true
		default:
			above = nil
		}
	}
	if !says {
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

// layout finds the tables of a TOML text, and the comments that have lines of their
// own outside of values, by where the lines of their headers and they begin. What
// comes after an error is part of the last table.
func layout(text []byte) (tables map[int]table, comments map[int]bool) {
	tables, comments = make(map[int]table), make(map[int]bool)
	lineOf := func(n *unstable.Node) int { return bytes.LastIndexByte(text[:n.Raw.Offset], '\n') + 1 }
	p := unstable.Parser{KeepComments: true}
	p.Reset(text)
	for p.NextExpression() {
		e := p.Expression()
		switch e.Kind {
		case unstable.Comment:
			comments[lineOf(e)] = true
		case unstable.Table, unstable.ArrayTable:
			var name table
			var first *unstable.Node
			for key := e.Key(); key.Next(); {
				if name = append(name, string(key.Node().Data)); first == nil {
					first = key.Node()
				}
			}
			if first != nil {
				tables[lineOf(first)] = name
			}
		}
	}
	return tables, comments
}
