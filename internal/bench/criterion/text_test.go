package criterion_test

import "testing"

// pad is the width of the column of titles.
const pad = "                        "

const running = "     Running benches/parse.rs (target/release/deps/parse-0123456789abcdef)\n"

func TestText(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"A12: a long id has a line of its own, and a throughput is no time",
			"basic_operations/lazy_add_sync\n" +
				pad + "time:   [791.42 ns 797.23 ns 804.05 ns]\n" +
				pad + "change: [+1.91% +2.64% +3.43%] (p = 0.00 < 0.05)\n" +
				pad + "Performance has regressed.\n" +
				"matmul/eager/64         time:   [6.8481 µs 6.8613 µs 6.8793 µs]\n" +
				pad + "thrpt:  [38.106 Gelem/s 38.206 Gelem/s 38.280 Gelem/s]\n",
			`ok
basic_operations/lazy_add_sync time: 797.23 ns lower
matmul/eager/64 time: 6861.3 ns lower
matmul/eager/64 throughput: 3.8206e+10 elem/s higher
`},
		{"A12: all units of time, also three in one line",
			"a                       time:   [ 1.0000 ps  2.0000 ps  3.0000 ps]\n" +
				"b                       time:   [999.99 ns 1.0000 µs 1.0001 µs]\n" +
				"c                       time:   [1.0000 us 2.0000 us 3.0000 us]\n" +
				"d                       time:   [1.0000 ms 2.0000 ms 3.0000 ms]\n" +
				"e                       time:   [1.0000  s 12346 s 12347 s]\n",
			`ok
a time: 0.002 ns lower
b time: 1000 ns lower
c time: 2000 ns lower
d time: 2e+06 ns lower
e time: 1.2346e+13 ns lower
`},
		{"all units of throughput, bits as bytes",
			"a                       time:   [1.0000 s 1.0000 s 1.0000 s]\n" +
				pad + "thrpt:  [1.0000   B/s 2.0000   B/s 3.0000   B/s]\n" +
				"b                       time:   [1.0000 s 1.0000 s 1.0000 s]\n" +
				pad + "thrpt:  [1.0000 KB/s 2.0000 KB/s 3.0000 KB/s]\n" +
				"c                       time:   [1.0000 s 1.0000 s 1.0000 s]\n" +
				pad + "thrpt:  [8.0000 Mb/s 16.000 Mb/s 24.000 Mb/s]\n" +
				"d                       time:   [1.0000 s 1.0000 s 1.0000 s]\n" +
				pad + "thrpt:  [1.0000  elem/s 2.0000  elem/s 3.0000  elem/s]\n",
			`ok
a time: 1e+09 ns lower
a throughput: 2 B/s higher
b time: 1e+09 ns lower
b throughput: 2000 B/s higher
c time: 1e+09 ns lower
c throughput: 2e+06 B/s higher
d time: 1e+09 ns lower
d throughput: 2 elem/s higher
`},
		{"0.8: two throughputs, and a change with a minus of its own", v08,
			`ok
rows rows/parse time: 4096 ns lower
rows rows/parse throughput: 244140 elem/s higher
rows rows/parse throughput-bytes: 2.55999e+08 B/s higher
`},
		{"a custom measurement keeps its unit and has no direction",
			"a                       time:   [10.000 Kcycles 11.000 Kcycles 12.000 Kcycles]\n" +
				"b                       time:   [10 11 12]\n",
			`ok
a measurement: 11 Kcycles unknown
b measurement: 11 unknown
`},
		{"the details of --verbose are not read",
			"alloc                   time:   [2.5094 ms 2.5306 ms 2.5553 ms]\n" +
				"slope  [2.5094 ms 2.5553 ms] R^2            [0.8660614 0.8640630]\n" +
				"mean   [2.5142 ms 2.5557 ms] std. dev.      [62.868 us 149.50 us]\n" +
				"median [2.5023 ms 2.5262 ms] med. abs. dev. [40.034 us 73.259 us]\n",
			"ok\nalloc time: 2.5306e+06 ns lower\n"},
		{"a log between a title and its time does not take its place",
			"Benchmarking group/of_long_name/parse\n" +
				"Benchmarking group/of_long_name/parse: Analyzing\n" +
				"group/of_long_name/parse\n" +
				"WARN the cache is cold\n" +
				pad + "time:   [1.0000 ns 2.0000 ns 3.0000 ns]\n",
			"ok\ngroup/of_long_name/parse time: 2 ns lower\n"},
		{"output without a newline before a result is not part of its title",
			"progress: 100 %fib                     time:   [1.0000 ns 2.0000 ns 3.0000 ns]\n",
			"ok\nfib time: 2 ns lower\n"},
		{"stderr before stdout",
			"Benchmarking group/of_long_name/parse\nBenchmarking group/of_long_name/print\n" +
				"group/of_long_name/parse\n" + pad + "time:   [1.0000 ns 2.0000 ns 3.0000 ns]\n" +
				"group/of_long_name/print\n" + pad + "time:   [1.0000 ns 4.0000 ns 5.0000 ns]\n",
			"ok\ngroup/of_long_name/parse time: 2 ns lower\ngroup/of_long_name/print time: 4 ns lower\n"},
		{"a title with a colon",
			"Benchmarking a: b\nBenchmarking a: b: Warming up for 3.0000 s\nBenchmarking a: b: Analyzing\n" +
				"a: b                    time:   [1.0000 ns 2.0000 ns 3.0000 ns]\n",
			"ok\na: b time: 2 ns lower\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { check(t, tt.text, tt.want) })
	}
}

