package gomodule

import (
	"bytes"
	"fmt"
	"strings"

	"golang.org/x/mod/modfile"

	"github.com/cupel-dev/cupel/internal/version"
)

// Retract returns a go.mod with a line at its end that retracts a version, and
// the reason above it, which go commands show. No other byte changes; a version
// that is retracted already changes nothing.
//
// The retraction counts only in the go.mod of the module's highest version, so
// it has to be released with a number above all that exist.
func Retract(goMod []byte, v version.Version, reason string) ([]byte, error) {
	before, err := parse(goMod)
	if err != nil {
		return nil, err
	}
	if covers(before, v.Tag()) {
		return goMod, nil
	}
	eol := "\n"
	if first, _, found := bytes.Cut(goMod, []byte("\n")); found && bytes.HasSuffix(first, []byte("\r")) {
		eol = "\r\n"
	}
	out := bytes.Clone(goMod)
	if !bytes.HasSuffix(out, []byte("\n")) {
		out = append(out, eol...)
	}
	out = append(out, eol...)
	for line := range strings.Lines(strings.TrimSpace(reason)) {
		out = append(out, "// "+strings.TrimSpace(line)+eol...)
	}
	out = append(out, "retract "+v.Tag()+eol...)
	after, err := parse(out)
	if err != nil {
		return nil, err
	}
	if len(after) != len(before)+1 || !covers(after, v.Tag()) {
		return nil, fmt.Errorf("retract %s: go.mod would not retract it", v.Tag())
	}
	return out, nil
}

func parse(goMod []byte) ([]*modfile.Retract, error) {
	f, err := modfile.Parse("go.mod", goMod, nil)
	if err != nil {
		return nil, fmt.Errorf("read go.mod: %w", err)
	}
	return f.Retract, nil
}
