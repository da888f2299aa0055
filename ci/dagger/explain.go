package dagger

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/cupel-dev/cupel/ci"
)

// A cause is what the engine's words come down to, for a person.
type cause struct {
	words *regexp.Regexp
	says  string // the image stands for %s
}

// causes are tried in order. The words are those of the engine, of containerd
// and of the kernel.
var causes = []cause{
	{regexp.MustCompile(`(?i)no space left on device|ENOSPC`), "the engine's disk is full"},
	{regexp.MustCompile(`(?i)no match for platform|no manifest (for|matches requested) platform|does not (provide|match) (the )?((specified|requested) )?platform`),
		"the image %s has no variant for the engine's platform"},
	{regexp.MustCompile(`(?i)\b429 too many requests|toomanyrequests`),
		"the registry refuses to give the image %s for now (429): log in to it, wait, or name a mirror in [ci.images]"},
	{regexp.MustCompile(`(?i)\b5\d\d (internal server error|bad gateway|service unavailable|gateway timeout)|unexpected status( code)?[^\n]*\b5\d\d\b`),
		"the registry of the image %s fails (5xx): try again, or name a mirror in [ci.images]"},
	{regexp.MustCompile(`(?i)\b40[13] (unauthorized|forbidden)|authentication required|authorization failed|access (to the resource is )?denied`),
		"the registry does not give the image %s without a login"},
	{regexp.MustCompile(`(?i)failed to resolve image|not found: manifest|manifest unknown`), "the image %s cannot be pulled"},
	{regexp.MustCompile(`(?i)image archive import|resolve imported image|expected index`), "the image %s is no OCI image that the engine can read"},
	{regexp.MustCompile(`(?i)unknown argument|cannot query field`), "this engine does not know what the step asks for: it is of another version"},
	{regexp.MustCompile(`(?i)connection refused|connection reset|\bEOF\b|broken pipe`), "the engine went away"},
}

// explain turns an engine's error into one clear message, with the engine's
// own last line behind it.
func explain(ctx context.Context, image ci.Image, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("run in a container: %w", context.Cause(ctx))
	}
	for _, c := range causes {
		if !c.words.MatchString(err.Error()) {
			continue
		}
		says := strings.Replace(c.says, "%s", image.Name+" ("+image.String()+")", 1)
		return fmt.Errorf("%s: %w", says, &engineError{err})
	}
	return fmt.Errorf("the engine could not run it: %w", &engineError{err})
}

// origin is where in its trace the engine sees an error begin.
var origin = regexp.MustCompile(` ?\[traceparent:[0-9a-f-]+\]`)

// An engineError says only the last line of what the engine says, and keeps
// the rest for errors.As.
type engineError struct{ err error }

func (e *engineError) Error() string { return origin.ReplaceAllString(lastLine(e.err.Error()), "") }
func (e *engineError) Unwrap() error { return e.err }
