package journal

import (
	"bytes"
	"slices"
	"testing"
	"time"
)

// sample is a journal of a few entries.
func sample(t testing.TB) []byte {
	t.Helper()
	var b []byte
	digest := ""
	for _, e := range []Entry{
		{Kind: Began, Plan: "p", Hash: "00"},
		{Kind: Intent, Step: "a", Class: Local, Seen: &Observation{Absent, ""}},
		{Kind: Result, Step: "a", Class: Local, Seen: &Observation{Done, "x\ny"}},
		{Kind: Failed, Step: "b", Text: "<&> \u2028"},
	} {
		e.Time = time.Unix(0, 0).UTC()
		line, next, err := seal(digest, e)
		if err != nil {
			t.Fatal(err)
		}
		b = append(b, line...)
		digest = next
	}
	return b
}

// FuzzJournal holds for a journal that is cut anywhere, and then for one in
// which any byte is another: a prefix loads without damage and holds the
// entries that were whole; a changed one loads too, and everything before the
// change is as it was. What is loaded can be written on.
func FuzzJournal(f *testing.F) {
	f.Add(uint16(0), byte(0))
	f.Add(uint16(200), byte(1))
	f.Add(uint16(65535), byte(0x0a))
	whole := sample(f)
	all := read(whole)
	f.Fuzz(func(t *testing.T, at uint16, flip byte) {
		cut := int(at) % (len(whole) + 1)
		h := read(whole[:cut])
		if h.damage != "" || len(h.entries) != bytes.Count(whole[:cut], []byte("\n")) {
			t.Fatalf("cut at %d: %d entries, damage %q", cut, len(h.entries), h.damage)
		}
		changed := slices.Clone(whole)
		if cut < len(changed) {
			changed[cut] ^= flip
		}
		h = read(changed)
		if lines := bytes.Count(whole[:cut], []byte("\n")); len(h.entries) < lines {
			t.Fatalf("byte %d changed: %d entries, %d stand before it", cut, len(h.entries), lines)
		}
		if flip != 0 && cut < len(changed) && len(h.entries) == len(all.entries) {
			t.Fatalf("byte %d changed by %#x, and nobody noticed", cut, flip)
		}
		writeOn(t, changed)
	})
}

// FuzzRead holds for any bytes: they load, and can be written on.
func FuzzRead(f *testing.F) {
	f.Add([]byte("{}\n"))
	f.Add([]byte(`{"sum":"","entry":null}` + "\n"))
	f.Add(sample(f))
	f.Fuzz(writeOn)
}

// writeOn adds an entry to what is believed of b, and finds it again without
// damage.
func writeOn(t *testing.T, b []byte) {
	h := read(b)
	line, _, err := seal(h.digest, Entry{Kind: Finished})
	if err != nil {
		t.Fatal(err)
	}
	again := read(append(slices.Clone(b[:h.length]), line...))
	if n := len(h.entries); again.damage != "" || len(again.entries) != n+1 || again.entries[n].Kind != Finished {
		t.Fatalf("%d entries and damage %q, expected %d", len(again.entries), again.damage, n+1)
	}
}
