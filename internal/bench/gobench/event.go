package gobench

import (
	"encoding/json"
	"strings"

	"github.com/cupel-dev/cupel/internal/bench/lines"
)

// An event is one line of go test -json, documented by "go doc test2json". The
// output of a package cut into events is, put together again, what go test -v
// would have printed, and is read as that.
type event struct {
	Action  string
	Package string
	Test    string
	Output  string
}

// parseEvent decodes an event. A JSON object that is something else, as in a
// program's log, has no Action.
func parseEvent(b []byte) (event, bool) {
	var e event
	err := json.Unmarshal(b, &e)
	return e, err == nil && e.Action != ""
}

func (o *output) event(e event) {
	s, ok := o.packages[e.Package]
	if !ok {
		s = o.newStream(e.Package)
		o.packages[e.Package] = s
	}
	switch {
	case e.Action == "output":
		s.write(e.Output)
	case e.Action == "run" && strings.HasPrefix(e.Test, prefix):
		s.announce([]byte(e.Test[len(prefix):]))
	case e.Action == "fail" && e.Test == "" && !s.blamed:
		s.ended(e.Package, "FAIL")
	}
}

// write takes a piece of the stream's text, which may hold any number of lines
// and end anywhere.
func (s *stream) write(text string) {
	for {
		line, rest, ended := strings.Cut(text, "\n")
		s.append(line)
		if !ended {
			return
		}
		s.flush(true)
		text = rest
	}
}

// append adds to the line that has no end yet, up to the length that is kept.
func (s *stream) append(part string) {
	room := lines.Max - len(s.part)
	if len(part) > room {
		part, s.cut = part[:room], true
	}
	s.part = append(s.part, part...)
}

// flush reads the line that has been put together.
func (s *stream) flush(ended bool) {
	b := s.part
	if n := len(b); n > 0 && b[n-1] == '\r' {
		b = b[:n-1]
	}
	s.line(b, ended && !s.cut)
	s.part, s.cut = s.part[:0], false
}
