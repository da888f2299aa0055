package checkout

import (
	"fmt"
	"testing"

	"github.com/cupel-dev/cupel/internal/git"
)

// BenchmarkPrepareAgain brings copies of 2,000 files up to date that are so
// already: what a comparison costs before it builds.
func BenchmarkPrepareAgain(b *testing.B) {
	p := &project{b, b.TempDir()}
	p.git("init", "-q", "-b", "main")
	for i := range 2000 {
		p.write(fmt.Sprintf("dir%d/file%d.go", i%50, i), fmt.Sprintf("package p%d\n", i))
	}
	base := p.commit("base")
	repo, err := git.Open(b.Context(), p.dir)
	if err != nil {
		b.Fatal(err)
	}
	cache := b.TempDir()
	for b.Loop() {
		pair, err := Prepare(b.Context(), repo, p.dir, Versions{Base: base, Head: base}, cache)
		if err != nil {
			b.Fatal(err)
		}
		if len(pair.Head.files) != 2000 || pair.Head.Dirty {
			b.Fatalf("head has %d files", len(pair.Head.files))
		}
		if err := pair.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
