package cargo

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/cupel-dev/cupel/internal/journal"
)

// stage packages all crates here, and builds each from its package as a user
// will: the last look before anything is irrevocable.
func (c *Channel) stage() journal.Step {
	s := c.step("package", journal.Local, "package "+strings.Join(c.Crates, ", ")+" and build what is in the packages")
	s.Probe, s.Do = c.probeStage, c.packageAll
	s.Undo = func(context.Context, journal.Observation) error {
		return os.RemoveAll(filepath.Join(c.Stage, "crates"))
	}
	return s
}

// probeStage looks for the packages, which lie there once all are verified.
func (c *Channel) probeStage(context.Context) (journal.Observation, error) {
	var there []string
	for _, crate := range c.Crates {
		sum, err := checksum(c.staged(crate))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return journal.Observation{}, err
		}
		there = append(there, crate+" "+sum)
	}
	o := journal.Observation{State: journal.Partial, Value: strings.Join(there, ", ")}
	switch len(there) {
	case 0:
		o.State = journal.Absent
	case len(c.Crates):
		o.State = journal.Done
	}
	return o, nil
}

// packageAll moves the packages to their place only when cargo has verified
// all of them: a package that does not build is none.
func (c *Channel) packageAll(ctx context.Context) error {
	if err := c.packages(ctx, "verify", c.Crates); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(c.Stage, "crates"), 0o755); err != nil {
		return fmt.Errorf("stage packages: %w", err)
	}
	for _, crate := range c.Crates {
		made := filepath.Join(c.Stage, "verify", "package", c.file(crate))
		if err := os.Rename(made, c.staged(crate)); err != nil {
			return fmt.Errorf("stage %s %s, which the workspace should hold: %w", crate, c.Version, err)
		}
	}
	return nil
}

func (c *Channel) packages(ctx context.Context, target string, crates []string, more ...string) error {
	args := append([]string{"package", "--locked"}, more...)
	for _, crate := range crates {
		args = append(args, "--package", crate)
	}
	_, err := c.cargo(ctx, target, args...)
	return err
}

// sameAgain packages a crate once more and holds it against the staged one.
// cargo publish packages it as well, and takes no package that is there.
func (c *Channel) sameAgain(ctx context.Context, crate string) error {
	staged, err := checksum(c.staged(crate))
	if err != nil {
		return err
	}
	if err := c.packages(ctx, "again", []string{crate}, "--no-verify"); err != nil {
		return err
	}
	again, err := checksum(filepath.Join(c.Stage, "again", "package", c.file(crate)))
	if err != nil {
		return err
	}
	if again != staged {
		return fmt.Errorf("crate %s packaged again has the checksum %s, staged was %s: the workspace or its surroundings changed", crate, again, staged)
	}
	return nil
}

// checksum is the SHA-256 of a file in hexadecimal digits, as an index has it.
func checksum(file string) (string, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), nil
}
