package smoke

import (
	"bytes"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/cupel-dev/cupel/internal/bench/benchtest"
)

// Issue 6's goals, with the code that smoke uses, on pairs recorded on a noisy
// machine of two cores: no timing here.
func TestGoalsOnRecordedPairs(t *testing.T) {
	t.Parallel()
	recordings := corpusPairs(t)
	same, slower := recordings[0], recordings[1]
	atTwo := scored(t, same, 0.02, 0, 0.03, 0.05)
	atOne := scored(t, same, 0.01, 0, 0.02)
	builtIn := scored(t, slower, 0.02, 0)
	atMost(t, atTwo, 0.005)
	atMost(t, atOne, 0.005)
	for _, steady := range []string{"SHA", "Mem", "Softmax"} {
		atLeast(t, atTwo, steady, 0.03, 0.98)
		atLeast(t, atTwo, steady, 0.05, 0.98)
		atLeast(t, atOne, steady, 0.02, 0.90)
		atLeast(t, builtIn, steady, 0.05, 0.98)
	}
	atLeast(t, atTwo, "Alloc", 0.05, 0.98)
}

func TestGoalsOnARecordedStream(t *testing.T) {
	t.Parallel()
	stream := neighbours(t, benchtest.Corpus(t, "samples/aa_go_1200_runs_stream.txt"))
	atTwo, atOne := scored(t, stream, 0.02, 0, 0.03), scored(t, stream, 0.01, 0.02)
	atMost(t, atTwo, 0.005)
	for _, name := range stream.Benchmarks {
		atLeast(t, atTwo, name, 0.03, 0.98)
		atLeast(t, atOne, name, 0.02, 0.90)
	}
}

// The methods of others are worse on the same runs: blocks raise false alarms,
// and what raises few finds nothing.
func TestRivalsOnRecordedPairs(t *testing.T) {
	t.Parallel()
	same := corpusPairs(t)[0]
	for _, m := range rivals {
		for _, s := range same.scoreRival(m) {
			t.Logf("%-27s %-8s %4.0f %%: %5.1f %% of %d", s.Method, s.Benchmark, 100*s.Slowdown, 100*s.Share, s.Comparisons)
			if s.Slowdown == 0 && s.Pairs > 1 && s.Share < 0.10 {
				t.Errorf("%s: false alarms in %v of suite runs only", s.Method, s.Share)
			}
			if s.Slowdown == 0.03 && s.Pairs == 1 && s.Share > 0.5 {
				t.Errorf("%s finds 3 %% in %v", s.Method, s.Share)
			}
		}
	}
}

// corpusPairs are the recorded pairs: of the same program, and of one that does
// 5 % more.
func corpusPairs(t *testing.T) []*Recording {
	t.Helper()
	recordings, err := ReadRecordings(bytes.NewReader(benchtest.Corpus(t, "paired/paired.jsonl")))
	if err != nil {
		t.Fatal(err)
	}
	return recordings
}

func scored(t *testing.T, r *Recording, threshold float64, added ...float64) []Score {
	t.Helper()
	scores, err := r.scorePairs(threshold, added, 200, 1)
	if err != nil {
		t.Fatal(err)
	}
	return scores
}

func atMost(t *testing.T, scores []Score, share float64) {
	t.Helper()
	for _, s := range scores {
		if s.Slowdown != 0 {
			continue
		}
		t.Logf("threshold %v: false alarms in %d of %d suite runs", s.Threshold, s.Found, s.Comparisons)
		if s.Share > share {
			t.Errorf("threshold %v: false alarms in %v of suite runs, want at most %v", s.Threshold, s.Share, share)
		}
	}
}

