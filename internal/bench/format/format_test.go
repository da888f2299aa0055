package format

import (
	"slices"
	"strings"
	"testing"
)

// TestTableHasEveryFormat lists the words that a suite's format may be, as
// cupel.toml knows them.
func TestTableHasEveryFormat(t *testing.T) {
	want := []string{"gobench", "criterion", "libtest", "googlebenchmark", "hyperfine", "pytest", "llamabench", "generic"}
	var got []string
	for _, f := range All() {
		got = append(got, f.Name)
		if f.Read == nil || (f.ReadTree == nil) != (f.ReadRun == nil) {
			t.Errorf("%s lacks a function", f.Name)
		}
		if found, err := Lookup(f.Name); err != nil || found.Name != f.Name {
			t.Errorf("%s is not found: %v", f.Name, err)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("formats are %q, want %q", got, want)
	}
	if _, err := Lookup("gobecnh"); err == nil || !strings.Contains(err.Error(), "there are: gobench, criterion") {
		t.Errorf("an unknown name: %v", err)
	}
}
