package targets

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/cupel-dev/cupel/internal/release"
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
		if good := old.Supersede.Good; b.to != "" && strings.TrimPrefix(b.to, "v") != good {
			return nil, "", fmt.Errorf("-to=%s: %s was begun with the files of %s: leave -to out, and it goes on", b.to, old.Version.Tag(), cmp.Or(good, b.config.Release.Branch))
		}
		return b.successor(ctx, *old)
	}
	switch withdrawn, err := b.bad.Withdrawn(); {
	case err != nil:
		return nil, err.Error(), nil // it keeps nothing from being withdrawn
	case withdrawn:
		return nil, "", nil
	}
	d, obstacle, err := b.nextDraft(ctx, channels)
	if err != nil || obstacle != "" {
		return nil, obstacle, err
	}
	return b.successor(ctx, d)
}

// nextDraft is a new release of the version that is next.
func (b *rollback) nextDraft(ctx context.Context, channels []release.Channel) (d release.Draft, obstacle string, err error) {
	ledger, err := b.ledger(ctx, channels)
	if err != nil {
		return d, "", err
	}
	s, err := b.origin().Successor(ctx, b.bad, ledger, b.to, b.reason)
	var none *release.NoPredecessorError
	if err != nil && !errors.As(err, &none) {
		return d, "", err
	}
	for _, skip := range s.Skipped {
		b.out.Line("passed over %s: %s %s", skip.Version.Tag(), skip.Use.Place, skip.Use.Name)
	}
	if none != nil {
		return d, none.Error(), nil
	}
	next := *b.releasing
	next.version = s.Version
	if next.state, err = release.StateDir(ctx, b.repo, next.tag()); err != nil {
		return d, "", err
	}
	d, err = next.draftAt(ctx, b.bad.Tip)
	d.Supersede, d.Holder, d.Waived = &s.Supersede, b.holder(), b.waived
	return d, "", err
}

// successor prepares a draft of the successor.
func (b *rollback) successor(ctx context.Context, d release.Draft) (_ *successor, obstacle string, err error) {
	r := *b.releasing
	r.version, r.planFile = d.Version, ""
	r.finish = command("rollback " + b.version.Tag())
	if r.state, err = release.StateDir(ctx, r.repo, r.tag()); err != nil {
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
	if said := errors.Join(p.changelog, p.version); said != nil && !next.began {
		return nil, said.Error(), nil
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
		return s.fail(exitIncomplete, fmt.Sprintf("v%s is withdrawn, and %s was not released: %v", s.draft.Supersede.Version, s.version.Tag(), err), "next: "+s.finish)
	}
	if closed := release.Closed(gates); len(closed) > 0 {
		return s.fail(exitIncomplete, fmt.Sprintf("%s is withdrawn, and %s was not released; closed gates: %v", "v"+s.draft.Supersede.Version, s.version.Tag(), closed),
			"next: mend that, then "+s.finish)
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
	if s.draft.Restores() {
		s.out.Line("gate    %-9s not asked: the files are those of %s", "tests", s.draft.Supersede.Good)
	} else {
		gates = append(gates, release.Gate{Name: "tests", Check: here.pipelineGate("test")})
	}
	return s.askGates(ctx, gates, s.draft.Waived)
}

// clear removes what was only here.
func (s *successor) clear() {
	if err := os.RemoveAll(s.workspace()); err != nil {
		s.out.Line("warning: %v", err)
	}
}
