package version

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

var requirementForm = regexp.MustCompile(`^(=|\^|~|>=)?(\s*)(\d+(?:\.\d+){0,2}(?:-[0-9A-Za-z.-]+)?)$`)

// moveRequirement takes a Cargo requirement on a member of the workspace along
// from current to v. One that names the current version, whole or in part,
// names the new one to the same number of parts; one that is met by v anyway
// stays; anything else is for a person to decide.
func moveRequirement(text string, current, v Version) (string, error) {
	if text == "*" {
		return text, nil
	}
	m := requirementForm.FindStringSubmatch(text)
	if m == nil {
		return "", fmt.Errorf("requirement %q on a member of this workspace: expected one version, as in %q", text, v)
	}
	parts := 1 + strings.Count(strings.SplitN(m[3], "-", 2)[0], ".")
	if m[3] == current.prefix(parts) || m[3] == current.String() {
		return m[1] + m[2] + v.prefix(parts), nil
	}
	if met(m[1], m[3], parts, v) {
		return text, nil
	}
	return "", fmt.Errorf("requirement %q on a member of this workspace is neither the current version %s nor met by %s; set it by hand", text, current, v)
}

// prefix is v to one, two or three numbers. A prerelease is always whole: a
// partial requirement does not match it.
func (v Version) prefix(parts int) string {
	if parts >= 3 || !v.Stable() {
		return v.String()
	}
	s := strconv.FormatUint(v.Major, 10)
	if parts == 2 {
		s += "." + strconv.FormatUint(v.Minor, 10)
	}
	return s
}

// met reports whether v meets a requirement of one comparison (The Cargo Book,
// version requirement syntax).
func met(op, number string, parts int, v Version) bool {
	low, err := Parse(number + strings.Repeat(".0", 3-parts))
	if err != nil || v.Compare(low) < 0 || !v.Stable() && v.Core() != low.Core() {
		return false
	}
	switch op {
	case ">=":
		return true
	case "=":
		return v.prefix(parts) == number
	case "~":
		return v.Major == low.Major && (parts == 1 || v.Minor == low.Minor)
	}
	if low.Major > 0 || parts == 1 {
		return v.Major == low.Major
	}
	if low.Minor > 0 || parts == 2 {
		return v.Major == 0 && v.Minor == low.Minor
	}
	return v.Core() == low.Core()
}
