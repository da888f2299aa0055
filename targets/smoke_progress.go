package targets

import (
	"github.com/cupel-dev/cupel/internal/report"
	"github.com/cupel-dev/cupel/internal/smoke"
)

// smokeProgress tells a person how far a comparison is: on a terminal after each
// pair, elsewhere at each look.
type smokeProgress struct{ out *console }

func (p smokeProgress) show(e smoke.Event) {
	switch e.Stage {
	case smoke.Noticed:
		p.out.Line("%s", report.Line(e.Detail))
	case smoke.Building:
		p.out.Status("build  %s, %s", e.Suite, e.Detail)
	case smoke.Trying:
		p.out.Status("try    %s", e.Suite)
	case smoke.Planned:
		p.planned(e)
	case smoke.Running:
		if p.out.live {
			p.out.Status("pair %d  %s, about %s left", e.Pairs, e.Suite, about(e.Left))
		}
	case smoke.Looked:
		if e.Total == 0 {
			return
		}
		p.out.Line("%s measured, %d of %d results open, about %s left", plural(e.Pairs, "pair"), e.Open, e.Total, about(max(0, e.Left)))
	}
}

func (p smokeProgress) planned(e smoke.Event) {
	if e.Total == 0 {
		return
	}
	if e.Enough > 0 {
		p.out.Line("the budget gives some benchmarks only %s; ten need about -budget=%v", plural(e.Pairs, "pair"), e.Enough.Round(10e9))
	}
	p.out.Line("%s, %v a benchmark and run, about %s each, at most %s (order of runs: seed %d)",
		plural(e.Total, "result"), e.Benchtime, plural(e.Pairs, "pair"), about(e.Left), e.Seed)
}
