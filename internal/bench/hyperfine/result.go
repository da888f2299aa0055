package hyperfine

import (
	"fmt"
	"strings"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/bench/barejson"
)

// A result is one object of "results", times in seconds.
type result struct {
	Command    string            `json:"command"` // or what --command-name says
	Times      []barejson.Number `json:"times"`
	User       *barejson.Number  `json:"user"`
	System     *barejson.Number  `json:"system"`
	Memory     []barejson.Number `json:"memory_usage_byte"` // newer versions
	ExitCodes  []*int            `json:"exit_codes"`        // since 1.12; null where a process had none
	Parameters map[string]any    `json:"parameters"`
}

// errorMark is what old versions append to a command that failed.
const errorMark = " [ERROR]"

func (r result) benchmark() bench.Benchmark {
	var list []bench.Param
	for key, value := range r.Parameters {
		list = append(list, bench.Param{Key: key, Value: fmt.Sprint(value)})
	}
	return bench.Benchmark{Name: strings.TrimSuffix(r.Command, errorMark), Params: bench.MakeParams(list...)}
}

// fault says why the result has no valid time, "" if it has.
func (r result) fault() string {
	if strings.HasSuffix(r.Command, errorMark) {
		return "hyperfine marked the command as failed"
	}
	if len(r.Times) == 0 {
		return "no times, only their mean, which is no sample: use --export-json of a newer hyperfine"
	}
	if r.ExitCodes != nil && len(r.ExitCodes) != len(r.Times) {
		return fmt.Sprintf("%d exit codes for %d times", len(r.ExitCodes), len(r.Times))
	}
	for i, code := range r.ExitCodes {
		switch {
		case code == nil:
			return fmt.Sprintf("run %d of %d ended without an exit code: it was killed", i+1, len(r.Times))
		case *code != 0:
			return fmt.Sprintf("run %d of %d ended with exit code %d", i+1, len(r.Times), *code)
		}
	}
	for i, t := range r.Times {
		if t == 0 {
			return fmt.Sprintf("run %d of %d took 0 s after the shell's start was subtracted: run with --shell=none", i+1, len(r.Times))
		}
	}
	return ""
}
