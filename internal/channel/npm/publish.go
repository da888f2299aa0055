package npm

import (
	"context"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/cupel-dev/cupel/internal/journal"
	"github.com/cupel-dev/cupel/internal/retry"
)

// stagedTag is the tag that a version is published under, since npm publishes
// under none at all. It is removed when the version gets its own.
const stagedTag = "staged"

// packStep makes the file that is published.
func (c *Channel) packStep() journal.Step {
	s := c.step("pack", journal.Local, "pack "+c.Package)
	s.Probe = func(context.Context) (journal.Observation, error) {
		sum, err := integrity(c.staged())
		if errors.Is(err, fs.ErrNotExist) {
			return journal.Observation{State: journal.Absent}, nil
		}
		return journal.Observation{State: journal.Done, Value: sum}, err
	}
	s.Do = c.pack
	s.Undo = func(context.Context, journal.Observation) error { return os.RemoveAll(c.staged()) }
	return s
}

// pack moves the file to its place when npm has written it whole.
func (c *Channel) pack(ctx context.Context) error {
	if err := c.checkManifest(); err != nil {
		return err
	}
	dir := filepath.Join(c.Stage, "pack")
	if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o755)); err != nil {
		return fmt.Errorf("pack %s: %w", c.Package, err)
	}
	if err := c.npm(ctx, "pack", "--pack-destination", dir); err != nil {
		return err
	}
	made, err := filepath.Glob(filepath.Join(dir, "*.tgz"))
	if err != nil || len(made) != 1 {
		return fmt.Errorf("pack %s: npm made %d files in %s, not one", c.Package, len(made), dir)
	}
	return os.Rename(made[0], c.staged())
}

// checkManifest holds package.json against what is released.
func (c *Channel) checkManifest() error {
	file := filepath.Join(c.Dir, "package.json")
	b, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var m struct {
		Name, Version string
		Private       bool
		PublishConfig struct{ Registry string }
	}
	if err := json.Unmarshal(b, &m); err != nil {
		return fmt.Errorf("read %s: %w", file, err)
	}
	if m.Name != c.Package || m.Version != c.Version.String() {
		return fmt.Errorf("%s is %s@%s, and %s is released", file, m.Name, m.Version, c.spec())
	}
	if m.Private {
		return fmt.Errorf("%s is private, and npm publishes no such package", file)
	}
	there := strings.TrimSuffix(m.PublishConfig.Registry, "/")
	if there != "" && there != strings.TrimSuffix(c.registry.url.String(), "/") {
		return fmt.Errorf("%s publishes to %s (publishConfig), and the release to %s: name one registry in both", file, there, c.registry.url)
	}
	return nil
}

func (c *Channel) publishStep() journal.Step {
	s := c.step("publish", journal.Irrevocable, fmt.Sprintf("publish %s under the tag %q", c.spec(), stagedTag))
	s.Probe, s.Do, s.Verify = c.probePublished, c.publish, c.download
	return s
}

func (c *Channel) probePublished(ctx context.Context) (journal.Observation, error) {
	p, err := c.registry.read(ctx, c.Package)
	if err != nil {
		return journal.Observation{}, err
	}
	return c.compare(p)
}

// compare holds what the registry says against the staged file.
func (c *Channel) compare(p packument) (journal.Observation, error) {
	r, there := p.Versions[c.Version.String()]
	if !there {
		return journal.Observation{State: journal.Absent}, nil
	}
	staged, err := integrity(c.staged())
	if err != nil {
		return journal.Observation{}, fmt.Errorf("%s is out, and nothing to compare it with: %w", c.spec(), err)
	}
	switch sum := r.sha512(); {
	case sum == "":
		return journal.Observation{}, fmt.Errorf("%s is out, and the registry says no SHA-512 of it", c.spec())
	case sum != staged:
		return journal.Observation{State: journal.Conflict, Value: sum}, nil
	}
	return journal.Observation{State: journal.Done, Value: staged}, nil
}

// publish uploads the staged file, and waits for the registry to show it. What
// a failed upload did is for the registry to say.
func (c *Channel) publish(ctx context.Context) error {
	if err := c.npm(ctx, "publish", c.staged(), "--tag", stagedTag, "--ignore-scripts"); err != nil {
		return err
	}
	deadline := time.Now().Add(c.Wait)
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 15*time.Second) {
		o, err := c.probePublished(ctx)
		if err != nil || o.State != journal.Absent {
			return err
		}
		if time.Now().Add(pause).After(deadline) {
			return fmt.Errorf("%s is uploaded, and the registry does not show it after %s: %w", c.spec(), c.Wait, journal.ErrTemporary)
		}
		if err := retry.Wait(ctx, pause); err != nil {
			return err
		}
	}
}

// download fetches the package as npm does and holds it against the staged
// file.
func (c *Channel) download(ctx context.Context) error {
	p, err := c.registry.read(ctx, c.Package)
	if err != nil {
		return err
	}
	address := p.Versions[c.Version.String()].Dist.Tarball
	b, status, err := c.registry.get(ctx, address)
	if err != nil {
		return fmt.Errorf("download %s from %q: %w", c.spec(), address, err)
	}
	if status != http.StatusOK {
		return fmt.Errorf("download %s from %s: it answered %d", c.spec(), address, status)
	}
	staged, err := integrity(c.staged())
	if err != nil {
		return err
	}
	if got := integrityOf(b); got != staged {
		return fmt.Errorf("download %s from %s: its digest is %s, staged was %s", c.spec(), address, got, staged)
	}
	return nil
}

// integrity is the SHA-512 of a file as registries write it.
func integrity(file string) (string, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	return integrityOf(b), nil
}

func integrityOf(b []byte) string {
	sum := sha512.Sum512(b)
	return "sha512-" + base64.StdEncoding.EncodeToString(sum[:])
}
