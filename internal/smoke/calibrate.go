package smoke

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/cupel-dev/cupel/internal/config"
	"github.com/cupel-dev/cupel/internal/report"
	"github.com/cupel-dev/cupel/internal/run"
	"github.com/cupel-dev/cupel/internal/stats"
)

// relabellings is in how many comparisons the false alarms of the design are
// counted.
const relabellings = 1000

// CalibrateOptions are what a calibration is asked for.
type CalibrateOptions struct {
	Checkout run.Checkout
	Config   *config.Config // its suites, and the rules that they are judged by
	Cache    string         // where [ReadFloors] looks
	Pairs    int            // of runs of every suite
	Seed     uint64
	Report   func(Event) // nil hears nothing
}

// A Noise is what comparing a benchmark with itself gave on this host.
type Noise struct {
	Suite, Name, Metric string
	Floor               float64 // 0.004: it differed by 0.4 % from itself
	MDE                 float64 // smallest slowdown that as many pairs would have found; 0 is unknown
}

// Calibrate runs every suite against itself, the same program in both arms, and
// keeps what each benchmark differed by from itself. A later comparison lets no
// smaller change pass for one.
func Calibrate(ctx context.Context, o CalibrateOptions) (*Calibration, []Noise, error) {
	if o.Report == nil {
		o.Report = func(Event) {}
	}
	name, fingerprint, err := calibrationFile(ctx, o.Cache, o.Config.Suites)
	if err != nil {
		return nil, nil, err
	}
	suites, err := o.pairs(ctx)
	if err != nil {
		return nil, nil, err
	}
	c := &Calibration{Schema: SchemaCalibration, Host: fingerprint, Pairs: o.Pairs, Floors: make(Floors), Comparisons: relabellings}
	noises, err := c.learn(suites, o.Config.Smoke.Threshold)
	if err != nil {
		return nil, nil, err
	}
	if len(noises) == 0 {
		return nil, nil, errors.New("calibrate: " + noNoise(suites))
	}
	if c.Alarms, err = falseAlarms(suites, o.Config.Smoke.Threshold, o.Seed); err != nil {
		return nil, nil, err
	}
	return c, noises, c.write(name)
}

// pairs builds the suites and measures the pairs, round by round over all.
func (o CalibrateOptions) pairs(ctx context.Context) ([]*suite, error) {
	dir, err := os.MkdirTemp("", "cupel-calibrate-")
	if err != nil {
		return nil, fmt.Errorf("make directory for output: %w", err)
	}
	defer os.RemoveAll(dir)
	var suites []*suite
	for _, s := range o.Config.Suites {
		o.Report(Event{Stage: Building, Suite: s.Name, Detail: "both arms"})
		log := new(run.Tail)
		if err := o.Checkout.Build(ctx, s, log); err != nil {
			return nil, withLog(err, log)
		}
		if err := o.Checkout.Setup(ctx, s, log); err != nil {
			return nil, withLog(err, log)
		}
		a := arm{o.Checkout, s}
		suites = append(suites, &suite{name: s.Name, arms: [2]arm{a, a}})
	}
	judged := &rules{o.Config, o.Config}
	rng, runs := rand.New(rand.NewPCG(o.Seed, 4)), 0
	start := time.Now()
	for pair := range o.Pairs {
		for _, i := range rng.Perm(len(suites)) {
			u := suites[i]
			samples, err := runPair(ctx, rng, u.arms, FullTime, func() string {
				runs++
				return filepath.Join(dir, strconv.Itoa(runs))
			})
			if err != nil {
				return nil, err
			}
			if u.take(samples, judged, nil); u.over {
				return nil, fmt.Errorf("calibrate: a run of suite %s failed: %s", u.name, u.why())
			}
		}
		left := time.Since(start) / time.Duration(pair+1) * time.Duration(o.Pairs-pair-1)
		o.Report(Event{Stage: Running, Pairs: pair + 1, Left: left})
	}
	return suites, nil
}

// learn takes what every benchmark differed by from itself.
func (c *Calibration) learn(suites []*suite, threshold float64) ([]Noise, error) {
	d := stats.Design{Threshold: threshold, Alpha: 0.05, Benchmarks: 1, Looks: 1}
	var noises []Noise
	for _, u := range suites {
		for _, s := range u.series {
			if s.counted() || s.lost() {
				continue
			}
			if err := s.look(d, 1); err != nil {
				return nil, err
			}
			if s.row.Ratio == nil {
				continue
			}
			n := Noise{Suite: u.name, Name: s.row.Name, Metric: s.row.Metric, Floor: math.Expm1(math.Abs(math.Log(*s.row.Ratio)))}
			if s.row.MDE != nil {
				n.MDE = *s.row.MDE
			}
			c.Floors[floorKey(n.Suite, n.Name, n.Metric)] = n.Floor
			noises = append(noises, n)
		}
	}
	return noises, nil
}

// noNoise says why no benchmark has any.
func noNoise(suites []*suite) string {
	for _, u := range suites {
		for _, s := range u.series {
			if s.counted() {
				return fmt.Sprintf("%s: %s %s is exact, so that it has no noise", u.name, s.row.Name, s.row.Metric)
			}
		}
		for _, row := range u.rows {
			if row.Verdict == report.NotComparable {
				return fmt.Sprintf("%s: %s %s: %s", u.name, row.Name, row.Metric, row.Reason)
			}
		}
	}
	return "no benchmark was measured in all runs"
}

// falseAlarms counts the comparisons in which the whole design raises an alarm,
// when the arms of each recorded pair are swapped by chance.
func falseAlarms(suites []*suite, threshold float64, seed uint64) (int, error) {
	r, err := recordingOf("calibration", 0, suites)
	if err != nil {
		return 0, err
	}
	d := stats.Design{Threshold: threshold, Alpha: Alpha, Benchmarks: len(r.Benchmarks), Looks: Looks}
	t, err := r.alarms(d, r.Len(), 0, relabellings, rand.New(rand.NewPCG(seed, 5)))
	if err != nil {
		return 0, fmt.Errorf("count false alarms: %w", err)
	}
	return t.suites, nil
}
