package run

import (
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/cupel-dev/cupel/internal/bench"
)

// Procs are the GOMAXPROCS values that a suite of Go benchmarks uses: those of
// its -test.cpu, its environment or ours, else the
// machine's. Suites of other formats have none.
func Procs(s bench.Suite) []int {
	if s.Format != "gobench" {
		return nil
	}
	for _, arg := range s.Run {
		for _, flag := range []string{"-test.cpu=", "--test.cpu=", "-cpu=", "--cpu="} {
			if list, ok := strings.CutPrefix(arg, flag); ok {
				return numbers(list)
			}
		}
	}
	for _, value := range []string{s.Env["GOMAXPROCS"], os.Getenv("GOMAXPROCS")} {
		if value != "" {
			return numbers(value)
		}
	}
	all := []int{runtime.NumCPU(), runtime.GOMAXPROCS(0)}
	slices.Sort(all)
	return slices.Compact(all)
}

func numbers(list string) []int {
	var ns []int
	for part := range strings.SplitSeq(list, ",") {
		if n, err := strconv.Atoi(strings.TrimSpace(part)); err == nil && n > 0 {
			ns = append(ns, n)
		}
	}
	return ns
}
