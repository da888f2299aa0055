package release

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
)

func answer(problems []string, err error) func(context.Context) ([]string, error) {
	return func(context.Context) ([]string, error) { return problems, err }
}

func TestAllGatesAreAskedAndReportedTogether(t *testing.T) {
	gates := []Gate{
		{Name: "tree", Integrity: true, Check: answer([]string{"dirty"}, nil)},
		{Name: "tests", Check: answer(nil, nil)},
		{Name: "lint", Check: func(context.Context) ([]string, error) { t.Error("a waived gate was asked"); return nil, nil }},
		{Name: "audit", Check: answer(nil, errors.New("no network"))},
	}
	waived := map[string]string{"lint": "urgent", "tree": "never"}
	var told []GateResult
	results, err := RunGates(t.Context(), gates, waived, func(r GateResult) { told = append(told, r) })
	if err != nil {
		t.Fatal(err)
	}
	want := []GateResult{
		{Gate: "tree", Problems: []string{"dirty"}}, {Gate: "tests", Passed: true}, {Gate: "lint", Waived: "urgent"},
		{Gate: "audit", Problems: []string{"it could not be answered: no network"}},
	}
	if !reflect.DeepEqual(results, want) || !reflect.DeepEqual(told, want) {
		t.Errorf("results\n%+v\ntold\n%+v", results, told)
	}
	if closed := Closed(results); !reflect.DeepEqual(closed, []string{"tree", "audit"}) {
		t.Errorf("closed: %v", closed)
	}
}

func TestGatesEndWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	gates := []Gate{{Name: "tests", Check: func(context.Context) ([]string, error) { cancel(); return nil, ctx.Err() }}}
	if results, err := RunGates(ctx, gates, nil, func(GateResult) {}); !errors.Is(err, context.Canceled) || len(results) > 0 {
		t.Errorf("%v, %v", results, err)
	}
}

func TestWaivers(t *testing.T) {
	gates := []Gate{{Name: "tree", Integrity: true}, {Name: "tests"}, {Name: "drift"}}
	for _, tt := range []struct{ text, want string }{
		{"tests: seen green in #41", ""},
		{"tests:", "GATE:REASON"},
		{"tests", "GATE:REASON"},
		{":reason", "GATE:REASON"},
		{"tree:hurry", `"tree" cannot be waived; those that can are tests, drift`},
		{"weather:rain", `there is no gate "weather"; those that can be waived are tests, drift`},
	} {
		gate, reason, err := ParseWaiver(tt.text)
		if err == nil {
			err = CheckWaivers(gates, map[string]string{gate: reason})
		}
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: %v", tt.text, err)
		}
	}
}

func TestAnAnswerThatWasAskedAgainTakesThePlaceOfTheEarlierOne(t *testing.T) {
	before := []GateResult{{Gate: "tests", Waived: "x"}, {Gate: "evidence", Passed: false}, {Gate: "claims", Passed: true}}
	got := Answered(before, []GateResult{{Gate: "evidence", Passed: true}, {Gate: "audit", Passed: true}})
	want := []GateResult{{Gate: "tests", Waived: "x"}, {Gate: "evidence", Passed: true}, {Gate: "claims", Passed: true}}
	if !reflect.DeepEqual(got, want) || before[1].Passed {
		t.Errorf("%+v, want %+v; before %+v", got, want, before)
	}
}
