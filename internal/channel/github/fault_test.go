package github

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/cupel-dev/cupel/internal/forge/forgetest"
	"github.com/cupel-dev/cupel/internal/journal"
)

// Whatever happens once or twice to any request, the release ends as if nothing
// had happened, at the latest when it is resumed.
func TestEveryFaultOfEveryRequestIsOvercome(t *testing.T) {
	faults := map[string]forgetest.Fault{
		"lost":      {Lost: true, Times: 1},
		"refused":   {Refuse: true, Times: 1},
		"500":       {Status: 500, Times: 1},
		"502 twice": {Status: 502, Times: 2},
		"down":      {Status: 503, Times: 9},
		"429":       {Status: 429, Header: "Retry-After: 7", Times: 2},
		"secondary": {Status: 403, Secondary: true, Header: "Retry-After: 30", Times: 1},
		"limited":   {Status: 429, Header: "Retry-After: 3600", Times: 1},
		"slow":      {Delay: 20 * time.Millisecond, Times: 3},
	}
	requests := map[string]forgetest.Fault{
		"list":     {Method: "GET", Path: "/repos/o/r/releases"},
		"create":   {Method: "POST", Path: "/releases"},
		"upload":   {Method: "POST", Path: "/assets"},
		"publish":  {Method: "PATCH"},
		"tag":      {Path: "/commits/tags/"},
		"latest":   {Path: "/releases/latest"},
		"download": {Path: "/assets/", Method: "GET"},
		"page":     {Path: "/releases/download/"},
	}
	for request, at := range requests {
		for name, f := range faults {
			f.Method, f.Path = at.Method, at.Path
			t.Run(request+" "+name, func(t *testing.T) { t.Parallel(); overcome(t, f) })
		}
	}
	t.Run("upload broken off", func(t *testing.T) {
		overcome(t, forgetest.Fault{Method: "POST", Path: "/assets", Half: true, Times: 2})
	})
}

func overcome(t *testing.T, f forgetest.Fault) {
	w := newWorld(t, "v1.3.0")
	w.repo.AddRelease(forgetest.Release{Tag: "v1.2.0"})
	w.Fail(f)
	steps := w.steps()
	o := w.run(t, steps, (*journal.Runner).Run)
	for range 4 {
		switch o.Code {
		case journal.Incomplete, journal.NotVerified:
			w.c = w.channel(t, "v1.3.0")
			o = w.run(t, w.steps(), (*journal.Runner).Resume)
		case journal.Refused, journal.Undone: // a fault before any effect
			w.check(t, []forgetest.Release{{Tag: "v1.2.0"}})
			o = w.run(t, w.steps(), (*journal.Runner).Run)
		}
	}
	if o.Code != journal.Complete {
		t.Fatalf("%v: %v", o.Code, o.Err)
	}
	w.check(t, append([]forgetest.Release{{Tag: "v1.2.0"}}, want("v1.3.0")...))
	if w.repo.Latest() != "v1.3.0" {
		t.Errorf("the latest is %s", w.repo.Latest())
	}
}

func TestWhatGitHubForbidsBeforeThePushLeavesNoTrace(t *testing.T) {
	for name, f := range map[string]forgetest.Fault{
		"create 403": {Method: "POST", Path: "/releases", Status: 403, Message: "Resource not accessible by integration"},
		"create 404": {Method: "POST", Path: "/releases", Status: 404},
		"upload 422": {Method: "POST", Path: "/assets", Status: 422},
		"upload 404": {Method: "POST", Path: "/assets", Status: 404},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "v1.3.0")
			w.Fail(f)
			if o := w.release(t); o.Code != journal.Undone {
				t.Errorf("%v: %v", o.Code, o.Err)
			}
			w.check(t, nil)
		})
	}
}

func TestACancellationEndsAWaitForGitHubAtOnce(t *testing.T) {
	w := newWorld(t, "v1.3.0")
	ctx, cancel := context.WithCancel(t.Context())
	w.Fail(forgetest.Fault{Path: "/assets", Method: "POST", Delay: time.Hour, Notice: cancel})
	if err := w.c.Steps()[0].Do(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}
