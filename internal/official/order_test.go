package official

import (
	"slices"
	"strings"
	"testing"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/evidence"
)

// ordered is a measurement of four suites; names are its suites in a run.
func ordered(seed uint64) (names func(run int) string) {
	m := &measurement{manifest: &evidence.Manifest{Plan: evidence.Plan{Seed: seed}}}
	for _, name := range []string{"a", "b", "c", "d"} {
		m.suites = append(m.suites, bench.Suite{Name: name})
	}
	return func(run int) string {
		var b strings.Builder
		for _, s := range m.order(run) {
			b.WriteString(s.Name)
		}
		return b.String()
	}
}

func TestOrderOfSuitesIsRandom(t *testing.T) {
	names := ordered(7)
	first := map[byte]int{}
	orders := map[string]bool{}
	for run := 1; run <= 400; run++ {
		order := names(run)
		first[order[0]]++
		orders[order] = true
	}
	for name, n := range first {
		if n < 60 || n > 140 { // 100 are due, with a standard deviation of 8.7
			t.Errorf("%c is first in %d of 400 runs", name, n)
		}
	}
	if len(orders) != 24 {
		t.Errorf("%d of the 24 orders occur in 400 runs", len(orders))
	}
}

func TestOrderOfSuitesIsTheSameAgainWhenResumed(t *testing.T) {
	names, again, other := ordered(7), ordered(7), ordered(8)
	var a, b, c []string
	for run := 1; run <= 10; run++ {
		a, b, c = append(a, names(run)), append(b, again(run)), append(c, other(run))
	}
	if !slices.Equal(a, b) {
		t.Errorf("one seed gives %v and %v", a, b)
	}
	if slices.Equal(a, c) {
		t.Errorf("two seeds give %v", a)
	}
}
