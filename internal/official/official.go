// Package official makes the runs that become evidence: it builds every suite,
// goes run by run over all suites, cools down in between, probes the host
// before, between and after, and can be interrupted and resumed at any moment.
// It prints nothing and compares nothing.
package official

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/config"
	"github.com/cupel-dev/cupel/internal/evidence"
	"github.com/cupel-dev/cupel/internal/git"
	"github.com/cupel-dev/cupel/internal/host"
	"github.com/cupel-dev/cupel/internal/run"
)

// The times of a measurement. Quick takes about a tenth of a full one.
const (
	FullTime      = time.Second // that each benchmark gets in a run
	QuickTime     = 100 * time.Millisecond
	QuickRuns     = 2
	QuickCooldown = 10 * time.Second
)

// Options says what to measure and how.
type Options struct {
	Project  string // absolute path
	Cache    string // for built files, outside the project
	Config   *config.Config
	Quick    bool
	NoMLX    bool
	Runs     int           // 0 is the configured number
	Cooldown time.Duration // negative is the configured time
	Suites   []string      // names; empty is all
	Resume   string        // an incomplete directory of evidence
	Force    string        // the reason for measuring in spite of a finding
	Key      crypto.Signer // signs the evidence; nil leaves it unsigned
	Report   func(Event)   // told of progress; never nil
}

// A Stage is what a measurement is doing.
type Stage string

// The stages, in the order in which they come.
const (
	Planned   Stage = "planned"
	Found     Stage = "found" // something that a person should know of the host or the tree
	Building  Stage = "build"
	SettingUp Stage = "setup"
	Running   Stage = "run"
	Ran       Stage = "ran"
	Cooling   Stage = "cooldown"
)

// An Event is one thing that a person who waits wants to know.
type Event struct {
	Stage   Stage
	Suite   string
	Run     int           // from 1
	Runs    int           // how many runs in all
	Left    time.Duration // estimate of the time until the end
	Elapsed time.Duration // of Ran; the length of Cooling
	Status  bench.Status  // of Ran
	Detail  string        // the plan, a finding, a reason
	Skipped []bench.Skip  // of Ran: benchmarks that said that they do not apply here
}

// A Refusal says why nothing was measured. Nothing was written either.
type Refusal struct {
	Reasons []string
	Advice  string
}

func (r *Refusal) Error() string {
	text := strings.Join(r.Reasons, "\n")
	if r.Advice != "" {
		text += "\n" + r.Advice
	}
	return text
}

func refuse(advice, format string, args ...any) error {
	return &Refusal{Reasons: []string{fmt.Sprintf(format, args...)}, Advice: advice}
}

// An Interruption says that the measurement ended early and can be resumed.
type Interruption struct {
	Dir   string // the incomplete directory
	Cause error
}

func (i *Interruption) Error() string { return i.Cause.Error() }

// Unwrap returns what ended the measurement.
func (i *Interruption) Unwrap() error { return i.Cause }

// A Result is evidence that was written.
type Result struct {
	Dir      string
	Manifest *evidence.Manifest
	Summary  *evidence.Summary
	Size     int64    // bytes of all files
	Leaks    []string // run files that name the host, the user or their home
}

// Measure makes the runs and writes the evidence. The error is a [*Refusal]
// where nothing was measured and an [*Interruption] where it ended early. A
// result whose manifest says failed is no error: it was measured.
func Measure(ctx context.Context, o Options) (*Result, error) {
	lock, err := lockHost(o.Cache)
	if err != nil {
		return nil, err
	}
	defer lock.Close()

	m, err := prepare(ctx, o)
	if err != nil {
		return nil, err
	}
	release := host.Sleepless(ctx)
	defer release()
	if err := m.buildAll(ctx); err != nil {
		return nil, err
	}
	if err := m.open(ctx); err != nil {
		return nil, err
	}
	result, err := m.finish(ctx, m.runAll(ctx))
	if err != nil {
		return nil, &Interruption{Dir: m.dir.Path, Cause: err}
	}
	return result, nil
}

// A measurement is one call of Measure.
type measurement struct {
	Options
	repo      *git.Repo
	checkout  run.Checkout
	suites    []bench.Suite
	manifest  *evidence.Manifest // the plan, until there is a directory
	untracked []string           // files that are taken to be outside the build
	before    evidence.Preflight
	dir       *evidence.Directory
	clock     estimate
}

// prepare checks everything that can be checked before anything is built.
func prepare(ctx context.Context, o Options) (*measurement, error) {
	repo, err := git.Open(ctx, o.Project)
	switch {
	case errors.Is(err, git.ErrNotInstalled):
		return nil, refuse("Install git: evidence is bound to a commit.", "%v", err)
	case errors.Is(err, git.ErrNotRepository):
		return nil, refuse("Evidence is bound to a commit: run 'git init', commit, and try again.", "%v", err)
	case err != nil:
		return nil, err
	}
	m := &measurement{
		Options: o, repo: repo,
		checkout: run.Checkout{Dir: o.Project, Out: filepath.Join(o.Cache, "build")},
	}
	if o.Resume != "" {
		err = m.planFromEvidence(ctx)
	} else {
		err = m.plan(ctx)
	}
	if err != nil {
		return nil, err
	}
	return m, m.check(ctx)
}

