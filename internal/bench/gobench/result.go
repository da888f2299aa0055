package gobench

import (
	"bytes"
	"errors"
	"strconv"
	"unicode"
	"unicode/utf8"
)

// prefix begins the name of every benchmark.
const prefix = "Benchmark"

// maxMetrics bounds the metrics of one result; a line with more is no result.
const maxMetrics = 256

// A measurement is one "value unit" pair. Its unit points into the line.
type measurement struct {
	value float64
	unit  []byte
}

// cutName splits a line that begins with a benchmark's name. The name of a Go
// function goes on after the prefix, and not with a lower-case letter.
func cutName(b []byte) (name, rest []byte, ok bool) {
	after, ok := bytes.CutPrefix(b, []byte(prefix))
	if !ok || !goesOn(after) {
		return nil, nil, false
	}
	if i := bytes.IndexAny(after, " \t"); i >= 0 {
		return after[:i], after[i:], true
	}
	return after, nil, true
}

func goesOn(after []byte) bool {
	r, size := utf8.DecodeRune(after)
	switch {
	case size == 0, r == ' ', r == '\t', r == '_', r == '-', r == '/':
		return true
	default:
		return unicode.IsLetter(r) && !unicode.IsLower(r) || unicode.IsDigit(r)
	}
}

// appendMeasurements reads "count value unit value unit ..." and reports
// whether b is that and nothing else. Of a line that is not whole, the last
// unit may be cut: it counts only if it is one that testing itself prints.
func appendMeasurements(dst []measurement, b []byte, whole bool) ([]measurement, bool) {
	count, b := field(b)
	if !isCount(count) {
		return dst, false
	}
	for {
		var value, unit []byte
		if value, b = field(b); len(value) == 0 {
			return dst, len(dst) > 0
		}
		unit, b = field(b)
		number, ok := parseNumber(value)
		if !ok || len(unit) == 0 || len(dst) == maxMetrics {
			return dst, false
		}
		if !whole && len(b) == 0 && !isBuiltIn(unit) {
			return dst, false
		}
		dst = append(dst, measurement{number, unit})
	}
}

// field cuts the first field off b.
func field(b []byte) (first, rest []byte) {
	start := 0
	for start < len(b) && isBlank(b[start]) {
		start++
	}
	end := start
	for end < len(b) && !isBlank(b[end]) {
		end++
	}
	return b[start:end], b[end:]
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }
func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// isCount reports whether b is a number of iterations, as testing counts them.
func isCount(b []byte) bool {
	if len(b) == 0 || !isDigit(b[0]) {
		return false
	}
	n, err := strconv.ParseInt(string(b), 10, 64)
	return err == nil && n > 0
}

// parseNumber parses a value. NaN and infinities, which testing prints when a
// benchmark reports them, and numbers out of range are values too: the set
// says that they measure nothing.
func parseNumber(b []byte) (float64, bool) {
	v, err := strconv.ParseFloat(string(b), 64)
	return v, err == nil || errors.Is(err, strconv.ErrRange)
}

// tail returns the part of b from the iteration count on, if b ends as a
// result line does: "count\tvalue unit", and more pairs after further tabs.
func tail(b []byte) ([]byte, bool) {
	tab := len(b)
	for {
		i := bytes.LastIndexByte(b[:tab], '\t')
		if i < 0 || !isPair(b[i+1:tab]) {
			break
		}
		tab = i
	}
	start := tab
	for start > 0 && isDigit(b[start-1]) {
		start--
	}
	return b[start:], tab < len(b) && start < tab
}

// isPair reports whether b is a value and a unit.
func isPair(b []byte) bool {
	value, b := field(b)
	unit, b := field(b)
	more, _ := field(b)
	if len(unit) == 0 || len(more) > 0 || isDigit(unit[0]) {
		return false
	}
	_, ok := parseNumber(value)
	return ok
}
