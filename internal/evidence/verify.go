package evidence

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"slices"
)

// A Difference says what in a set of evidence is not what its manifest says.
type Difference struct {
	File   string // relative to the directory
	Reason string
}

func (d *Difference) Error() string { return d.File + ": " + d.Reason }

// Verify recomputes everything that can be recomputed from the files in fsys:
// their digests, what the runs say, the summaries, and the class. The error is
// a [*Difference] that names the first file that differs.
func Verify(fsys fs.FS) (*Manifest, error) {
	m, _, err := Load(fsys)
	return m, err
}

// Load verifies evidence as [Verify] does, and returns the summary as well,
// which is what the raw runs give.
func Load(fsys fs.FS) (*Manifest, *Summary, error) {
	m, err := ReadManifest(fsys)
	if err != nil {
		return nil, nil, err
	}
	if m.Status == StatusIncomplete {
		return m, nil, &Difference{"manifest.json", "the evidence is incomplete: resume the measurement first"}
	}
	if err := verifyFiles(fsys, m); err != nil {
		return m, nil, err
	}
	sets, err := verifyRuns(fsys, m)
	if err != nil {
		return m, nil, err
	}
	summary := summarise(m, sets)
	if err := verifySummary(fsys, summary); err != nil {
		return m, nil, err
	}
	return m, summary, verifyClass(m)
}

func verifyFiles(fsys fs.FS, m *Manifest) error {
	found, err := digests(fsys)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(m.Files)) {
		switch sum, ok := found[name]; {
		case !ok:
			return &Difference{name, "missing"}
		case sum != m.Files[name]:
			return &Difference{name, fmt.Sprintf("its SHA-256 is %s, the manifest says %s", sum, m.Files[name])}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(found)) {
		if _, ok := m.Files[name]; !ok {
			return &Difference{name, "not in the manifest"}
		}
	}
	return nil
}

// verifyRuns reads every run again: a run that is recorded as ok must say so.
func verifyRuns(fsys fs.FS, m *Manifest) ([]RunSet, error) {
	for _, s := range m.Plan.Suites {
		for n := 1; n <= m.Plan.Runs; n++ {
			if r, ok := m.Done(s.Name, n); !ok {
				return nil, &Difference{"manifest.json", fmt.Sprintf("run %d of suite %s is missing", n, s.Name)}
			} else if _, err := fs.Stat(fsys, r.Base()+".txt"); err != nil && r.Status == "ok" {
				return nil, &Difference{r.Base() + ".txt", "missing"}
			}
		}
	}
	sets, err := Sets(fsys, m)
	if err != nil {
		return nil, &Difference{"manifest.json", err.Error()}
	}
	for _, rs := range sets {
		if rs.Run.Status == "ok" && rs.Set.Status() != "ok" {
			return nil, &Difference{rs.Run.Base() + ".txt", fmt.Sprintf("recorded as ok, but it is %s", rs.Set.Status())}
		}
	}
	return sets, nil
}

func verifySummary(fsys fs.FS, s *Summary) error {
	want, err := encode(s)
	if err != nil {
		return fmt.Errorf("encode summary: %w", err)
	}
	if err := sameBytes(fsys, "summary.json", want); err != nil {
		return err
	}
	return sameBytes(fsys, "summary.md", []byte(s.Markdown()))
}

func sameBytes(fsys fs.FS, name string, want []byte) error {
	got, err := fs.ReadFile(fsys, name)
	if err != nil {
		return &Difference{name, "missing"}
	}
	if !bytes.Equal(got, want) {
		return &Difference{name, "not what the raw runs give"}
	}
	return nil
}

func verifyClass(m *Manifest) error {
	again := *m
	again.classify()
	if again.Class != m.Class || !slices.Equal(again.Shared, m.Shared) {
		return &Difference{"manifest.json", fmt.Sprintf("the class is %s, the findings give %s", m.Class, again.Class)}
	}
	failed := slices.ContainsFunc(m.Runs, func(r Run) bool { return r.Status != "ok" })
	if failed != (m.Status == StatusFailed) {
		return &Difference{"manifest.json", "the status is " + m.Status + ", which its runs do not give"}
	}
	return nil
}
