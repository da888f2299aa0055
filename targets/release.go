package targets

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/cupel-dev/cupel/internal/channel/gittag"
	"github.com/cupel-dev/cupel/internal/journal"
	"github.com/cupel-dev/cupel/internal/release"
)

// Release plans a version, asks every gate, and ships it to the channels of cupel.toml.
//
// It prints the plan: every step with its channel, its class, how it is undone,
// and the point of no return. On a terminal it asks once. Everything local and
// invisible comes first; then branch and tag are pushed together; "latest"
// pointers move last. A release that is cut off anywhere goes on with -resume,
// or is taken back with -abort as long as nothing is public.
//
// -dryRun prints the plan, asks the gates that take no time, and changes nothing.
// Gates that can be waived: tests, lint, audit, evidence, drift.
//
// Exit codes: 0 done, 2 refused before any effect, 3 failed and fully undone,
// 4 incomplete, resumable, 5 a channel holds other bytes, 6 out but not verified.
func Release(
	ctx context.Context,
	version string,
	dryRun *bool, // print the plan and change nothing
	yes *bool, // do not ask
	resume *bool, // go on with this release, which was begun here
	abort *bool, // take back this release, which was begun here
	waive *string, // GATE:REASON, recorded in the receipt; several with ";" between them
	backport *bool, // a version below the latest, which leaves the latest pointers alone
	takeOver *bool, // take the lock of a release that is older than two hours
	json *string, // write the plan to this file
) error {
	if err := alone("release", version); err != nil {
		return err
	}
	if given(resume, false) && given(abort, false) {
		return fail(exitRefused, "-resume goes on and -abort takes back: give one of them")
	}
	waived, err := waivers(given(waive, ""))
	if err != nil {
		return fail(exitRefused, err.Error())
	}
	if len(waived) > 0 && (given(resume, false) || given(abort, false)) {
		return fail(exitRefused, "-waive is said when a release begins: its gates are answered, and are not asked again")
	}
	ctx, stop := untilTold(ctx)
	defer stop()
	r, err := startReleasing(ctx, version)
	if err != nil {
		return err
	}
	defer r.end()
	r.dryRun, r.yes, r.takeOver = given(dryRun, false), given(yes, false), given(takeOver, false)
	r.backport, r.planFile = given(backport, false), given(json, "")
	return r.told(ctx, given(resume, false), given(abort, false), waived)
}

// told does with a release what the flags say.
func (r *releasing) told(ctx context.Context, resume, abort bool, waived map[string]string) error {
	switch began, err := release.Began(r.state); {
	case err != nil:
		return r.fail(exitRefused, err.Error())
	case r.dryRun && abort:
		return r.preview(ctx, " -abort")
	case r.dryRun && resume:
		return r.preview(ctx, " -resume")
	case abort:
		return r.abort(ctx)
	case resume:
		return r.resume(ctx)
	case began && !r.dryRun:
		return r.underWay()
	}
	return r.begin(ctx, waived)
}

// waivers reads GATE:REASON, several with ";" between them.
func waivers(text string) (map[string]string, error) {
	waived := map[string]string{}
	for part := range strings.SplitSeq(text, ";") {
		if strings.TrimSpace(part) == "" {
			continue
		}
		gate, reason, err := release.ParseWaiver(part)
		if err != nil {
			return nil, err
		}
		if waived[gate] != "" {
			return nil, fmt.Errorf("-waive: the gate %q has two reasons: write them as one", gate)
		}
		waived[gate] = reason
	}
	return waived, nil
}

// begin makes a release from its first step.
func (r *releasing) begin(ctx context.Context, waived map[string]string) error {
	draft, err := r.draft(ctx)
	if err != nil {
		return r.fail(exitRefused, err.Error())
	}
	draft.Waived = waived
	return r.ship(ctx, draft)
}

