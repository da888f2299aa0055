package targets

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/magefile/mage/mg"

	"github.com/cupel-dev/cupel/internal/comment"
	"github.com/cupel-dev/cupel/internal/forge"
)

// Report tells people what was measured.
type Report mg.Namespace

// Comment puts what a smoke run has measured on its pull request, as one comment.
//
// It is a step of a workflow_run job with GITHUB_TOKEN in its environment. Which
// pull request it is, GitHub says; the comment in cupel.toml ("change", "always",
// "never") says when. It changes no verdict.
//
// Exit codes: 0 done, or nothing to say, or not allowed to, 2 could not read what was left.
func (Report) Comment(ctx context.Context) error {
	p, err := here()
	if err != nil {
		return err
	}
	ctx, stop := untilTold(ctx)
	defer stop()
	actions, err := forge.ReadActions(os.Environ())
	if errors.Is(err, forge.ErrNotActions) {
		return fail(exitRefused, "report:comment is a step of a workflow_run job in GitHub Actions", "here: "+command("smoke")+" shows the same")
	}
	if err != nil {
		return fail(exitRefused, err.Error())
	}
	client, err := forge.New(forge.Config{APIURL: actions.APIURL, Repository: actions.Repository, Token: os.Getenv("GITHUB_TOKEN")})
	if err != nil {
		return fail(exitRefused, err.Error())
	}
	result, err := comment.Publish(ctx, client, actions, comment.When(p.config.Smoke.Comment))
	out := newConsole(os.Stdout)
	switch {
	case errors.Is(err, forge.ErrForbidden):
		out.Line("warning: no comment: %v", err)
		out.Line("the job needs 'permissions: pull-requests: write'; the verdict stands, and is in the summary of the run")
	case err != nil:
		return fail(exitRefused, fmt.Sprintf("no comment: %v", err))
	case result.Quiet != "":
		out.Line("no comment: %s", result.Quiet)
	default:
		out.Line("comment on #%d: %s", result.Pull, result.URL)
	}
	return nil
}
