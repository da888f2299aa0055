package barejson

import (
	"encoding/json"
	"io"
	"strings"
)

// A Literal is a JSON number as it was printed, in a value decoded into an any.
type Literal = json.Number

// A Decoder reads the documents of an output one after the other: JSON objects
// and arrays of objects. A document begins where a line does, or right behind
// another document; everything else is noise. Values are decoded as they come,
// and no more than one of them is kept.
type Decoder struct {
	// Noise, if set, gets the beginning of each line that is no JSON, without
	// surrounding blanks.
	Noise func(line string)

	in      input
	noisy   bool          // the rest of the line is noise, whatever it looks like
	json    *json.Decoder // of the current document, nil between documents
	start   int64         // its offset
	kind    byte          // its first byte
	depth   int           // how many of its objects and arrays are open
	broken  bool          // no more of it can be read
	cut     bool          // because the output ended
	faults  []error
	dropped int // faults above the most that are kept
}

// NewDecoder returns a decoder of the documents in r.
func NewDecoder(r io.Reader) *Decoder {
	return &Decoder{in: input{r: r, line: 1}}
}

// Err returns the error with which the underlying reader failed, nil at its end.
func (d *Decoder) Err() error {
	if d.in.err == io.EOF {
		return nil
	}
	return d.in.err
}

// Next goes to the next document and reports whether there is one. The caller
// then reads it with [Decoder.Object], [Decoder.Array], [Decoder.Decode] or
// [Decoder.Skip].
func (d *Decoder) Next() bool {
	d.leave()
	for d.in.more() {
		if !d.noisy && d.atDocument() {
			d.json = json.NewDecoder(NewReader(&d.in))
			d.json.UseNumber()
			d.start = d.in.offset
			return true
		}
		d.skipLine()
	}
	return false
}

// leave ends the current document and goes back to where its decoder stopped,
// which is never at once where it has read to.
func (d *Decoder) leave() {
	if d.json == nil {
		return
	}
	if !d.cut {
		d.in.goBack(d.offset())
	}
	d.noisy = d.broken || d.depth > 0
	d.json, d.depth, d.broken = nil, 0, false
}

// offset returns how much of the output has been decoded. Filtering does not
// change the length, so the decoder's offset is the output's.
func (d *Decoder) offset() int64 {
	return d.start + d.json.InputOffset()
}

// atDocument consumes blanks and reports whether a document begins behind
// them: an object with a key, or an array of objects. A bracket alone is too
// common in progress lines ("[100%]", "{1, 2}").
func (d *Decoder) atDocument() bool {
	d.in.forget()
	first, ok := d.pastBlanks()
	if !ok || first != '{' && first != '[' {
		return false
	}
	start := d.in.offset
	d.in.consume(1)
	second, ok := d.pastBlanks()
	d.in.goBack(start)
	d.kind = first
	return ok && (first == '{' && second == '"' || first == '[' && second == '{')
}

// pastBlanks consumes blanks and returns the byte behind them, if there is one
// that is not too far away.
func (d *Decoder) pastBlanks() (c byte, ok bool) {
	const farthest = 4096
	for range farthest {
		if !d.in.more() {
			return 0, false
		}
		if c = d.in.buf[d.in.next]; !isBlank(c) {
			return c, true
		}
		d.in.consume(1)
	}
	return 0, false
}

const blanks = " \t\r\n"

// isBlank reports whether c is white space of JSON or part of a byte order mark.
func isBlank(c byte) bool {
	return strings.IndexByte(blanks+"\ufeff", c) >= 0
}

// skipLine consumes the rest of the line.
func (d *Decoder) skipLine() {
	const longest = 400
	var head []byte
	for d.in.more() {
		d.in.forget()
		part, whole := d.in.consumeLine()
		head = append(head, part[:min(len(part), longest-len(head))]...)
		if whole {
			break
		}
	}
	d.noisy = false
	if line := strings.TrimSpace(string(head)); line != "" && d.Noise != nil {
		d.Noise(strings.ToValidUTF8(line, "\ufffd"))
	}
}

// Kind returns '{' or '[', the bracket with which the document begins.
func (d *Decoder) Kind() byte {
	return d.kind
}

// Object reads an object. For each key it calls field, which reads the value.
func (d *Decoder) Object(field func(key string) error) error {
	return d.inside('{', func() error {
		token, err := d.token()
		if err != nil {
			return err
		}
		key, _ := token.(string)
		return field(key)
	})
}

// Array reads an array. For each element it calls element, which reads it.
// An element that fails while the JSON is whole is one of [Decoder.Faults],
// and the array is read on.
func (d *Decoder) Array(element func() error) error {
	return d.inside('[', func() error {
		err := element()
		if err != nil && !d.broken {
			d.addFault(err)
			return nil
		}
		return err
	})
}

func (d *Decoder) inside(open json.Delim, each func() error) error {
	token, err := d.token()
	if err != nil {
		return err
	}
	if token != open {
		return d.mismatch(open, token)
	}
	for d.json.More() {
		if err := each(); err != nil {
			return err
		}
	}
	_, err = d.token()
	return err
}

// Skip reads a value and forgets it.
func (d *Decoder) Skip() error {
	return d.skipTo(d.depth)
}

// skipTo reads tokens until no more than depth objects and arrays are open.
func (d *Decoder) skipTo(depth int) error {
	const deepest = 1000
	for {
		if _, err := d.token(); err != nil {
			return err
		}
		if d.depth <= depth {
			return nil
		}
		if d.depth > deepest {
			d.broken = true
			return d.Errorf("JSON nested more than %d deep", deepest)
		}
	}
}

func (d *Decoder) token() (json.Token, error) {
	d.in.kept = d.offset()
	token, err := d.json.Token()
	if err != nil {
		return nil, d.damage(err)
	}
	switch token {
	case json.Delim('{'), json.Delim('['):
		d.depth++
	case json.Delim('}'), json.Delim(']'):
		d.depth--
	}
	return token, nil
}

// Decode reads a value into v as [json.Unmarshal] does, numbers in an any as
// [Literal]. A value of the wrong kind is an error behind which one can read on.
func (d *Decoder) Decode(v any) error {
	d.in.kept = d.offset()
	err := d.json.Decode(v)
	if err == nil {
		return nil
	}
	return d.damage(err)
}
