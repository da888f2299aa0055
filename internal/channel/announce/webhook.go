package announce

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"

	"github.com/cupel-dev/cupel/internal/journal"
)

// What the state file says. A webhook cannot be asked what it was told.
const (
	telling = "telling\n" // and no answer came, or the process ended
	told    = "told\n"
)

// webhook tells the webhook, once at most.
func (c *Channel) webhook() journal.Step {
	s := c.step("webhook", "tell the webhook: "+c.Title)
	s.Probe = func(context.Context) (journal.Observation, error) {
		text, err := os.ReadFile(c.State)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return journal.Observation{State: journal.Absent}, nil
		case err != nil:
			return journal.Observation{}, fmt.Errorf("read whether the webhook was told: %w", err)
		case string(text) == told:
			return journal.Observation{State: journal.Done}, nil
		}
		return journal.Observation{}, errors.New("the webhook may have been told already, no answer came; look there, and tell people yourself where it was not")
	}
	s.Do = c.tell
	return s
}

func (c *Channel) tell(ctx context.Context) error {
	body, err := json.Marshal(map[string]string{c.Field: c.Title + "\n\n" + c.Text})
	if err != nil {
		return fmt.Errorf("tell the webhook: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.Webhook, bytes.NewReader(body))
	if err != nil {
		return errors.New("tell the webhook: its URL is not valid")
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "cupel")
	if err := c.remember(telling); err != nil {
		return err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("tell the webhook: %w", withoutURL(err))
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<16)) // its words may repeat the secret
	if resp.StatusCode/100 != 2 {
		return errors.Join(fmt.Errorf("tell the webhook: it answers %s", resp.Status), os.Remove(c.State))
	}
	return c.remember(told)
}

// remember has the disk know before the next thing happens.
func (c *Channel) remember(what string) error {
	f, err := os.OpenFile(c.State, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("remember that the webhook is told: %w", err)
	}
	_, err = f.WriteString(what)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("remember that the webhook is told: %w", err)
	}
	return nil
}

// withoutURL is what went wrong with a request, without where it went to.
func withoutURL(err error) error {
	var request *url.Error
	if errors.As(err, &request) {
		return request.Err
	}
	return err
}
