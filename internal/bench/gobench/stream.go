package gobench

import (
	"bytes"
	"regexp"
	"strings"
)

// A stream is the text of one process after the other, and what has to be kept
// in mind from line to line.
type stream struct {
	found *findings
	pkg   string // of the lines that follow

	part []byte // an event's line that has no end yet
	cut  bool   // part was too long to be kept

	values  []measurement // reused from line to line
	running *benchmark    // the last that -v announced
	torn    torn          // a name whose numbers have not come yet
	before  previous

	cause   string // why the process is about to end
	tracing bool   // the stack of a panic follows
	began   bool   // the process has printed its header, and not yet its end
	failed  bool   // FAIL was printed
	blamed  bool   // and the set knows
}

// previous is what the line before said, where the next one may explain it.
type previous struct {
	log    string     // a line of a benchmark's log
	failed *benchmark // the verdict of this benchmark
}

func (s *stream) line(b []byte, whole bool) {
	before := s.before
	s.before = previous{}
	name, rest, ok := cutName(b)
	if ok && s.named(name, rest, whole) {
		return
	}
	s.other(b, whole, before)
}

// named takes a line that begins with a benchmark's name, and reports whether
// it is more than a log that happens to.
func (s *stream) named(name, rest []byte, whole bool) bool {
	values, ok := appendMeasurements(s.values[:0], rest, whole)
	s.values = values
	if ok {
		s.result(name, values)
		return true
	}
	if len(rest) == 0 {
		s.mend()
		s.announce(name)
		return true
	}
	return s.tear(name, rest, whole)
}

func (s *stream) result(name []byte, values []measurement) {
	s.mend()
	s.found.benchmark(s.pkg, name).add(values)
	s.answer(name)
}

// announce takes a name that -v prints before anything is measured.
func (s *stream) announce(name []byte) {
	s.running = s.found.benchmark(s.pkg, name)
	s.running.announced = true
}

// answer settles the announced benchmark when name is it, with or without a
// GOMAXPROCS suffix. Only the order tells: "size-8" may be either.
func (s *stream) answer(name []byte) {
	if s.running == nil {
		return
	}
	suffix, ok := bytes.CutPrefix(name, []byte(s.running.name))
	if ok && (len(suffix) == 0 || procsOf(string(suffix)) > 0) {
		s.running.answered = true
	}
}

// other takes what is no result line: the words of go test and of the testing
// package, logs, and whatever the program prints.
func (s *stream) other(b []byte, whole bool, before previous) {
	switch {
	case s.logged(b, before), s.ending(b), s.header(b), s.trace(b), s.verdict(b, before):
	case s.inside(b, whole):
	default:
		s.mendWith(b, whole)
	}
}

// logged takes a line of a benchmark's log. It is indented as the numbers of a
// torn line can be.
func (s *stream) logged(b []byte, before previous) bool {
	if !bytes.HasPrefix(b, []byte("    ")) {
		return false
	}
	if _, ok := tail(b); ok {
		return false
	}
	s.before.log = clip(strings.TrimSpace(string(b)))
	if before.failed != nil {
		before.failed.reason = s.before.log
	}
	return true
}

// header takes the lines that testing prints before the first benchmark, and
// the direction of a unit.
func (s *stream) header(b []byte) bool {
	if pkg, ok := cutWord(b, "pkg: "); ok {
		s.mend()
		s.pkg, s.running, s.began = pkg, nil, true
		return true
	}
	if unit, ok := cutWord(b, "Unit "); ok {
		s.found.direct(strings.Fields(unit))
		return true
	}
	if warning, ok := cutWord(b, "testing: "); ok {
		s.found.set.Note("testing: %s", clip(warning))
		return true
	}
	return false
}

// verdict takes the lines in which testing says that a benchmark failed or was
// skipped. A failure follows the benchmark's name on the same line, or the
// program's own output.
func (s *stream) verdict(b []byte, before previous) bool {
	i := bytes.Index(b, []byte("--- "))
	if i < 0 {
		return false
	}
	word, rest, ok := bytes.Cut(b[i+len("--- "):], []byte(": "))
	name, _, isName := cutName(rest)
	if !ok || !isName {
		return false
	}
	switch string(word) {
	case "FAIL":
		s.fail(name, before.log)
	case "SKIP":
		s.skip(name, before.log)
	case "BENCH":
	default:
		return false
	}
	return true
}

// fail records a failed benchmark. Its log came before with -v, and comes
// after without.
func (s *stream) fail(name []byte, log string) {
	b := s.found.benchmark(s.pkg, name)
	b.failed = true
	if s.torn.benchmark == b {
		s.torn = torn{}
	}
	s.mend()
	s.answer(name)
	if s.running != nil {
		b.reason = log
	} else {
		s.before.failed = b
	}
}

// position is what testing writes before a message.
var position = regexp.MustCompile(`^[^\s:]+\.go:\d+: `)

func (s *stream) skip(name []byte, log string) {
	b := s.found.benchmark(s.pkg, name)
	b.skipped = true
	s.answer(name)
	s.found.set.Skip(nameOf(b.name), position.ReplaceAllString(log, ""))
}

// cutWord returns what follows word at the start of b, without blanks around.
func cutWord(b []byte, word string) (string, bool) {
	after, ok := bytes.CutPrefix(b, []byte(word))
	if !ok {
		return "", false
	}
	return strings.TrimSpace(string(after)), true
}

// clip bounds what is kept of a line that a person is to read.
func clip(s string) string {
	const most = 200
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "..."
}