func atLeast(t *testing.T, scores []Score, benchmark string, slowdown, share float64) {
	t.Helper()
	seen := false
	for _, s := range scores {
		if s.Benchmark != benchmark || s.Slowdown != slowdown {
			continue
		}
		seen = true
		t.Logf("threshold %v: %s, %v slower (built in: %v): found in %d of %d", s.Threshold, benchmark, slowdown, s.BuiltIn, s.Found, s.Comparisons)
		if s.Share < share {
			t.Errorf("threshold %v: %s, %v slower (built in: %v): found in %v, want %v", s.Threshold, benchmark, slowdown, s.BuiltIn, s.Share, share)
		}
	}
	if !seen {
		t.Errorf("no score of %s at %v", benchmark, slowdown)
	}
}

// neighbours makes pairs of neighbouring runs of a stream of lines "run
// benchmark ns".
func neighbours(t *testing.T, stream []byte) *Recording {
	t.Helper()
	var runs []map[string]float64
	for line := range strings.Lines(string(stream)) {
		fields := strings.Fields(line)
		run, errRun := strconv.Atoi(fields[0])
		ns, err := strconv.ParseFloat(fields[2], 64)
		if errRun != nil || err != nil {
			t.Fatalf("line %q", line)
		}
		if run > len(runs) {
			runs = append(runs, make(map[string]float64))
		}
		runs[run-1][fields[1]] = ns
	}
	r := newRecording("stream", 0, slices.Sorted(maps.Keys(runs[0])))
	for i := 0; i+1 < len(runs); i += 2 {
		if err := r.add(runs[i], runs[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

// What a linker makes of versions that do the same work is no regression.
func TestAnAlarmOfTheSameWorkIsCalledLayout(t *testing.T) {
	for layout, want := range map[bool]string{false: "regression", true: "layout effect"} {
		r := newRecording("moved", 0, []string{"A"})
		r.Layout = layout
		for i := range 60 {
			at := float64(1000 + i%7)
			if err := r.add(map[string]float64{"A": at}, map[string]float64{"A": 1.05 * at}); err != nil {
				t.Fatal(err)
			}
		}
		estimates, err := r.estimates()
		if err != nil || len(estimates) != 1 || estimates[0].Verdict != want {
			t.Errorf("layout %v: %+v, %v, want %q", layout, estimates, err, want)
		}
	}
}

func TestReadRecordingsRefuses(t *testing.T) {
	for name, line := range map[string]string{
		"what is no JSON":           `{`,
		"a time of zero":            `{"slowdown":0,"base":{"A":0},"head":{"A":1}}`,
		"a benchmark on one side":   `{"slowdown":0,"base":{"A":1,"B":1},"head":{"A":1}}`,
		"no benchmark":              `{"slowdown":0}`,
		"a slowdown that is no one": `{"slowdown":-1,"base":{"A":1},"head":{"A":1}}`,
		"nothing":                   ``,
	} {
		if _, err := ReadRecordings(strings.NewReader(line)); err == nil {
			t.Errorf("%s is read", name)
		}
	}
}

// What is read is written again as it was.
func FuzzReadRecordings(f *testing.F) {
	f.Add([]byte(`{"slowdown": 0, "t": 0.5, "base": {"A": 10.5}, "head": {"A": 11}}`))
	f.Add([]byte("{\"name\":\"quiet\",\"slowdown\":0.05,\"base\":{\"A\":1,\"B\":2},\"head\":{\"A\":1,\"B\":2}}\n{\"slowdown\":0,\"layout\":true,\"base\":{\"A\":1},\"head\":{\"A\":1}}"))
	f.Add([]byte(`{"slowdown": 1e9}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		list, err := ReadRecordings(bytes.NewReader(text))
		if err != nil {
			return
		}
		var written bytes.Buffer
		if err := WriteRecordings(&written, list); err != nil {
			t.Fatal(err)
		}
		again, err := ReadRecordings(&written)
		if err != nil || len(again) != len(list) {
			t.Fatalf("%d recordings became %d: %v", len(list), len(again), err)
		}
		for i := range list {
			if !reflect.DeepEqual(list[i], again[i]) {
				t.Fatalf("%+v became %+v", list[i], again[i])
			}
		}
	})
}
