package config

import (
	"bytes"
	"path"
	"slices"
)

// unmeasured are the tables of cupel.toml that no measurement depends on: what
// is said about results, not how they come about.
var unmeasured = []string{"claim", "waiver", "release", "publish", "smoke", "official", "ci"}

// prefixes are how the names of these tables begin in the files that can hold them.
var prefixes = map[string]string{"cupel.toml": "", "Cargo.toml": "package.metadata.cupel.", "pyproject.toml": "tool.cupel."}

// Measured returns the text of a cupel.toml without the tables that no
// measurement depends on, so that declaring a claim does not void the evidence
// that it rests on. All other bytes are kept, comments too.
func Measured(text []byte) []byte {
	var kept []byte
	for _, line := range measured(text, "") {
		kept = append(kept, line...)
	}
	return kept
}

// Configures reports whether a file of that name can hold the configuration.
func Configures(name string) bool {
	_, ok := prefixes[path.Base(name)]
	return ok
}

// SameMeasured reports whether two versions of a file say the same of how to
// measure: whether it is one that can hold the configuration, and all but the tables
// that no measurement depends on is the same, blank lines and how lines end aside.
func SameMeasured(name string, a, b []byte) bool {
	prefix, ok := prefixes[path.Base(name)]
	if !ok {
		return false
	}
	said := func(text []byte) [][]byte {
		var lines [][]byte
		for _, line := range measured(text, prefix) {
			if line = bytes.TrimSpace(line); len(line) > 0 {
				lines = append(lines, line)
			}
		}
		return lines
	}
	return slices.EqualFunc(said(a), said(b), bytes.Equal)
}

// measured are the lines of a text but those of the tables that no measurement
// depends on.
func measured(text []byte, prefix string) [][]byte {
	var kept [][]byte
	keep := true
	for line := range bytes.Lines(text) {
		if name, ok := tableName(line, prefix); ok {
			keep = !slices.Contains(unmeasured, name)
		}
		if keep {
			kept = append(kept, line)
		}
	}
	return kept
}

// tableName is the first part of a table header's name after the prefix: "ci" of
// "[ci.images]"; "" where it begins otherwise.
func tableName(line []byte, prefix string) (string, bool) {
	trimmed := bytes.TrimSpace(line)
	if !bytes.HasPrefix(trimmed, []byte("[")) {
		return "", false
	}
	name := bytes.TrimLeft(trimmed, "[ \t")
	if bytes.IndexAny(name, ".] \t") <= 0 {
		return "", false
	}
	name, ours := bytes.CutPrefix(name, []byte(prefix))
	end := bytes.IndexAny(name, ".] \t")
	if !ours || end <= 0 {
		return "", true
	}
	return string(name[:end]), true
}
