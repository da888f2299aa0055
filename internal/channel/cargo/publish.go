package cargo

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"regexp"
	"time"

	"github.com/cupel-dev/cupel/internal/journal"
	"github.com/cupel-dev/cupel/internal/retry"
)

// A probe asks whether a step is done.
type probe func(context.Context) (journal.Observation, error)

func (c *Channel) publishStep(crate string) journal.Step {
	s := c.step("publish-"+crate, journal.Irrevocable, fmt.Sprintf("publish crate %s %s", crate, c.Version))
	s.Probe = func(ctx context.Context) (journal.Observation, error) { return c.probePublished(ctx, crate) }
	s.Do = func(ctx context.Context) error { return c.publish(ctx, crate, s.Probe) }
	s.Verify = func(ctx context.Context) error { return c.download(ctx, crate) }
	return s
}

// probePublished holds what the index says against the staged package. A
// version that is there and yanked was taken back by somebody.
func (c *Channel) probePublished(ctx context.Context, crate string) (journal.Observation, error) {
	all, err := c.index.crate(ctx, crate)
	if err != nil {
		return journal.Observation{}, err
	}
	r := find(all, c.Version)
	if r == nil {
		return journal.Observation{State: journal.Absent}, nil
	}
	staged, err := checksum(c.staged(crate))
	if err != nil {
		return journal.Observation{}, fmt.Errorf("crate %s %s is out, and nothing to compare it with: %w", crate, c.Version, err)
	}
	switch {
	case r.Yanked:
		return journal.Observation{State: journal.Conflict, Value: "sha256:" + r.Checksum + ", yanked"}, nil
	case r.Checksum != staged:
		return journal.Observation{State: journal.Conflict, Value: "sha256:" + r.Checksum}, nil
	}
	return journal.Observation{State: journal.Done, Value: "sha256:" + r.Checksum}, nil
}

// publish uploads a crate, and waits for the index to show it: the next crate
// may need it. It waits for a rate limit to pass where cargo says until when.
// What a failed upload did is for the index to say.
func (c *Channel) publish(ctx context.Context, crate string, shown probe) error {
	if err := c.sameAgain(ctx, crate); err != nil {
		return fmt.Errorf("%w: %w", journal.ErrRejected, err)
	}
	deadline := time.Now().Add(c.Wait)
	for {
		out, err := c.cargo(ctx, "again", "publish", "--locked", "--no-verify", "--package", crate)
		if err == nil {
			return c.await(ctx, "publish "+crate, shown, deadline)
		}
		until, limited := rateLimit(out)
		if !limited || until.After(deadline) {
			return err
		}
		if err := retry.Wait(ctx, time.Until(until)); err != nil {
			return err
		}
	}
}

// await asks the index until it shows a change, at first often and then every
// 15 seconds: caches stand before it.
func (c *Channel) await(ctx context.Context, what string, probe probe, deadline time.Time) error {
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 15*time.Second) {
		o, err := probe(ctx)
		if err != nil || o.State != journal.Absent {
			return err
		}
		if time.Now().Add(pause).After(deadline) {
			return fmt.Errorf("%s: the registry took it, and its index does not show it after %s: %w", what, c.Wait, journal.ErrTemporary)
		}
		if err := retry.Wait(ctx, pause); err != nil {
			return err
		}
	}
}

// tryAgain is how crates.io ends its answer to too many new crates or
// versions: an HTTP date.
var tryAgain = regexp.MustCompile(`(?i)\bafter (\w{3}, \d{1,2} \w{3} \d{4} \d{2}:\d{2}:\d{2} GMT)`)

// rateLimit finds in what cargo printed when a registry takes the next crate.
func rateLimit(out string) (time.Time, bool) {
	m := tryAgain.FindStringSubmatch(out)
	if m == nil {
		return time.Time{}, false
	}
	at, err := http.ParseTime(m[1])
	return at, err == nil
}

// download fetches the package as a user's cargo does and holds it against the
// staged one.
func (c *Channel) download(ctx context.Context, crate string) error {
	staged, err := checksum(c.staged(crate))
	if err != nil {
		return err
	}
	config, err := c.index.config(ctx)
	if err != nil {
		return err
	}
	address := config.downloadURL(release{Name: crate, Version: c.Version.String(), Checksum: staged})
	b, status, err := c.index.fetch(ctx, address, "")
	if err == nil && status == http.StatusUnauthorized && c.index.token != "" {
		b, status, err = c.index.fetch(ctx, address, c.index.token)
	}
	if err != nil {
		return fmt.Errorf("download %s: %w", address, err)
	}
	if status != http.StatusOK {
		return fmt.Errorf("download %s: it answered %d", address, status)
	}
	sum := sha256.Sum256(b)
	if got := hex.EncodeToString(sum[:]); got != staged {
		return fmt.Errorf("download %s: its checksum is %s, staged was %s", address, got, staged)
	}
	return nil
}
