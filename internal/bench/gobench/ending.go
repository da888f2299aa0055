package gobench

import (
	"bytes"
	"strings"
)

// ending takes the lines in which go test, the test binary or the runtime says
// how a process ends.
func (s *stream) ending(b []byte) bool {
	line := string(b[:min(len(b), 200)])
	switch {
	case line == "PASS", strings.HasPrefix(line, "ok  "):
		s.passed(line)
	case line == "FAIL":
		s.mend()
		s.failed, s.began = true, false
	case strings.HasPrefix(line, "FAIL\t"), strings.HasPrefix(line, "FAIL  "):
		s.failedPackage(strings.Fields(line)[1:])
	case strings.HasPrefix(line, "?   \t"):
		s.idle(line)
	case isFatal(line):
		s.cause, s.tracing = clip(strings.TrimSpace(string(b))), true
	case strings.HasPrefix(line, "exit status "), strings.HasPrefix(line, "signal: "):
		if s.cause == "" {
			s.cause = line
		}
	default:
		return false
	}
	return true
}

func isFatal(line string) bool {
	return strings.HasPrefix(line, "panic: ") || strings.HasPrefix(line, "fatal error: ") ||
		strings.HasPrefix(line, "SIG") && strings.Contains(line, ": ") || strings.HasPrefix(line, "*** Test killed")
}

// passed takes the end of a process that ended well: a panic or an exit status
// that it printed was that of something else.
func (s *stream) passed(line string) {
	s.mend()
	s.cause, s.tracing, s.began, s.running = "", false, false, nil
	s.idle(line)
}

// idle keeps the package of an ending, which is of use if nothing is measured.
func (s *stream) idle(line string) {
	if f := strings.Fields(line); len(f) > 1 && s.found.idle == "" {
		s.found.idle = f[1]
	}
}

// failedPackage takes "FAIL pkg 0.1s" or "FAIL pkg [build failed]".
func (s *stream) failedPackage(fields []string) {
	if len(fields) == 0 {
		s.failed = true
		return
	}
	reason := "FAIL"
	if rest := strings.Join(fields[1:], " "); strings.HasPrefix(rest, "[") {
		reason = strings.Trim(rest, "[]")
	}
	s.ended(fields[0], reason)
}

// ended tells the set that the process of pkg failed, and why if the process
// did not say it itself.
func (s *stream) ended(pkg, reason string) {
	s.mend()
	if s.cause != "" {
		reason = s.cause
	}
	if pkg != "" {
		reason = pkg + ": " + reason
	}
	s.found.set.Fail("%s", reason)
	s.blamed = true
	s.cause, s.tracing, s.began, s.failed, s.running = "", false, false, false, nil
}

// trace looks in the stack of a panic for the benchmark that ran, which the
// output has not named if it panicked in its first iteration.
func (s *stream) trace(b []byte) bool {
	if !s.tracing {
		return false
	}
	i := bytes.Index(b, []byte("."+prefix))
	if i < 0 {
		return false
	}
	name, _, ok := cutName(b[i+1:])
	end := bytes.IndexAny(name, ".(")
	if !ok || end < 0 || !s.isOwn(string(b[:i])) {
		return false
	}
	s.tracing = false
	s.cause += " in " + prefix + string(name[:end])
	if s.running == nil && s.torn.benchmark == nil {
		s.found.benchmark(s.pkg, name[:end]).announced = true
	}
	return true
}

// isOwn reports whether the package of a stack frame is the one under test.
// The last dots of an import path are escaped there.
func (s *stream) isOwn(pkg string) bool {
	pkg = strings.ReplaceAll(strings.TrimSuffix(pkg, "_test"), "%2e", ".")
	return s.pkg == "" || pkg == s.pkg
}

// close takes the end of the output.
func (s *stream) close() {
	if len(s.part) > 0 {
		s.flush(false)
	}
	s.mend()
	switch {
	case s.cause != "", s.failed && !s.blamed:
		s.ended(s.pkg, "FAIL")
	case s.began:
		s.found.set.Note("the output of %s ends without PASS or FAIL: it may be cut", s.pkg)
	}
}
