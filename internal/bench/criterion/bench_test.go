package criterion_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/bench/criterion"
)

func BenchmarkRead(b *testing.B) {
	result := "group/of_long_name/parse\n" + pad + "time:   [1.0000 ns 2.0000 ns 3.0000 ns]\n"
	inputs := []struct {
		name string
		text string
	}{
		{"results", strings.Repeat(result, 10_000)},
		{"progress", strings.Repeat("Benchmarking group/of_long_name/parse: Warming up for 3.0000 s\n", 10_000) + result},
		{"log", strings.Repeat("2026-01-02T03:04:05Z INFO request 17 took 12 ms\n", 10_000) + result},
	}
	for _, in := range inputs {
		b.Run(in.name, func(b *testing.B) {
			text := []byte(in.text)
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				var set bench.Set
				if err := criterion.Read(bytes.NewReader(text), bench.Known{}, &set); err != nil || !set.Measured() {
					b.Fatal(err, set.Failures())
				}
			}
		})
	}
}
