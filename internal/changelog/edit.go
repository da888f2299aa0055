package changelog

import (
	"bytes"
	"cmp"
	"slices"
)

// A Splice replaces Old, which begins at byte At of the original, by New.
type Splice struct {
	At       int
	Old, New string
}

// An Edit is a list of splices, ordered and without overlap.
type Edit []Splice

// Apply returns b with the edit made. A splice that does not find its old
// bytes is a [Refusal].
func (e Edit) Apply(b []byte) ([]byte, error) {
	var out []byte
	pos := 0
	for _, s := range e {
		if s.At < pos || s.At > len(b) || !bytes.HasPrefix(b[s.At:], []byte(s.Old)) {
			return nil, refuse(SelfCheck, nil, "the file changed: expected %q at byte %d", s.Old, s.At)
		}
		out = append(out, b[pos:s.At]...)
		out = append(out, s.New...)
		pos = s.At + len(s.Old)
	}
	return append(out, b[pos:]...), nil
}

// Undo takes the edit back: given what Apply returned, it returns what Apply
// was given.
func (e Edit) Undo(b []byte) ([]byte, error) {
	inverse := make(Edit, len(e))
	shift := 0
	for i, s := range e {
		inverse[i] = Splice{At: s.At + shift, Old: s.New, New: s.Old}
		shift += len(s.New) - len(s.Old)
	}
	return inverse.Apply(b)
}

// newEdit orders splices; those at one place stay in the order given.
func newEdit(splices []Splice) Edit {
	slices.SortStableFunc(splices, func(a, b Splice) int { return cmp.Compare(a.At, b.At) })
	return splices
}

// check makes the edit and proves it: the bytes before the first and behind
// the last splice are the same, undoing it gives the original, and the result
// reads as the versions wanted, in that order.
func (e Edit) check(b []byte, unreleased, want []string) error {
	edited, err := e.Apply(b)
	if err != nil {
		return err
	}
	if len(e) > 0 {
		first, last := e[0].At, e[len(e)-1]
		tail := len(b) - last.At - len(last.Old)
		if !bytes.Equal(edited[:first], b[:first]) || !bytes.Equal(edited[len(edited)-tail:], b[len(b)-tail:]) {
			return refuse(SelfCheck, nil, "the edit would change bytes outside its section; the file is as it was")
		}
	}
	undone, err := e.Undo(edited)
	if err != nil || !bytes.Equal(undone, b) {
		return refuse(SelfCheck, nil, "the edit cannot be taken back; the file is as it was")
	}
	f, err := Parse(edited, unreleased...)
	if err != nil {
		return refuse(SelfCheck, nil, "the edited file would not read: %v", err)
	}
	if got := f.versionNames(); !slices.Equal(got, want) {
		return refuse(SelfCheck, nil, "the edited file would hold the versions %q, expected %q", got, want)
	}
	return nil
}

func (f *File) versionNames() []string {
	var names []string
	for _, s := range f.Versions() {
		names = append(names, s.Version)
	}
	return names
}
