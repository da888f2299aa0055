package version

import (
	"fmt"
	"slices"
	"strings"
)

// A Place is somewhere that a number can be in use.
type Place string

// The places that a [Ledger] keeps.
const (
	LocalTags     Place = "local tag"
	RemoteTags    Place = "remote tag"
	ForgeReleases Place = "forge release" // drafts too
	RegistryTags  Place = "registry tag"
	PackageIndex  Place = "package index"
)

// A Use is one number in one place.
type Use struct {
	Version Version
	Place   Place
	Name    string // as the place writes it
	Commit  string // what it points to; "" where that is not known
	Yanked  bool   // withdrawn: still burned, never the latest
}

// A Ledger knows which numbers are burned: in use, or once in use, anywhere. A
// number once public is never used again. The zero value is ready to use.
type Ledger struct {
	uses  []Use
	asked map[Place]bool
}

// An Entry is what a place knows about one number.
type Entry struct {
	Name   string // the tag or version as the place writes it
	Commit string // "" where the place does not know it
	Yanked bool
}

// Record adds the answer of a place, also an empty one. prefix is what stands
// before the versions of this module ("" or "path/of/module/"). Names that are
// no versions are ignored; build metadata burns the number without it.
func (l *Ledger) Record(place Place, prefix string, entries ...Entry) {
	if l.asked == nil {
		l.asked = map[Place]bool{}
	}
	l.asked[place] = true
	for _, e := range entries {
		rest, ok := strings.CutPrefix(e.Name, prefix)
		if !ok {
			continue
		}
		number, _, _ := strings.Cut(rest, "+")
		if v, err := Parse(number); err == nil {
			l.uses = append(l.uses, Use{v, place, e.Name, e.Commit, e.Yanked})
		}
	}
}

// Uses returns where v is in use, in the order in which it was recorded.
func (l *Ledger) Uses(v Version) []Use {
	var uses []Use
	for _, u := range l.uses {
		if u.Version == v {
			uses = append(uses, u)
		}
	}
	return uses
}

// Latest returns the highest stable version that is not withdrawn anywhere:
// what the latest pointer belongs on.
func (l *Ledger) Latest() (Version, bool) {
	var good []Version
	for _, u := range l.uses {
		if !l.yanked(u.Version) {
			good = append(good, u.Version)
		}
	}
	return Latest(good)
}

// PreviousGood returns the highest stable version below v that is not
// withdrawn: what a rollback of v goes back to.
func (l *Ledger) PreviousGood(v Version) (Version, bool) {
	var good []Version
	for _, u := range l.uses {
		if u.Version.Compare(v) < 0 && !l.yanked(u.Version) {
			good = append(good, u.Version)
		}
	}
	return Latest(good)
}

// Predecessor returns what a person takes for the version before v: of a stable
// one [Ledger.PreviousGood], of a prerelease also the one before it of its number.
func (l *Ledger) Predecessor(v Version) (Version, bool) {
	best, found := l.PreviousGood(v)
	if v.Stable() {
		return best, found
	}
	for _, u := range l.uses {
		if w := u.Version; w.Core() == v.Core() && w.Compare(v) < 0 && !l.yanked(w) && (!found || w.Compare(best) > 0) {
			best, found = w, true
		}
	}
	return best, found
}

// Candidate returns the highest prerelease above v that fits: what a project that
// writes its version in no file is about to release.
func (l *Ledger) Candidate(v Version, fits func(Version) bool) (Version, bool) {
	best, found := v, false
	for _, u := range l.uses {
		if w := u.Version; !w.Stable() && w.Compare(best) > 0 && fits(w) {
			best, found = w, true
		}
	}
	return best, found
}

// Highest returns v, or what stands above it in its way: the latest stable version,
// or for a prerelease another one of its number.
func (l *Ledger) Highest(v Version) Version {
	highest := v
	if latest, ok := l.Latest(); ok && latest.Compare(highest) > 0 {
		highest = latest
	}
	for _, u := range l.uses {
		if w := u.Version; !v.Stable() && w.Core() == v.Core() && w.Compare(highest) > 0 {
			highest = w
		}
	}
	return highest
}

// After is the lowest version of the kind of v that is above it and not burned.
func (l *Ledger) After(v Version) (Version, []Skip, error) {
	next, err := Again(v)
	if err != nil {
		return Version{}, nil, err
	}
	return l.free(next, Again)
}

func (l *Ledger) yanked(v Version) bool {
	return slices.ContainsFunc(l.uses, func(u Use) bool { return u.Version == v && u.Yanked })
}

