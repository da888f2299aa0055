package format_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/bench/format"
	"github.com/cupel-dev/cupel/internal/config"
)

func TestEveryFormatOfTheConfigurationIsInTheTable(t *testing.T) {
	var names []string
	for _, f := range format.All() {
		names = append(names, f.Name)
	}
	if !slices.Equal(names, config.Formats) {
		t.Errorf("the table has %v, the configuration %v", names, config.Formats)
	}
}

func TestLookup(t *testing.T) {
	tests := []struct{ name, suggestion string }{
		{"go", "gobench"},
		{"gobecnh", "gobench"},
		{"google-benchmark", "googlebenchmark"},
		{"Llama-Bench", "llamabench"},
		{"pytest-benchmark", "pytest"},
		{"jmh", ""},
		{"", ""},
	}
	for _, test := range tests {
		_, err := format.Lookup(test.name)
		if err == nil || !strings.Contains(err.Error(), "hyperfine, pytest") {
			t.Errorf("%q: error %v does not list the formats", test.name, err)
			continue
		}
		_, suggestion, _ := strings.Cut(err.Error(), "did you mean ")
		suggestion, _, _ = strings.Cut(suggestion, "?")
		if strings.Trim(suggestion, `"`) != test.suggestion {
			t.Errorf("%q: error %v, want the suggestion %q", test.name, err, test.suggestion)
		}
	}
	for _, f := range format.All() {
		found, err := format.Lookup(f.Name)
		if err != nil || found.Name != f.Name {
			t.Errorf("%s: got %s, %v", f.Name, found.Name, err)
		}
	}
}

// Rule 1 of the design: nothing measured is never a pass, in any format.
func TestAnEmptyOutputHasFailedInEveryFormat(t *testing.T) {
	for _, f := range format.All() {
		var set bench.Set
		if err := f.Read(strings.NewReader(""), bench.Known{}, &set); err != nil || set.Status() != bench.Failed {
			t.Errorf("%s: status %s, error %v", f.Name, set.Status(), err)
		}
	}
}
