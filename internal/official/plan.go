package official

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/config"
	"github.com/cupel-dev/cupel/internal/evidence"
	"github.com/cupel-dev/cupel/internal/git"
	"github.com/cupel-dev/cupel/internal/run"
	"github.com/cupel-dev/cupel/internal/subject"
)

// plan decides what a new measurement consists of.
func (m *measurement) plan(ctx context.Context) error {
	suites, err := m.selected()
	if err != nil {
		return err
	}
	m.suites = suites
	m.manifest = &evidence.Manifest{Schema: evidence.Schema, Quick: m.Quick, Forced: m.Force}
	m.manifest.Plan = evidence.Plan{
		Runs: m.Config.Official.Runs, Cooldown: evidence.Duration(m.Config.Official.Cooldown),
		Time: evidence.Duration(FullTime), Seed: rand.Uint64(),
	}
	p := &m.manifest.Plan
	if m.Quick {
		p.Runs, p.Cooldown, p.Time = QuickRuns, evidence.Duration(QuickCooldown), evidence.Duration(QuickTime)
	}
	if m.Runs > 0 {
		p.Runs = m.Runs
	}
	if m.Cooldown >= 0 {
		p.Cooldown = evidence.Duration(m.Cooldown)
	}
	for _, s := range suites {
		p.Suites = append(p.Suites, planned(s))
	}
	return m.bind(ctx)
}

func planned(s bench.Suite) evidence.Suite {
	return evidence.Suite{
		Name: s.Name, Format: s.Format, Dir: s.Dir, Env: s.Env, Build: s.Build, Setup: s.Setup,
		Run: s.Run, Expect: s.Expect, Procs: run.Procs(s), Metrics: s.Metrics,
	}
}

// planFromEvidence takes the plan of an incomplete measurement up again. The
// subject and the suites must be what they were.
func (m *measurement) planFromEvidence(ctx context.Context) error {
	dir, err := evidence.Resume(m.Options.Resume)
	if err != nil {
		return refuse("", "%v", err)
	}
	m.dir, m.manifest = dir, dir.Manifest
	for _, s := range m.manifest.Plan.Suites {
		now, err := m.Config.Suite(s.Name)
		if err != nil {
			return refuse("", "resume: %v", err)
		}
		if !sameSuite(planned(now), s) {
			return refuse("Measure anew.", "resume: suite %s is configured differently now", s.Name)
		}
		m.suites = append(m.suites, now)
	}
	subject := m.manifest.Subject.Digest
	if err := m.bind(ctx); err != nil {
		return err
	}
	if m.manifest.Subject.Digest != subject {
		return refuse("Check out "+m.manifest.Commit+", or measure anew.", "resume: the subject has changed since the measurement began")
	}
	return nil
}

// sameSuite compares what evidence would say of two suites.
func sameSuite(a, b evidence.Suite) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

// bind ties the measurement to the commit and to the subject.
func (m *measurement) bind(ctx context.Context) error {
	commit, err := m.repo.Head(ctx)
	if errors.Is(err, git.ErrNoCommit) {
		return refuse("Evidence is bound to a commit: commit, and try again.", "%v", err)
	}
	if err != nil {
		return err
	}
	branch, err := m.repo.Branch(ctx)
	if err != nil {
		return err
	}
	changed, err := m.changes(ctx)
	if err != nil {
		return err
	}
	if len(changed) > 0 && !m.manifest.Quick && m.manifest.Forced == "" {
		return &Refusal{
			Reasons: append([]string{"the tree is dirty, so that the commit does not describe what would be measured:"}, changed...),
			Advice:  "Commit or remove these changes, or measure with -quick.",
		}
	}
	m.manifest.Commit, m.manifest.Branch = commit, branch
	m.manifest.Dirty, m.manifest.Changed = len(changed) > 0, changed
	m.manifest.Subject, err = subject.Of(ctx, m.repo, m.Project, m.Config, len(changed) > 0)
	return err
}

// changes lists what makes the tree dirty: changed tracked files, and
// untracked ones that a build might take in.
func (m *measurement) changes(ctx context.Context) ([]string, error) {
	status, err := m.repo.Status(ctx)
	if err != nil {
		return nil, err
	}
	var changed []string
	for _, c := range status {
		name, err := subject.Relative(m.repo, m.Project, c.Path)
		if err != nil {
			return nil, err
		}
		if strings.HasPrefix(name, config.ResultsDir+"/") {
			continue
		}
		if c.Tracked() || m.mayBeBuilt(name) {
			changed = append(changed, c.Code+" "+name)
		} else {
			m.untracked = append(m.untracked, name)
		}
	}
	return changed, nil
}

// sourceNames are the endings and names of files that builds take in unasked.
var sourceNames = []string{
	".go", ".s", ".mod", ".sum", ".work", ".rs", ".toml", ".lock", ".c", ".cc", ".cpp", ".cxx", ".h", ".hh", ".hpp",
	".m", ".mm", ".metal", ".cmake", ".py", ".pyx", ".pyi", ".mk", "Makefile", "CMakeLists.txt", ".json",
}

func (m *measurement) mayBeBuilt(name string) bool {
	if evidence.Excluded(name, m.Config.Subject.Exclude) {
		return false
	}
	for _, ending := range sourceNames {
		if strings.HasSuffix(name, ending) {
			return true
		}
	}
	return strings.Contains(name, "testdata/")
}

// order is the order of the suites in one run: random, and the same again when
// the measurement is resumed.
func (m *measurement) order(number int) []bench.Suite {
	r := rand.New(rand.NewPCG(m.manifest.Plan.Seed, uint64(number)))
	suites := make([]bench.Suite, len(m.suites))
	for i, j := range r.Perm(len(suites)) {
		suites[i] = m.suites[j]
	}
	return suites
}

func (m *measurement) benchtime() time.Duration { return time.Duration(m.manifest.Plan.Time) }
