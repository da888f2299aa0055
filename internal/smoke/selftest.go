package smoke

import (
	"context"
	"embed"
	"fmt"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/run"
)

//go:embed program
var program embed.FS

// SelftestOptions are what a self-test is asked for.
type SelftestOptions struct {
	Budget time.Duration // of all runs together
	Seed   uint64
	Report func(stage string, left time.Duration) // hears which recording is being made
}

// RunSelftest builds three benchmarks, one bound by the processor, one by
// memory and one that allocates, and records pairs of them on this machine: of
// the same program, of ones that do 2, 3, 5 and 10 % more work, with and without
// a competing load, and of ones that only differ in where the hot function lies.
// It takes the budget and the time of three builds.
func RunSelftest(ctx context.Context, o SelftestOptions) ([]*Recording, error) {
	dir, err := os.MkdirTemp("", "cupel-selftest-")
	if err != nil {
		return nil, fmt.Errorf("make directory for the self-test: %w", err)
	}
	defer os.RemoveAll(dir)
	t := &selftest{SelftestOptions: o, dir: dir, rng: rand.New(rand.NewPCG(o.Seed, 3))}
	experiments, err := t.prepare(ctx)
	if err != nil {
		return nil, err
	}
	total := 0
	for _, e := range experiments {
		total += e.share()
	}
	start := time.Now()
	end := start
	var recordings []*Recording
	for _, e := range experiments {
		end = end.Add(o.Budget * time.Duration(e.share()) / time.Duration(total))
		o.Report(e.String(), time.Until(start.Add(o.Budget)))
		r, err := t.record(ctx, e, end)
		if err != nil {
			return nil, fmt.Errorf("record %v: %w", e, err)
		}
		recordings = append(recordings, r)
	}
	return recordings, nil
}

type selftest struct {
	SelftestOptions
	dir  string
	rng  *rand.Rand
	runs int
}

// An experiment is a comparison of which the truth is known.
type experiment struct {
	name     string
	slowdown float64
	load     bool
	layout   bool // head does the same work from another place
	arms     [2]arm
}

// share is how much of the budget an experiment gets, compared with others. The
// same program gets most: its pairs, with slowdowns added, are all the trials
// that power is counted from.
func (e experiment) share() int {
	if e.slowdown == 0 && !e.layout {
		return 4
	}
	return 1
}

func (e experiment) String() string {
	switch {
	case e.layout:
		return e.name
	case e.slowdown == 0:
		return e.name + ", the same program"
	}
	return fmt.Sprintf("%s, %s more work", e.name, percent(e.slowdown))
}

// changes are edits of the hot function's file that do no work: what a linker
// makes of them is layout.
var changes = []struct{ name, text string }{
	{"a comment", "// A comment says why, and does nothing.\n"},
	{"an unused function", `func init() {
	if len(os.Args) > 1000 {
		println(unused(len(os.Args)))
	}
}

//go:noinline
func unused(n int) (sum int) {
	for i := range n {
		sum += i * i % 7
	}
	return sum
}
`},
}

// prepare builds the program and its versions.
func (t *selftest) prepare(ctx context.Context) ([]experiment, error) {
	same, err := t.build(ctx, "same", "")
	if err != nil {
		return nil, err
	}
	var list []experiment
	for _, load := range []bool{false, true} {
		name := map[bool]string{false: "quiet", true: "loaded"}[load]
		for _, slowdown := range append([]float64{0}, Slowdowns...) {
			slower := same
			slower.suite.Env = map[string]string{"CUPEL_SELFTEST_EXTRA": strconv.Itoa(int(1000*slowdown + 0.5))}
			list = append(list, experiment{name: name, slowdown: slowdown, load: load, arms: [2]arm{same, slower}})
		}
	}
	for _, change := range changes {
		moved, err := t.build(ctx, strings.ReplaceAll(change.name, " ", "-"), change.text)
		if err != nil {
			return nil, err
		}
		list = append(list, experiment{name: "layout: " + change.name, layout: true, arms: [2]arm{same, moved}})
	}
	return list, nil
}

