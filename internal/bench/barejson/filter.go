// Package barejson reads the JSON that benchmark tools print, which is not
// always JSON and seldom alone: NaN and Infinity stand bare where a number
// should (Google Benchmark, and Python's json module), and warnings and
// progress lines come before, between and behind the documents.
//
// It knows no benchmark format; what a document means is the caller's to say.
// It repairs nothing else: a document that is broken is reported with its
// place in the output, and what stood before the damage has been read.
package barejson

import (
	"io"
	"math"
	"strconv"
)

// The bare tokens and what stands for them. A substitute is valid JSON and as
// long as its token, so that offsets in the filtered stream are offsets in the
// output. An infinity becomes a number that overflows to one. No number is NaN,
// so a string that no tool prints stands for it.
const (
	nan    = "\"\x7f\""
	posInf = "1e999999"
	negInf = "-1e999999"
)

var bareTokens = []struct{ token, substitute string }{
	{"NaN", nan},
	{"Infinity", posInf},
	{"-Infinity", negInf},
}

// NewReader returns a reader of r in which every bare NaN, Infinity and
// -Infinity outside a string is valid JSON of the same length. [Number] and
// [Float] give the value back.
func NewReader(r io.Reader) io.Reader {
	return &filter{r: r}
}

type filter struct {
	r       io.Reader
	err     error  // what r ended with
	raw     []byte // space for one read of r
	space   []byte // space for what comes of it
	out     []byte // translated and not yet read
	held    []byte // the start of a word that may become a bare token
	inWord  bool   // in a word that is none
	inQuote bool
	escaped bool // behind a backslash, in a string
}

func (f *filter) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for len(f.out) == 0 && f.err == nil {
		f.fill(len(p))
	}
	if len(f.out) == 0 {
		return 0, f.err
	}
	n := copy(p, f.out)
	f.out = f.out[n:]
	return n, nil
}

// fill translates one read of at most n bytes.
func (f *filter) fill(n int) {
	if len(f.raw) < n {
		f.raw = make([]byte, n)
	}
	n, f.err = f.r.Read(f.raw[:n])
	f.out = f.space[:0]
	for _, c := range f.raw[:n] {
		f.step(c)
	}
	if f.err != nil {
		f.endWord()
	}
	f.space = f.out
}

func (f *filter) step(c byte) {
	switch {
	case f.inQuote:
		f.out = append(f.out, c)
		f.inQuote = f.escaped || c != '"'
		f.escaped = !f.escaped && c == '\\'
	case !isWord(c):
		f.endWord()
		f.out = append(f.out, c)
		f.inQuote = c == '"'
	case f.inWord:
		f.out = append(f.out, c)
	default:
		f.held = append(f.held, c)
		if !startsBareToken(f.held) {
			f.out = append(f.out, f.held...)
			f.held, f.inWord = f.held[:0], true
		}
	}
}

// endWord passes on what is held, translated if it is a whole bare token.
func (f *filter) endWord() {
	word := f.held
	for _, t := range bareTokens {
		if string(word) == t.token {
			word = []byte(t.substitute)
		}
	}
	f.out = append(f.out, word...)
	f.held, f.inWord = f.held[:0], false
}

// isWord reports whether c can be part of a name or number, so that a token
// beside it is not bare but a piece of something longer.
func isWord(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
		c == '-' || c == '+' || c == '.' || c == '_' || c >= 0x80
}

func startsBareToken(word []byte) bool {
	for _, t := range bareTokens {
		if len(word) <= len(t.token) && t.token[:len(word)] == string(word) {
			return true
		}
	}
	return false
}

// A Number decodes any JSON value. It is NaN for a bare NaN and for what is no
// number, null included, and infinite for a bare Infinity and for a number out
// of range: a value that cannot be a measurement stays visible as one.
type Number float64

// UnmarshalJSON sets n from one JSON value.
func (n *Number) UnmarshalJSON(data []byte) error {
	*n = Number(parse(string(data)))
	return nil
}

// Float returns the value of v, which [Decoder.Decode] put into an any, and
// whether it is a number: bare NaN and the infinities are.
func Float(v any) (float64, bool) {
	switch v := v.(type) {
	case Literal:
		return parse(string(v)), true
	case string:
		return math.NaN(), `"`+v+`"` == nan
	default:
		return 0, false
	}
}

// parse returns NaN for what is no number, and an infinity for one out of range.
func parse(literal string) float64 {
	value, err := strconv.ParseFloat(literal, 64)
	if err != nil && !math.IsInf(value, 0) {
		return math.NaN()
	}
	return value
}
