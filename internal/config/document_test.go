package config

import (
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"
)

// The document has every key, and what it shows is understood.
func TestTheDocumentHasEveryKey(t *testing.T) {
	page, err := os.ReadFile("../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, block := range regexp.MustCompile("(?s)```toml\n(.*?)```").FindAllStringSubmatch(string(page), -1) {
		text.WriteString(block[1])
	}
	c, err := Load(project("cupel.toml", text.String()))
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Suites) != 1 || len(c.Publish) != len(publishKeys) {
		t.Errorf("%d suites and %d channels, want 1 and one of every kind, %d", len(c.Suites), len(c.Publish), len(publishKeys))
	}
	var shown map[string]any
	if err := toml.Unmarshal([]byte(text.String()), &shown); err != nil {
		t.Fatal(err)
	}
	hasKeys(t, "", reflect.TypeFor[file](), []any{shown})
}

// hasKeys says which keys of a table none of its examples has.
func hasKeys(t *testing.T, table string, of reflect.Type, examples []any) {
	t.Helper()
	for i := range of.NumField() {
		key := of.Field(i).Tag.Get("toml")
		var values []any
		for _, e := range examples {
			if v, ok := e.(map[string]any)[key]; ok {
				if list, ok := v.([]any); ok && len(list) > 0 {
					values = append(values, list...)
				} else {
					values = append(values, v)
				}
			}
		}
		if len(values) == 0 {
			t.Errorf("docs/configuration.md does not show %s%s", table, key)
			continue
		}
		if inner := tableOf(of.Field(i).Type); inner != nil {
			hasKeys(t, table+key+".", inner, values)
		}
	}
}

// tableOf is the type of a table or of the tables of a list, nil where the key
// holds a value.
func tableOf(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Slice || t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || t == reflect.TypeFor[LocalDate]() {
		return nil
	}
	return t
}
