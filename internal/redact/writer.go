package redact

import (
	"bytes"
	"io"
)

// A Writer masks secrets in a stream, also those that are split over several
// writes: bytes that may begin a secret are held back until it is decided.
// Close writes what is held.
type Writer struct {
	r       *Redactor
	w       io.Writer
	held    []byte
	covered int  // how many of the held bytes belong to a secret that was found
	masking bool // the last byte that went by belonged to a secret
}

// Writer returns a Writer that writes masked text to w.
func (r *Redactor) Writer(w io.Writer) *Writer {
	if r == nil {
		r = &Redactor{}
	}
	return &Writer{r: r, w: w}
}

// Write implements [io.Writer]. It reports all of p as written, also where the
// end of it is still held.
func (w *Writer) Write(p []byte) (int, error) {
	w.held = append(w.held, p...)
	if err := w.flush(false); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Close writes what is held back. It does not close the writer below.
func (w *Writer) Close() error { return w.flush(true) }

// flush passes on every byte of which it is known whether it belongs to a
// secret; all of them at the end.
func (w *Writer) flush(end bool) error {
	var out []byte
	i := 0
	for ; i < len(w.held); i++ {
		length, open := w.r.match(w.held[i:])
		if open && !end {
			break
		}
		w.covered = max(w.covered, i+length)
		if i >= w.covered {
			out = append(out, w.held[i])
			w.masking = false
			continue
		}
		if !w.masking {
			out = append(out, Mask...)
			w.masking = true
		}
	}
	w.held = append(w.held[:0], w.held[i:]...)
	w.covered = max(0, w.covered-i)
	if len(out) == 0 {
		return nil
	}
	_, err := w.w.Write(out)
	return err
}

// match returns the length of the longest secret that b begins with, 0 for
// none, and whether more bytes could make it a longer one.
func (r *Redactor) match(b []byte) (length int, open bool) {
	if !r.starts[b[0]] {
		return 0, false
	}
	for _, n := range r.needles {
		if bytes.HasPrefix(b, n) {
			return len(n), open
		}
		open = open || bytes.HasPrefix(n, b)
	}
	return 0, open
}
