package claim

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/cupel-dev/cupel/internal/config"
	"github.com/cupel-dev/cupel/internal/evidence"
	"github.com/cupel-dev/cupel/internal/host"
)

// A choice is the set of evidence that a claim is judged by, and why it backs
// nothing although it was chosen.
type choice struct {
	set     *set // nil where there is none
	verdict Verdict
	reason  string
}

// choose finds the evidence of a claim on hosts whose class contains the given
// text: the newest complete set of this very subject, toolchain and required
// class that holds its suites; a quick one, which is a first look, only where
// there is no other. Where none fits, it is the newest that comes next to it,
// with what is wrong. The error says that evidence cannot be read.
func (c Checkout) choose(claim config.Claim, on string) (choice, error) {
	best := choice{verdict: NotEstablished, reason: "there is no evidence of its benchmarks: measure with official"}
	var quick *set
	for _, s := range c.Evidence.sets {
		held, err := s.holds(claim)
		if err != nil {
			return choice{}, err
		}
		if !held {
			continue
		}
		v, reason := c.against(claim, s, on)
		switch {
		case v == "" && !s.manifest.Quick:
			return choice{set: s}, nil
		case v == "" && quick == nil:
			quick = s
		case rank(v) > rank(best.verdict):
			best = choice{s, v, reason}
		}
	}
	if quick != nil {
		return choice{set: quick}, nil
	}
	return best, nil
}

// Newest names the set of evidence that claims rest on here, whatever their
// suites, "" where there is none.
func (c Checkout) Newest() (string, error) {
	chosen, err := c.choose(config.Claim{}, "")
	if err != nil || chosen.set == nil || chosen.verdict != "" {
		return "", err
	}
	return chosen.set.name, nil
}

// rank orders what is wrong with a set by how near it comes: the wrong host is
// less to the point than old evidence from the right one.
func rank(v Verdict) int {
	return slices.Index([]Verdict{NotEstablished, WrongHost, Stale}, v)
}

// holds reports whether a set was measured whole and has the suites of a claim.
func (s *set) holds(claim config.Claim) (bool, error) {
	if err := s.read(); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return false, nil
		}
		return false, fmt.Errorf("read evidence %s: %w", s.name, err)
	}
	for _, pair := range claim.Members() {
		for _, name := range pair {
			suite, _, _ := strings.Cut(name, ": ")
			if _, ok := s.manifest.Suite(suite); !ok && name != "" {
				return false, nil
			}
		}
	}
	return s.manifest.Status == evidence.StatusComplete, nil
}

// against says why a set cannot back a claim here, nothing where it can.
func (c Checkout) against(claim config.Claim, s *set, on string) (v Verdict, reason string) {
	m := s.manifest
	switch {
	case !strings.Contains(strings.ToLower(s.Class), strings.ToLower(on)):
		return WrongHost, fmt.Sprintf("it must hold on %s, and the evidence %s is from %s", on, s.name, s.Class)
	case c.Config.Official.Require == string(host.Controlled) && m.Class != host.Controlled:
		return WrongHost, fmt.Sprintf("a controlled host is required, and the evidence %s is of class %s", s.name, cmp.Or(m.Class, host.Shared))
	case !slices.Contains(c.Subjects, m.Subject.Digest):
		return Stale, fmt.Sprintf("the evidence %s is of another subject: what is measured has changed since", s.name)
	}
	if reason := c.otherTools(m.Toolchains); reason != "" {
		return Stale, fmt.Sprintf("the evidence %s is of another toolchain: %s", s.name, reason)
	}
	if age := int(c.Today.Sub(m.Created).Hours() / 24); claim.MaxAge > 0 && age > int(claim.MaxAge) {
		return Stale, fmt.Sprintf("the evidence %s is %d days old, and %d are allowed", s.name, age, claim.MaxAge)
	}
	return "", ""
}

// toolVersion parts what a tool says of its version: its name, and the version.
var toolVersion = regexp.MustCompile(`^(\D*?)(\d+(?:\.\d+)+)`)

// otherTools names a tool that is of another version here. A tool that is not
// here, or another product under the same name, cannot be compared; nor is the
// tool that Cupel itself was built with any matter.
func (c Checkout) otherTools(measured map[string]string) string {
	for _, tool := range slices.Sorted(maps.Keys(measured)) {
		was, now := toolVersion.FindStringSubmatch(measured[tool]), toolVersion.FindStringSubmatch(c.Toolchains[tool])
		if was != nil && now != nil && was[1] == now[1] && was[2] != now[2] {
			return fmt.Sprintf("%s was %s and is %s", tool, was[2], now[2])
		}
	}
	return ""
}

// said reports whether every run of a claim's baselines printed what it is
// compared with, in its version.
func (s *set) said(claim config.Claim) bool {
	for _, r := range s.manifest.Runs {
		baseline := slices.ContainsFunc(claim.Members(), func(pair [2]string) bool {
			return strings.HasPrefix(pair[0], r.Suite+": ")
		})
		if baseline && !s.printed(r, claim.Competitor) {
			return false
		}
	}
	return true
}

// printed reports whether a run's output or report holds a text.
func (s *set) printed(r evidence.Run, text string) bool {
	for _, ending := range []string{".txt", ".json"} {
		b, err := fs.ReadFile(s.fsys, r.Base()+ending)
		if err == nil && strings.Contains(string(b), text) {
			return true
		}
	}
	return false
}
