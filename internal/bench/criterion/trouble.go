package criterion

import (
	"regexp"
	"strings"
)

var (
	// panicLine is how Rust reports a panic. Since 1.73 the message has a line
	// of its own, and later the thread has a number.
	panicLine = regexp.MustCompile(`^thread '.*'(?: \(\d+\))? panicked at (.+)$`)

	// zeroTime is how criterion gives a benchmark up.
	zeroTime = regexp.MustCompile(`^Criterion\.rs ERROR: At least one measurement of benchmark (.+) took zero time per iteration\.`)

	// cargoFailure is how cargo ends when a target did not build or failed.
	cargoFailure = regexp.MustCompile(`^error(\[E\d+\]|: (bench|test) failed|: could not compile)`)
)

// readTrouble reads a line that says that something went wrong.
func (p *parser) readTrouble(line string) bool {
	if match := panicLine.FindStringSubmatch(line); match != nil {
		p.startPanic(match[1])
		return true
	}
	if match := zeroTime.FindStringSubmatch(line); match != nil {
		p.measured(match[1], measurement{err: "criterion measured zero time per iteration"})
		return true
	}
	switch {
	case cargoFailure.MatchString(line):
		remark(&p.out.failures, "%s", line)
	case strings.HasPrefix(line, "error: "), strings.HasPrefix(line, "Criterion.rs ERROR: "):
		remark(&p.out.errors, "%s", strings.TrimSuffix(line, ":"))
	case strings.HasPrefix(line, "Warning: Unable to complete "):
		remark(&p.out.notes, "%s%s", p.about(), strings.TrimPrefix(line, "Warning: "))
	default:
		return false
	}
	return true
}

func (p *parser) startPanic(place string) {
	if strings.HasSuffix(place, ":") {
		p.panicAt = place
		return
	}
	p.panicked("panicked at " + place)
}

// panicked fails the benchmark that was announced last, else the run. What was
// measured before stays.
func (p *parser) panicked(reason string) {
	p.panicAt = ""
	if p.open != "" {
		p.measured(p.open, measurement{err: reason})
		return
	}
	remark(&p.out.failures, "%s%s", p.about(), reason)
}

// about says what the next words are about, where that is known.
func (p *parser) about() string {
	switch {
	case p.open != "":
		return p.open + ": "
	case p.target != "":
		return p.target + ": "
	default:
		return ""
	}
}

var (
	libtestResult = regexp.MustCompile(`bench: +[0-9][0-9,.]* \S+/iter`)
	libtestEnd    = regexp.MustCompile(`^test result: (\S+)\. .* (\d+) measured; (\d+) filtered out`)
)

// readLibtest reads the lines of libtest's own harness. It runs the unit tests
// of a crate, all of them ignored, before criterion runs; but where it runs a
// bench target, harness = false is missing, and nothing was measured.
func (p *parser) readLibtest(line string) bool {
	if strings.Contains(line, "bench: ") && libtestResult.MatchString(line) {
		p.out.libtest++
		return true
	}
	match := libtestEnd.FindStringSubmatch(line)
	if match == nil {
		return false
	}
	result, count, filtered := match[1], match[2], match[3]
	if result != "ok" {
		remark(&p.out.failures, "%s%s", p.about(), line)
	}
	if count != "0" {
		return true
	}
	p.out.harness = true
	if p.source != "" && !strings.HasPrefix(p.source, "unittests") && filtered == "0" {
		p.out.missing = append(p.out.missing, p.source)
	}
	return true
}
