package googlebenchmark_test

import (
	"strings"
	"testing"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/bench/googlebenchmark"
)

func BenchmarkRead(b *testing.B) {
	row := `{"name":"BM_Copy/64","run_name":"BM_Copy/64","run_type":"iteration","repetitions":2,"threads":1,"iterations":1368664,` +
		`"real_time":1.0492566473654550e-02,"cpu_time":1.0492764476891334e-02,"time_unit":"us","bytes_per_second":6.09e+09}`
	input := rows(row, strings.Repeat(row+",", 9999)+row)
	b.SetBytes(int64(len(input)))
	b.ReportAllocs()
	for b.Loop() {
		var set bench.Set
		if err := googlebenchmark.Read(strings.NewReader(input), bench.Known{}, &set); err != nil || set.Status() != bench.OK {
			b.Fatal(err, set.Failures())
		}
	}
}
