package targets

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/cupel-dev/cupel/internal/journal"
	"github.com/cupel-dev/cupel/internal/release"
)

// underWay refuses to begin what was begun.
func (r *releasing) underWay() error {
	tag := r.version.Tag()
	switch ended, err := release.Ended(r.state); {
	case err != nil:
		return r.fail(exitRefused, err.Error())
	case ended:
		return r.fail(exitRefused, fmt.Sprintf("the release %s was begun here, and is out", tag),
			"next: "+command("version:next patch")+" has a number that is free, "+command("release "+tag+" -resume")+" looks at this one again")
	}
	return r.fail(exitRefused, fmt.Sprintf("the release %s was begun here", tag), "next: "+command("release "+tag+" -resume")+", or -abort while nothing is public")
}

// preview shows the plan of a release that was begun, and changes nothing.
func (r *releasing) preview(ctx context.Context, flag string) error {
	switch _, err := r.begunDraft(); {
	case errors.Is(err, os.ErrNotExist):
		return r.notBegun(ctx)
	case err != nil:
		return r.fail(exitRefused, err.Error())
	}
	o, err := r.begun(ctx)
	if err == nil {
		err = r.showPlan(o)
	}
	if err != nil {
		return r.fail(exitRefused, err.Error())
	}
	r.out.Line("nothing was changed")
	r.out.Line("next: %s", command("release "+r.version.Tag()+flag))
	return nil
}

// resume goes on with a release that was begun, and whose journal may be lost.
func (r *releasing) resume(ctx context.Context) error {
	switch _, err := r.begunDraft(); {
	case errors.Is(err, os.ErrNotExist):
		return r.notBegun(ctx)
	case err != nil:
		return r.fail(exitRefused, err.Error())
	}
	if err := r.stillGood(ctx); err != nil {
		return err
	}
	o, err := r.begun(ctx)
	if err != nil {
		return r.fail(exitIncomplete, err.Error(), r.onward(false))
	}
	if err := r.lock(o.Draft).Take(ctx, r.takeOver); err != nil {
		return r.fail(exitIncomplete, err.Error(), r.onward(false))
	}
	o, outcome, err := o.Land(ctx, r.course(), release.Options.Resume)
	return r.ended(ctx, o, outcome, err)
}

// notBegun says that nothing is known here of a release that is to go on.
func (r *releasing) notBegun(ctx context.Context) error {
	tag, nothing := r.version.Tag(), fmt.Sprintf("no release %s was begun here", r.version.Tag())
	bad, err := r.origin().Bad(ctx, r.version)
	if err == nil && bad.Public() {
		return r.fail(exitRefused, nothing+fmt.Sprintf(", and %s has its tag: go on where it was begun", r.remote), "next: there, "+command("release "+tag+" -resume")+", or here, "+command("rollback "+tag))
	}
	return r.fail(exitRefused, nothing, "next: "+command("release "+tag))
}

// stillGood refuses to go on with a version that was withdrawn meanwhile: its
// pointers would go back to it.
func (r *releasing) stillGood(ctx context.Context) error {
	bad, err := r.origin().Bad(ctx, r.version)
	if err != nil {
		return r.fail(exitIncomplete, err.Error(), r.onward(false))
	}
	if !bad.Public() {
		return nil
	}
	withdrawn, err := bad.Withdrawn()
	switch {
	case err != nil:
		return r.fail(exitIncomplete, err.Error(), r.onward(true))
	case withdrawn:
		return r.fail(exitRefused, fmt.Sprintf("%s is withdrawn, as the changelog of %s says: it does not go on", r.version.Tag(), r.config.Release.Branch),
			"next: "+command("rollback "+r.version.Tag())+" finishes what is missing of that")
	}
	return nil
}

// abort takes a release back that was begun.
func (r *releasing) abort(ctx context.Context) error {
	tag := r.version.Tag()
	switch _, err := r.begunDraft(); {
	case errors.Is(err, os.ErrNotExist):
		return r.fail(exitRefused, fmt.Sprintf("no release %s was begun here, so there is nothing to take back", tag))
	case err != nil:
		return r.fail(exitRefused, err.Error())
	}
	o, err := r.begun(ctx)
	if err != nil {
		return r.fail(exitIncomplete, err.Error(), "next: "+command("release "+tag+" -abort"))
	}
	outcome, err := o.Abort(ctx)
	for _, w := range outcome.Warnings {
		r.out.Line("warning: %s", w)
	}
	switch {
	case err != nil:
		return r.fail(exitIncomplete, err.Error(), "next: "+command("release "+tag+" -abort"))
	case outcome.Code == journal.Refused:
		return r.fail(exitRefused, fmt.Sprintf("%s cannot be taken back: %v", tag, outcome.Err), r.onward(outcome.Public))
	case outcome.Code != journal.Undone:
		return r.fail(int(outcome.Code), fmt.Sprintf("%s is not taken back as a whole: %v", tag, outcome.Err), "next: "+command("release "+tag+" -abort"))
	}
	if err := errors.Join(r.lock(o.Draft).Drop(context.WithoutCancel(ctx)), release.Discard(r.state)); err != nil {
		return r.fail(exitIncomplete, err.Error(), "next: "+command("release "+tag+" -abort"))
	}
	r.out.Line("%s is taken back: nothing of it is left", tag)
	r.out.Line("next: %s, when it is mended", command("release "+tag))
	return nil
}

// begunDraft is the draft of a release that was begun, of this project: another one
// of the repository may have had the number.
func (r *releasing) begunDraft() (release.Draft, error) {
	d, err := release.ReadDraft(r.state)
	if err == nil && d.Path != "" && d.Path != r.path {
		err = fmt.Errorf("the release %s was begun in the directory %s of the repository: go on there", r.version.Tag(), d.Path)
	}
	return d, err
}

// begun is a release as its draft says it.
func (r *releasing) begun(ctx context.Context) (release.Options, error) {
	draft, err := r.begunDraft()
	if err != nil {
		return release.Options{}, err
	}
	preparation := r.prepare(ctx, draft)
	if err := preparation.err(); err != nil {
		return release.Options{}, err
	}
	return r.options(ctx, draft, preparation.prepared)
}
