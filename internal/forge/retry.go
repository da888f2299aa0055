package forge

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/go-github/v89/github"

	"github.com/cupel-dev/cupel/internal/retry"
)

// Errors that a caller decides on.
var (
	ErrForbidden   = errors.New("the token may not do this")
	ErrNotFound    = errors.New("not found")
	ErrRateLimited = errors.New("GitHub asks to wait longer than is worth it")
)

// errUnusable is an answer that would be the same another time, errNoAnswer
// one that did not come, or not whole.
var (
	errUnusable = errors.New("unusable")
	errNoAnswer = errors.New("no answer from GitHub")
)

// An Error is a request that GitHub answered, but not with success.
type Error struct {
	Op      string // what was being done, "create comment"
	Status  int    // the HTTP status
	Message string // GitHub's words

	kind error // one of the errors above, nil for others
}

func (e *Error) Error() string {
	text := fmt.Sprintf("%s: GitHub answers %d %s", e.Op, e.Status, e.Message)
	if e.kind != nil {
		text += " (" + e.kind.Error() + ")"
	}
	return text
}

// Unwrap is [ErrForbidden], [ErrNotFound] or [ErrRateLimited] where that is
// the reason.
func (e *Error) Unwrap() error { return e.kind }

// Whether a request may be sent twice when nobody knows if it took effect.
const (
	again = true
	once  = false
)

const (
	attempts = 4
	patience = time.Minute // the longest wait between two attempts
)

// call sends a request up to [attempts] times. What GitHub refused because of
// its rate limits is always sent again, at the time that it names; what ended
// in an error of the server or the connection only where repeat is [again].
// Whatever happens, it comes back: no wait is longer than [patience].
func (c *Client) call(ctx context.Context, op string, repeat bool, send func(context.Context) error) error {
	for attempt := 1; ; attempt++ {
		err := send(ctx)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("%s: %w", op, context.Cause(ctx))
		}
		delay, worth := pause(err, repeat, attempt)
		if !worth || attempt == attempts || delay > patience {
			return explain(op, err)
		}
		if err := c.wait(ctx, delay); err != nil {
			return fmt.Errorf("%s: %w", op, err)
		}
	}
}

// Pause waits before the next attempt at something of which only a look can
// tell whether the last one took effect; attempt counts from 1.
func (c *Client) Pause(ctx context.Context, attempt int) error {
	return c.wait(ctx, time.Second<<(attempt-1))
}

// pause says whether a request that ended in err is worth another attempt, and
// after what time.
func pause(err error, repeat bool, attempt int) (time.Duration, bool) {
	backoff := time.Second << (attempt - 1)
	var primary *github.RateLimitError
	if errors.As(err, &primary) {
		return max(time.Until(primary.Rate.Reset.Time), time.Second), true
	}
	var secondary *github.AbuseRateLimitError
	if errors.As(err, &secondary) {
		if secondary.RetryAfter != nil {
			return *secondary.RetryAfter, true
		}
		return time.Minute, true // what GitHub asks for where it names no time
	}
	if errors.Is(err, errUnusable) {
		return 0, false
	}
	response := answered(err)
	if response == nil {
		return backoff, repeat
	}
	after, named := retry.After(response.Header, time.Now())
	switch {
	case response.StatusCode == http.StatusTooManyRequests, response.StatusCode == http.StatusForbidden && named:
		return max(after, backoff), true
	case response.StatusCode >= 500:
		return max(after, backoff), repeat
	}
	return 0, false
}

// answered is the answer behind err, nil where there was none.
func answered(err error) *http.Response {
	var response *github.ErrorResponse
	if errors.As(err, &response) {
		return response.Response
	}
	return nil
}

// explain makes the error for the caller. It keeps GitHub's words and leaves
// out the URL, which for a download is a secret.
func explain(op string, err error) error {
	var primary *github.RateLimitError
	if errors.As(err, &primary) {
		return &Error{op, primary.Response.StatusCode, primary.Message, ErrRateLimited}
	}
	var secondary *github.AbuseRateLimitError
	if errors.As(err, &secondary) {
		return &Error{op, secondary.Response.StatusCode, secondary.Message, ErrRateLimited}
	}
	var response *github.ErrorResponse
	if errors.As(err, &response) {
		return refused(op, response)
	}
	if errors.Is(err, errUnusable) {
		return fmt.Errorf("%s: %w", op, withoutURL(err))
	}
	return fmt.Errorf("%s: %w: %w", op, errNoAnswer, withoutURL(err))
}

func refused(op string, r *github.ErrorResponse) error {
	words := []string{r.Message}
	for _, detail := range r.Errors {
		words = append(words, detail.Message)
	}
	kinds := map[int]error{
		http.StatusForbidden: ErrForbidden, http.StatusNotFound: ErrNotFound,
		http.StatusGone: ErrNotFound, http.StatusTooManyRequests: ErrRateLimited,
	}
	status := r.Response.StatusCode
	return &Error{op, status, strings.Trim(strings.Join(words, ": "), ": "), kinds[status]}
}

// withoutURL is what went wrong with a request, without where it went to.
func withoutURL(err error) error {
	var request *url.Error
	if errors.As(err, &request) {
		return request.Err
	}
	return err
}

// Temporary reports whether what ended in err may end better later: GitHub was
// away, or failed, or asked to wait. A change that ended so may have been made.
func Temporary(err error) bool {
	var e *Error
	if errors.As(err, &e) {
		return e.Status >= 500 || errors.Is(e.kind, ErrRateLimited)
	}
	return errors.Is(err, errNoAnswer)
}

// uncertain reports whether a request may have taken effect although it ended
// in err.
func uncertain(err error) bool {
	var e *Error
	if errors.As(err, &e) {
		return e.Status >= 500
	}
	return err != nil
}
