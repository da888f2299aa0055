// Package redact keeps secrets out of everything that is written: text,
// errors, and streams that arrive in pieces.
//
// It hides what it was given, in the spellings in which programs print it. It
// finds no secrets by itself; a secret that nobody named is not hidden.
package redact

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/url"
	"slices"
	"strings"
)

// Mask is what is written in place of a secret.
const Mask = "***"

// Shortest is how many characters a secret has at least: shorter values would mask
// ordinary text.
const Shortest = 4

const minLine = 8 // of one line of a secret with several

// A Redactor masks secrets. The nil Redactor masks nothing.
type Redactor struct {
	needles [][]byte // longest first
	starts  [256]bool
}

// New returns a Redactor for the given secrets: each as a whole, every line of
// it with at least eight characters, and both as JSON, URLs and base64 spell
// them. Values of fewer than four characters are not masked.
func New(secrets ...string) *Redactor {
	r := &Redactor{}
	for _, s := range secrets {
		r.add(s, Shortest)
		r.add(strings.TrimSpace(s), Shortest)
		for line := range strings.Lines(s) {
			r.add(strings.TrimSpace(line), minLine)
		}
	}
	slices.SortFunc(r.needles, func(a, b []byte) int { return cmp.Or(len(b)-len(a), bytes.Compare(a, b)) })
	r.needles = slices.CompactFunc(r.needles, bytes.Equal)
	return r
}

func (r *Redactor) add(s string, shortest int) {
	if len([]rune(s)) < shortest {
		return
	}
	for _, spelling := range spellings(s) {
		r.needles = append(r.needles, []byte(spelling))
		r.starts[spelling[0]] = true
	}
}

func spellings(s string) []string {
	list := []string{
		s,
		strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\n", "\r\n"),
		url.QueryEscape(s),
		url.PathEscape(s),
		base64.StdEncoding.EncodeToString([]byte(s)),
		base64.URLEncoding.EncodeToString([]byte(s)),
		base64.RawStdEncoding.EncodeToString([]byte(s)),
		base64.RawURLEncoding.EncodeToString([]byte(s)),
	}
	if quoted, err := json.Marshal(s); err == nil {
		list = append(list, string(quoted[1:len(quoted)-1]))
	}
	return list
}

// String returns s with every secret masked.
func (r *Redactor) String(s string) string {
	if r == nil || len(r.needles) == 0 {
		return s
	}
	var out strings.Builder
	w := r.Writer(&out)
	_, _ = io.WriteString(w, s)
	_ = w.Close() // a strings.Builder does not fail
	return out.String()
}

// Error returns err with a masked text. errors.Is and errors.As still find
// what it wraps.
func (r *Redactor) Error(err error) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	masked := r.String(text)
	if masked == text {
		return err
	}
	return &maskedError{masked, err}
}

type maskedError struct {
	text string
	err  error
}

// Error is the masked text.
func (e *maskedError) Error() string { return e.text }

// Unwrap returns the error as it was.
func (e *maskedError) Unwrap() error { return e.err }
