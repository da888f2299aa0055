package changelog

import (
	"bytes"
	"errors"
	"slices"
	"testing"
)

// FuzzRelease holds for any bytes: an edit is refused with a *Refusal, or it
// adds exactly one version, and undoing it gives the original.
func FuzzRelease(f *testing.F) {
	for _, s := range shapes {
		f.Add([]byte(s.in))
	}
	f.Add([]byte("# Unreleased\n\n- x\n##\n1.0.0\n-"))
	f.Fuzz(func(t *testing.T, in []byte) {
		before := bytes.Clone(in)
		e, err := Prepare(in, "9.9.9", day, Options{})
		if !bytes.Equal(in, before) {
			t.Fatal("the input was written to")
		}
		var r *Refusal
		if errors.As(err, &r) {
			if r.Reason == SelfCheck {
				t.Fatalf("an edit that does not hold: %v", err)
			}
			return
		}
		if err != nil {
			t.Fatalf("error %v is no *Refusal", err)
		}
		out, err := e.Apply(in)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := e.Undo(out); err != nil || !bytes.Equal(back, in) {
			t.Fatalf("undo: %q, %v", back, err)
		}
		if _, err := Notes(out, "9.9.9"); err != nil {
			t.Fatalf("notes of the new version: %v", err)
		}
	})
}

// FuzzParse holds for any bytes: sections lie in order and do not overlap, and
// a yank changes one line.
func FuzzParse(f *testing.F) {
	for _, s := range shapes {
		f.Add([]byte(s.in))
	}
	f.Add(bytes.Repeat([]byte("> - "), 1<<12))
	f.Fuzz(func(t *testing.T, in []byte) {
		file, err := Parse(in)
		if err != nil {
			return
		}
		pos := 0
		for _, s := range file.sections {
			if s.Heading.Start < pos || s.Heading.End > s.Body.End || s.Body.End > len(in) {
				t.Fatalf("section %+v begins before %d or ends behind the file", s, pos)
			}
			pos = s.Body.End
		}
		for _, name := range file.versionNames() {
			out, err := Yank(in, name)
			if reason := reasonOf(t, err); reason == SelfCheck || reason == "" && changedLines(in, out) > 1 {
				t.Fatalf("yank %s: %v", name, err)
			}
		}
		if limit := len(in) / 2; !slices.Equal(Shorten(in, len(in), ""), in) || len(Shorten(in, limit, "")) > limit {
			t.Fatal("shortened notes are too long, or short ones were cut")
		}
	})
}