// ship takes a draft through plan, gates and question, and runs it.
func (r *releasing) ship(ctx context.Context, draft release.Draft) error {
	preparation := r.prepare(ctx, draft)
	if preparation.fatal != nil {
		return r.refused(preparation.fatal)
	}
	o, err := r.options(ctx, draft, preparation.prepared)
	if err != nil {
		return r.refused(err)
	}
	if err := r.showPlan(o); err != nil {
		return r.fail(exitRefused, err.Error())
	}
	gates := r.gates(draft, preparation, o.Channels)
	if err := release.CheckWaivers(gates, draft.Waived); err != nil {
		return r.fail(exitRefused, err.Error())
	}
	if draft.Gates, err = r.askGates(ctx, gates, draft.Waived); err != nil {
		return r.refused(err)
	}
	if closed := release.Closed(draft.Gates); len(closed) > 0 {
		return r.fail(exitRefused, "nothing was released; these gates are closed: "+strings.Join(closed, ", "), r.mend(gates, closed))
	}
	if r.dryRun {
		r.out.Line("nothing was changed")
		r.out.Line("next: %s", command("release "+r.version.Tag()))
		return nil
	}
	if !r.confirmed(ctx, fmt.Sprintf("Release %s?", r.version.Tag())) {
		return r.fail(exitRefused, "nothing was released", "next: "+command("release "+r.version.Tag())+", or -yes with it")
	}
	draft.Claims = r.claims
	return r.run(ctx, o, draft)
}

// refused says that a release was not begun, and why.
func (r *releasing) refused(why error) error {
	text := why.Error()
	if interrupted(why) {
		text = "it was interrupted"
	}
	return r.fail(exitRefused, "nothing was released: "+text, "next: "+command("release "+r.version.Tag()))
}

// mend is the next command where gates are closed: some can be waived.
func (r *releasing) mend(gates []release.Gate, closed []string) string {
	again := command("release " + r.version.Tag())
	for _, g := range gates {
		if !g.Integrity && slices.Contains(closed, g.Name) {
			return "next: mend that, then " + again + ", or -waive=" + g.Name + ":REASON with it"
		}
	}
	return "next: mend that, then " + again
}

// run takes the lock and does the steps.
func (r *releasing) run(ctx context.Context, o release.Options, draft release.Draft) error {
	if err := draft.Save(r.state); err != nil {
		return r.fail(exitRefused, err.Error())
	}
	o.Draft = draft
	if err := r.lock(draft).Take(ctx, r.takeOver); err != nil {
		return r.refused(errors.Join(err, r.unclaimed(err)))
	}
	o, outcome, err := o.Land(ctx, r.course(), release.Options.Run)
	return r.ended(ctx, o, outcome, err)
}

// unclaimed forgets the draft of a release that another one kept from the lock.
// Where nobody can tell who has it, the draft says which holder to ask for.
func (r *releasing) unclaimed(err error) error {
	var held *gittag.HeldError
	if !errors.As(err, &held) {
		return nil
	}
	return release.Discard(r.state)
}

// course is how a release goes on where its branch gets evidence meanwhile.
func (r *releasing) course() release.Course {
	return release.Course{Origin: r.origin(), Again: r.again}
}

// again plans a release again on top of evidence, and asks the gates again that
// look at evidence.
func (r *releasing) again(ctx context.Context, d release.Draft) (release.Options, error) {
	r.out.Line("%s has got evidence, and nothing else, since the plan was made: it is planned again on top of that", r.config.Release.Branch)
	p := r.prepare(ctx, d)
	if err := p.err(); err != nil {
		return release.Options{}, err
	}
	o, err := r.options(ctx, d, p.prepared)
	if err != nil {
		return o, err
	}
	if err := r.showPlan(o); err != nil {
		return o, err
	}
	if err := r.askOfEvidence(ctx, &o.Draft); err != nil {
		return o, err
	}
	return o, o.Draft.Save(r.state)
}

