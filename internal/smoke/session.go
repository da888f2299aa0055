package smoke

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"time"

	"github.com/cupel-dev/cupel/internal/host"
	"github.com/cupel-dev/cupel/internal/report"
	"github.com/cupel-dev/cupel/internal/run"
	"github.com/cupel-dev/cupel/internal/stats"
)

const (
	// FullTime is what a benchmark gets in one run. Many short runs tell more
	// than few long ones: what a run shares with its pair cancels, what it does
	// not is averaged.
	FullTime = 25 * time.Millisecond
	// LeastPairs is how many pairs it takes to decide anything.
	LeastPairs = 10

	// LeastTime is what it gets where the budget is short.
	LeastTime = 10 * time.Millisecond

	wantedPairs = 40 // below which a benchmark gets less time
	timeStep    = 5 * time.Millisecond
	overrun     = 0.05 // of the budget, after which a run is ended
)

// A session measures suites in pairs until all is decided or its time is over.
type session struct {
	Options
	rules     *rules
	dir       string // for what runs print
	suites    []*suite
	rng       *rand.Rand
	benchtime time.Duration
	start     time.Time
	end       time.Time
	looks     [Looks]time.Time // when the pairs are judged; the last look is at the end
	looked    int
	now       func() time.Time
	runs      int
}

func newSession(o Options, r *rules, dir string, suites []*suite) *session {
	if o.Budget == 0 {
		o.Budget = r.base.Smoke.Budget
	}
	start := time.Now()
	return &session{
		Options: o, rules: r, dir: dir, suites: suites,
		rng:       rand.New(rand.NewPCG(o.Seed, 1)),
		benchtime: LeastTime, start: start, end: start.Add(o.Budget), now: time.Now,
	}
}

// left is the time until the budget ends.
func (s *session) left() time.Duration { return s.end.Sub(s.now()) }

var errBudget = errors.New("the budget is spent")

// run measures. The error is that of ctx, or says that a run could not be made.
func (s *session) run(ctx context.Context) error {
	timed, cancel := context.WithTimeoutCause(ctx, s.left()+time.Duration(overrun*float64(s.Budget)), errBudget)
	defer cancel()
	err := s.measure(timed)
	if errors.Is(err, errBudget) {
		err = nil
	}
	if s.looked > 0 && s.open() == 0 {
		return err // all was decided, and said so
	}
	last := Looks
	if ctx.Err() != nil {
		last = min(s.looked+1, Looks) // says what was seen; the verdict is that nothing is known
	}
	return errors.Join(err, s.look(last))
}

func (s *session) measure(ctx context.Context) error {
	for n, i := range s.rng.Perm(len(s.suites)) {
		if err := s.tryInTime(ctx, s.suites[i], n == len(s.suites)-1); err != nil {
			return err
		}
	}
	s.plan()
	for {
		u := s.next()
		if u == nil {
			return nil
		}
		if err := s.pair(ctx, u); err != nil {
			return err
		}
		s.Report(Event{Stage: Running, Suite: u.name, Pairs: s.pairs(), Left: s.left()})
		if err := s.lookInTime(); err != nil {
			return err
		}
	}
}

// errSlow ends the first pair of a suite that others would starve for.
var errSlow = errors.New("too slow for the budget")

// tryInTime tries a suite, for at most half of what is left unless it is the
// last: one that is too slow for the budget must not take it from all others.
func (s *session) tryInTime(ctx context.Context, u *suite, last bool) error {
	limit := s.left()
	if !last {
		limit /= 2
	}
	timed, cancel := context.WithTimeoutCause(ctx, limit, errSlow)
	defer cancel()
	err := s.try(timed, u)
	if errors.Is(err, errSlow) {
		u.over = true
		if u.alone() {
			return nil
		}
		u.add(report.Inconclusive, u.name, report.Reason(report.TooFew, "no pair of runs ended within %v; ten need more than -budget=%v",
			limit.Round(time.Second), (LeastPairs*limit).Round(10*time.Second)))
		return nil
	}
	return err
}

