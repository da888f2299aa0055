package report

import (
	"fmt"
	"strings"
)

// The reasons that the renderings know words for. A reason in a [Comparison]
// is one of them, alone or followed by ": " and a detail. Any other text is
// shown as it is, but left out where the comparison was not made here.
const (
	// Of a whole comparison.
	NothingMeasured = "nothing measured changed"
	SameCommit      = "head equals base"
	NoBaseline      = "no baseline"
	BaseNotBuilt    = "base does not build"
	BaseEmpty       = "base has no benchmarks"
	HeadNotBuilt    = "head does not build"
	NoResults       = "no results"
	Cancelled       = "cancelled"
	JobLost         = "a job left no comparison"
	BaseRules       = "judged by base's rules"
	Undecided       = "nothing is decided"

	// Of a benchmark, or of all of them.
	SameProgram      = "both arms are the same program"
	OtherMachine     = "machines differ"
	OtherUnit        = "units differ"
	UnknownDirection = "direction is not known"
	ZeroBase         = "base is zero"
	TooFew           = "too few pairs"
	Bimodal          = "bimodal"
	BelowFloor       = "below the floor"
	LayoutEffect     = "layout effect"
	Waived           = "waived"
	Crashed          = "crashed"
	TimedOut         = "timed out"
)

// explanations say what a reason means for the reader; a reason that says it
// all itself has none.
var explanations = map[string]string{
	NothingMeasured:  "",
	SameCommit:       "",
	BaseNotBuilt:     "there is nothing to compare head with",
	BaseEmpty:        "there is nothing to compare head with",
	HeadNotBuilt:     "",
	NoResults:        "no benchmark was measured, which is not a pass",
	JobLost:          "it ended before it had measured; its log says why",
	Cancelled:        "a cancelled run is no result",
	BaseRules:        "what a change edits of the rules counts once it is in base",
	Undecided:        "inconclusive is not equal; more pairs or a quieter machine can tell",
	NoBaseline:       "recorded only; the next comparison has this one to compare with",
	SameProgram:      "building base and head gave equal binaries, so there is nothing to weigh",
	OtherMachine:     "numbers from different machines give no verdict; measure base and head on one machine",
	OtherUnit:        "",
	UnknownDirection: "say in cupel.toml whether lower or higher is better",
	ZeroBase:         "a ratio to zero does not exist",
	TooFew:           "",
	Bimodal:          "the values fall into two groups, and how often each occurs is chance",
	BelowFloor:       "",
	LayoutEffect:     "the measured code is the same and only its place in the binary moved; such a change comes and goes with unrelated edits",
	Waived:           "accepted in cupel.toml",
	Crashed:          "",
	TimedOut:         "",
}

// Reason is a known reason with a detail: word, ": ", and the formatted text.
func Reason(word, format string, args ...any) string {
	return word + ": " + fmt.Sprintf(format, args...)
}

// known is the known reason that reason begins with, "" where there is none.
func known(reason string) string {
	word, _, _ := strings.Cut(reason, ": ")
	if _, ok := explanations[word]; ok {
		return word
	}
	return ""
}
