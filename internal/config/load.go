package config

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"regexp"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// An Error is a configuration that cannot be used.
type Error struct {
	File string
	Line int // 0 where the place is not one line
	Msg  string
}

func (e *Error) Error() string {
	if e.Line > 0 {
		return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Msg)
	}
	return fmt.Sprintf("%s: %s", e.File, e.Msg)
}

// A home is a file that can hold the configuration, and the table in it.
type home struct {
	path  string
	table []string
}

var homes = []home{
	{"cupel.toml", nil},
	{".config/cupel.toml", nil},
	{"Cargo.toml", []string{"package", "metadata", "cupel"}},
	{"pyproject.toml", []string{"tool", "cupel"}},
}

// readText reads a TOML file, which editors on Windows begin with a byte order
// mark: cargo and pip take it.
func readText(fsys fs.FS, name string) ([]byte, error) {
	b, err := fs.ReadFile(fsys, name)
	return bytes.TrimPrefix(b, []byte("\ufeff")), err
}

// Load reads the configuration of the project that lies in fsys. A project may
// have one; two are an [*Error], as is whatever cannot be understood. Suites
// that the configuration does not name are recognised.
func Load(fsys fs.FS) (*Config, error) {
	var found []home
	var text []byte
	for _, h := range homes {
		b, err := readText(fsys, h.path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", h.path, err)
		}
		if len(h.table) == 0 || hasTable(b, h.table) {
			found, text = append(found, h), b
		}
	}
	if len(found) > 1 {
		return nil, &Error{File: found[1].path, Msg: fmt.Sprintf("%s configures Cupel as well: keep one of them", found[0].path)}
	}
	c := Default()
	if len(found) == 1 {
		var err error
		if c, err = parse(text, found[0]); err != nil {
			return nil, err
		}
		c.Source = found[0].path
	}
	if len(c.Suites) == 0 {
		suites, err := Recognise(fsys)
		if err != nil {
			return nil, err
		}
		c.Suites = suites
	}
	return c, nil
}

func hasTable(text []byte, table []string) bool {
	var doc map[string]any
	if toml.Unmarshal(text, &doc) != nil {
		return false // the ecosystem's own tool will say so
	}
	for _, key := range table {
		next, ok := doc[key].(map[string]any)
		if !ok {
			return false
		}
		doc = next
	}
	return true
}

func parse(text []byte, h home) (*Config, error) {
	target := nest(h.table)
	err := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields().Decode(target.Interface())
	if err := explain(err, h); err != nil {
		return nil, err
	}
	for range h.table {
		target = target.Elem().Field(0).Addr()
	}
	c, err := target.Interface().(*file).config()
	if err != nil {
		return nil, &Error{File: h.path, Msg: err.Error()}
	}
	return c, nil
}

// nest makes a pointer to a struct that holds a file below the given tables.
func nest(table []string) reflect.Value {
	t := reflect.TypeFor[file]()
	for i := len(table) - 1; i >= 0; i-- {
		t = reflect.StructOf([]reflect.StructField{{
			Name: "Table", Type: t, Tag: reflect.StructTag(`toml:"` + table[i] + `"`),
		}})
	}
	return reflect.New(t)
}

// explain turns the decoder's errors into one that names line and nearest key.
// Unknown keys outside the table belong to somebody else.
func explain(err error, h home) error {
	var strict *toml.StrictMissingError
	if errors.As(err, &strict) {
		for _, e := range strict.Errors {
			key, inside := cutTable(e.Key(), h.table)
			if !inside || len(key) == 0 {
				continue
			}
			line, _ := e.Position()
			return &Error{h.path, line, fmt.Sprintf("unknown key %q%s", strings.Join(key, "."), hint(key[len(key)-1], keysBeside(key)))}
		}
		return nil
	}
	var decode *toml.DecodeError
	if errors.As(err, &decode) {
		line, _ := decode.Position()
		return &Error{h.path, line, plainly(decode)}
	}
	if err != nil {
		return &Error{File: h.path, Msg: err.Error()}
	}
	return nil
}

var (
	wrongType = regexp.MustCompile(`^cannot decode TOML (\w+) into .* of type (\S+)$`)
	typeWords = map[string]string{
		"int": "a whole number", "string": "a text in quotes", "[]string": "a list of texts", "bool": "true or false",
		"toml.LocalDate": "a day, written as 2027-03-01",
	}
)

// plainly says a decoder's error without Go's type names.
func plainly(e *toml.DecodeError) string {
	msg := strings.TrimPrefix(e.Error(), "toml: ")
	m := wrongType.FindStringSubmatch(msg)
	if m == nil {
		return msg
	}
	want := cmp.Or(typeWords[strings.TrimPrefix(m[2], "*")], "something else")
	return fmt.Sprintf("%s: found a TOML %s, want %s", strings.Join(e.Key(), "."), m[1], want)
}

func cutTable(key toml.Key, table []string) ([]string, bool) {
	if len(key) < len(table) {
		return nil, false
	}
	for i, name := range table {
		if key[i] != name {
			return nil, false
		}
	}
	return key[len(table):], true
}

// keysBeside lists the keys that exist where the unknown key was written.
func keysBeside(key []string) []string {
	t := reflect.TypeFor[file]()
	for _, name := range key[:len(key)-1] {
		field, ok := fieldNamed(t, name)
		if !ok {
			return nil
		}
		for t = field.Type; t.Kind() == reflect.Slice || t.Kind() == reflect.Pointer; {
			t = t.Elem()
		}
		if t.Kind() != reflect.Struct {
			return nil
		}
	}
	var names []string
	for i := range t.NumField() {
		names = append(names, t.Field(i).Tag.Get("toml"))
	}
	return names
}

func fieldNamed(t reflect.Type, name string) (reflect.StructField, bool) {
	for i := range t.NumField() {
		if t.Field(i).Tag.Get("toml") == name {
			return t.Field(i), true
		}
	}
	return reflect.StructField{}, false
}