// try sets a suite up and makes its first pair, which says what it measures and
// how long that takes.
func (s *session) try(ctx context.Context, u *suite) error {
	if !u.runs() {
		return nil
	}
	s.Report(Event{Stage: Trying, Suite: u.name, Left: s.left()})
	for i, version := range []string{"base", "head"} {
		if u.arms[i].suite.Run == nil {
			continue
		}
		log := new(run.Tail)
		if err := u.arms[i].checkout.Setup(ctx, u.arms[i].suite, log); err != nil {
			if ctx.Err() != nil {
				return err
			}
			u.over = true
			verdict := []report.Verdict{report.NotComparable, report.Failed}[i]
			u.add(verdict, u.name, fmt.Sprintf("%s: %v", version, withLog(err, log)))
			return nil
		}
	}
	if u.alone() {
		return s.once(ctx, u)
	}
	return s.pair(ctx, u)
}

// once runs a suite that base has nothing to compare with: head must not lose it
// either.
func (s *session) once(ctx context.Context, u *suite) error {
	u.over = true
	sample, err := u.arms[head].once(ctx, s.benchtime, s.output(u))
	if err == nil && sample.failure != "" {
		u.rows = nil
		u.fail(sample)
	}
	return err
}

// output names a new place for what a run prints.
func (s *session) output(u *suite) string {
	s.runs++
	return filepath.Join(s.dir, fmt.Sprintf("%s-%d", u.name, s.runs))
}

// pair runs both arms of a suite once, in random order.
func (s *session) pair(ctx context.Context, u *suite) error {
	start, before := s.now(), host.Now()
	samples, err := runPair(ctx, s.rng, [2]arm{u.narrow(base), u.narrow(head)}, s.benchtime, func() string { return s.output(u) })
	if err != nil {
		return err
	}
	u.learnCost(s.now().Sub(start))
	if suspended, _ := before.Gap(host.Now()); suspended > 0 {
		return nil // the machine slept: the pair says nothing
	}
	u.take(samples, s.rules, s.Floors)
	return nil
}

// runPair runs two arms once each, in random order. Output names a new place for
// what a run prints.
func runPair(ctx context.Context, rng *rand.Rand, arms [2]arm, benchtime time.Duration, output func() string) (samples [2]*sample, err error) {
	for _, i := range rng.Perm(2) {
		if samples[i], err = arms[i].once(ctx, benchtime, output()); err != nil {
			return samples, err
		}
	}
	return samples, nil
}

// lookInTime looks where it is time, but for the last look, which is at the end.
func (s *session) lookInTime() error {
	due := s.looked
	for due < Looks-1 && !s.now().Before(s.looks[due]) {
		due++
	}
	if due == s.looked {
		return nil
	}
	return s.look(due)
}

// look judges all that is open.
func (s *session) look(number int) error {
	s.looked = number
	d := s.design()
	for _, u := range s.suites {
		if err := lookAt(u.series, d, number); err != nil {
			return err
		}
		u.narrowed = !u.unnarrowed && len(u.open()) < len(u.series)
	}
	e := Event{Stage: Looked, Pairs: s.pairs(), Open: s.open(), Left: s.left()}
	for _, u := range s.suites {
		e.Total += len(u.series)
	}
	s.Report(e)
	return nil
}

// lookAt gives every series one look.
func lookAt(list []*series, d stats.Design, number int) error {
	for _, x := range list {
		if err := x.look(d, number); err != nil {
			return err
		}
	}
	return nil
}

// design is what was fixed before the first pair that counts.
func (s *session) design() stats.Design {
	d := stats.Design{Threshold: s.rules.base.Smoke.Threshold, Alpha: Alpha, Looks: Looks}
	for _, u := range s.suites {
		d.Benchmarks += u.noisy()
	}
	d.Benchmarks = max(1, d.Benchmarks)
	return d
}

// open is how many series are not decided.
func (s *session) open() int {
	n := 0
	for _, u := range s.suites {
		n += len(u.open())
	}
	return n
}

func (s *session) pairs() int {
	n := 0
	for _, u := range s.suites {
		n += u.pairs
	}
	return n
}

func (s *session) rows() []report.Benchmark {
	var rows []report.Benchmark
	for _, u := range s.suites {
		rows = append(rows, u.rows...)
		for _, x := range u.series {
			rows = append(rows, x.row)
		}
		if len(u.series) == 0 && len(u.rows) == 0 {
			rows = append(rows, report.Benchmark{
				Suite: u.name, Name: u.name, Verdict: report.Inconclusive,
				Reason: report.Reason(report.TooFew, "the budget of %v ended before its first pair", s.Budget),
			})
		}
	}
	return slices.Clip(rows)
}
