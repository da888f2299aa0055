package criterion_test

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/bench/benchtest"
	"github.com/cupel-dev/cupel/internal/bench/criterion"
)

// aRun is when the files of the trees in these tests were written.
var aRun = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// tree makes a directory from a txtar archive.
func tree(archive string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for _, f := range txtar.Parse([]byte(archive)).Files {
		fsys[f.Name] = &fstest.MapFile{Data: f.Data, ModTime: aRun}
	}
	return fsys
}

// measurement is one directory new whose samples have the median 3 ns.
func measurement(dir, benchmark string) string {
	return "-- " + dir + "/new/benchmark.json --\n" + benchmark + "\n" +
		"-- " + dir + "/new/estimates.json --\n{\"median\":{\"point_estimate\":3.0},\"mean\":{\"point_estimate\":9.0},\"slope\":null}\n" +
		"-- " + dir + "/new/sample.json --\n{\"sampling_mode\":\"Flat\",\"iters\":[2,2,2],\"times\":[6.0,4.0,44.0]}\n"
}

func checkTree(t *testing.T, fsys fs.FS, since time.Time, want string) {
	t.Helper()
	var set bench.Set
	if err := criterion.ReadTree(fsys, since, &set); err != nil {
		t.Fatal(err)
	}
	if got := benchtest.Describe(&set); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

const (
	ten    = "sums of numbers whose id is so long that criterion cuts it in its text and in its directory names: ten"
	twenty = "sums of numbers whose id is so long that criterion cuts it in its text and in its directory names: twenty"
)

func TestRealTree(t *testing.T) {
	checkTree(t, tree(string(testdata(t, "v0.3.6.txtar"))), time.Time{}, "ok\n"+
		"sleep time: 4.15126e+06 ns lower\n"+
		"small time: 10.1975 ns lower\n"+
		ten+" time: 3.44947 ns lower\n"+
		twenty+" time: 7.27391 ns lower\n"+
		"xor/many/n/100 time: 36.8545 ns lower\n"+
		"xor/many/n/100 throughput: 2.1707e+10 B/s higher\n"+
		"xor/many/n/1000 time: 303.329 ns lower\n"+
		"xor/many/n/1000 throughput: 2.6374e+10 B/s higher\n"+
		"xor/many/size=500/unit=elements {size=500} {unit=elements} time: 88.7834 ns lower\n"+
		"xor/many/size=500/unit=elements {size=500} {unit=elements} throughput: 5.63168e+09 elem/s higher\n")
}

func TestReadTree(t *testing.T) {
	tests := []struct{ name, archive, want string }{
		{"A10: the name is the full id, not the path",
			measurement("g/f_x", `{"full_id":"g/f?x"}`) + measurement("g/f_x_2", `{"full_id":"g/f*x"}`),
			"ok\ng/f?x time: 3 ns lower\ng/f*x time: 3 ns lower\n"},
		{"A10: two directories of one full id are a failure",
			measurement("a_b/c", `{"full_id":"a/b/c"}`) + measurement("a/b_c", `{"full_id":"a/b/c"}`) + measurement("d", `{"full_id":"d"}`),
			"failed\na/b/c time: ns lower error: two directories hold it: a/b_c/new and a_b/c/new\nd time: 3 ns lower\n" +
				"failure: a/b/c: two directories hold it: a/b_c/new and a_b/c/new\n"},
		{"A11: a change, a base and a saved baseline are no measurements",
			measurement("a", `{"full_id":"a"}`) +
				"-- a/change/estimates.json --\n{\"mean\":{\"point_estimate\":0.2}}\n" +
				strings.ReplaceAll(measurement("a", `{"full_id":"a"}`), "/new/", "/base/") +
				strings.ReplaceAll(measurement("a", `{"full_id":"a"}`), "/new/", "/main/") +
				"-- a/report/index.html --\n<html>\n-- report/index.html --\n<html>\n",
			"ok\na time: 3 ns lower\n"},
		{"benchmarks may be called new, base, change and report",
			measurement("g/new", `{"full_id":"g/new"}`) + measurement("g/base", `{"full_id":"g/base"}`) +
				measurement("change", `{"full_id":"change"}`) + measurement("new", `{"full_id":"new"}`),
			"ok\nchange time: 3 ns lower\ng/base time: 3 ns lower\ng/new time: 3 ns lower\nnew time: 3 ns lower\n"},
		{"A11: before 0.3.3 the samples are a bare pair and the keys begin with capitals",
			"-- a/new/benchmark.json --\n{\"full_id\":\"a\"}\n-- a/new/sample.json --\n[[1,2],[2,8]]\n-- a/new/estimates.json --\n{\"Median\":{\"point_estimate\":9}}\n" +
				"-- b/new/benchmark.json --\n{\"full_id\":\"b\"}\n-- b/new/estimates.json --\n{\"Mean\":{\"point_estimate\":9},\"Median\":{\"point_estimate\":5},\"Slope\":{\"point_estimate\":8}}\n",
			"ok\na time: 3 ns lower\nb time: 5 ns lower\n"},
		{"every kind of throughput",
			measurement("a", `{"full_id":"a","throughput":{"Bytes":3000}}`) +
				measurement("b", `{"full_id":"b","throughput":{"BytesDecimal":3000}}`) +
				measurement("c", `{"full_id":"c","throughput":{"Bits":24000}}`) +
				measurement("d", `{"full_id":"d","throughput":{"Elements":3}}`) +
				measurement("e", `{"full_id":"e","throughput":{"ElementsAndBytes":{"elements":3,"bytes":3000}}}`) +
				measurement("f", `{"full_id":"f","throughput":{"Furlongs":3}}`) +
				measurement("g/k=v", `{"full_id":"g/k=v","throughput":null}`),
			`ok
a time: 3 ns lower
a throughput: 1e+12 B/s higher
b time: 3 ns lower
b throughput: 1e+12 B/s higher
c time: 3 ns lower
c throughput: 1e+12 B/s higher
d time: 3 ns lower
d throughput: 1e+09 elem/s higher
e time: 3 ns lower
e throughput: 1e+09 elem/s higher
e throughput-bytes: 1e+12 B/s higher
f time: 3 ns lower
g/k=v {k=v} time: 3 ns lower
note: f: its throughput is of a kind that is not known here and was not read
`},
		{"a directory without a name", measurement("a", `{"group_id":"a"}`) + "-- b/new/sample.json --\n[[1],[1]]\n" + measurement("c", "{"),
			"failed\nfailure: a/new/benchmark.json: there is no full_id\nfailure: b/new/benchmark.json: the file is missing\n" +
				"failure: c/new/benchmark.json: unexpected end of JSON input\n"},
		{"samples that make no sense", `
-- a/new/benchmark.json --
{"full_id":"a"}
-- b/new/benchmark.json --
{"full_id":"b"}
-- b/new/sample.json --
{"iters":[1,2],"times":[1]}
-- c/new/benchmark.json --
{"full_id":"c"}
-- c/new/sample.json --
{"iters":[1,0],"times":[1,1]}
-- d/new/benchmark.json --
{"full_id":"d"}
-- d/new/sample.json --
[[1],[1],[1]]
-- e/new/benchmark.json --
{"full_id":"e"}
-- e/new/estimates.json --
{"mean":{"point_estimate":1}}
-- f/new/benchmark.json --
{"full_id":"f"}
-- f/new/sample.json --
{"iters":[],"times":[]}
`, `failed
a time: ns lower error: a/new/estimates.json: the file is missing
b time: ns lower error: b/new/sample.json: there are 1 times for 2 numbers of iterations
c time: ns lower error: c/new/sample.json: sample 2 measured 1 in 0 iterations
d time: ns lower error: d/new/sample.json: there are 3 lists instead of 2
e time: ns lower error: e/new/estimates.json: there is no median
f time: ns lower error: f/new/sample.json: there are no samples
failure: a: a/new/estimates.json: the file is missing
failure: b: b/new/sample.json: there are 1 times for 2 numbers of iterations
failure: c: c/new/sample.json: sample 2 measured 1 in 0 iterations
failure: d: d/new/sample.json: there are 3 lists instead of 2
failure: e: e/new/estimates.json: there is no median
failure: f: f/new/sample.json: there are no samples
`},
		{"an empty directory", "", "failed\nfailure: no benchmark of this run is in the criterion directory\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { checkTree(t, tree(tt.archive), time.Time{}, tt.want) })
	}
}

func TestLeftOver(t *testing.T) {
	fsys := tree(measurement("a", `{"full_id":"a"}`) + measurement("b", `{"full_id":"b"}`) + measurement("c", "{"))
	for _, f := range fsys {
		f.ModTime = aRun.Add(-time.Hour)
	}
	for _, name := range []string{"benchmark.json", "estimates.json", "sample.json"} {
		fsys["a/new/"+name].ModTime = aRun
	}
	checkTree(t, fsys, aRun, "ok\na time: 3 ns lower\nnote: left over from an earlier run and not read: b, c/new\n")
	checkTree(t, fsys, aRun.Add(time.Second), "failed\nfailure: no benchmark of this run is in the criterion directory\n"+
		"note: left over from an earlier run and not read: a, b, c/new\n")
	got, err := criterion.Keep(fsys, aRun)
	want := []string{"a/new/benchmark.json", "a/new/estimates.json", "a/new/sample.json"}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("kept %q, error %v, want %q", got, err, want)
	}
}

// A run that was killed may have written new samples beside old estimates.
func TestAHalfWrittenMeasurementIsLeftOver(t *testing.T) {
	fsys := tree(measurement("a", `{"full_id":"a"}`))
	fsys["a/new/estimates.json"].ModTime = aRun.Add(-time.Hour)
	checkTree(t, fsys, aRun, "failed\nfailure: no benchmark of this run is in the criterion directory\n"+
		"note: left over from an earlier run and not read: a\n")
}

// What Keep keeps reads as the whole does.
func TestKeep(t *testing.T) {
	whole := tree(string(testdata(t, "v0.3.6.txtar")))
	whole["sleep/new/raw.csv"] = &fstest.MapFile{Data: []byte("group,function\n"), ModTime: aRun}
	whole["sleep/report/index.html"] = &fstest.MapFile{Data: []byte("<html>"), ModTime: aRun}
	names, err := criterion.Keep(whole, aRun)
	if err != nil {
		t.Fatal(err)
	}
	kept := fstest.MapFS{}
	for _, name := range names {
		if path.Base(path.Dir(name)) != "new" || path.Ext(name) != ".json" {
			t.Errorf("kept %s", name)
		}
		kept[name] = whole[name]
	}
	if len(names) != 3*7 {
		t.Errorf("kept %d files of 7 benchmarks, want 3 of each", len(names))
	}
	var want, got bench.Set
	if err := errors.Join(criterion.ReadTree(whole, aRun, &want), criterion.ReadTree(kept, aRun, &got)); err != nil {
		t.Fatal(err)
	}
	if a, b := benchtest.Describe(&want), benchtest.Describe(&got); a != b {
		t.Errorf("whole\n%s\nkept\n%s", a, b)
	}
}

func TestTreeErrors(t *testing.T) {
	missing, err := fs.Sub(fstest.MapFS{}, "target/criterion")
	if err != nil {
		t.Fatal(err)
	}
	var set bench.Set
	if err := criterion.ReadTree(missing, time.Time{}, &set); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("ReadTree of a missing directory: %v", err)
	}
	if _, err := criterion.Keep(missing, time.Time{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Keep of a missing directory: %v", err)
	}
	if err := criterion.ReadRun(strings.NewReader(good), missing, bench.Known{}, &set); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("ReadRun with a missing directory: %v", err)
	}
}

