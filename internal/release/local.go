package release

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/cupel-dev/cupel/internal/git"
	"github.com/cupel-dev/cupel/internal/journal"
)

// here is the channel of steps on this machine.
const here = "here"

// localSteps bring the release commit into the repository and build from it.
func (o Options) localSteps() []journal.Step {
	steps := []journal.Step{o.prepareStep()}
	if o.Build != nil {
		steps = append(steps, o.buildStep())
	}
	return steps
}

// PreparedRef is the ref that holds a release commit until it is pushed.
func (o Options) PreparedRef() string { return "refs/cupel/releases/" + o.tag() }

func (o Options) prepareStep() journal.Step {
	ref, commit := o.PreparedRef(), o.Prepared.Commit
	return journal.Step{
		ID: "prepare", Title: "make the release commit: changelog and version files", Channel: here,
		Class: journal.Local, Expect: commit,
		Probe: func(ctx context.Context) (journal.Observation, error) {
			switch got, err := o.Repo.Resolve(ctx, ref); {
			case ctx.Err() != nil:
				return journal.Observation{}, ctx.Err()
			case err != nil:
				return journal.Observation{State: journal.Absent}, nil
			case got != commit:
				return journal.Observation{State: journal.Partial, Value: got}, nil // left by an earlier try
			default:
				return journal.Observation{State: journal.Done, Value: got}, nil
			}
		},
		Do: func(ctx context.Context) error {
			clone := &git.Repo{Root: o.Prepared.Src}
			top, err := clone.Run(ctx, "rev-parse", "--show-toplevel")
			if err != nil {
				return err
			}
			_, err = o.Repo.Run(ctx, "fetch", "-q", "--no-tags", "--no-write-fetch-head", "--", trimLine(top), "+"+commit+":"+ref)
			return err
		},
		Undo: func(ctx context.Context, _ journal.Observation) error {
			_, err := o.Repo.Run(ctx, "update-ref", "-d", ref)
			return err
		},
	}
}

func trimLine(text string) string {
	for len(text) > 0 && (text[len(text)-1] == '\n' || text[len(text)-1] == '\r') {
		text = text[:len(text)-1]
	}
	return text
}

// buildStep builds once, and remembers the digest of every file: what is
// released later is what was built and checked, or nothing.
func (o Options) buildStep() journal.Step {
	manifest := filepath.Join(o.State, stagedFile)
	return journal.Step{
		ID: "build", Title: "build what is released, once", Channel: here, Class: journal.Local,
		Probe: func(context.Context) (journal.Observation, error) {
			staged, err := readStaged(manifest)
			if errors.Is(err, fs.ErrNotExist) {
				return journal.Observation{State: journal.Absent}, nil
			}
			if err != nil {
				return journal.Observation{}, err
			}
			return staged.observe(o.Dist())
		},
		Do: func(ctx context.Context) error { return o.build(ctx, manifest) },
		Undo: func(context.Context, journal.Observation) error {
			return errors.Join(os.RemoveAll(o.Dist()), remove(manifest))
		},
	}
}

func (o Options) build(ctx context.Context, manifest string) error {
	if err := os.RemoveAll(o.Dist()); err != nil {
		return fmt.Errorf("clear the build: %w", err)
	}
	if err := o.Build(ctx, o.Prepared.Src, o.Dist()); err != nil {
		return fmt.Errorf("build: %w", err)
	}
	built, err := digestTree(o.Dist())
	if err != nil {
		return fmt.Errorf("digest the build: %w", err)
	}
	switch before, err := readStaged(manifest); {
	case err == nil && !maps.Equal(before.Files, built):
		return fmt.Errorf("%w: built again, it has other bytes than what was staged before; abort the release", journal.ErrConflict)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	}
	text, err := json.MarshalIndent(staged{Files: built}, "", "  ")
	if err != nil {
		return err
	}
	return journal.WriteFile(manifest, append(text, '\n'))
}

// staged is what was built: the SHA-256 of every file, by its path with slashes.
type staged struct {
	Files map[string]string `json:"files"`
}

func readStaged(name string) (staged, error) {
	var s staged
	text, err := os.ReadFile(name)
	if err != nil {
		return s, fmt.Errorf("read what was staged: %w", err)
	}
	if err := json.Unmarshal(text, &s); err != nil {
		return s, fmt.Errorf("read what was staged: %w", err)
	}
	return s, nil
}

// observe compares the directory with what was staged. Lost files can be built
// again; changed ones are somebody's.
func (s staged) observe(dist string) (journal.Observation, error) {
	there, err := digestTree(dist)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return journal.Observation{}, err
	}
	lost := false
	for _, name := range slices.Sorted(maps.Keys(s.Files)) {
		switch got, ok := there[name]; {
		case !ok:
			lost = true
		case got != s.Files[name]:
			return journal.Observation{State: journal.Conflict, Value: name + " is not the file that was built"}, nil
		}
	}
	for _, name := range slices.Sorted(maps.Keys(there)) {
		if _, ok := s.Files[name]; !ok {
			return journal.Observation{State: journal.Conflict, Value: name + " was not built"}, nil
		}
	}
	if lost {
		return journal.Observation{State: journal.Partial, Value: "files are missing"}, nil
	}
	return journal.Observation{State: journal.Done, Value: s.digest()}, nil
}

func (s staged) digest() string {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(s.Files)) {
		fmt.Fprintf(h, "%s  %s\n", s.Files[name], name)
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}

func digestTree(dir string) (map[string]string, error) {
	sums := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		sums[filepath.ToSlash(rel)], err = digestFile(name)
		return err
	})
	return sums, err
}

func digestFile(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func remove(name string) error {
	if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