// check probes the host. A full measurement does not begin on a host with a
// failed probe, unless it is forced.
func (m *measurement) check(ctx context.Context) error {
	m.Report(Event{Stage: Planned, Detail: m.describe(), Left: m.clock.left(m)})
	for _, name := range m.untracked {
		m.Report(Event{Stage: Found, Detail: "untracked, taken to be outside the build: " + name})
	}
	if m.NoMLX && slices.ContainsFunc(m.Config.Suites, isMLX) {
		m.Report(Event{Stage: Found, Detail: "left out: the suites that are tagged mlx"})
	}
	report := host.Check(ctx, host.Options{})
	if err := ctx.Err(); err != nil {
		return err
	}
	m.before = evidence.Preflight{When: "before", At: now(), Probes: report.Probes}
	var failed []string
	for _, f := range report.Probes {
		if f.State != host.OK {
			m.Report(Event{Stage: Found, Detail: fmt.Sprintf("%s: %s: %s", f.State, f.Name, f.Reason)})
		}
		if f.State == host.Fail {
			failed = append(failed, fmt.Sprintf("%s: %s", f.Name, f.Reason))
		}
	}
	if len(failed) == 0 || m.manifest.Quick || m.manifest.Forced != "" {
		return nil
	}
	return &Refusal{
		Reasons: failed,
		Advice:  "Make the host quiet and try again, or measure with -quick, or give a reason: -force=REASON.",
	}
}

func (m *measurement) buildAll(ctx context.Context) error {
	for _, s := range m.suites {
		m.Report(Event{Stage: Building, Suite: s.Name})
		log := new(run.Tail)
		if err := m.checkout.Build(ctx, s, log); err != nil {
			return notBuilt(ctx, err, log)
		}
		if len(s.Setup) > 0 {
			m.Report(Event{Stage: SettingUp, Suite: s.Name})
		}
		if err := m.checkout.Setup(ctx, s, log); err != nil {
			return notBuilt(ctx, err, log)
		}
	}
	return nil
}

func notBuilt(ctx context.Context, err error, log *run.Tail) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return &Refusal{Reasons: append([]string{err.Error()}, log.Lines()...)}
}

// open creates the directory of evidence, or goes on with the one resumed.
func (m *measurement) open(ctx context.Context) error {
	if m.dir == nil {
		m.manifest.Created = now()
		m.manifest.Status = evidence.StatusIncomplete
		m.manifest.Toolchains = Toolchains(ctx, m.suites)
		dir, err := evidence.Create(filepath.Join(m.Project, config.ResultsDir), m.manifest)
		if err != nil {
			return refuse("", "%v", err)
		}
		m.dir = dir
	}
	m.dir.Manifest.Preflight = append(m.dir.Manifest.Preflight, m.before)
	if err := m.dir.Save(); err != nil {
		return &Interruption{Dir: m.dir.Path, Cause: err}
	}
	return nil
}

// finish probes once more and gives the evidence its name.
func (m *measurement) finish(ctx context.Context, err error) (*Result, error) {
	if err != nil {
		return nil, err
	}
	if err := m.probe(ctx, "after"); err != nil {
		return nil, err
	}
	description := host.Describe(ctx)
	environment := evidence.Environment{
		Host: description, Class: description.Fingerprint(),
		Toolchains: m.dir.Manifest.Toolchains, Commit: m.dir.Manifest.Commit,
	}
	summary, err := m.dir.Finish(environment, now())
	if err != nil {
		return nil, err
	}
	if m.Key != nil {
		if err := m.dir.Sign(m.Key); err != nil {
			return nil, err
		}
	}
	size, leaks, err := inspect(m.dir.Path)
	if err != nil {
		return nil, err
	}
	return &Result{Dir: m.dir.Path, Manifest: m.dir.Manifest, Summary: summary, Size: size, Leaks: leaks}, nil
}

func (m *measurement) probe(ctx context.Context, when string) error {
	findings := host.Quick(ctx, host.Options{})
	if err := context.Cause(ctx); err != nil {
		return err
	}
	m.dir.Manifest.Preflight = append(m.dir.Manifest.Preflight, evidence.Preflight{When: when, At: now(), Probes: findings})
	return m.dir.Save()
}

// describe says the plan in one line.
func (m *measurement) describe() string {
	names := make([]string, len(m.suites))
	for i, s := range m.suites {
		names[i] = s.Name
	}
	p := m.manifest.Plan
	return fmt.Sprintf("%d runs of %s, %v apart, each benchmark %v a run",
		p.Runs, strings.Join(names, ", "), time.Duration(p.Cooldown), m.benchtime())
}

func now() time.Time { return time.Now().UTC().Truncate(time.Second) }

func isMLX(s bench.Suite) bool { return slices.Contains(s.Tags, "mlx") }

// selected are the configured suites that this measurement is about.
func (o Options) selected() ([]bench.Suite, error) {
	var suites []bench.Suite
	for _, name := range o.Suites {
		s, err := o.Config.Suite(name)
		if err != nil {
			return nil, refuse("", "-suites: %v", err)
		}
		suites = append(suites, s)
	}
	if len(o.Suites) == 0 {
		suites = o.Config.Suites
	}
	if o.NoMLX {
		suites = slices.DeleteFunc(slices.Clone(suites), isMLX)
	}
	if len(suites) == 0 {
		return nil, refuse("Name one in cupel.toml ([[suite]]), or add Go benchmarks or a [[bench]] to Cargo.toml.",
			"there is no suite to measure")
	}
	return suites, nil
}
