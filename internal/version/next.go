package version

import (
	"fmt"
	"strconv"
	"strings"
)

// A Kind says which number the next version counts up.
type Kind string

// The kinds of [Next].
const (
	Major   Kind = "major"
	Minor   Kind = "minor"
	Patch   Kind = "patch"
	RC      Kind = "rc"      // the next release candidate
	Release Kind = "release" // the prerelease made stable
)

// ParseKind reads a kind; the error lists all.
func ParseKind(text string) (Kind, error) {
	switch k := Kind(text); k {
	case Major, Minor, Patch, RC, Release:
		return k, nil
	}
	return "", fmt.Errorf("unknown kind %q: expected major, minor, patch, rc or release", text)
}

// Rules are what a project decides about its numbers. The zero value is the
// usual: below 1.0.0 a breaking change counts the second number up, so that
// 1.0.0, which is a promise, comes only from a person who types it.
type Rules struct {
	MajorLeavesZero bool // "major" on 0.y.z is 1.0.0
}

// Next returns the version that follows current.
//
// Major, minor and patch count their number up and set those behind it to
// zero; a prerelease that already announces such a version becomes it
// (1.2.0-rc.1 and minor give 1.2.0). Release drops the prerelease. RC counts
// up the number of a release candidate, begins with rc.1 after another
// prerelease (1.2.0-beta.3 gives 1.2.0-rc.1), and after a stable version
// announces its patch (1.2.0 gives 1.2.1-rc.1); candidates of a minor or major
// version are typed.
func Next(current Version, kind Kind, rules Rules) (Version, error) {
	if max(current.Major, current.Minor, current.Patch) >= MaxNumber {
		return Version{}, fmt.Errorf("next %s of %s: its numbers are too large to count up", kind, current)
	}
	var next Version
	switch kind {
	case Major:
		next = nextMajor(current, rules)
	case Minor:
		next = nextMinor(current)
	case Patch:
		next = nextPatch(current)
	case Release:
		if current.Stable() {
			return Version{}, fmt.Errorf("next release of %s: it is no prerelease; choose major, minor or patch", current)
		}
		next = current.Core()
	case RC:
		next = nextCandidate(current)
	default:
		_, err := ParseKind(string(kind))
		return Version{}, err
	}
	if next.Compare(current) <= 0 {
		return Version{}, fmt.Errorf("next %s of %s: %s would be lower; type the version that you want", kind, current, next)
	}
	return next, nil
}

// Again returns the version after v that is no promise v did not make: the next
// patch, or the prerelease with its last number counted up (1.2.0-beta.3 gives
// 1.2.0-beta.4, 1.2.0-alpha gives 1.2.0-alpha.1).
func Again(v Version) (Version, error) {
	if v.Stable() {
		return Next(v, Patch, Rules{})
	}
	next := v
	next.Pre = v.Pre + ".1"
	words, last := "", v.Pre
	if at := strings.LastIndexByte(v.Pre, '.'); at >= 0 {
		words, last = v.Pre[:at+1], v.Pre[at+1:]
	}
	if n, err := strconv.ParseUint(last, 10, 53); err == nil {
		next.Pre = words + strconv.FormatUint(n+1, 10)
	}
	return next, nil
}

func nextMajor(v Version, rules Rules) Version {
	switch {
	case v.Major == 0 && !rules.MajorLeavesZero:
		return nextMinor(v)
	case !v.Stable() && v.Minor == 0 && v.Patch == 0 && v.Major > 0:
		return v.Core()
	}
	return Version{Major: v.Major + 1}
}

func nextMinor(v Version) Version {
	if !v.Stable() && v.Patch == 0 {
		return v.Core()
	}
	return Version{Major: v.Major, Minor: v.Minor + 1}
}

func nextPatch(v Version) Version {
	if !v.Stable() {
		return v.Core()
	}
	v.Patch++
	return v
}

func nextCandidate(v Version) Version {
	if v.Stable() {
		v.Patch++
		v.Pre = "rc.1"
		return v
	}
	number, ok := strings.CutPrefix(v.Pre, "rc.")
	n, err := strconv.ParseUint(number, 10, 53)
	if !ok || err != nil {
		n = 0
	}
	v.Pre = "rc." + strconv.FormatUint(n+1, 10)
	return v
}
