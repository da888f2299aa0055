package barejson_test

import (
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/cupel-dev/cupel/internal/bench/barejson"
)

// read returns the numbers in the "rows" of all reports, and what else the
// decoder says.
func read(r io.Reader) (rows []float64, noise []string, found bool, d *barejson.Decoder) {
	d = barejson.NewDecoder(r)
	d.Noise = func(line string) { noise = append(noise, line) }
	found = d.Reports(map[string]func() error{"rows": func() error {
		return d.Array(func() error {
			var row struct {
				Value float64 `json:"value"`
			}
			if err := d.Decode(&row); err != nil {
				return err
			}
			rows = append(rows, row.Value)
			return nil
		})
	}})
	return rows, noise, found, d
}

func TestReportsAreFoundInNoise(t *testing.T) {
	tests := []struct {
		name   string
		input  string
		rows   []float64
		noise  []string
		faults []string
		none   bool // no report is found
	}{
		{
			name:  "alone",
			input: `{"context":{"x":[1,{"rows":2}]},"rows":[{"value":1},{"value":2}],"more":null}`,
			rows:  []float64{1, 2},
		},
		{
			name:  "lines before and behind",
			input: "***WARNING***\n[100%]\n{1, 2}\n {\"rows\":[{\"value\":1}]}\nWrote it.\n",
			rows:  []float64{1},
			noise: []string{"***WARNING***", "[100%]", "{1, 2}", "Wrote it."},
		},
		{
			name:  "a byte order mark before and text on the last line",
			input: "\ufeff{\n  \"rows\": [{\"value\":1}]\n}Wrote it.",
			rows:  []float64{1},
			noise: []string{"Wrote it."},
		},
		{
			name:  "a quote in the noise does not hide a bare NaN",
			input: "5\" disk\n{\"context\":NaN,\"rows\":[{\"value\":1}]}",
			rows:  []float64{1},
			noise: []string{`5" disk`},
		},
		{
			name:  "JSON that is no report",
			input: "{\"level\":\"warn\"}\n[{\"rows\":1}]\n{\"rows\":[{\"value\":1}]}\n{\"level\":\"info\"}",
			rows:  []float64{1},
		},
		{
			name:  "broken JSON that is no report",
			input: "{\"level\": oops}\n{\"rows\":[{\"value\":1}]}",
			rows:  []float64{1},
			noise: []string{"oops}"},
		},
		{
			name:  "two reports, on one line too",
			input: "{\"rows\":[{\"value\":1}]}{\"rows\":[{\"value\":2}]}\n\n{\"rows\":[{\"value\":3}]}",
			rows:  []float64{1, 2, 3},
		},
		{
			name:   "a report that ends early",
			input:  "noise\n{\"rows\":[\n{\"value\":1},\n{\"value\":",
			rows:   []float64{1},
			noise:  []string{"noise"},
			faults: []string{"the output ends in the middle of its JSON, at byte 38 (line 4)"},
		},
		{
			name:   "damage keeps what is before it and what is in other reports",
			input:  "{\"rows\":[\n{\"value\":1},\n{\"value\":2 oops}]}\n{\"rows\":[{\"value\":3}]}",
			rows:   []float64{1, 3},
			noise:  []string{"oops}]}"},
			faults: []string{"broken JSON: invalid character 'o' after object key:value pair, at byte 23 (line 3)"},
		},
		{
			name:   "a value of the wrong kind costs its row only",
			input:  "{\"rows\":[\n{\"value\":\"1\"},\n[1],{\"value\":3}]}",
			rows:   []float64{3},
			faults: []string{`unexpected string in "value", at byte 23 (line 2)`, `unexpected array, at byte 28 (line 3)`},
		},
		{
			name:   "rows that are no array",
			input:  "{\"rows\":{\"value\":1}}",
			faults: []string{"unexpected { instead of [, at byte 9 (line 1)"},
			noise:  []string{"}"},
		},
		{
			name:   "a report that ends before its rows",
			input:  "{\"context\":{\n\"rows\"",
			faults: []string{"the output ends in the middle of its JSON, at byte 19 (line 2)"},
			none:   true,
		},
		{
			name:   "nesting without end",
			input:  `{"context":` + strings.Repeat("[", 2000),
			faults: []string{"JSON nested more than 1000 deep, at byte 1011 (line 1)"},
			noise:  []string{strings.Repeat("[", 400)},
			none:   true,
		},
		{name: "nothing", none: true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, r := range []io.Reader{strings.NewReader(test.input), iotest.OneByteReader(strings.NewReader(test.input))} {
				rows, noise, found, d := read(r)
				var faults []string
				for _, fault := range d.Faults() {
					faults = append(faults, fault.Error())
				}
				if found == test.none || d.Err() != nil {
					t.Errorf("found %v, error %v", found, d.Err())
				}
				if !reflect.DeepEqual(rows, test.rows) {
					t.Errorf("rows %v, want %v", rows, test.rows)
				}
				if !reflect.DeepEqual(noise, test.noise) {
					t.Errorf("noise %q, want %q", noise, test.noise)
				}
				if !reflect.DeepEqual(faults, test.faults) {
					t.Errorf("faults %q, want %q", faults, test.faults)
				}
			}
		})
	}
}

func TestReadErrorIsNoFault(t *testing.T) {
	gone := errors.New("gone")
	rows, _, _, d := read(io.MultiReader(strings.NewReader(`{"rows":[{"value":1},{"val`), iotest.ErrReader(gone)))
	if d.Err() != gone || len(d.Faults()) > 0 {
		t.Errorf("error %v, faults %v", d.Err(), d.Faults())
	}
	if !reflect.DeepEqual(rows, []float64{1}) {
		t.Errorf("rows %v", rows)
	}
}

func TestOfManyFaultsTheFirstAreKept(t *testing.T) {
	_, _, _, d := read(strings.NewReader(`{"rows":[` + strings.Repeat("1,", 99) + "1]}"))
	faults := d.Faults()
	if len(faults) != 21 || faults[20].Error() != "and 80 more errors like these" {
		t.Errorf("%d faults, the last: %v", len(faults), faults[len(faults)-1])
	}
}

func TestReaderThatNeverReadsEnds(t *testing.T) {
	if _, _, _, d := read(stuck{}); d.Err() != io.ErrNoProgress {
		t.Errorf("got %v", d.Err())
	}
}

type stuck struct{}

func (stuck) Read([]byte) (int, error) { return 0, nil }

func FuzzReports(f *testing.F) {
	f.Add("noise\n{\"rows\":[{\"value\":1},{\"value\":NaN}]}{\"rows\":[]}\n[{")
	f.Add("{\"\" NaN 0")
	f.Fuzz(func(t *testing.T, input string) {
		rows, noise, found, d := read(strings.NewReader(input))
		again, noiseAgain, foundAgain, e := read(iotest.OneByteReader(strings.NewReader(input)))
		if !reflect.DeepEqual(rows, again) || !reflect.DeepEqual(noise, noiseAgain) || found != foundAgain {
			t.Errorf("read at once: %v, %q, %v; byte by byte: %v, %q, %v", rows, noise, found, again, noiseAgain, foundAgain)
		}
		if !reflect.DeepEqual(d.Faults(), e.Faults()) {
			t.Errorf("faults %v; byte by byte %v", d.Faults(), e.Faults())
		}
	})
}
