// Package comment puts the comparison that a workflow run has measured on the
// pull request that the run was for. It is meant for a workflow_run job: code
// of the default branch, with the right to write, that looks at what code of a
// fork has left.
//
// It believes nothing of what it reads but numbers and names: which pull
// request it is, GitHub says; what is shown, the report package renders anew.
// It changes no verdict and fails no check.
package comment

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/cupel-dev/cupel/internal/forge"
	"github.com/cupel-dev/cupel/internal/report"
)

// The form of the artifacts that a smoke job leaves: one a machine, with the
// number of the pull request as a hint and the machine as the title, each with
// one file.
//
//	benchmark-smoke-12-macos-14.zip
//	    smoke.json
const (
	ArtifactPrefix = "benchmark-smoke-"
	ArtifactFile   = "smoke.json"
)

var artifactName = regexp.MustCompile(`^` + ArtifactPrefix + `([0-9]{1,9})-([A-Za-z0-9][A-Za-z0-9._-]{0,39})$`)

// maxSections is the number of machines that one comment shows.
const maxSections = 8

// A When says when a pull request gets a comment: the setting "comment" of
// cupel.toml.
type When string

// The settings. OnChange comments where there is something to act on, and
// updates a comment that is there already whatever the verdict.
const (
	OnChange When = "change"
	Always   When = "always"
	Never    When = "never"
)

// A Result is what [Publish] did.
type Result struct {
	Pull  int    // the number of the pull request, 0 where none was found
	URL   string // of the comment, "" where there is none
	Quiet string // why there is no comment, "" where there is one
}

// Publish reads the comparisons that the run has left, finds the pull request
// that it was for, and makes its one comment say what they say.
//
// It says nothing for a run that was cancelled, was not for a pull request, left
// no comparison, or measured a commit that is no longer the head. The error is
// [forge.ErrForbidden] where the token may not write, which is a warning and no
// failure; an artifact that cannot be believed is an error and posts nothing.
func Publish(ctx context.Context, client *forge.Client, a *forge.Actions, when When) (Result, error) {
	if reason := quiet(a, when); reason != "" {
		return Result{Quiet: reason}, nil
	}
	sections, hint, err := comparisons(ctx, client, a.Run)
	if err != nil {
		return Result{}, err
	}
	if len(sections) == 0 {
		return Result{Quiet: "the run has left no comparison"}, nil
	}
	sections = whole(sections, a.Run)
	pull, reason, err := target(ctx, client, a.Run.Head, hint)
	if err != nil || reason != "" {
		return Result{Pull: pull.Number, Quiet: reason}, err
	}
	sticky := render(sections, a.RunURL(a.Run.ID))
	sticky.Number = pull.Number
	sticky.UpdateOnly = when == OnChange && !slices.ContainsFunc(sections, func(s report.Section) bool { return s.Comparison.Actionable() })
	done, err := client.Upsert(ctx, sticky)
	switch {
	case err != nil:
		return Result{Pull: pull.Number}, err
	case done == nil:
		return Result{Pull: pull.Number, Quiet: "there is nothing to act on"}, nil
	}
	return Result{Pull: pull.Number, URL: done.URL}, nil
}

// quiet is the reason for which nothing is read at all.
func quiet(a *forge.Actions, when When) string {
	switch {
	case when == Never:
		return `comments are switched off (comment = "never")`
	case a.Run == nil:
		return "this is no workflow_run event"
	case a.Run.Event != "pull_request":
		return "the run was not for a pull request"
	case a.Run.Conclusion == "cancelled" || a.Run.Conclusion == "skipped":
		return "the run was " + a.Run.Conclusion + ", which is no result"
	}
	return ""
}

// comparisons reads what the run has left, in the order of the titles, and the
// number of the pull request that the run claims to be for.
func comparisons(ctx context.Context, client *forge.Client, run *forge.WorkflowRun) ([]report.Section, int, error) {
	artifacts, err := client.Artifacts(ctx, run.ID)
	if err != nil {
		return nil, 0, err
	}
	artifacts = newest(artifacts)
	if len(artifacts) > maxSections {
		return nil, 0, fmt.Errorf("run %d has left more than %d comparisons", run.ID, maxSections)
	}
	var sections []report.Section
	hint := 0
	for _, a := range artifacts {
		name := artifactName.FindStringSubmatch(a.Name)
		c, err := read(ctx, client, a)
		if err != nil {
			return nil, 0, err
		}
		c.Head = run.Head.SHA // what GitHub says was measured; for the merge of it, the program names another
		sections = append(sections, report.Section{Title: name[2], Comparison: c})
		hint, _ = strconv.Atoi(name[1])
	}
	slices.SortFunc(sections, func(a, b report.Section) int { return strings.Compare(a.Title, b.Title) })
	return sections, hint, nil
}

// newest are the artifacts that hold a comparison, the last of each name: a job
// that is run again leaves another.
func newest(artifacts []forge.Artifact) []forge.Artifact {
	slices.SortFunc(artifacts, func(a, b forge.Artifact) int { return cmp.Compare(b.ID, a.ID) })
	var list []forge.Artifact
	for _, a := range artifacts {
		known := slices.ContainsFunc(list, func(b forge.Artifact) bool { return b.Name == a.Name })
		if artifactName.MatchString(a.Name) && !a.Expired && !known {
			list = append(list, a)
		}
	}
	return list
}

// whole adds what is missing where the run failed and no comparison says why: a
// job that ended before it had measured is no pass.
func whole(sections []report.Section, run *forge.WorkflowRun) []report.Section {
	says := func(s report.Section) bool {
		return s.Comparison.Verdict == report.Regression || s.Comparison.Verdict == report.Failed
	}
	if run.Conclusion == "success" || slices.ContainsFunc(sections, says) {
		return sections
	}
	lost := &report.Comparison{Schema: report.SchemaSmoke, Verdict: report.Failed, Reason: report.JobLost, Head: run.Head.SHA}
	return append(sections, report.Section{Title: "another job", Comparison: lost})
}

func read(ctx context.Context, client *forge.Client, a forge.Artifact) (*report.Comparison, error) {
	data, err := client.ReadArtifact(ctx, a, ArtifactFile, report.MaxSize)
	if err != nil {
		return nil, err
	}
	c, err := report.ReadComparison(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("artifact %q: %w", a.Name, err)
	}
	return c, nil
}

// target is the pull request whose head is what was measured, as it is now, or
// the reason for which there is none to comment on.
func target(ctx context.Context, client *forge.Client, head forge.Head, hint int) (forge.Pull, string, error) {
	pull, err := client.ResolvePull(ctx, head, hint)
	for _, known := range []error{forge.ErrNoPull, forge.ErrSuperseded, forge.ErrAmbiguous} {
		if errors.Is(err, known) {
			return pull, known.Error(), nil
		}
	}
	return pull, "", err
}

// render makes the sections a comment.
func render(sections []report.Section, link string) forge.Sticky {
	m := report.Markdown{Marker: report.Marker("smoke"), Link: link, Untrusted: true}
	return forge.Sticky{
		Marker: m.Marker,
		Limit:  report.CommentLimit,
		Body: func(limit int) string {
			m.Limit = limit
			return m.Render(sections...)
		},
	}
}
