package version

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// A leaf is one value of a TOML or JSON document and where it stands. Elements
// of arrays have their index as key.
type leaf struct {
	path       []string
	value      string // strings without their quotes, true and false as such
	start, end int    // of the text between the quotes
	odd        string // why another text cannot stand there; "" where it can
}

// The reasons why a value is no place for another text.
const (
	escaped  = "it is written with escapes or in several lines; write it as a plain string"
	noString = "it is no string"
	twice    = "it is given twice; keep one"
)

// check returns a [FileError] where the leaf is no place for a version.
func (l leaf) check(name string, b []byte, what string) error {
	if l.odd == "" {
		return nil
	}
	return &FileError{name, lineOf(b, l.start), what + ": " + l.odd}
}

func (l leaf) at(path ...string) bool { return slices.Equal(l.path, path) }

// find returns the leaf at path.
func find(leaves []leaf, path ...string) (leaf, bool) {
	i := slices.IndexFunc(leaves, func(l leaf) bool { return l.at(path...) })
	if i < 0 {
		return leaf{}, false
	}
	return leaves[i], true
}

var utf8BOM = []byte("\ufeff")

// A tomlReader collects the leaves of a TOML document.
type tomlReader struct {
	data   []byte
	base   int // offset of data in the file
	tables map[string]int
	leaves []leaf
}

func tomlLeaves(name string, b []byte) ([]leaf, error) {
	r := &tomlReader{data: slices.Clip(bytes.TrimPrefix(b, utf8BOM)), tables: map[string]int{}}
	r.base = len(b) - len(r.data)
	var p unstable.Parser
	p.Reset(r.data)
	var table []string
	for p.NextExpression() {
		switch e := p.Expression(); e.Kind {
		case unstable.Table:
			table = r.keys(nil, e.Key())
		case unstable.ArrayTable:
			table = r.keys(nil, e.Key())
			id := strings.Join(table, "\x00")
			table = append(table, strconv.Itoa(r.tables[id]))
			r.tables[id]++
		case unstable.KeyValue:
			r.value(r.keys(table, e.Key()), e.Value())
		}
	}
	if err := p.Error(); err != nil {
		return nil, &FileError{Path: name, Problem: "not valid TOML: " + err.Error()}
	}
	return r.leaves, nil
}

// keys appends a dotted key to a path.
func (r *tomlReader) keys(path []string, key unstable.Iterator) []string {
	path = slices.Clone(path)
	for key.Next() {
		path = append(path, string(key.Node().Data))
	}
	return path
}

func (r *tomlReader) value(path []string, n *unstable.Node) {
	switch n.Kind {
	case unstable.InlineTable:
		for it := n.Children(); it.Next(); {
			if kv := it.Node(); kv.Kind == unstable.KeyValue {
				r.value(r.keys(path, kv.Key()), kv.Value())
			}
		}
	case unstable.Array:
		i := 0
		for it := n.Children(); it.Next(); i++ {
			r.value(append(slices.Clone(path), strconv.Itoa(i)), it.Node())
		}
		if i == 0 {
			r.leaves = append(r.leaves, leaf{path: path, value: "[]", odd: noString})
		}
	case unstable.String:
		raw := string(r.data[n.Raw.Offset : n.Raw.Offset+n.Raw.Length])
		start := r.base + int(n.Raw.Offset) + 1
		l := leaf{path: path, value: string(n.Data), start: start, end: start + len(raw) - 2}
		if raw[1:len(raw)-1] != l.value {
			l.odd = escaped
		}
		r.leaves = append(r.leaves, l)
	default:
		r.leaves = append(r.leaves, leaf{path: path, value: string(n.Data), start: r.base + int(n.Raw.Offset), odd: noString})
	}
}

// jsonLeaves collects the values of a JSON document; several with one path
// are all odd.
func jsonLeaves(name string, b []byte) ([]leaf, error) {
	data := bytes.TrimPrefix(b, utf8BOM)
	if !json.Valid(data) {
		var v any
		return nil, &FileError{Path: name, Problem: fmt.Sprintf("not valid JSON: %v", json.Unmarshal(data, &v))}
	}
	r := jsonReader{data: data, base: len(b) - len(data), decoder: json.NewDecoder(bytes.NewReader(data))}
	r.decoder.UseNumber()
	r.value(nil)
	seen := map[string]int{}
	for i, l := range r.leaves {
		id := strings.Join(l.path, "\x00")
		if at, again := seen[id]; again {
			r.leaves[at].odd, r.leaves[i].odd = twice, twice
		}
		seen[id] = i
	}
	return r.leaves, nil
}

// A jsonReader collects the leaves of a document that is known to be valid.
type jsonReader struct {
	data    []byte
	base    int
	decoder *json.Decoder
	leaves  []leaf
}

func (r *jsonReader) value(path []string) {
	before := int(r.decoder.InputOffset())
	token, err := r.decoder.Token()
	if err != nil {
		return
	}
	switch t := token.(type) {
	case json.Delim:
		r.container(path, t)
	case string:
		end := int(r.decoder.InputOffset()) - 1
		start := before + bytes.IndexByte(r.data[before:], '"') + 1
		l := leaf{path: path, value: t, start: r.base + start, end: r.base + end}
		if string(r.data[start:end]) != t {
			l.odd = escaped
		}
		r.leaves = append(r.leaves, l)
	default:
		r.leaves = append(r.leaves, leaf{path: path, start: r.base + before, odd: noString})
	}
}

func (r *jsonReader) container(path []string, open json.Delim) {
	for i := 0; r.decoder.More(); i++ {
		key := strconv.Itoa(i)
		if open == '{' {
			token, err := r.decoder.Token()
			if err != nil {
				return
			}
			key, _ = token.(string)
		}
		r.value(append(slices.Clone(path), key))
	}
	_, _ = r.decoder.Token() // the closing bracket of a valid document
}
