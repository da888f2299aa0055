package targets

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
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
	if err := positional("release VERSION", version); err != nil {
		return err
	}
	if given(resume, false) && given(abort, false) {
		return fail(exitRefused, "-resume goes on and -abort takes back: give one of them")
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
	r.dryRun, r.yes, r.takeOver = given(dryRun, false), given(yes, false), given(takeOver, false)
	r.backport, r.planFile = given(backport, false), given(json, "")
	switch began, err := release.Began(r.state); {
	case err != nil:
		return r.fail(exitRefused, err.Error())
	case given(abort, false):
		return r.abort(ctx)
	case given(resume, false):
		return r.resume(ctx, began)
	case began && !r.dryRun:
		return r.fail(exitRefused, fmt.Sprintf("the release %s was begun here", r.version.Tag()),
			"next: "+command("release "+r.version.Tag()+" -resume")+", or -abort while nothing is public")
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
		return r.fail(exitRefused, preparation.fatal.Error())
	}
	o, err := r.options(ctx, draft, preparation.prepared)
	if err != nil {
		return r.fail(exitRefused, err.Error())
	}
	if err := r.showPlan(o); err != nil {
		return r.fail(exitRefused, err.Error())
	}
	gates := r.gates(draft, preparation, o.Channels)
	if err := release.CheckWaivers(gates, draft.Waived); err != nil {
		return r.fail(exitRefused, err.Error())
	}
	if draft.Gates, err = r.askGates(ctx, gates, draft.Waived); err != nil {
		return r.fail(exitRefused, "nothing was released: "+err.Error())
	}
	if closed := release.Closed(draft.Gates); len(closed) > 0 {
		return r.fail(exitRefused, "nothing was released; these gates are closed: "+strings.Join(closed, ", "), "next: mend that, or "+
			command("release "+r.version.Tag()+" -waive=GATE:REASON")+" where it can be waived")
	}
	if r.dryRun {
		r.out.Line("nothing was changed")
		r.out.Line("next: %s", command("release "+r.version.Tag()))
		return nil
	}
	if !r.confirmed(fmt.Sprintf("Release %s?", r.version.Tag())) {
		return r.fail(exitRefused, "nothing was released")
	}
	draft.Claims = r.claims
	return r.run(ctx, o, draft)
}

// run takes the lock and does the steps.
func (r *releasing) run(ctx context.Context, o release.Options, draft release.Draft) error {
	if err := draft.Save(r.state); err != nil {
		return r.fail(exitRefused, err.Error())
	}
	o.Draft = draft
	if err := r.lock(draft).Take(ctx, r.takeOver); err != nil {
		return r.fail(exitRefused, "nothing was released: "+err.Error())
	}
	o, outcome, err := o.Land(ctx, r.course(), release.Options.Run)
	return r.ended(ctx, o, outcome, err)
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

// resume goes on with a release that was begun.
func (r *releasing) resume(ctx context.Context, began bool) error {
	if !began {
		return r.fail(exitRefused, fmt.Sprintf("no release %s was begun here", r.version.Tag()), "next: "+command("release "+r.version.Tag()))
	}
	o, err := r.begun(ctx)
	if err != nil {
		return r.fail(exitIncomplete, err.Error())
	}
	if err := r.lock(o.Draft).Take(ctx, r.takeOver); err != nil {
		return r.fail(exitIncomplete, err.Error())
	}
	o, outcome, err := o.Land(ctx, r.course(), release.Options.Resume)
	return r.ended(ctx, o, outcome, err)
}

// abort takes a release back that was begun.
func (r *releasing) abort(ctx context.Context) error {
	o, err := r.begun(ctx)
	if errors.Is(err, os.ErrNotExist) {
		return r.fail(exitRefused, fmt.Sprintf("no release %s was begun here, so there is nothing to take back", r.version.Tag()))
	}
	if err != nil {
		return r.fail(exitIncomplete, err.Error())
	}
	outcome, err := o.Abort(ctx)
	if err == nil && outcome.Code == journal.Undone {
		if err := errors.Join(r.lock(o.Draft).Drop(context.WithoutCancel(ctx)), release.Discard(r.state)); err != nil {
			return r.fail(exitIncomplete, err.Error())
		}
		r.out.Line("%s is taken back: nothing of it is left", r.version.Tag())
		return nil
	}
	return r.ended(ctx, o, outcome, err)
}

// begun is a release as its draft says it.
func (r *releasing) begun(ctx context.Context) (release.Options, error) {
	draft, err := release.ReadDraft(r.state)
	if err != nil {
		return release.Options{}, err
	}
	preparation := r.prepare(ctx, draft)
	if err := preparation.err(); err != nil {
		return release.Options{}, err
	}
	return r.options(ctx, draft, preparation.prepared)
}

// ended gives the lock back where nothing is left to do, says what came of the
// release, and turns it into the exit code.
func (r *releasing) ended(ctx context.Context, o release.Options, outcome journal.Outcome, err error) error {
	if err != nil {
		return r.fail(exitIncomplete, err.Error(), "next: "+command("release "+r.version.Tag()+" -resume"))
	}
	for _, w := range outcome.Warnings {
		r.out.Line("warning: %s", w)
	}
	ctx = context.WithoutCancel(ctx)
	if slices.Contains([]journal.Code{journal.Complete, journal.Undone, journal.Refused}, outcome.Code) {
		if err := r.lock(o.Draft).Drop(ctx); err != nil {
			r.out.Line("warning: %v", err)
		}
	}
	switch outcome.Code {
	case journal.Complete:
		return r.complete(ctx, o)
	case journal.Undone:
		if err := release.Discard(r.state); err != nil {
			r.out.Line("warning: %v", err)
		}
	}
	return r.fail(int(outcome.Code), fmt.Sprintf("%s: %s", r.version.Tag(), outcome.Code), outcome.Err.Error(), "next: "+r.next(outcome))
}

// next is what a person does after a release that did not end well.
func (r *releasing) next(outcome journal.Outcome) string {
	again := command("release " + r.version.Tag())
	switch outcome.Code {
	case journal.Incomplete:
		return again + " -resume, or -abort while nothing is public"
	case journal.Conflicting:
		return "look at what is there; " + command("rollback "+r.version.Tag()) + " goes on with the next number"
	case journal.NotVerified:
		return again + " -resume when the channel shows it, or " + command("rollback "+r.version.Tag())
	}
	return again
}

func (r *releasing) complete(ctx context.Context, o release.Options) error {
	planned := cmp.Or(o.Draft.Planned, o.Draft.Head)
	advanced, err := release.Advance(ctx, r.repo, r.config.Release.Branch, planned, o.Prepared.Commit)
	if err != nil {
		r.out.Line("warning: %v", err)
	}
	r.out.Line("")
	r.out.Line("%s is out: commit %.12s", r.version.Tag(), o.Prepared.Commit)
	r.out.Line("receipt: %s of %s", release.ReceiptRef(r.version.Tag()), r.remote)
	if advanced {
		r.out.Line("next: git log -1; %s is at the release", r.config.Release.Branch)
	} else {
		r.out.Line("next: git pull --ff-only, when %s is checked out and clean", r.config.Release.Branch)
	}
	return nil
}

func (r *releasing) lock(d release.Draft) gittag.Lock {
	return gittag.Lock{Repo: r.repo, Remote: r.remote, Holder: d.Holder, What: "release " + r.version.Tag(), Now: r.now}
}
