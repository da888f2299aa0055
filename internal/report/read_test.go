package report

import (
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
)

func TestWhatIsWrittenIsReadBackEqual(t *testing.T) {
	for name, c := range comparisons {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			if err := c.Write(&b); err != nil {
				t.Fatal(err)
			}
			got, err := ReadComparison(strings.NewReader(b.String()))
			if err != nil {
				t.Fatal(err)
			}
			if len(got.Benchmarks)+len(c.Benchmarks) > 0 && !reflect.DeepEqual(got, c) {
				t.Errorf("read %+v, wrote %+v", got, c)
			}
		})
	}
}

func TestAValueThatDoesNotExistIsAbsent(t *testing.T) {
	c := &Comparison{Schema: SchemaCompare, Verdict: Neutral, Reason: NoBaseline,
		Benchmarks: []Benchmark{{Suite: "s", Name: "A", Metric: "time", Verdict: Added}}}
	var b strings.Builder
	if err := c.Write(&b); err != nil {
		t.Fatal(err)
	}
	var whole struct {
		Benchmarks []map[string]any `json:"benchmarks"`
	}
	if err := json.Unmarshal([]byte(b.String()), &whole); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"suite": "s", "name": "A", "metric": "time", "verdict": "added"}
	if !reflect.DeepEqual(whole.Benchmarks[0], want) {
		t.Errorf("wrote %v, want %v", whole.Benchmarks[0], want)
	}
	if strings.Contains(b.String(), "pairs") || strings.Contains(b.String(), "elapsed_s") {
		t.Errorf("an unpaired comparison names pairs or time: %s", b.String())
	}
}

func TestAnEmptyListOfBenchmarksIsAList(t *testing.T) {
	var b strings.Builder
	if err := comparisons["nothing-measured"].Write(&b); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), `"benchmarks": []`) {
		t.Errorf("wrote %s", b.String())
	}
}

// A whole object with one benchmark, to be spoilt in one place a case.
const whole = `{"schema":"cupel/smoke/1","verdict":"regression","base":"b","head":"h","elapsed_s":1.5,"pairs":40,
"benchmarks":[{"suite":"s","name":"A","metric":"time","verdict":"regression","ratio":1.05,"low":1.04,"high":1.06,"mde":0.01,"pairs":40}]}`

func TestWhatCannotBeBelievedIsRefused(t *testing.T) {
	long := strings.Repeat("x", MaxText+1)
	many := strings.TrimSuffix(strings.Repeat(`{},`, MaxBenchmarks+1), ",")
	for name, c := range map[string]struct{ old, new, err string }{
		"no schema":                        {`"schema":"cupel/smoke/1",`, ``, "schema"},
		"schema of the future":             {`smoke/1`, `smoke/2`, "schema"},
		"schema of another kind":           {`cupel/smoke/1`, `cupel/parse/1`, "schema"},
		"unknown verdict":                  {`"verdict":"regression","base"`, `"verdict":"great","base"`, "unknown verdict"},
		"unknown verdict of a benchmark":   {`"verdict":"regression","ratio"`, `"verdict":"great","ratio"`, "unknown verdict"},
		"pass with a regression":           {`"verdict":"regression","base"`, `"verdict":"pass","base"`, "1 benchmarks have a regression"},
		"regression without one":           {`"verdict":"regression","ratio":1.05`, `"verdict":"unchanged","ratio":1.05`, "no benchmark has one"},
		"neutral without a reason":         {whole, `{"schema":"cupel/smoke/1","verdict":"neutral","benchmarks":[]}`, "without a reason"},
		"pass with nothing compared":       {whole, `{"schema":"cupel/smoke/1","verdict":"pass","benchmarks":[]}`, "nothing was compared"},
		"regression that is faster":        {`1.05,"low":1.04`, `0.95,"low":0.94`, "ratio of 1 or less"},
		"negative ratio":                   {`1.05,"low":1.04`, `-1.05,"low":-1.07`, "out of range"},
		"infinite ratio":                   {`1.05`, `1e999`, "cannot unmarshal"},
		"ratio out of range":               {`"high":1.06`, `"high":1e12`, "out of range"},
		"half an interval":                 {`"low":1.04,`, ``, "no interval"},
		"interval upside down":             {`"low":1.04`, `"low":1.07`, "no interval"},
		"negative pairs":                   {`"pairs":40,`, `"pairs":-1,`, "out of range"},
		"negative pairs of a benchmark":    {`"pairs":40}`, `"pairs":-1}`, "out of range"},
		"pairs that are no number":         {`"pairs":40}`, `"pairs":"40"}`, "cannot unmarshal"},
		"elapsed out of range":             {`1.5`, `1e300`, "out of range"},
		"no name":                          {`"name":"A"`, `"name":""`, "no name"},
		"long name":                        {`"name":"A"`, `"name":"` + long + `"`, "longer than"},
		"long head":                        {`"head":"h"`, `"head":"` + long + `"`, "longer than"},
		"name that is not UTF-8":           {`"name":"A"`, "\"name\":\"\xff\"", "not UTF-8"},
		"benchmarks that are no list":      {whole, `{"schema":"cupel/smoke/1","verdict":"pass","benchmarks":{}}`, "not a list"},
		"too many benchmarks":              {whole, `{"schema":"cupel/smoke/1","verdict":"pass","benchmarks":[` + many + `]}`, "more than"},
		"two objects":                      {whole, whole + whole, "after top-level value"},
		"cut off":                          {`]}`, ``, "unexpected end"},
		"empty":                            {whole, ``, "unexpected end"},
		"too large":                        {whole, whole + strings.Repeat(" ", MaxSize), "larger than"},
		"added with a ratio":               {`"verdict":"regression","ratio"`, `"verdict":"added","ratio"`, "with a ratio"},
		"comparison of different machines": {`"verdict":"regression","ratio"`, `"verdict":"not-comparable","ratio"`, "with a ratio"},
		"improvement that is slower":       {`"verdict":"regression","ratio"`, `"verdict":"improvement","ratio"`, "ratio of 1 or more"},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(whole, c.old, c.new, 1)
			if text == whole {
				t.Fatal("the case changes nothing")
			}
			if _, err := ReadComparison(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("error is %v, want one with %q", err, c.err)
			}
		})
	}
}

