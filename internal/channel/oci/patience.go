package oci

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/cupel-dev/cupel/internal/journal"
	"github.com/cupel-dev/cupel/internal/retry"
)

// longestWait is how long a request is held back for a registry that asked for
// it; a registry that asks for more ends the run, which can be resumed.
const longestWait = 2 * time.Minute

// A patient transport holds requests back for as long as their host asked for
// in a Retry-After header (RFC 9110, section 10.2.3). Repeating a request is
// its caller's.
type patient struct {
	next  http.RoundTripper
	mu    sync.Mutex
	until map[string]time.Time
}

func newPatient(next http.RoundTripper) *patient {
	return &patient{next: next, until: map[string]time.Time{}}
}

// RoundTrip implements http.RoundTripper.
func (p *patient) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := p.wait(req.Context(), req.URL.Host); err != nil {
		return nil, err
	}
	resp, err := p.next.RoundTrip(req)
	if err == nil && (resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusServiceUnavailable) {
		now := time.Now()
		after, _ := retry.After(resp.Header, now)
		p.note(req.URL.Host, now.Add(after))
	}
	return resp, err
}

func (p *patient) note(host string, until time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.until[host] = until
}

func (p *patient) wait(ctx context.Context, host string) error {
	p.mu.Lock()
	until := p.until[host]
	p.mu.Unlock()
	left := time.Until(until)
	if left <= 0 {
		return nil
	}
	if left > longestWait {
		return fmt.Errorf("%s wants no request before %s: %w", host, until.UTC().Format(time.RFC3339), journal.ErrTemporary)
	}
	return retry.Wait(ctx, left)
}
