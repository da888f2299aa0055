package smoke

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/cupel-dev/cupel/internal/checkout"
	"github.com/cupel-dev/cupel/internal/config"
	"github.com/cupel-dev/cupel/internal/report"
)

// waive marks the regressions that base's configuration accepts, and says of
// the others why their waiver does not count.
func (c *comparison) waive(ctx context.Context) error {
	for i := range c.result.Benchmarks {
		b := &c.result.Benchmarks[i]
		if b.Verdict != report.Regression {
			continue
		}
		for _, w := range c.rules.base.Waivers {
			if !covers(w, b) {
				continue
			}
			refusal, err := c.refusal(ctx, w, b)
			if err != nil {
				return err
			}
			if refusal == "" {
				b.Reason = report.Clip(report.Reason(report.Waived, "up to %s, %s", percent(float64(w.Limit)), w.Reason))
				break
			}
			b.Reason = report.Clip("not waived: " + refusal)
		}
	}
	return nil
}

// covers reports whether a waiver is for this benchmark and metric.
func covers(w config.Waiver, b *report.Benchmark) bool {
	suite, name, ok := strings.Cut(w.Benchmark, ": ")
	return ok && suite == b.Suite && name == b.Name && w.Metric == b.Metric
}

// commitID is how a waiver names the commit that it is bound to. A branch or a
// tag would move, and the waiver with it.
var commitID = regexp.MustCompile(`^[0-9a-fA-F]{7,64}$`)

// refusal says why a waiver does not accept a regression, "" where it does. It
// is bound to its limit, its expiry and the baseline whose value was accepted.
func (c *comparison) refusal(ctx context.Context, w config.Waiver, b *report.Benchmark) (string, error) {
	last := w.Expires.AsTime(time.UTC)
	switch {
	case w.Expires != (config.LocalDate{}) && c.Today.After(last.AddDate(0, 0, 1)):
		return fmt.Sprintf("the waiver expired on %v", w.Expires), nil
	case b.Ratio == nil || *b.Ratio > 1+float64(w.Limit):
		return fmt.Sprintf("more than the %s that are waived", percent(float64(w.Limit))), nil
	case w.Baseline == "":
		return "the waiver names no baseline", nil
	case !commitID.MatchString(w.Baseline):
		return fmt.Sprintf("the waiver's baseline %q is no id of a commit, and a name can move", w.Baseline), nil
	case strings.HasPrefix(c.Pair.Base.Commit, strings.ToLower(w.Baseline)):
		return "", nil
	case c.SameAsBase == nil:
		return fmt.Sprintf("the waiver is for the baseline %s", w.Baseline), nil
	}
	same, err := c.SameAsBase(ctx, w.Baseline, c.rules.base)
	var unknown *checkout.BaseError
	if errors.As(err, &unknown) {
		return "the waiver's baseline is not known: " + unknown.Reason + " (its whole id lets a shallow clone fetch it)", nil
	}
	if err != nil {
		return "", fmt.Errorf("look at the baseline %s of a waiver: %w", w.Baseline, err)
	}
	if !same {
		return fmt.Sprintf("the waiver is for the baseline %s, and what is measured has changed since", w.Baseline), nil
	}
	return "", nil
}
