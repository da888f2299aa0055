// Package version holds the rules of version numbers: a strict reading of
// SemVer 2.0.0, what comes next, which numbers are burned, and where the
// number stands in the files of each ecosystem.
//
// It asks nobody and writes nothing: lists of tags and a file system come in,
// decisions and new bytes go out.
package version

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/Masterminds/semver/v3"
)

// MaxNumber is the largest number that every registry reads: npm stops at the
// integers that a float64 holds exactly.
const MaxNumber = 1<<53 - 1

// A Version is a SemVer 2.0.0 version without build metadata: two versions
// that differ only there have one precedence and could not both be tags.
type Version struct {
	Major, Minor, Patch uint64
	Pre                 string // "rc.1"; "" is a stable version
}

// A SyntaxError is a version that is not spelled as one.
type SyntaxError struct {
	Text    string // as given
	Problem string
	Suggest string // the right spelling, as a tag; "" where nobody can know it
}

// Error names the text, what is wrong with it and the right spelling.
func (e *SyntaxError) Error() string {
	s := fmt.Sprintf("version %q: %s", e.Text, e.Problem)
	if e.Suggest != "" {
		s += "; write " + e.Suggest
	}
	return s
}

// Parse reads a version with or without one leading "v". Nothing is coerced:
// the error is a [SyntaxError] that says what is wrong.
func Parse(text string) (Version, error) {
	s := strings.TrimPrefix(text, "v")
	parsed, err := semver.StrictNewVersion(s)
	if err != nil || parsed.Metadata() != "" {
		return Version{}, explain(text)
	}
	v := Version{parsed.Major(), parsed.Minor(), parsed.Patch(), parsed.Prerelease()}
	if max(v.Major, v.Minor, v.Patch) > MaxNumber {
		return Version{}, explain(text)
	}
	return v, nil
}

// String is the version without a "v": "1.2.0-rc.1".
func (v Version) String() string {
	s := strconv.FormatUint(v.Major, 10) + "." + strconv.FormatUint(v.Minor, 10) + "." + strconv.FormatUint(v.Patch, 10)
	if v.Pre != "" {
		s += "-" + v.Pre
	}
	return s
}

// Tag is the version as a git tag: "v1.2.0-rc.1".
func (v Version) Tag() string { return "v" + v.String() }

// Stable reports whether v is no prerelease.
func (v Version) Stable() bool { return v.Pre == "" }

// Compare orders by SemVer precedence (section 11): -1, 0 or 1.
func (v Version) Compare(w Version) int {
	return v.semver().Compare(w.semver())
}

// Core is v without its prerelease.
func (v Version) Core() Version {
	v.Pre = ""
	return v
}

func (v Version) semver() *semver.Version {
	return semver.New(v.Major, v.Minor, v.Patch, v.Pre, "")
}

// Warning says what a person should know about a version that is valid:
// numbers that are glued to a word compare as text, so rc10 comes before rc9.
// It is empty for most.
func (v Version) Warning() string {
	fixed := separateNumbers(v.Pre)
	if fixed == v.Pre {
		return ""
	}
	return fmt.Sprintf("%s: %q compares as text, so that 10 comes before 9; write %s", v, v.Pre, Version{v.Major, v.Minor, v.Patch, fixed})
}

// separateNumbers puts a dot before the number that ends an identifier.
func separateNumbers(pre string) string {
	parts := strings.Split(pre, ".")
	for i, p := range parts {
		word := strings.TrimRight(p, "0123456789")
		if word == "" || word == p || strings.Trim(word, letters) != "" {
			continue
		}
		parts[i] = word + "." + cmp.Or(strings.TrimLeft(p[len(word):], "0"), "0")
	}
	return strings.Join(parts, ".")
}

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

// Sort orders versions from lowest to highest.
func Sort(versions []Version) { slices.SortFunc(versions, Version.Compare) }

// Latest returns the highest stable version.
func Latest(versions []Version) (Version, bool) {
	var best Version
	found := false
	for _, v := range versions {
		if v.Stable() && (!found || v.Compare(best) > 0) {
			best, found = v, true
		}
	}
	return best, found
}

// FromTags returns the versions among tags, lowest first. Only tags that begin
// with prefix ("" or "path/of/module/") count, and of these only those whose
// rest is a version; the others are somebody's bookmarks.
func FromTags(prefix string, tags []string) []Version {
	var versions []Version
	for _, tag := range tags {
		rest, ok := strings.CutPrefix(tag, prefix)
		if !ok {
			continue
		}
		if v, err := Parse(rest); err == nil {
			versions = append(versions, v)
		}
	}
	Sort(versions)
	return slices.Compact(versions)
}
