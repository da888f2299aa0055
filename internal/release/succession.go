package release

import (
	"context"
	"fmt"

	"github.com/cupel-dev/cupel/internal/version"
)

// A Succession is how a bad version is superseded: by which number, with which
// files.
type Succession struct {
	Version   version.Version
	Supersede Supersede
	Skipped   []version.Skip // numbers that are taken
}

// A NoPredecessorError says that nothing can come back in the place of a bad
// version.
type NoPredecessorError struct {
	Next version.Version // that a person can release
}

// Error says what a person can do.
func (e *NoPredecessorError) Error() string {
	return "there is no earlier version whose files could come back: mend it and release " + e.Next.Tag()
}

// Successor decides how a bad version is superseded, by the numbers that are in
// use. to is the version to go back to, "" being the highest good one. A prerelease
// is superseded by the next one: nobody has promised more. A version of an older
// line leaves the files of the branch as they are: nothing of it is there that could
// come back. The error may be a [*NoPredecessorError].
func (o Origin) Successor(ctx context.Context, b Bad, ledger *version.Ledger, to, reason string) (s Succession, err error) {
	highest := ledger.Highest(b.Version)
	good, known, err := b.predecessor(ledger, to)
	if err != nil {
		return s, err
	}
	if s.Version, s.Skipped, err = ledger.After(highest); err != nil {
		return s, err
	}
	s.Supersede = Supersede{Version: b.Version.String(), Commit: b.Commit, Reason: reason}
	switch {
	case highest != b.Version && to != "":
		return s, fmt.Errorf("-to=%s: %s is above %s, so that no files come back: leave -to out", to, highest.Tag(), b.Version.Tag())
	case highest != b.Version:
		return s, nil
	case !known:
		return s, &NoPredecessorError{s.Version}
	}
	s.Supersede.Good = good.String()
	s.Supersede.GoodCommit, err = o.commit(ctx, o.tag(good))
	if err == nil && s.Supersede.GoodCommit == "" {
		err = fmt.Errorf("%s has no tag %s", o.Remote, good.Tag())
	}
	return s, err
}

// predecessor is the version to go back to.
func (b Bad) predecessor(ledger *version.Ledger, to string) (good version.Version, known bool, err error) {
	if to == "" {
		good, known = ledger.Predecessor(b.Version)
		return good, known, nil
	}
	if good, err = version.Parse(to); err != nil {
		return good, false, err
	}
	if len(ledger.Uses(good)) == 0 || good.Compare(b.Version) >= 0 {
		return good, false, fmt.Errorf("-to=%s: it is no version below %s that exists", to, b.Version.Tag())
	}
	return good, true, nil
}

// Restores reports whether the files of a superseding release are those of the
// good version, and nothing that nobody has tested.
func (d Draft) Restores() bool {
	return d.Supersede != nil && d.Supersede.Good != "" && d.Head == d.Supersede.Commit
}
