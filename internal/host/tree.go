package host

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
)

// A tree is the file tree of a Linux machine, of which /proc and /sys are
// read. Formats are those of proc(5), cgroups(7) and the kernel's
// Documentation/ABI. A test gives it a tree of its own, on any system.
type tree struct{ root fs.FS }

// text reads a small file without the blanks around it.
func (t tree) text(path string) (string, error) {
	data, err := fs.ReadFile(t.root, path)
	if err != nil {
		return "", readError(path, err)
	}
	return strings.TrimSpace(string(data)), nil
}

// readError writes a path as people know it, and not the operation.
func readError(path string, err error) error {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		err = pathErr.Err
	}
	if errors.Is(err, fs.ErrNotExist) {
		return absentError(path)
	}
	return fmt.Errorf("read /%s: %w", path, err)
}

// An absentError is the path of a file that this kernel or machine lacks.
type absentError string

func (e absentError) Error() string { return "/" + string(e) + " is not there" }

func (e absentError) Unwrap() error { return fs.ErrNotExist }

// word reads a file, "" where that fails. It is for fields that may be absent.
func (t tree) word(path string) string {
	s, err := t.text(path)
	if err != nil {
		return ""
	}
	return s
}

func (t tree) integer(path string) (int64, error) {
	s, err := t.text(path)
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("read /%s: %q is not a number", path, s)
	}
	return n, nil
}

func (t tree) exists(path string) bool {
	_, err := fs.Stat(t.root, path)
	return err == nil
}

// glob lists the paths that match, sorted; bad patterns do not occur.
func (t tree) glob(pattern string) []string {
	paths, err := fs.Glob(t.root, pattern)
	if err != nil {
		return nil
	}
	return paths
}

// field finds the value of a "key: value" or "key value" line.
func field(text, key string) (string, bool) {
	for line := range strings.Lines(text) {
		rest, ok := strings.CutPrefix(line, key)
		if !ok {
			continue
		}
		trimmed := strings.TrimLeft(rest, " \t")
		if value, ok := strings.CutPrefix(trimmed, ":"); ok {
			return strings.TrimSpace(value), true
		}
		if trimmed != rest {
			return strings.TrimSpace(trimmed), true
		}
	}
	return "", false
}

// maxCPUs is more than a kernel can be built for.
const maxCPUs = 1 << 16

// parseCPUs reads the kernel's list format, "0-3,8" (cpuset(7)).
func parseCPUs(s string) ([]int, error) {
	var cpus []int
	for part := range strings.SplitSeq(strings.TrimSpace(s), ",") {
		if part == "" {
			continue
		}
		low, high, isRange := strings.Cut(part, "-")
		if !isRange {
			high = low
		}
		from, err1 := strconv.Atoi(low)
		to, err2 := strconv.Atoi(high)
		if errors.Join(err1, err2) != nil || from < 0 || to < from || to-from+len(cpus) >= maxCPUs {
			return nil, fmt.Errorf("%q is not a list of CPUs", s)
		}
		for cpu := from; cpu <= to; cpu++ {
			cpus = append(cpus, cpu)
		}
	}
	return cpus, nil
}

const cpuDir = "sys/devices/system/cpu"

// online lists the CPUs that run.
func (t tree) online() ([]int, error) {
	s, err := t.text(cpuDir + "/online")
	if err != nil {
		return nil, err
	}
	cpus, err := parseCPUs(s)
	if err == nil && len(cpus) == 0 {
		err = fmt.Errorf("/%s/online names no CPU", cpuDir)
	}
	return cpus, err
}

func cpuPath(cpu int, rest string) string {
	return fmt.Sprintf("%s/cpu%d/%s", cpuDir, cpu, rest)
}