func TestFieldsOfANewerProgramAreIgnored(t *testing.T) {
	text := strings.Replace(whole, `"suite"`, `"cluster":[1,{}],"suite"`, 1)
	if _, err := ReadComparison(strings.NewReader(text)); err != nil {
		t.Error(err)
	}
}

func TestNothingIsWrittenThatWouldBeRefused(t *testing.T) {
	for _, bad := range []float64{math.NaN(), math.Inf(1), -1} {
		c := &Comparison{Schema: SchemaSmoke, Verdict: Regression, Benchmarks: []Benchmark{{Name: "A", Verdict: Regression, Ratio: &bad}}}
		var b strings.Builder
		if err := c.Write(&b); err == nil || b.Len() > 0 {
			t.Errorf("ratio %v: error is %v, wrote %q", bad, err, b.String())
		}
	}
}

// TestWhatIsTooMuchIsWrittenWithoutWhatMattersLeast: a project with thousands of
// benchmarks has a file that can be read, and its regressions are in it.
func TestWhatIsTooMuchIsWrittenWithoutWhatMattersLeast(t *testing.T) {
	for name, tc := range map[string]struct{ benchmarks, nameLength int }{
		"too many":  {MaxBenchmarks + 2000, 10},
		"too long":  {MaxBenchmarks / 2, 900},
		"just fine": {MaxBenchmarks, 10},
	} {
		c := &Comparison{Schema: SchemaSmoke, Verdict: Regression}
		for range tc.benchmarks - 1 {
			c.Benchmarks = append(c.Benchmarks, bench(strings.Repeat("a", tc.nameLength), Unchanged, 1, 0.99, 1.01, 0.01, 40))
		}
		c.Benchmarks = append(c.Benchmarks, bench("slower", Regression, 1.1, 1.09, 1.11, 0.01, 40))
		var text strings.Builder
		if err := c.Write(&text); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got, err := ReadComparison(strings.NewReader(text.String()))
		if err != nil || got.Omitted+len(got.Benchmarks) != tc.benchmarks || len(c.Benchmarks) != tc.benchmarks {
			t.Fatalf("%s: %v, %d of %d", name, err, len(got.Benchmarks), tc.benchmarks)
		}
		if (got.Omitted == 0) != (name == "just fine") {
			t.Errorf("%s: %d are left out", name, got.Omitted)
		}
		if got.Omitted > 0 && (got.Benchmarks[0].Name != "slower" || !strings.HasPrefix(got.notes()[0], "Left out, since there are too many: ")) {
			t.Errorf("%s: first is %s, notes are %q", name, got.Benchmarks[0].Name, got.notes())
		}
	}
}

func TestOnlyAWaiverKeepsARegressionFromTheVerdict(t *testing.T) {
	c := &Comparison{Schema: SchemaSmoke, Verdict: Pass, Benchmarks: []Benchmark{bench("A", Regression, 1.1, 1.09, 1.11, 0.01, 40)}}
	if err := c.Validate(); err == nil {
		t.Error("a pass with a regression is valid")
	}
	c.Benchmarks[0].Reason = Reason(Waived, "until 2027-03-01")
	if err := c.Validate(); err != nil {
		t.Errorf("a pass with a waived regression: %v", err)
	}
}

func FuzzReadComparison(f *testing.F) {
	f.Add([]byte(whole))
	f.Add([]byte(`{"schema":"cupel/compare/1","verdict":"neutral","reason":"no baseline","benchmarks":[]}`))
	f.Add([]byte(`{"schema":"cupel/smoke/1","benchmarks":[{"name":"\u202e|<b>"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := ReadComparison(strings.NewReader(string(data)))
		if err != nil {
			return
		}
		var b strings.Builder
		if err := c.Write(&b); err != nil {
			t.Fatalf("read, but not written: %v", err)
		}
		again, err := ReadComparison(strings.NewReader(b.String()))
		if err != nil {
			t.Fatalf("written, but not read: %v", err)
		}
		if !reflect.DeepEqual(again, c) {
			t.Errorf("read %+v, then %+v", c, again)
		}
	})
}
