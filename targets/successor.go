package targets

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/cupel-dev/cupel/internal/changelog"
	"github.com/cupel-dev/cupel/internal/channel/gittag"
	"github.com/cupel-dev/cupel/internal/release"
	versions "github.com/cupel-dev/cupel/internal/version"
)

// A successor is the release that supersedes the bad version.
type successor struct {
	*releasing
	draft   release.Draft
	options release.Options
	began   bool
}

// next prepares the successor. There is none where the changelog says already
// that the version is withdrawn, and an obstacle where a person has to make it.
func (b *rollback) next(ctx context.Context, channels []release.Channel) (_ *successor, obstacle string, err error) {
	old, err := release.Superseding(b.state, b.version.String())
	if err != nil {
		return nil, "", err
	}
	if old != nil {
		return b.successor(ctx, *old)
	}
	f, err := changelog.Parse(b.log)
	if err != nil {
		return nil, "", err
	}
	if section, err := f.Section(b.version.String()); err == nil && section.Yanked {
		return nil, "", nil
	}
	d, obstacle, err := b.nextDraft(ctx, channels)
	if err != nil || obstacle != "" {
		return nil, obstacle, err
	}
	return b.successor(ctx, d)
}

// nextDraft chooses number and files of the successor.
func (b *rollback) nextDraft(ctx context.Context, channels []release.Channel) (d release.Draft, obstacle string, err error) {
	ledger, err := b.ledger(ctx, channels)
	if err != nil {
		return d, "", err
	}
	highest, good, err := b.goodVersion(ledger)
	if err != nil {
		return d, "", err
	}
	number, skipped, err := ledger.Next(highest, versions.Patch, versions.Rules{})
	if err != nil {
		return d, "", err
	}
	for _, s := range skipped {
		b.out.Line("passed over %s: %s %s", s.Version.Tag(), s.Use.Place, s.Use.Name)
	}
	s := &release.Supersede{Version: b.version.String(), Commit: b.commit, Reason: b.reason}
	if highest == b.version { // of an older line nothing is on the branch that could come back
		if good == (versions.Version{}) {
			return d, "there is no earlier version whose files could come back: mend it and release " + number.Tag(), nil
		}
		s.Good = good.String()
		if s.GoodCommit, err = b.fetchTag(ctx, good); err != nil {
			return d, "", err
		}
	}
	next := *b.releasing
	next.version = number
	if next.state, err = release.StateDir(ctx, b.repo, number); err != nil {
		return d, "", err
	}
	d, err = next.draftAt(ctx, b.tip)
	d.Supersede, d.Holder, d.Waived = s, b.holder(), b.waived
	return d, "", err
}

// goodVersion is the highest version that exists, and the one to go back to.
func (b *rollback) goodVersion(ledger *versions.Ledger) (highest, good versions.Version, err error) {
	highest = b.version
	if latest, ok := ledger.Latest(); ok && latest.Compare(highest) > 0 {
		highest = latest
	}
	if b.to == "" {
		good, _ = ledger.PreviousGood(b.version)
		return highest, good, nil
	}
	if good, err = versions.Parse(b.to); err != nil {
		return highest, good, err
	}
	if len(ledger.Uses(good)) == 0 || good.Compare(b.version) >= 0 {
		return highest, good, fmt.Errorf("-to=%s: it is no version below %s that exists", b.to, b.version.Tag())
	}
	return highest, good, nil
}

// fetchTag fetches a version and returns its commit.
func (b *rollback) fetchTag(ctx context.Context, v versions.Version) (string, error) {
	tag := "refs/tags/" + b.prefix() + v.Tag()
	refs, err := gittag.Refs(ctx, b.repo, b.remote, tag)
	if err != nil {
		return "", err
	}
	if refs[tag].Commit == "" {
		return "", fmt.Errorf("%s has no tag %s", b.remote, v.Tag())
	}
	_, err = b.repo.Run(ctx, "fetch", "-q", "--no-tags", "--no-write-fetch-head", "--", b.remote, tag)
	return refs[tag].Commit, err
}

// successor prepares a draft of the successor.
func (b *rollback) successor(ctx context.Context, d release.Draft) (_ *successor, obstacle string, err error) {
	r := *b.releasing
	r.version, r.planFile = d.Version, ""
	if r.state, err = release.StateDir(ctx, r.repo, r.version); err != nil {
		return nil, "", err
	}
	next := &successor{releasing: &r, draft: d}
	if next.began, err = release.Began(r.state); err != nil {
		return nil, "", err
	}
	p := r.prepare(ctx, d)
	var conflict *release.RevertError
	if errors.As(p.fatal, &conflict) {
		return nil, conflict.Error(), nil
	}
	if err := p.err(); err != nil {
		return nil, "", err
	}
	next.options, err = r.options(ctx, d, p.prepared)
	return next, "", err
}

// release ships the successor, or goes on with it.
func (s *successor) release(ctx context.Context) error {
	if s.began {
		o, outcome, err := s.options.Land(ctx, s.course(), release.Options.Resume)
		return s.ended(ctx, o, outcome, err)
	}
	gates, err := s.ask(ctx)
	if err != nil {
		return s.fail(exitIncomplete, err.Error())
	}
	if closed := release.Closed(gates); len(closed) > 0 {
		return s.fail(exitIncomplete, fmt.Sprintf("%s is withdrawn, and %s was not released; closed gates: %v", "v"+s.draft.Supersede.Version, s.version.Tag(), closed),
			"next: mend that and release "+s.version.Tag())
	}
	s.draft.Gates = gates
	return s.run(ctx, s.options, s.draft)
}

// ask asks the gates of a successor: the number, and the project's tests where its
// files are not those of a version that was released.
func (s *successor) ask(ctx context.Context) ([]release.GateResult, error) {
	here := *s.releasing
	here.place = &place{dir: s.options.Prepared.Src, cache: s.cache, config: s.config}
	gates := []release.Gate{
		{Name: "version", Integrity: true, Check: func(ctx context.Context) ([]string, error) {
			return s.versionGate(ctx, preparation{}, s.options.Channels)
		}},
	}
	if s.draft.Supersede.Good == "" || s.draft.Head != s.draft.Supersede.Commit {
		gates = append(gates, release.Gate{Name: "tests", Check: here.pipelineGate("test")})
	} else {
		s.out.Line("gate    %-9s not asked: the files are those of %s", "tests", s.draft.Supersede.Good)
	}
	return s.askGates(ctx, gates, s.draft.Waived)
}

// clear removes what was only here.
func (s *successor) clear() {
	if err := os.RemoveAll(s.workspace()); err != nil {
		s.out.Line("warning: %v", err)
	}
}
