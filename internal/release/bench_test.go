package release_test

import (
	"testing"

	"github.com/cupel-dev/cupel/internal/journal"
	"github.com/cupel-dev/cupel/internal/release"
)

// BenchmarkRelease is a full release of a small project into every channel on
// this machine, from the release commit to the announcement, without gates.
func BenchmarkRelease(b *testing.B) {
	mould := newMould(b, newWorld(b))
	for b.Loop() {
		b.StopTimer()
		w := mould.cast(b)
		b.StartTimer()
		if out := w.do(b, w.draft, release.Options.Run); out.Code != journal.Complete {
			b.Fatalf("%s: %v", out.Code, out.Err)
		}
	}
}
