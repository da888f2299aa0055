package version

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strconv"
	"strings"
)

var (
	moduleLine  = regexp.MustCompile(`(?m)^\s*module\s+["` + "`" + `]?([^\s"` + "`" + `(]+)`)
	majorSuffix = regexp.MustCompile(`/v([1-9]\d*)$`)
	gopkgSuffix = regexp.MustCompile(`^gopkg\.in/.*\.v(\d+)(?:-unstable)?$`)
)

// CheckModule holds the path in the go.mod file name against the major number
// of v: from v2 on the path ends in it (go.dev/ref/mod, major version
// suffixes). A project without that file passes; the error is a [FileError].
func CheckModule(fsys fs.FS, name string, v Version) error {
	b, err := fs.ReadFile(fsys, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return &FileError{Path: name, Problem: err.Error()}
	}
	m := moduleLine.FindSubmatchIndex(b)
	if m == nil {
		return &FileError{Path: name, Problem: "no module line"}
	}
	module := string(b[m[2]:m[3]])
	if want := modulePath(module, v.Major); want != module {
		return &FileError{name, lineOf(b, m[2]), fmt.Sprintf(
			"a module with the path %s cannot be %s; change the path and its imports to %s, or choose a version that fits", module, v.Tag(), want)}
	}
	return nil
}

// modulePath is the path of module at a major version.
func modulePath(module string, major uint64) string {
	if m := gopkgSuffix.FindStringSubmatchIndex(module); m != nil {
		return module[:m[2]] + strconv.FormatUint(major, 10) + module[m[3]:]
	}
	base := module
	if m := majorSuffix.FindStringSubmatchIndex(module); m != nil {
		base = strings.TrimSuffix(module, module[m[0]:])
	}
	if major < 2 {
		return base
	}
	return base + "/v" + strconv.FormatUint(major, 10)
}
