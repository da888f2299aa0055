package changelog

import (
	"bytes"

	"github.com/cupel-dev/cupel/internal/markdown"
)

// Notes returns the text under the heading of version v, byte for byte,
// without the blank lines at its ends. The error is a [Refusal].
func Notes(b []byte, v string) ([]byte, error) {
	f, err := Parse(b)
	if err != nil {
		return nil, err
	}
	s, err := f.Section(v)
	if err != nil {
		return nil, err
	}
	first, last := f.lineAt(s.Body.Start), f.lineAt(s.Body.End)-1
	for first <= last && f.lines[first].kind == blank {
		first++
	}
	for last >= first && f.lines[last].kind == blank {
		last--
	}
	if first > last {
		return nil, nil
	}
	return f.Text(Span{Start: f.lines[first].start, End: f.lines[last].next}), nil
}

// Shorten returns notes in at most limit bytes: whole, or cut between two
// blocks or list items and followed by more, which says where the rest is.
// Where not even that fits, only more is left.
func Shorten(notes []byte, limit int, more string) []byte {
	if len(notes) <= limit {
		return notes
	}
	f := &File{src: notes}
	f.splitLines()
	f.scan()
	cut := 0
	for i, l := range f.lines {
		if l.start+len(more) > limit {
			break
		}
		if f.betweenBlocks(i) {
			cut = l.start
		}
	}
	return append(bytes.Clone(notes[:cut]), more...)
}

// betweenBlocks reports whether nothing that is open goes on in line i.
func (f *File) betweenBlocks(i int) bool {
	switch f.lines[i].kind {
	case heading:
		return i == 0 || f.lines[i-1].kind != heading
	case blank:
		return i+1 == len(f.lines) || f.lines[i+1].kind != nested || f.betweenBlocks(i+1)
	case nested:
		return markdown.IsListItem(f.content(i))
	}
	return false
}
