package gobench

import "bytes"

// A torn line is a result line whose name and numbers the program's own output
// has driven apart. Testing prints the name and a tab in one write before the
// last iterations, and the numbers in one write after them.
type torn struct {
	benchmark *benchmark
	noise     bool   // something was printed after the name
	numbers   []byte // the first end of a result line that came after it
	whole     bool   // numbers is all of that line
	rivals    bool   // more than one came
}

// tear takes a line that begins with a name and is no result. Only a name that
// testing prints is followed by a tab, or by a count.
func (s *stream) tear(name, rest []byte, whole bool) bool {
	first, _ := field(rest)
	tabbed := bytes.HasPrefix(bytes.TrimLeft(rest, " "), []byte("\t"))
	if !tabbed && (len(first) == 0 || !isDigit(first[0])) {
		return false
	}
	s.mend()
	s.torn = torn{benchmark: s.found.benchmark(s.pkg, name), noise: len(first) > 0}
	s.answer(name)
	if tabbed {
		s.other(bytes.TrimLeft(rest, " \t"), whole, previous{})
	}
	return true
}

// inside looks for a name that follows something else on its line, which only
// the tab behind it tells from a word of a log.
func (s *stream) inside(b []byte, whole bool) bool {
	i := bytes.Index(b, []byte(prefix))
	if i <= 0 {
		return false
	}
	name, rest, ok := cutName(b[i:])
	if !ok || !bytes.HasPrefix(bytes.TrimLeft(rest, " "), []byte("\t")) {
		return false
	}
	return s.named(name, rest, whole)
}

// mendWith takes a line that may end with the numbers of the torn one. Numbers
// for which there is no name fail the run: a result has lost its name.
func (s *stream) mendWith(b []byte, whole bool) {
	numbers, ok := tail(b)
	switch {
	case s.torn.benchmark == nil:
		if ok && len(bytes.TrimLeft(b[:len(b)-len(numbers)], " ")) == 0 {
			s.found.set.Fail("numbers without a benchmark's name: %s", clip(string(b)))
		}
	case ok && s.torn.numbers != nil:
		s.torn.rivals = true
	case ok:
		s.torn.numbers, s.torn.whole = bytes.Clone(numbers), whole
	case len(b) > 0:
		s.torn.noise = true
	}
}

// mend settles the torn line before what comes next. The numbers are certain
// only if no second line looked like them.
func (s *stream) mend() {
	t := s.torn
	s.torn = torn{}
	switch {
	case t.benchmark == nil:
	case t.numbers == nil && !t.noise:
		t.benchmark.announced = true
	case t.numbers == nil || t.rivals:
		t.benchmark.lost = true
	default:
		values, ok := appendMeasurements(nil, t.numbers, t.whole)
		if ok {
			t.benchmark.add(values)
		}
		t.benchmark.lost = !ok
	}
}
