// Package lines cuts the output of a program into lines, in bounded memory
// whatever the program prints. What a line means is not its business.
package lines

import (
	"bufio"
	"bytes"
	"io"
)

// Max is the length in bytes up to which a line is kept; what goes beyond it
// is dropped.
const Max = 1 << 20

// A Scanner returns one line after the other.
type Scanner struct {
	in    *bufio.Reader
	line  []byte
	long  []byte // a line that is longer than the buffer of in
	whole bool
	err   error
}

// NewScanner returns a Scanner that reads from r.
func NewScanner(r io.Reader) *Scanner {
	return &Scanner{in: bufio.NewReaderSize(r, 64<<10)}
}

// Scan goes on to the next line and reports whether there is one.
func (s *Scanner) Scan() bool {
	if s.err != nil {
		return false
	}
	part, err := s.in.ReadSlice('\n')
	s.long = s.long[:0]
	cut := false
	for err == bufio.ErrBufferFull {
		cut = s.keep(part) || cut
		part, err = s.in.ReadSlice('\n')
	}
	s.line, s.err = part, err
	if len(s.long) > 0 {
		cut = s.keep(part) || cut
		s.line = s.long
	}
	s.whole = err == nil && !cut
	s.line = bytes.TrimSuffix(bytes.TrimSuffix(s.line, []byte("\n")), []byte("\r"))
	return err == nil || len(part) > 0 || len(s.long) > 0
}

// keep appends part to the long line and reports whether it did not fit.
func (s *Scanner) keep(part []byte) (cut bool) {
	room := Max - len(s.long)
	if cut = len(part) > room; cut {
		part = part[:room]
	}
	s.long = append(s.long, part...)
	return cut
}

// Bytes returns the line without its end. It is valid until the next Scan.
func (s *Scanner) Bytes() []byte { return s.line }

// Whole is false for a line that is not all there: the last one of an output
// that ends without a line end, and one that is longer than [Max].
func (s *Scanner) Whole() bool { return s.whole }

// Err returns the error of the reader that ended the lines, nil for io.EOF.
func (s *Scanner) Err() error {
	if s.err == io.EOF {
		return nil
	}
	return s.err
}
