package git

import (
	"reflect"
	"testing"
)

func TestParseRefs(t *testing.T) {
	t.Parallel()
	got, err := parseRefs("aa\tHEAD\nbb\trefs/tags/v1\ncc\trefs/tags/v1^{}\n")
	want := map[string]Ref{"HEAD": {"aa", "aa"}, "refs/tags/v1": {"bb", "cc"}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := parseRefs("what\n"); err == nil {
		t.Error("a line that is none is believed")
	}
}
