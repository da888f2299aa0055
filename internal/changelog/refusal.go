package changelog

import (
	"fmt"
	"strconv"
	"strings"
)

// A Reason says why a changelog was not edited.
type Reason string

// The reasons of a [Refusal].
const (
	NotUTF8        Reason = "not UTF-8"
	Unclosed       Reason = "unclosed block"        // a fence or comment that hides the rest of the file
	NoUnreleased   Reason = "no Unreleased section" // or it is not where new entries go
	ManyUnreleased Reason = "several Unreleased sections"
	NothingNew     Reason = "nothing to release" // the Unreleased section has no entry
	Exists         Reason = "version exists"
	NotFound       Reason = "version not found"
	Ambiguous      Reason = "ambiguous heading" // a duplicate, a heading of several versions, or no version at all
	BadArgument    Reason = "bad version or date"
	SelfCheck      Reason = "self-check" // the edit would have changed more than it should: a bug in this package
)

// A Refusal is the error of every edit that was not made. The file is as it
// was; Lines are the places to look at, 1-based, and may be empty.
type Refusal struct {
	Reason Reason
	Lines  []int
	Text   string // what is wrong, what is expected, what to do
}

// Error is the text with its lines in front.
func (r *Refusal) Error() string {
	if len(r.Lines) == 0 {
		return r.Text
	}
	word := "line "
	if len(r.Lines) > 1 {
		word = "lines "
	}
	return word + joinLines(r.Lines) + ": " + r.Text
}

func joinLines(lines []int) string {
	parts := make([]string, len(lines))
	for i, n := range lines {
		parts[i] = strconv.Itoa(n)
	}
	return strings.Join(parts, ", ")
}

func refuse(reason Reason, lines []int, format string, args ...any) error {
	return &Refusal{Reason: reason, Lines: lines, Text: fmt.Sprintf(format, args...)}
}
