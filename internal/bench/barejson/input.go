package barejson

import (
	"bytes"
	"io"
	"slices"
)

// An input is a stream that knows its position and can go back in it.
type input struct {
	r      io.Reader
	buf    []byte
	next   int   // buf[next:] is not consumed
	offset int64 // of buf[next] in the stream
	line   int   // of buf[next], from 1
	kept   int64 // the earliest offset that one can go back to
	err    error // what r ended with
}

const chunk = 32 << 10

// more reports whether there is a byte to consume, and reads it if need be.
func (in *input) more() bool {
	const mostEmptyReads = 100
	for tries := 0; in.next == len(in.buf) && in.err == nil; tries++ {
		if tries == mostEmptyReads {
			in.err = io.ErrNoProgress
			break
		}
		in.fill()
	}
	return in.next < len(in.buf)
}

// fill reads on when all is consumed. What one can go back to stays.
func (in *input) fill() {
	in.buf = append(in.buf[:0], in.since(in.kept)...)
	in.next = len(in.buf)
	in.buf = slices.Grow(in.buf, chunk)
	n, err := in.r.Read(in.buf[in.next : in.next+chunk])
	in.buf, in.err = in.buf[:in.next+n], err
}

// Read consumes bytes into p.
func (in *input) Read(p []byte) (int, error) {
	if !in.more() {
		return 0, in.err
	}
	return copy(p, in.consume(len(p))), nil
}

// consume returns up to n of the bytes at hand, valid until the next call of more.
func (in *input) consume(n int) []byte {
	p := in.buf[in.next:min(in.next+n, len(in.buf))]
	in.next += len(p)
	in.offset += int64(len(p))
	in.line += bytes.Count(p, newline)
	return p
}

// consumeLine returns the bytes at hand up to the end of the line, and whether
// that end is among them.
func (in *input) consumeLine() (part []byte, whole bool) {
	end := bytes.IndexByte(in.buf[in.next:], '\n')
	if end < 0 {
		return in.consume(len(in.buf)), false
	}
	return in.consume(end + 1), true
}

// forget gives up what was consumed.
func (in *input) forget() { in.kept = in.offset }

// since returns the consumed bytes from offset on, which must be kept.
func (in *input) since(offset int64) []byte {
	return in.buf[in.next-int(in.offset-offset) : in.next]
}

// lineAt returns the line of offset, which must be kept.
func (in *input) lineAt(offset int64) int {
	return in.line - bytes.Count(in.since(offset), newline)
}

// goBack makes the byte at offset, which must be kept, the next one.
func (in *input) goBack(offset int64) {
	in.line = in.lineAt(offset)
	in.next -= int(in.offset - offset)
	in.offset = offset
}

var newline = []byte{'\n'}
