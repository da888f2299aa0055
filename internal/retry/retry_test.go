package retry

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"
)

var now = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

func header(text string) http.Header { return http.Header{"Retry-After": {text}} }

func TestAfterReadsSecondsAndDates(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"0": 0, "120": 2 * time.Minute, "Wed, 25 Nov 2026 12:01:00 GMT": time.Minute, "Wed, 25 Nov 2026 11:00:00 GMT": 0,
	} {
		if got, named := After(header(text), now); got != want || !named {
			t.Errorf("%q is %s, %v; want %s", text, got, named, want)
		}
	}
	for _, text := range []string{"", "-5", "+5", " 5", "1.5", "soon", "99999999999999999999"} {
		if got, named := After(header(text), now); got != 0 || named {
			t.Errorf("%q is %s, %v; it names no time", text, got, named)
		}
	}
	if _, named := After(nil, now); named {
		t.Error("no header names a time")
	}
}

func TestWaitEndsWithItsContext(t *testing.T) {
	told := errors.New("told to")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(told)
	if err := Wait(ctx, time.Hour); !errors.Is(err, told) {
		t.Errorf("got %v", err)
	}
	if err := Wait(t.Context(), 0); err != nil {
		t.Error(err)
	}
}

func FuzzAfter(f *testing.F) {
	f.Add("120")
	f.Add("Wed, 25 Nov 2026 12:01:00 GMT")
	f.Fuzz(func(t *testing.T, text string) {
		wait, named := After(header(text), now)
		if wait < 0 || !named && wait != 0 {
			t.Errorf("%q waits for %s, %v", text, wait, named)
		}
	})
}
