package lines_test

import (
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/cupel-dev/cupel/internal/bench/lines"
)

type line struct {
	text  string
	whole bool
}

func scan(r io.Reader) (all []line, err error) {
	s := lines.NewScanner(r)
	for s.Scan() {
		all = append(all, line{string(s.Bytes()), s.Whole()})
	}
	return all, s.Err()
}

func TestLines(t *testing.T) {
	long := strings.Repeat("x", 200<<10)
	tooLong := strings.Repeat("y", lines.Max+1)
	tests := []struct {
		name  string
		input string
		want  []line
	}{
		{"nothing", "", nil},
		{"an empty line is a line", "\n", []line{{"", true}}},
		{"both line ends", "a\r\nb\n", []line{{"a", true}, {"b", true}}},
		{"a carriage return inside stays", "a\rb\n", []line{{"a\rb", true}}},
		{"the last line without an end is not whole", "a\nb", []line{{"a", true}, {"b", false}}},
		{"a line longer than the buffer is whole", long + "\nb\n", []line{{long, true}, {"b", true}}},
		{"a line that is too long is cut, and the next is not", tooLong + "zz\nb\n", []line{{tooLong[:lines.Max], false}, {"b", true}}},
		{"a long last line", long, []line{{long, false}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, r := range []io.Reader{strings.NewReader(tt.input), iotest.HalfReader(strings.NewReader(tt.input))} {
				got, err := scan(r)
				if err != nil || !reflect.DeepEqual(got, tt.want) {
					t.Errorf("got %d lines and error %v, want %d lines", len(got), err, len(tt.want))
				}
			}
		})
	}
}

func TestAnErrorComesAfterWhatWasRead(t *testing.T) {
	gone := errors.New("gone")
	got, err := scan(io.MultiReader(strings.NewReader("a\nb"), iotest.ErrReader(gone)))
	want := []line{{"a", true}, {"b", false}}
	if err != gone || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v and error %v, want %v and %v", got, err, want, gone)
	}
}
