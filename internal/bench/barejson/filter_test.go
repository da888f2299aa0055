package barejson_test

import (
	"encoding/json"
	"io"
	"math"
	"regexp"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/cupel-dev/cupel/internal/bench/barejson"
)

var filterInputs = []string{
	``,
	`NaN`,
	`Infinity`,
	`-Infinity`,
	`[NaN,Infinity,-Infinity]`,
	`{"a": NaN, "NaN": "-Infinity", "b": Infinity}`,
	`{"a\"NaN": NaN}`,
	`"\\"NaN"\\\""NaN`,
	`NaN1 1NaN NaNN .NaN -NaN --Infinity Infinit Infinity_ Na N`,
	`äNaN NaNä`,
	`NaN` + "\n" + `Infinity` + "\r\n" + `"open NaN`,
	`-`,
	`-1.5e-3,-Infinity-`,
}

// oracle translates a whole text: strings by one expression, bare words
// between them by another.
func oracle(text string) string {
	strs := regexp.MustCompile(`(?s)"(\\.|[^"\\])*("|\\?$)`)
	word := regexp.MustCompile(`[-+._0-9A-Za-z\x{80}-\x{10ffff}]+`)
	bare := map[string]string{"NaN": "\"\x7f\"", "Infinity": "1e999999", "-Infinity": "-1e999999"}
	translate := func(s string) string {
		return word.ReplaceAllStringFunc(s, func(w string) string {
			if sub, ok := bare[w]; ok {
				return sub
			}
			return w
		})
	}
	var out strings.Builder
	end := 0
	for _, at := range strs.FindAllStringIndex(text, -1) {
		out.WriteString(translate(text[end:at[0]]) + text[at[0]:at[1]])
		end = at[1]
	}
	return out.String() + translate(text[end:])
}

func TestFilterAgreesWithOracle(t *testing.T) {
	for _, input := range filterInputs {
		checkFilter(t, input)
	}
}

func FuzzNewReader(f *testing.F) {
	for _, input := range filterInputs {
		f.Add(input)
	}
	f.Fuzz(checkFilter)
}

func checkFilter(t *testing.T, input string) {
	// The oracle's expressions want text; the filter takes any bytes.
	input = strings.ToValidUTF8(input, "\ufffd")
	want := oracle(input)
	if len(want) != len(input) {
		t.Fatalf("%q: translation has another length", input)
	}
	for name, r := range map[string]io.Reader{
		"at once":      strings.NewReader(input),
		"byte by byte": iotest.OneByteReader(strings.NewReader(input)),
		"in halves":    iotest.HalfReader(strings.NewReader(input)),
		"data and EOF": iotest.DataErrReader(strings.NewReader(input)),
	} {
		got, err := io.ReadAll(barejson.NewReader(r))
		if err != nil || string(got) != want {
			t.Errorf("%s: %q gives %q, %v; want %q", name, input, got, err, want)
		}
		got, err = io.ReadAll(iotest.OneByteReader(barejson.NewReader(strings.NewReader(input))))
		if err != nil || string(got) != want {
			t.Errorf("read byte by byte: %q gives %q, %v; want %q", input, got, err, want)
		}
	}
}

func TestFilterPassesTheReadersErrorOnBehindTheData(t *testing.T) {
	r := barejson.NewReader(io.MultiReader(strings.NewReader("[NaN, Na"), iotest.ErrReader(io.ErrClosedPipe)))
	got, err := io.ReadAll(r)
	if string(got) != "[\"\x7f\", Na" || err != io.ErrClosedPipe {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestNumberTakesAnyValue(t *testing.T) {
	nan := math.NaN()
	tests := []struct {
		text string
		want float64
	}{
		{`1.5`, 1.5},
		{`-2e3`, -2000},
		{`NaN`, nan},
		{`Infinity`, math.Inf(1)},
		{`-Infinity`, math.Inf(-1)},
		{`1e999`, math.Inf(1)},
		{`null`, nan},
		{`"1.5"`, nan},
		{`true`, nan},
		{`[1]`, nan},
		{`{"a":1}`, nan},
	}
	for _, test := range tests {
		var numbers []barejson.Number
		text := "[" + test.text + "]"
		if err := json.NewDecoder(barejson.NewReader(strings.NewReader(text))).Decode(&numbers); err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := float64(numbers[0]); got != test.want && !(math.IsNaN(got) && math.IsNaN(test.want)) {
			t.Errorf("%s is %v, want %v", text, got, test.want)
		}
	}
}

func TestFloatTellsBareNumbersFromText(t *testing.T) {
	d := barejson.NewDecoder(strings.NewReader(`{"n":1,"nan":NaN,"inf":-Infinity,"text":"NaN","one":"1","no":null,"yes":true}`))
	d.Next()
	var row map[string]any
	if err := d.Decode(&row); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]bool{"n": true, "nan": true, "inf": true, "text": false, "one": false, "no": false, "yes": false} {
		if _, ok := barejson.Float(row[key]); ok != want {
			t.Errorf("%s is a number: %v, want %v", key, ok, want)
		}
	}
	if v, _ := barejson.Float(row["nan"]); !math.IsNaN(v) {
		t.Errorf("bare NaN is %v", v)
	}
	if v, _ := barejson.Float(row["inf"]); !math.IsInf(v, -1) {
		t.Errorf("bare -Infinity is %v", v)
	}
}
