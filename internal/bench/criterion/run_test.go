package criterion_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/bench/benchtest"
	"github.com/cupel-dev/cupel/internal/bench/criterion"
)

func TestReadRun(t *testing.T) {
	const announced = "Benchmarking good\n" + good
	var (
		inTree = measurement("good", `{"full_id":"good","title":"good"}`)
		cut    = strings.Repeat("0123456789", 10) + "..."
		long   = strings.Repeat("0123456789", 11)
	)
	tests := []struct{ name, text, tree, want string }{
		{"the value is the directory's, the target the text's", running + announced, inTree, "ok\nparse good time: 3 ns lower\n"},
		{"A10: a cut title gets its whole name back",
			cut + "\n" + pad + "time:   [1.0000 ns 2.0000 ns 3.0000 ns]\n",
			measurement("0123", `{"full_id":"`+long+`","title":"`+cut+`"}`), "ok\n" + long + " time: 3 ns lower\n"},
		{"what the text does not name is left over", good, inTree + measurement("old", `{"full_id":"old"}`),
			"ok\ngood time: 3 ns lower\nnote: left over from an earlier run and not read: old\n"},
		{"what was announced and not measured is missing", announced + "Benchmarking slow\n", inTree + measurement("slow", `{"full_id":"slow"}`),
			"incomplete\ngood time: 3 ns lower\nmissing: slow\nnote: left over from an earlier run and not read: slow\n"},
		{"what failed stays failed", announced + "Benchmarking boom\nthread 'main' panicked at 'boom', x.rs:1:1\n", inTree,
			"failed\ngood time: 3 ns lower\nboom time: ns lower error: panicked at 'boom', x.rs:1:1\nfailure: boom: panicked at 'boom', x.rs:1:1\n"},
		{"what was measured and is not in the directory has no value", good, measurement("old", `{"full_id":"old"}`),
			"failed\ngood time: ns lower error: its samples are not in the criterion directory\n" +
				"failure: good: its samples are not in the criterion directory\nnote: left over from an earlier run and not read: old\n"},
		{"A10: two benchmarks of one id overwrote each other",
			running + good + "     Running benches/print.rs (target/release/deps/print-0123456789abcdef)\n" + good, inTree,
			"failed\n" +
				"parse good time: ns lower error: 2 benchmarks have this id, and criterion keeps only the last one's samples: give each its own\n" +
				"print good time: ns lower error: 2 benchmarks have this id, and criterion keeps only the last one's samples: give each its own\n" +
				"failure: good: 2 benchmarks have this id, and criterion keeps only the last one's samples: give each its own\n" +
				"failure: good: 2 benchmarks have this id, and criterion keeps only the last one's samples: give each its own\n"},
		{"samples that make no sense", good, "-- good/new/benchmark.json --\n{\"full_id\":\"good\"}\n-- good/new/sample.json --\n{\n",
			"failed\ngood time: ns lower error: good/new/sample.json: unexpected end of JSON input\n" +
				"failure: good: good/new/sample.json: unexpected end of JSON input\n"},
		{"a custom measurement has its unit in the text alone",
			"good                    time:   [1.0000 cycles 2.0000 cycles 3.0000 cycles]\n", inTree, "ok\ngood measurement: 2 cycles unknown\n"},
		{"messages hold the samples themselves", messages, "", "ok\nnorm time: 110 ns lower\nnorm throughput: 9.30909e+09 B/s higher\nsum/4 time: 4000 ns lower\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var set bench.Set
			if err := criterion.ReadRun(strings.NewReader(tt.text), tree(tt.tree), bench.Known{}, &set); err != nil {
				t.Fatal(err)
			}
			if got := benchtest.Describe(&set); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestReadRealRun(t *testing.T) {
	var set bench.Set
	err := criterion.ReadRun(bytes.NewReader(testdata(t, "v0.3.6.txt")), tree(string(testdata(t, "v0.3.6.txtar"))), bench.Known{}, &set)
	if err != nil {
		t.Fatal(err)
	}
	want := "ok\n" +
		"small time: 10.1975 ns lower\n" +
		"xor/many/n/100 time: 36.8545 ns lower\n" +
		"xor/many/n/100 throughput: 2.1707e+10 B/s higher\n" +
		"xor/many/n/1000 time: 303.329 ns lower\n" +
		"xor/many/n/1000 throughput: 2.6374e+10 B/s higher\n" +
		"xor/many/size=500/unit=elements {size=500} {unit=elements} time: 88.7834 ns lower\n" +
		"xor/many/size=500/unit=elements {size=500} {unit=elements} throughput: 5.63168e+09 elem/s higher\n" +
		ten + " time: 3.44947 ns lower\n" +
		twenty + " time: 7.27391 ns lower\n" +
		"sleep time: 4.15126e+06 ns lower\n"
	if got := benchtest.Describe(&set); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
