package criterion_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/bench/benchtest"
	"github.com/cupel-dev/cupel/internal/bench/criterion"
)

// The files of testdata named v0.3.6 are what criterion 0.3.6 wrote for a
// project of our own, with other paths and the plots left out.
func testdata(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// v08 has the forms of 0.8: a minus of its own and two throughputs.
const v08 = "     Running benches/rows.rs (target/release/deps/rows-0123456789abcdef)\n" +
	"Gnuplot not found, using plotters backend\n" +
	"Benchmarking rows/parse\n" +
	"Benchmarking rows/parse: Warming up for 3.0000 s\n" +
	"Benchmarking rows/parse: Collecting 100 samples in estimated 5.0002 s (1.2M iterations)\n" +
	"Benchmarking rows/parse: Analyzing\n" +
	"rows/parse              time:   [4.0000 µs 4.0960 µs 4.2000 µs]\n" +
	"                        thrpt:  [238.10 Kelem/s 244.14 Kelem/s 250.00 Kelem/s]\n" +
	"                        thrpt:  [238.10 MiB/s 244.14 MiB/s 250.00 MiB/s]\n" +
	"                 change:\n" +
	"                        time:   [−2.1000% −1.5000% −0.9000%] (p = 0.00 < 0.05)\n" +
	"                        thrpt:  [+0.9082% +1.5228% +2.1450%]\n" +
	"                        Performance has improved.\n" +
	"Found 2 outliers among 100 measurements (2.00%)\n" +
	"  2 (2.00%) high mild\n"

// messages are those of cargo-criterion, without the text on stderr.
const messages = `{"reason":"benchmark-complete","id":"norm","report_directory":"target/criterion/reports/norm",` +
	`"iteration_count":[10,20,30],"measured_values":[1000.0,2400.0,3300.0],"unit":"ns",` +
	`"throughput":[{"per_iteration":1024,"unit":"bytes"}],` +
	`"typical":{"estimate":117.5,"lower_bound":100.0,"upper_bound":120.0,"unit":"ns"},` +
	`"median":{"estimate":110.0,"lower_bound":100.0,"upper_bound":120.0,"unit":"ns"},"slope":null,` +
	`"change":{"mean":{"estimate":0.0143,"lower_bound":-0.0179,"upper_bound":0.0391,"unit":"%"},"change":"NoChange"}}
{"reason":"benchmark-complete","id":"sum/4","iteration_count":[1,1],"measured_values":[3.0,5.0],"unit":"us","throughput":[]}
{"reason":"group-complete","group_name":"sum","benchmarks":["sum/3","sum/4"],"report_directory":"target/criterion/reports/sum"}
`

func TestConform(t *testing.T) {
	benchtest.Conform(t, criterion.Read, map[string][]byte{
		"0.3.6":          testdata(t, "v0.3.6.txt"),
		"on a terminal":  testdata(t, "v0.3.6_terminal.txt"),
		"0.8":            []byte(v08),
		"messages":       []byte(messages),
		"messages, text": []byte(messages + v08),
	})
}

func FuzzRead(f *testing.F) {
	benchtest.Fuzz(f, criterion.Read,
		testdata(f, "v0.3.6_merged.txt"), testdata(f, "v0.3.6_terminal.txt"), []byte(v08), []byte(messages),
		[]byte("Testing x\nSuccess\n"), []byte("test x ... bench:  12 ns/iter (+/- 3)\n"),
		[]byte("thread 'main' panicked at 'boom', benches/x.rs:1:1\nerror: bench failed\n"),
	)
}

// check reads text and compares what benchtest.Describe says.
func check(t *testing.T, text, want string) {
	t.Helper()
	var set bench.Set
	if err := criterion.Read(strings.NewReader(text), bench.Known{}, &set); err != nil {
		t.Fatal(err)
	}
	if got := benchtest.Describe(&set); got != want {
		t.Errorf("read\n%s\ngot\n%s\nwant\n%s", text, got, want)
	}
}

func TestRealOutput(t *testing.T) {
	const cut = "sums of numbers whose id is so long that criterion cuts it in its text and in its directory names: t..."
	const cutNotes = "note: " + cut + ": criterion cut this name at 100 bytes; target/criterion holds all of it\n" +
		"note: " + cut + " #2: criterion cut this name at 100 bytes; target/criterion holds all of it\n"
	tests := []struct{ file, want string }{
		{"v0.3.6.txt", "ok\n" +
			"small time: 9.5467 ns lower\n" +
			"xor/many/n/100 time: 48.549 ns lower\n" +
			"xor/many/n/100 throughput: 1.64776e+10 B/s higher\n" +
			"xor/many/n/1000 time: 350.6 ns lower\n" +
			"xor/many/n/1000 throughput: 2.28181e+10 B/s higher\n" +
			"xor/many/size=500/unit=elements {size=500} {unit=elements} time: 88.826 ns lower\n" +
			"xor/many/size=500/unit=elements {size=500} {unit=elements} throughput: 5.629e+09 elem/s higher\n" +
			cut + " time: 3.4432 ns lower\n" +
			cut + " #2 time: 7.0177 ns lower\n" +
			"sleep time: 4.1497e+06 ns lower\n" +
			cutNotes},
		{"v0.3.6_terminal.txt", "ok\n" +
			"xor small time: 9.3726 ns lower\n" +
			"xor xor/many/n/100 time: 66.434 ns lower\n" +
			"xor xor/many/n/100 throughput: 1.2042e+10 B/s higher\n" +
			"xor xor/many/n/1000 time: 196.82 ns lower\n" +
			"xor xor/many/n/1000 throughput: 4.06465e+10 B/s higher\n" +
			"xor xor/many/size=500/unit=elements {size=500} {unit=elements} time: 95.633 ns lower\n" +
			"xor xor/many/size=500/unit=elements {size=500} {unit=elements} throughput: 5.2283e+09 elem/s higher\n" +
			"xor " + cut + " time: 10.819 ns lower\n" +
			"xor " + cut + " #2 time: 7.2594 ns lower\n" +
			"xor sleep time: 4.2861e+06 ns lower\n" +
			cutNotes},
		{"v0.3.6_merged.txt", "failed\n" +
			"add small time: 1.6425 ns lower\n" +
			"fails before time: 1.665 ns lower\n" +
			"fails zero time: ns lower error: criterion measured zero time per iteration\n" +
			"fails boom time: ns lower error: panicked at benches/fails.rs:7:34: the bench broke\n" +
			"xor small time: 4.6859 ns lower\n" +
			"xor xor/many/n/100 time: 53.777 ns lower\n" +
			"xor xor/many/n/100 throughput: 1.48756e+10 B/s higher\n" +
			"xor xor/many/n/1000 time: 179.52 ns lower\n" +
			"xor xor/many/n/1000 throughput: 4.45646e+10 B/s higher\n" +
			"xor xor/many/size=500/unit=elements {size=500} {unit=elements} time: 249.9 ns lower\n" +
			"xor xor/many/size=500/unit=elements {size=500} {unit=elements} throughput: 2.0008e+09 elem/s higher\n" +
			"xor " + cut + " time: 19.353 ns lower\n" +
			"xor " + cut + " #2 time: 28.909 ns lower\n" +
			"xor sleep time: 6.5433e+06 ns lower\n" +
			"failure: zero: criterion measured zero time per iteration\n" +
			"failure: boom: panicked at benches/fails.rs:7:34: the bench broke\n" +
			"failure: error: bench failed, to rerun pass `--bench fails`\n" +
			"missing: benches/harness.rs\n" +
			"note: sleep: Unable to complete 10 samples in 50.0ms. You may wish to increase target time to 117.8ms.\n" +
			cutNotes + "note: error: 1 target failed\n"},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) { check(t, string(testdata(t, tt.file)), tt.want) })
	}
}
