package targets

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/cupel-dev/cupel/internal/channel/gittag"
	"github.com/cupel-dev/cupel/internal/claim"
	"github.com/cupel-dev/cupel/internal/journal"
	"github.com/cupel-dev/cupel/internal/release"
)

// Rollback takes a version back as far as that goes, and supersedes it.
//
// What is not public yet is undone. Of what is public, pointers go back first,
// then the version is yanked or marked where a channel can; then the next number
// is released with the files of the last good version, [YANKED] in the
// changelog and a retraction in go.mod. No public tag is moved or deleted. The
// plan says what nobody can take back. Run again, it finishes what is missing.
//
// Exit codes: 0 done, 2 refused before any effect, 3 failed and fully undone,
// 4 incomplete, run it again, 5 a channel holds other bytes, 6 out but not verified.
func Rollback(
	ctx context.Context,
	version string,
	to *string, // the version whose files come back (default the highest good one below)
	reason *string, // why, for the changelog, go.mod and the channels
	dryRun *bool, // print the plan and change nothing
	yes *bool, // do not ask
	waive *string, // GATE:REASON, for the superseding version
	takeOver *bool, // take the lock of a release that is older than two hours
	json *string, // write the plan to this file
) error {
	if err := alone("rollback", version); err != nil {
		return err
	}
	waived, err := waivers(given(waive, ""))
	if err != nil {
		return fail(exitRefused, err.Error())
	}
	ctx, stop := untilTold(ctx)
	defer stop()
	r, err := startReleasing(ctx, version)
	if err != nil {
		return err
	}
	defer r.end()
	r.dryRun, r.yes, r.takeOver, r.planFile = given(dryRun, false), given(yes, false), given(takeOver, false), given(json, "")
	b := &rollback{releasing: r, waived: waived, to: given(to, ""), reason: cmp.Or(given(reason, ""), "it should not be used")}
	if err := release.CheckWaivers(r.gates(release.Draft{}, preparation{}, nil), waived); err != nil {
		return r.fail(exitRefused, err.Error())
	}
	switch b.bad, err = r.origin().Bad(ctx, r.version); {
	case err != nil:
		return r.fail(exitRefused, err.Error())
	case !b.bad.Public():
		return b.undo(ctx)
	}
	return b.supersede(ctx)
}

// rollback is a version that is taken back.
type rollback struct {
	*releasing
	to, reason string
	waived     map[string]string
	bad        release.Bad
}

// undo takes back a release that never became public.
func (b *rollback) undo(ctx context.Context) error {
	_, err := b.begunDraft()
	if errors.Is(err, os.ErrNotExist) {
		return b.fail(exitRefused, fmt.Sprintf("%s has no tag %s, and no release of it was begun here", b.remote, b.version.Tag()),
			"next: where it was begun, "+command("release "+b.version.Tag()+" -abort"))
	}
	if err != nil {
		return b.fail(exitRefused, err.Error())
	}
	b.out.Line("%s is not public: all of it can be taken back", b.version.Tag())
	if b.dryRun {
		return b.preview(ctx, " -abort")
	}
	if !b.confirmed(ctx, fmt.Sprintf("Take %s back?", b.version.Tag())) {
		return b.fail(exitRefused, "nothing was changed", "next: "+command("rollback "+b.version.Tag())+", or -yes with it")
	}
	return b.abort(ctx)
}

// supersede withdraws a public version and releases the next one.
func (b *rollback) supersede(ctx context.Context) error {
	switch problems, err := b.historyGate(ctx); {
	case err != nil:
		return b.fail(exitRefused, err.Error())
	case len(problems) > 0:
		return b.fail(exitRefused, problems[0], "next: git fetch --unshallow --tags, then "+command("rollback "+b.version.Tag()))
	}
	s, err := b.shipped(ctx)
	if err != nil {
		return b.fail(exitRefused, err.Error())
	}
	channels, err := b.channelsOf(ctx, s)
	if err != nil {
		return b.fail(exitRefused, err.Error())
	}
	next, obstacle, err := b.next(ctx, channels)
	if err != nil {
		return b.fail(exitRefused, err.Error())
	}
	if next != nil {
		defer next.clear()
	}
	if s.previous, err = b.previous(ctx, next, channels); err != nil {
		return b.fail(exitRefused, err.Error())
	}
	if channels, err = b.channelsOf(ctx, s); err != nil {
		return b.fail(exitRefused, err.Error())
	}
	w := release.Withdrawal{State: b.state, Version: b.version, Channels: channels, Redactor: b.redactor, Watch: b.watch()}
	if err := b.show(w, next, obstacle); err != nil {
		return b.fail(exitRefused, err.Error())
	}
	if b.dryRun {
		b.out.Line("nothing was changed")
		b.out.Line("next: %s", command("rollback "+b.version.Tag()))
		return nil
	}
	if !b.confirmed(ctx, fmt.Sprintf("Roll %s back?", b.version.Tag())) {
		return b.fail(exitRefused, "nothing was changed", "next: "+command("rollback "+b.version.Tag())+", or -yes with it")
	}
	return b.perform(ctx, w, next, obstacle)
}

// shipped is the version that is taken back, as its channels see it.
func (b *rollback) shipped(ctx context.Context) (s shipment, err error) {
	s = shipment{
		version: b.version, commit: b.bad.Commit, head: b.bad.Commit, dist: filepath.Join(b.state, "dist"), state: b.state, reason: b.reason,
	}
	if s.src, err = b.changes(nil).Checkout(ctx, b.repo, b.bad.Commit, filepath.Join(b.workspace(), "bad")); err != nil {
		return s, err
	}
	receipt, err := release.ReadReceipt(ctx, b.repo, b.remote, b.tag())
	if err != nil {
		b.out.Line("warning: %v", err)
	}
	s.before = receipt.Before()
	s.withdrawn, err = withdrawnIn(b.bad.Changelog)
	return s, err
}

