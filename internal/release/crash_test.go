package release_test

import (
	"testing"

	"github.com/cupel-dev/cupel/internal/journal"
	"github.com/cupel-dev/cupel/internal/release"
)

func TestAnUndisturbedRelease(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before := w.state(t)
	if out := w.do(t, w.draft, release.Options.Run); out.Code != journal.Complete || len(out.Warnings) > 0 {
		t.Fatalf("%+v", out)
	}
	t.Logf("\n%s", differences(w.state(t), before))
	t.Log(w.news.messages())
}