// build writes a version of the program and builds it.
func (t *selftest) build(ctx context.Context, name, change string) (arm, error) {
	dir := filepath.Join(t.dir, name)
	if err := os.Mkdir(dir, 0o755); err != nil {
		return arm{}, fmt.Errorf("write the program: %w", err)
	}
	entries, err := program.ReadDir("program")
	if err != nil {
		return arm{}, fmt.Errorf("write the program: %w", err)
	}
	for _, e := range entries {
		text, err := program.ReadFile(path.Join("program", e.Name()))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, strings.TrimSuffix(e.Name(), ".txt")), []byte(edited(string(text), change)), 0o644)
		}
		if err != nil {
			return arm{}, fmt.Errorf("write the program: %w", err)
		}
	}
	a := arm{run.Checkout{Dir: dir, Out: filepath.Join(dir, "out")}, bench.Suite{
		Name: "selftest", Format: "gobench",
		Build: []string{"go", "test", "-c", "-o", "{out}/selftest.test", "."},
		Run:   []string{"{out}/selftest.test", "-test.run=^$", "-test.bench=.", "-test.v", "-test.benchtime={time}"},
	}}
	log := new(run.Tail)
	if err := a.checkout.Build(ctx, a.suite, log); err != nil {
		return arm{}, withLog(err, log)
	}
	return a, nil
}

// edited is a file of the program with a change in its place.
func edited(text, change string) string {
	if strings.Contains(change, "os.Args") && strings.Contains(text, "// place ") {
		text = strings.Replace(text, "package selftest\n", "package selftest\n\nimport \"os\"\n", 1)
	}
	return strings.Replace(text, "// place is where a version of the self-test adds what does no work.\n", change, 1)
}

// record measures pairs until the end.
func (t *selftest) record(ctx context.Context, e experiment, end time.Time) (*Recording, error) {
	loaded, stop := context.WithCancel(ctx)
	defer stop()
	if e.load {
		defer compete(loaded, t.rng.Uint64()).Wait()
		defer stop()
	}
	u := &suite{name: "selftest", arms: e.arms}
	start := time.Now()
	for time.Until(end) > u.cost {
		began := time.Now()
		samples, err := runPair(ctx, t.rng, u.arms, FullTime, func() string {
			t.runs++
			return filepath.Join(t.dir, strconv.Itoa(t.runs))
		})
		if err != nil {
			return nil, err
		}
		u.learnCost(time.Since(began))
		u.take(samples, plainRules(), nil)
		if u.over {
			return nil, fmt.Errorf("a run failed: %v", u.rows)
		}
	}
	r, err := recordingOf(e.name, e.slowdown, []*suite{u})
	if err != nil {
		return nil, err
	}
	r.Layout, r.Took = e.layout, time.Since(start)
	return r, nil
}

// recordingOf makes a recording of the times that suites have measured, as far
// as all have them.
func recordingOf(name string, slowdown float64, suites []*suite) (*Recording, error) {
	r := newRecording(name, slowdown, nil)
	for _, u := range suites {
		for _, s := range u.series {
			if base, head, ok := s.costs(); ok && !s.counted() && !s.lost() {
				r.Benchmarks = append(r.Benchmarks, s.row.Name)
				r.Base, r.Head = append(r.Base, base), append(r.Head, head)
			}
		}
	}
	if len(r.Benchmarks) == 0 || r.Len() < Looks {
		return nil, fmt.Errorf("too few pairs: a longer budget is needed")
	}
	shortest := r.Len()
	for i := range r.Base {
		shortest = min(shortest, len(r.Base[i]))
	}
	for i := range r.Base {
		r.Base[i], r.Head[i] = r.Base[i][:shortest], r.Head[i][:shortest]
	}
	return r, nil
}

// compete loads every processor in bursts until ctx ends, as other work on the
// machine does.
func compete(ctx context.Context, seed uint64) *sync.WaitGroup {
	var wait sync.WaitGroup
	for i := range runtime.NumCPU() {
		rng := rand.New(rand.NewPCG(seed, uint64(i)))
		wait.Go(func() {
			for ctx.Err() == nil {
				busy := time.Now().Add(time.Duration(50+rng.IntN(400)) * time.Millisecond)
				for x := 1; time.Now().Before(busy); x++ {
					x *= 3
				}
				pause := time.NewTimer(time.Duration(50+rng.IntN(800)) * time.Millisecond)
				select {
				case <-pause.C:
				case <-ctx.Done():
				}
				pause.Stop()
			}
		})
	}
	return &wait
}
