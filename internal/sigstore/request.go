package sigstore

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/cupel-dev/cupel/internal/redact"
	"github.com/cupel-dev/cupel/internal/retry"
)

const (
	attempts  = 4
	patience  = time.Minute // the longest wait between two attempts
	timeout   = 30 * time.Second
	maxAnswer = 4 << 20
	maxWords  = 300 // of a server, in an error
)

// newClient follows no redirection, which would take the token elsewhere.
func newClient() *http.Client {
	return &http.Client{
		Timeout:       timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

type request struct {
	method, url string
	bearer      string // in no error
	body        []byte // JSON
}

type answer struct {
	status int
	header http.Header
	body   []byte
}

// ask sends a request until it is answered with one of the wanted statuses. A
// server that is busy, fails or does not answer is asked up to [attempts]
// times, at the time that it names. All requests of
// this package may be sent twice: a second certificate harms nobody, and the
// log has every entry once.
func (s *Signer) ask(ctx context.Context, r request, want ...int) (*answer, error) {
	for attempt := 1; ; attempt++ {
		got, err := s.send(ctx, r)
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if err == nil && slices.Contains(want, got.status) {
			return got, nil
		}
		delay := time.Second << (attempt - 1)
		if err == nil {
			if got.status != http.StatusTooManyRequests && got.status < http.StatusInternalServerError {
				return nil, s.refusal(r, got)
			}
			after, _ := retry.After(got.header, time.Now())
			delay, err = max(delay, after), s.refusal(r, got)
		}
		if delay > patience {
			return nil, fmt.Errorf("%w, and asks to wait for %s", err, delay)
		}
		if attempt == attempts {
			return nil, fmt.Errorf("%w, %d times", err, attempts)
		}
		if err := s.wait(ctx, delay); err != nil {
			return nil, err
		}
	}
}

// send sends a request once. Its errors hold the host alone, and no URL.
func (s *Signer) send(ctx context.Context, r request) (*answer, error) {
	req, err := http.NewRequestWithContext(ctx, r.method, r.url, bytes.NewReader(r.body))
	if err != nil {
		return nil, errors.New("the address is no URL")
	}
	req.Header.Set("Accept", "application/json")
	if r.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if r.bearer != "" {
		req.Header.Set("Authorization", "Bearer "+r.bearer)
	}
	resp, err := s.client.Do(req)
	if err != nil {
		var request *url.Error
		if errors.As(err, &request) {
			err = request.Err
		}
		return nil, fmt.Errorf("%s does not answer: %w", req.URL.Host, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("%s does not answer to the end: %w", req.URL.Host, err)
	}
	return &answer{resp.StatusCode, resp.Header, body}, nil
}

// refusal is the error for an answer. It shows what the server says only where
// that is a message, quoted, and without tokens.
func (s *Signer) refusal(r request, a *answer) error {
	host := ""
	if u, err := url.Parse(r.url); err == nil {
		host = u.Host
	}
	text := fmt.Sprintf("%s answers %d %s", host, a.status, http.StatusText(a.status))
	var said struct{ Message string }
	if err := json.Unmarshal(a.body, &said); err == nil && said.Message != "" {
		words := redact.New(r.bearer).String(s.redactor.String(said.Message))
		text += ": " + strconv.Quote(words[:min(len(words), maxWords)])
	}
	return errors.New(text)
}