// previous is the version that pointers go back to: the good one whose files come
// back, else the newest that is good; "" where there is none.
func (b *rollback) previous(ctx context.Context, next *successor, channels []release.Channel) (string, error) {
	if next != nil && next.draft.Supersede.Good != "" {
		return next.draft.Supersede.Good, nil
	}
	ledger, err := b.ledger(ctx, channels)
	if err != nil {
		return "", err
	}
	if latest, ok := ledger.Latest(); ok && latest != b.version {
		return latest.String(), nil
	}
	good, ok := ledger.PreviousGood(b.version)
	if !ok {
		return "", nil
	}
	return good.String(), nil
}

// show prints both plans, the claims that fall, and what stays.
func (b *rollback) show(w release.Withdrawal, next *successor, obstacle string) error {
	plan, err := w.Plan()
	if err != nil {
		return err
	}
	d := release.Describe(plan, b.version.String(), w.Channels)
	b.out.Line("%s is public (commit %.12s): it is withdrawn and superseded, not undone", b.version.Tag(), b.bad.Commit)
	b.out.Line("")
	if len(d.Steps) == 0 {
		b.out.Line("no channel has a pointer to put back or a mark to set")
	}
	b.showSteps(d)
	claims, err := claim.OfVersion(b.bad.Changelog, b.version.String())
	if err != nil {
		b.out.Line("nobody knows which claims fall with it: %s of %s: %v", release.Changelog, b.config.Release.Branch, err)
	}
	for _, c := range claims {
		b.out.Line("a claim falls with it: %s:%d: %s: %s", release.Changelog, c.Line, c.ID, c.Text)
	}
	b.out.Line("")
	switch {
	case obstacle != "":
		b.out.Line("no version supersedes it by itself: %s", obstacle)
	case next == nil:
		b.out.Line("the changelog of %s says already that it is withdrawn", b.config.Release.Branch)
	default:
		if good := next.draft.Supersede.Good; good != "" {
			b.out.Line("%s has the files of %s, and what %s has got since %s", next.version.Tag(), good, b.config.Release.Branch, b.version.Tag())
		} else {
			b.out.Line("%s has the files that %s has: %s is of an older line", next.version.Tag(), b.config.Release.Branch, b.version.Tag())
		}
		if err := next.showPlan(next.options); err != nil {
			return err
		}
	}
	if b.planFile != "" {
		return writeJSON(b.planFile, d)
	}
	return nil
}

// perform withdraws, then supersedes. The withdrawal is done whatever comes of
// the successor: it is what stops the damage.
func (b *rollback) perform(ctx context.Context, w release.Withdrawal, next *successor, obstacle string) error {
	lock := gittag.Lock{Repo: b.repo, Remote: b.remote, Holder: b.holder(), What: "rollback " + b.version.Tag(), Now: b.now}
	if next != nil {
		lock.Holder = next.draft.Holder
	}
	again := "next: " + command("rollback "+b.version.Tag())
	if err := lock.Take(ctx, b.takeOver); err != nil {
		return b.fail(exitRefused, "nothing was changed: "+err.Error(), again)
	}
	out, err := w.Run(ctx)
	if err != nil {
		return b.fail(exitIncomplete, err.Error(), again)
	}
	for _, text := range out.Warnings {
		b.out.Line("warning: %s", text)
	}
	if out.Err != nil {
		b.out.Line("not withdrawn everywhere: %v", out.Err)
	}
	failed := b.follow(ctx, next, again)
	if failed != nil && next != nil {
		if began, err := release.Began(next.state); began || err != nil {
			return failed // it is under way, and keeps the lock
		}
	}
	if err := lock.Drop(context.WithoutCancel(ctx)); err != nil {
		b.out.Line("warning: %v", err)
	}
	switch {
	case failed != nil:
		return failed
	case out.Code != journal.Complete:
		return b.fail(int(out.Code), fmt.Sprintf("%s: %s", b.version.Tag(), out.Code), again)
	case obstacle != "":
		return b.fail(exitIncomplete, b.version.Tag()+" is withdrawn and not superseded: "+obstacle,
			"next: do that by hand, with "+command("changelog:yank "+release.Changelog+" "+b.version.Tag()))
	}
	b.out.Line("%s is withdrawn", b.version.Tag())
	b.out.Line("next: git pull --ff-only, and tell the people who use %s", b.version.Tag())
	return nil
}

// follow releases what supersedes the version; nil is nothing.
func (b *rollback) follow(ctx context.Context, next *successor, again string) error {
	switch {
	case ctx.Err() != nil:
		return b.fail(exitIncomplete, b.version.Tag()+": it was interrupted, and is not withdrawn as a whole", again)
	case next == nil:
		return nil
	}
	return next.release(ctx)
}

// holder names this rollback on this machine, the same each time. A release of the
// version that never ended has the lock already.
func (b *rollback) holder() string {
	if d, err := release.ReadDraft(b.state); err == nil {
		return d.Holder
	}
	host, _ := os.Hostname() // without a name the directory has to do
	sum := sha256.Sum256([]byte(host + "\x00" + b.state))
	return "rollback-" + hex.EncodeToString(sum[:12])
}