// ended gives the lock back where nothing of the release is left to do, says what
// came of it, and turns it into the exit code.
func (r *releasing) ended(ctx context.Context, o release.Options, outcome journal.Outcome, err error) error {
	if err != nil {
		return r.fail(exitIncomplete, err.Error(), r.onward(false))
	}
	for _, w := range outcome.Warnings {
		r.out.Line("warning: %s", w)
	}
	ctx = context.WithoutCancel(ctx)
	over, err := r.over(outcome)
	if err != nil {
		r.out.Line("warning: %v", err)
	}
	if over {
		if err := r.lock(o.Draft).Drop(ctx); err != nil {
			r.out.Line("warning: %v", err)
		}
	}
	if outcome.Code == journal.Complete {
		return r.complete(ctx, o)
	}
	if over && outcome.Code != journal.Refused {
		if err := release.Discard(r.state); err != nil {
			r.out.Line("warning: %v", err)
		}
	}
	return r.fail(int(outcome.Code), fmt.Sprintf("%s: %s", r.version.Tag(), outcome.Code), outcome.Err.Error(), r.next(outcome, over))
}

// over reports whether nothing of a release is under way any more. One that was
// refused may have been begun before, and one that found other bytes may have been
// undone.
func (r *releasing) over(outcome journal.Outcome) (bool, error) {
	switch outcome.Code {
	case journal.Complete, journal.Undone:
		return true, nil
	case journal.Refused, journal.Conflicting:
		began, err := release.Began(r.state)
		return err == nil && !began, err
	}
	return false, nil
}

// next is what a person does after a release that did not end well.
func (r *releasing) next(outcome journal.Outcome, over bool) string {
	again := command("release " + r.version.Tag())
	switch {
	case outcome.Code == journal.Conflicting && over:
		return "next: look at what is there; nothing of this release is left, and " + command("version:next patch") + " has a number that is free"
	case outcome.Code == journal.Conflicting:
		return "next: look at what is there; " + command("rollback "+r.version.Tag()) + " goes on with the next number"
	case outcome.Code == journal.NotVerified:
		return "next: " + cmp.Or(r.finish, again+" -resume") + " when the channel shows it, or " + command("rollback "+r.version.Tag())
	case over:
		return "next: " + cmp.Or(r.finish, again)
	}
	return r.onward(outcome.Public)
}

// onward is the next command of a release that is under way.
func (r *releasing) onward(public bool) string {
	again := command("release " + r.version.Tag())
	switch {
	case r.finish != "":
		return "next: " + r.finish
	case public:
		return "next: " + again + " -resume, or " + command("rollback "+r.version.Tag())
	}
	return "next: " + again + " -resume, or -abort while nothing is public"
}

func (r *releasing) complete(ctx context.Context, o release.Options) error {
	planned := cmp.Or(o.Draft.Planned, o.Draft.Head)
	advanced, err := release.Advance(ctx, r.repo, r.config.Release.Branch, planned, o.Prepared.Commit)
	if err != nil {
		r.out.Line("warning: %v", err)
	}
	receipt, err := release.ReadReceipt(ctx, r.repo, r.remote, r.tag())
	if err != nil {
		r.out.Line("warning: %v", err)
	}
	r.out.Line("")
	r.out.Line("%s is out: commit %.12s", r.version.Tag(), o.Prepared.Commit)
	if receipt != nil {
		r.out.Line("receipt: %s of %s", release.ReceiptRef(r.tag()), r.remote)
	}
	if r.finish != "" {
		return nil // what it supersedes comes last
	}
	r.out.Line("next: %s", r.look(advanced))
	return nil
}

// look is how a person sees the release here.
func (r *releasing) look(advanced bool) string {
	if advanced {
		return "git log -1; " + r.config.Release.Branch + " is at the release"
	}
	return "git pull --ff-only, when " + r.config.Release.Branch + " is checked out and clean"
}

func (r *releasing) lock(d release.Draft) gittag.Lock {
	return gittag.Lock{Repo: r.repo, Remote: r.remote, Holder: d.Holder, What: "release " + r.tag(), Now: r.now}
}