// A Skip is a number that Next passed over, and why.
type Skip struct {
	Version Version
	Use     Use
}

// Next is [Next], moved on to the lowest number that is not burned.
func (l *Ledger) Next(current Version, kind Kind, rules Rules) (Version, []Skip, error) {
	v, err := Next(current, kind, rules)
	if err != nil {
		return v, nil, err
	}
	return l.free(v, func(v Version) (Version, error) {
		if v.Stable() {
			return Next(v, Patch, Rules{})
		}
		return Next(v, RC, Rules{})
	})
}

// free counts v up until nothing uses it.
func (l *Ledger) free(v Version, up func(Version) (Version, error)) (Version, []Skip, error) {
	var skipped []Skip
	for {
		uses := l.Uses(v)
		if len(uses) == 0 {
			return v, skipped, nil
		}
		skipped = append(skipped, Skip{v, uses[0]})
		next, err := up(v)
		if err != nil {
			return Version{}, skipped, err
		}
		v = next
	}
}

// A Request is what a person wants to release.
type Request struct {
	Version  Version
	Commit   string // what the tag is to point to
	Backport bool   // a release of an older line, below the latest
	Resume   bool   // this release began before, from the same commit
}

// A Decision is what follows from a request that is allowed.
type Decision struct {
	Latest   bool    // the latest pointers move to this version
	Previous Version // the highest stable version below it; zero without any
	First    bool    // there is no stable version below it
}

// A Refusal is a request that the ledger forbids.
type Refusal struct {
	Version Version
	Problem string // what is wrong and what to do
}

// Error is the version and the problem.
func (r *Refusal) Error() string { return r.Version.Tag() + ": " + r.Problem }

// Decide allows a request or refuses it with a [Refusal]. The remote tags must
// have been recorded: a list of local tags proves nothing.
func (l *Ledger) Decide(r Request) (Decision, error) {
	if !l.asked[RemoteTags] {
		return Decision{}, &Refusal{r.Version, "the tags of the remote are not known; local tags alone do not tell which numbers are taken"}
	}
	if err := l.checkFree(r); err != nil {
		return Decision{}, err
	}
	if err := l.checkOrder(r); err != nil {
		return Decision{}, err
	}
	latest, ok := l.Latest()
	d := Decision{Latest: r.Version.Stable() && (!ok || r.Version.Compare(latest) >= 0)}
	previous, ok := l.PreviousGood(r.Version)
	d.Previous, d.First = previous, !ok
	return d, nil
}

func (l *Ledger) checkFree(r Request) error {
	for _, u := range l.Uses(r.Version) {
		switch {
		case !r.Resume:
			return &Refusal{r.Version, fmt.Sprintf("it exists already (%s %s); a number is used once: choose a higher one, or resume", u.Place, u.Name)}
		case u.Yanked:
			return &Refusal{r.Version, fmt.Sprintf("it was withdrawn (%s %s) and cannot be released again; choose a higher number", u.Place, u.Name)}
		case u.Commit != "" && r.Commit != "" && u.Commit != r.Commit:
			return &Refusal{r.Version, fmt.Sprintf("%s %s is commit %s, not %s; a number is used once: choose a higher one", u.Place, u.Name, u.Commit, r.Commit)}
		}
	}
	return nil
}

// checkOrder holds r against the highest version that it has to follow: all
// stable ones, or those of its own line (1.2.x) for a backport, and the other
// prereleases of its own number. Prereleases of other numbers do not count.
func (l *Ledger) checkOrder(r Request) error {
	v := r.Version
	if r.Resume && len(l.Uses(v)) > 0 {
		return nil // its place in the order was decided when it began
	}
	for _, u := range l.uses {
		w := u.Version
		if w.Compare(v) <= 0 {
			continue
		}
		sameLine := w.Major == v.Major && w.Minor == v.Minor
		switch {
		case w.Core() == v.Core():
			return &Refusal{v, fmt.Sprintf("it is below %s %s of the same number; choose a higher one", u.Place, u.Name)}
		case !w.Stable() || r.Backport && !sameLine:
			continue
		case sameLine:
			return &Refusal{v, fmt.Sprintf("it is below %s %s; choose a higher number", u.Place, u.Name)}
		default:
			return &Refusal{v, fmt.Sprintf("it is below %s %s; choose a higher number, or ask for a backport, which leaves the latest pointer where it is", u.Place, u.Name)}
		}
	}
	return nil
}
