package official

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"github.com/cupel-dev/cupel/internal/bench"
)

// lockHost keeps a second measurement off the machine: each would disturb the
// other.
func lockHost(cache string) (*flock.Flock, error) {
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return nil, refuse("", "make cache directory: %v", err)
	}
	lock := flock.New(filepath.Join(filepath.Dir(cache), "measuring.lock"))
	locked, err := lock.TryLock()
	if err != nil {
		return nil, refuse("", "lock the host: %v", err)
	}
	if !locked {
		return nil, refuse("Wait until it has ended: two would disturb each other.", "another measurement is running on this host")
	}
	return lock, nil
}

// versionCommands say the version of what a format's suites are built or run with.
var versionCommands = map[string][][]string{
	"gobench":         {{"go", "version"}},
	"criterion":       {{"cargo", "--version"}, {"rustc", "--version"}},
	"libtest":         {{"cargo", "--version"}, {"rustc", "--version"}},
	"googlebenchmark": {{"c++", "--version"}},
	"hyperfine":       {{"hyperfine", "--version"}},
	"pytest":          {{"python3", "--version"}},
}

// toolchains asks the tools of the suites' formats for their versions. A tool
// that does not answer is left out.
func toolchains(ctx context.Context, suites []bench.Suite) map[string]string {
	versions := map[string]string{"cupel built with": runtime.Version()}
	for _, s := range suites {
		for _, command := range versionCommands[s.Format] {
			ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
			out, err := exec.CommandContext(ctx, command[0], command[1:]...).Output()
			cancel()
			if line, _, _ := strings.Cut(string(out), "\n"); err == nil && line != "" {
				versions[command[0]] = strings.TrimSpace(line)
			}
		}
	}
	return versions
}

// procs are the GOMAXPROCS values that a suite of Go benchmarks uses: those of
// its -test.cpu, its environment or ours, else the machine's.
func procs(s bench.Suite) []int {
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
