// Package claim holds the numbers in documents against the evidence that they
// rest on: it finds the claims that a document marks, judges each by one set of
// evidence, writes the number that the set backs, and finds what looks like a
// performance claim and is not marked.
//
// A claim is declared in the configuration and marked where it is made, by a
// comment behind its number:
//
//	3.2x speedup for softmax (M1 Max, median of 5 runs) <!-- claim: fused-softmax -->
//
// The words around the number are the author's and decide what it means. The
// package reads documents and evidence and nothing else: it runs no command,
// and what the checkout is now is told to it.
package claim

import (
	"fmt"
	"time"

	"github.com/cupel-dev/cupel/internal/config"
)

// Schema names the format of a [Report] as JSON; docs/formats.md describes it.
const Schema = "cupel/claims/1"

// A Verdict is what the evidence says of one claim.
type Verdict string

// The verdicts. Only Supported backs a number.
const (
	Supported      Verdict = "supported"       // the lower bound is at least the number
	Refuted        Verdict = "refuted"         // the number is outside of the interval, or the line says something else than the evidence
	NotEstablished Verdict = "not-established" // the number is inside of the interval, or there is no interval
	Stale          Verdict = "stale"           // the evidence is of another subject or toolchain, or too old
	WrongHost      Verdict = "wrong-host"      // the evidence is of another host or class than is required or stated
	Unknown        Verdict = "unknown"         // the claim is not declared, or cannot be understood
)

// A Document is one Markdown file.
type Document struct {
	Path string // as it is to be reported
	Text []byte
	// Release is the version whose section is looked at where the document is a
	// changelog (see [IsChangelog]); "" is the Unreleased section. Other sections
	// are history and are left alone.
	Release string
}

// A Checkout is what claims are judged against.
type Checkout struct {
	Config     *config.Config
	Evidence   *Store
	Subjects   []string          // digests of the files that a measurement depends on, as they are now: the tracked ones, and all
	Toolchains map[string]string // what each tool says of its version here; tools that are not here are left out
	Today      time.Time
}

// A Finding is the verdict on one marker. What does not exist is absent.
type Finding struct {
	ID      string  `json:"id"`
	File    string  `json:"file"`
	Line    int     `json:"line"` // of the number, 1-based; of the marker where there is none
	Verdict Verdict `json:"verdict"`
	Stated  string  `json:"stated,omitempty"` // the number as the document has it
	Backed  string  `json:"backed,omitempty"` // the number that the evidence backs, in the document's words
	// Low and High bound what the number states, in its own sense: 1.4 for "1.4x
	// faster", 0.3 for "30% less time", nanoseconds for a bound on a time. Each
	// end is a bound at 97.5 % for itself.
	Low      *float64 `json:"low,omitempty"`
	High     *float64 `json:"high,omitempty"`
	Host     string   `json:"host,omitempty"` // as a line is to name it
	Runs     int      `json:"runs,omitempty"`
	Needed   int      `json:"runs_needed,omitempty"` // estimate of the runs that would settle a claim that is not established
	Evidence string   `json:"evidence,omitempty"`    // name of the directory below the results
	Reason   string   `json:"reason,omitempty"`      // why it is not supported
}

// String is the finding in one line: "CHANGELOG.md:12: fused-softmax: refuted: ...".
func (f Finding) String() string {
	text := fmt.Sprintf("%s:%d: %s: %s", f.File, f.Line, f.ID, f.Verdict)
	if f.Reason != "" {
		text += ": " + f.Reason
	}
	return text
}

// An Unmarked is text that looks like a performance claim and has no marker.
type Unmarked struct {
	File string `json:"file"`
	Line int    `json:"line"` // 1-based
	Text string `json:"text"` // the number and the words around it
}

// An Excuse is a marker that says why something is no claim.
type Excuse struct {
	File   string `json:"file"`
	Line   int    `json:"line"` // 1-based
	Reason string `json:"reason"`
	Text   string `json:"text,omitempty"` // what it excuses
}

// A Report is all that was found in some documents.
type Report struct {
	Schema   string     `json:"schema"`
	Claims   []Finding  `json:"claims"`
	Unmarked []Unmarked `json:"unmarked"`
	Excused  []Excuse   `json:"excused"`
	Unused   []string   `json:"unused"` // ids that are declared and that no document uses
}
