// Package npm is the channel of an npm registry: it packs a package, publishes
// the packed file under a tag that nobody asks for, and then moves the tag that
// everybody gets.
//
// What is published is read from the registry's own document of the package,
// never from what npm prints or how it exits. The package picks no version; it
// stands in package.json.
package npm

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"regexp"
	"time"

	"github.com/cupel-dev/cupel/internal/journal"
	"github.com/cupel-dev/cupel/internal/redact"
	"github.com/cupel-dev/cupel/internal/version"
)

// Options say what is released where. The zero values of the last seven are
// the usual.
type Options struct {
	Dir     string // of package.json
	Package string // its name there: "app", "@team/app"
	Version version.Version
	Stage   string // directory of this channel alone, outside Dir: the packed file, npm's settings and cache

	Registry string // URL; [ConfiguredRegistry] asks npm which it is

	ID        string            // unique among the channels of a release; "npm"
	Token     string            // goes into npm's environment; without it npm uses the person's own settings
	Env       []string          // KEY=value, added to this process's environment
	Withdrawn []version.Version // taken back: no tag belongs on them
	Reason    string            // what users of a withdrawn version are told; "withdrawn"
	Redactor  *redact.Redactor  // for what npm prints; one that knows Token
	Wait      time.Duration     // for the registry to show what was published; 5 minutes
}

// A Channel releases one version of one package.
type Channel struct {
	Options
	registry registry
}

// packageName is what npm accepts for new packages.
var packageName = regexp.MustCompile(`^(@[a-z0-9~][a-z0-9-._~]*/)?[a-z0-9~][a-z0-9-._~]*$`)

// New checks the options; it asks no registry and runs nothing.
func New(o Options) (*Channel, error) {
	if !packageName.MatchString(o.Package) {
		return nil, fmt.Errorf("%q is not the name of an npm package", o.Package)
	}
	if o.ID == "" {
		o.ID = "npm"
	}
	if o.Reason == "" {
		o.Reason = "withdrawn"
	}
	if o.Redactor == nil {
		o.Redactor = redact.New(o.Token)
	}
	if o.Wait == 0 {
		o.Wait = 5 * time.Minute
	}
	r, err := newRegistry(o.Registry, o.Token, &http.Client{Timeout: time.Minute})
	if err != nil {
		return nil, err
	}
	return &Channel{Options: o, registry: r}, nil
}

// Name is the channel's ID.
func (c *Channel) Name() string { return c.ID }

// Steps are the steps of a release on this channel: pack, publish, move the
// tag.
func (c *Channel) Steps() []journal.Step {
	return []journal.Step{c.packStep(), c.publishStep(), c.advance()}
}

// Withdrawal are the steps that take a released version back: its tag goes to
// the newest good version, then the version is deprecated.
func (c *Channel) Withdrawal() []journal.Step {
	return []journal.Step{c.restore(), c.deprecateStep()}
}

// Residue says what nobody can take back.
func (c *Channel) Residue() []string {
	return []string{fmt.Sprintf("%s@%s can still be installed by its number, and every lock file that names it keeps using it", c.Package, c.Version)}
}

// Entries are all versions of the package, also the deprecated ones.
func (c *Channel) Entries(ctx context.Context) ([]version.Entry, error) {
	p, err := c.registry.read(ctx, c.Package)
	if err != nil {
		return nil, err
	}
	var entries []version.Entry
	for number, r := range p.Versions {
		entries = append(entries, version.Entry{Name: number, Yanked: r.Deprecated != ""})
	}
	return entries, nil
}

func (c *Channel) step(id string, class journal.Class, title string) journal.Step {
	return journal.Step{ID: c.ID + ":" + id, Title: title, Channel: c.ID, Class: class}
}

// staged is the packed file: what is published, byte for byte.
func (c *Channel) staged() string { return filepath.Join(c.Stage, "package.tgz") }

func (c *Channel) spec() string { return c.Package + "@" + c.Version.String() }
