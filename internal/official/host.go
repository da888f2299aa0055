package official

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
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

// Toolchains asks the tools of the suites' formats for their versions. A tool
// that does not answer is left out.
func Toolchains(ctx context.Context, suites []bench.Suite) map[string]string {
	versions := map[string]string{"cupel built with": runtime.Version()}
	asked := make(map[string]bool)
	for _, s := range suites {
		for _, command := range versionCommands[s.Format] {
			if asked[command[0]] {
				continue
			}
			asked[command[0]] = true
			if line := versionLine(ctx, command); line != "" {
				versions[command[0]] = line
			}
		}
	}
	return versions
}

// versionLine is the first line that a command prints.
func versionLine(ctx context.Context, command []string) string {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, command[0], command[1:]...).Output()
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(string(out), "\n")
	return strings.TrimSpace(line)
}