// The median that criterion itself computes is the oracle of ours.
func TestMedianAgreesWithCriterion(t *testing.T) {
	whole := tree(string(testdata(t, "v0.3.6.txtar")))
	estimates := fstest.MapFS{}
	for name, f := range whole {
		if path.Base(name) != "sample.json" {
			estimates[name] = f
		}
	}
	sameValues(t, whole, estimates)
}

// sameValues checks that two directories have the same benchmarks and values,
// to twelve digits.
func sameValues(t *testing.T, a, b fs.FS) {
	t.Helper()
	var x, y bench.Set
	if err := errors.Join(criterion.ReadTree(a, time.Time{}, &x), criterion.ReadTree(b, time.Time{}, &y)); err != nil {
		t.Fatal(err)
	}
	if len(x.Results) == 0 || len(x.Results) != len(y.Results) {
		t.Fatalf("%d and %d results", len(x.Results), len(y.Results))
	}
	for i, r := range x.Results {
		s := y.Results[i]
		if r.Benchmark != s.Benchmark || len(r.Values) != 1 || len(s.Values) != 1 {
			t.Fatalf("%+v and %+v", r, s)
		}
		if d := r.Values[0]/s.Values[0] - 1; d > 1e-12 || d < -1e-12 {
			t.Errorf("%v %s: %v and %v", r.Benchmark, r.Metric.Name, r.Values[0], s.Values[0])
		}
	}
}
