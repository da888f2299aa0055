package targets

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/cupel-dev/cupel/internal/report"
)

// TestWhatGitSaysIsOneLineThatAComparisonTakes: git advises in several lines, and
// names as many files as it likes.
func TestWhatGitSaysIsOneLineThatAComparisonTakes(t *testing.T) {
	c := notCompared(t.Context(), errors.New("fatal: no\r\n\n\tgit config\n"+strings.Repeat("error: a file\n", 1000)))
	if err := c.Write(io.Discard); err != nil {
		t.Error(err)
	}
	if strings.ContainsAny(c.Reason, "\r\n\t") || !strings.HasPrefix(c.Reason, "fatal: no git config error: a file ") {
		t.Errorf("%q", c.Reason)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if c := notCompared(ended, context.Canceled); c.Verdict != report.Failed || c.Reason != report.Cancelled {
		t.Errorf("%+v", c)
	}
}
