package config

import (
	"bytes"
	"slices"
)

// unmeasured are the tables of cupel.toml that no measurement depends on: what
// is said about results, not how they come about.
var unmeasured = []string{"claim", "waiver", "release", "publish", "smoke", "official", "ci"}

// Measured returns the text of a cupel.toml without the tables that no
// measurement depends on, so that declaring a claim does not void the evidence
// that it rests on. All other bytes are kept, comments too.
func Measured(text []byte) []byte {
	var kept []byte
	keep := true
	for line := range bytes.Lines(text) {
		if name, ok := tableName(line); ok {
			keep = !slices.Contains(unmeasured, name)
		}
		if keep {
			kept = append(kept, line...)
		}
	}
	return kept
}

// tableName is the first part of a table header's name: "ci" of "[ci.images]".
func tableName(line []byte) (string, bool) {
	trimmed := bytes.TrimSpace(line)
	if !bytes.HasPrefix(trimmed, []byte("[")) {
		return "", false
	}
	name := bytes.TrimLeft(trimmed, "[ \t")
	end := bytes.IndexAny(name, ".] \t")
	if end <= 0 {
		return "", false
	}
	return string(name[:end]), true
}
