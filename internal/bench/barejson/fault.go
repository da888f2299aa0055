package barejson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// An Error is damage in a document, or a value that is not what was expected.
type Error struct {
	Offset int64 // bytes of the output before the place
	Line   int   // from 1
	Reason string
}

// Error says what is wrong and where.
func (e *Error) Error() string {
	return fmt.Sprintf("%s, at byte %d (line %d)", e.Reason, e.Offset, e.Line)
}

// Errorf returns an [Error] at the place up to which the output was read.
func (d *Decoder) Errorf(format string, args ...any) error {
	return d.errorAt(d.offset(), fmt.Sprintf(format, args...))
}

func (d *Decoder) errorAt(offset int64, reason string) error {
	return &Error{Offset: offset, Line: d.in.lineAt(offset), Reason: reason}
}

// damage explains an error of the JSON decoder, and breaks the document unless
// the error is only about the kind of a value. The place of damage inside a
// value that is decoded at once is the beginning of the value.
func (d *Decoder) damage(err error) error {
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		if kind.Field == "" {
			return d.Errorf("unexpected %s", kind.Value)
		}
		return d.Errorf("unexpected %s in %q", kind.Value, kind.Field)
	}
	d.broken = true
	switch {
	case d.Err() != nil:
		return d.Err()
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		d.cut = true
		return d.errorAt(d.in.offset, "the output ends in the middle of its JSON")
	default:
		damaged := bytes.TrimLeft(d.in.since(d.offset()), blanks)
		return d.errorAt(d.in.offset-int64(len(damaged)), fmt.Sprintf("broken JSON: %v", err))
	}
}

// mismatch reports the wrong token and reads to the end of the value that it begins.
func (d *Decoder) mismatch(want json.Delim, got json.Token) error {
	err := d.Errorf("unexpected %s instead of %v", describe(got), want)
	if _, ok := got.(json.Delim); ok {
		if broken := d.skipTo(d.depth - 1); broken != nil {
			return broken
		}
	}
	return err
}

func describe(token json.Token) string {
	switch token := token.(type) {
	case json.Delim:
		return token.String()
	case string:
		return "string"
	case json.Number:
		return "number"
	case bool:
		return "bool"
	default:
		return "null"
	}
}

// Faults returns what [Decoder.Array], [Decoder.Documents] and [Decoder.Reports]
// went on from, in the order of the output; of very many the first, and how
// many more there are.
func (d *Decoder) Faults() []error {
	if d.dropped == 0 {
		return d.faults
	}
	return append(d.faults, fmt.Errorf("and %d more errors like these", d.dropped))
}

func (d *Decoder) addFault(err error) {
	const most = 20
	if len(d.faults) == most {
		d.dropped++
		return
	}
	d.faults = append(d.faults, err)
}

// Documents calls read for every document. What read returns is one of
// [Decoder.Faults].
func (d *Decoder) Documents(read func() error) {
	for d.Next() {
		if err := read(); err != nil && d.Err() == nil {
			d.addFault(err)
		}
	}
}

// Reports reads every document that is an object with at least one of the
// fields. Each field's function reads the value; other values are skipped. It
// reports whether there was such a document. What is wrong in one is among
// [Decoder.Faults]; damage in other documents counts only where there is no
// report at all, for then the report may have been what is damaged.
func (d *Decoder) Reports(fields map[string]func() error) (found bool) {
	var elsewhere error
	for d.Next() {
		isReport, err := d.report(fields)
		found = found || isReport
		switch {
		case err == nil || d.Err() != nil:
		case isReport:
			d.addFault(err)
		case elsewhere == nil:
			elsewhere = err
		}
	}
	if !found && elsewhere != nil {
		d.addFault(elsewhere)
	}
	return found
}

func (d *Decoder) report(fields map[string]func() error) (isReport bool, err error) {
	if d.Kind() != '{' {
		return false, d.Skip()
	}
	err = d.Object(func(key string) error {
		read, ok := fields[key]
		if !ok {
			return d.Skip()
		}
		isReport = true
		return read()
	})
	return isReport, err
}