func TestBenchTargets(t *testing.T) {
	const result = "small                   time:   [1.0000 ns 2.0000 ns 3.0000 ns]\n"
	line := func(s string) string { return "     Running " + s + "\n" }
	tests := []struct{ name, text, want string }{
		{"equal ids in two targets are two benchmarks",
			running + result + line("benches/print.rs (target/release/deps/print-0123456789abcdef)") + result,
			"ok\nparse small time: 2 ns lower\nprint small time: 2 ns lower\n"},
		{"old cargo names the executable alone", line("target/release/deps/parse-0123456789abcdef") + result,
			"ok\nparse small time: 2 ns lower\n"},
		{"verbose cargo names the command", line("`/src/target/release/deps/my-parse-0123456789abcdef --bench`") + result,
			"ok\nmy-parse small time: 2 ns lower\n"},
		{"Windows", line(`benches\parse.rs (target\release\deps\parse-0123456789abcdef.exe)`) + result,
			"ok\nparse small time: 2 ns lower\n"},
		{"a compiler is no target", line("`rustc --crate-name parse --out-dir /src/target/release/deps`") + result,
			"ok\nsmall time: 2 ns lower\n"},
		{"one target read twice repeats its values", running + result + running + result,
			"ok\nparse small time: 2 2 ns lower\nnote: small has more than one time: several benchmarks have this id, or these are several runs\n"},
		{"two packages of a workspace have a target of one name",
			running + result + line("benches/parse.rs (target/release/deps/parse-fedcba9876543210)") + result,
			`failed
parse small time: 2 2 ns lower error: two executables measured it: target/release/deps/parse-0123456789abcdef and target/release/deps/parse-fedcba9876543210
failure: small: two executables measured it: target/release/deps/parse-0123456789abcdef and target/release/deps/parse-fedcba9876543210
`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { check(t, tt.text, tt.want) })
	}
}

func TestCutTitles(t *testing.T) {
	const title = "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789..."
	const result = title + "\n" + pad + "time:   [1.0000 ns 2.0000 ns 3.0000 ns]\n"
	check(t, result, "ok\n"+title+" time: 2 ns lower\n"+
		"note: "+title+": criterion cut this name at 100 bytes; target/criterion holds all of it\n")
	check(t, result+result, "failed\n"+title+" time: 2 2 ns lower error: two benchmarks have this name, which criterion cut at 100 bytes\n"+
		"failure: "+title+": two benchmarks have this name, which criterion cut at 100 bytes\n"+
		"note: "+title+": criterion cut this name at 100 bytes; target/criterion holds all of it\n")
	const whole = "an ellipsis at the end..."
	check(t, whole+"\n"+pad+"time:   [1.0000 ns 2.0000 ns 3.0000 ns]\n", "ok\n"+whole+" time: 2 ns lower\n")
}

func TestMessages(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"the value is the median of the samples", messages, `ok
norm time: 110 ns lower
norm throughput: 9.30909e+09 B/s higher
sum/4 time: 4000 ns lower
`},
		{"text of the same benchmark does not count twice",
			"Benchmarking norm\nBenchmarking norm: Analyzing\n" +
				"norm                    time:   [100.00 ns 117.50 ns 120.00 ns]\n" + messages, `ok
norm time: 110 ns lower
norm throughput: 9.30909e+09 B/s higher
sum/4 time: 4000 ns lower
`},
		{"a message that is cut is no result", `{"reason":"benchmark-complete","id":"norm","iteration_count":[1],"measured_v`,
			"failed\nfailure: line 1 is a message of cargo-criterion that cannot be read\n"},
		{"a sample that is no number", `{"reason":"benchmark-complete","id":"norm","iteration_count":[1,2],"measured_values":[null,3],"unit":"ns"}`,
			"failed\nnorm time: ns lower error: sample 1 measured 0 in 1 iterations\nfailure: norm: sample 1 measured 0 in 1 iterations\n"},
		{"a custom measurement", `{"reason":"benchmark-complete","id":"norm","iteration_count":[1,2],"measured_values":[10,20],"unit":"cycles","throughput":[{"per_iteration":1,"unit":"bytes"}]}`,
			"ok\nnorm measurement: 10 cycles unknown\n"},
		{"messages of cargo are not read", `{"reason":"compiler-artifact","package_id":"x"}` + "\n" + `{"reason":"build-finished","success":true}` + "\n",
			"failed\nfailure: no benchmark was measured\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { check(t, tt.text, tt.want) })
	}
}
