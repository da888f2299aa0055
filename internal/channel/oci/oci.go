// Package oci is the channel of a container registry: it pushes a staged image
// where nobody sees it, makes the version's tag, and moves the pointers that
// belong on the newest version.
//
// It builds nothing and signs nothing; what it pushes lies in an OCI image
// layout on disk, with the attestations that refer to it. It never moves or
// deletes the tag of a version.
//
// What a registry promises is taken from the OCI distribution specification
// 1.1. It has no request that makes a tag only where none is, so a tag is read
// before it is made and again after: of two releases that make one tag at the
// same time, the one that lost sees it.
package oci

import (
	"context"
	"fmt"
	"net/http"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/cupel-dev/cupel/internal/journal"
	"github.com/cupel-dev/cupel/internal/trial"
	"github.com/cupel-dev/cupel/internal/version"
)

// Options say what is released where. The zero values of the last five are
// the usual.
type Options struct {
	Repository string // "registry.example.org/team/app"
	Layout     string // directory of the staged OCI image layout; read when a step runs, not before
	Version    version.Version

	Trial     *trial.Trial      // of the programs in the image; nil where it is not asked
	ID        string            // unique among the channels of a release; "oci"
	Withdrawn []version.Version // taken back: no pointer belongs on them
	Keychain  authn.Keychain    // authn.DefaultKeychain
	Transport http.RoundTripper // remote.DefaultTransport
	Backoff   remote.Backoff    // between repeated requests; the library's
}

// A Channel releases one version of one image.
type Channel struct {
	Options
	repository repository
	kept       map[string]bool // digests that an undo left in the registry
}

// New checks the options; it asks no registry. Loopback addresses are reached
// by plain HTTP.
func New(o Options) (*Channel, error) {
	repo, err := name.NewRepository(o.Repository)
	if err != nil {
		return nil, fmt.Errorf("image repository: %w", err)
	}
	if o.ID == "" {
		o.ID = "oci"
	}
	if o.Keychain == nil {
		o.Keychain = authn.DefaultKeychain
	}
	if o.Transport == nil {
		o.Transport = remote.DefaultTransport
	}
	options := []remote.Option{remote.WithAuthFromKeychain(o.Keychain), remote.WithTransport(newPatient(o.Transport))}
	if o.Backoff != (remote.Backoff{}) {
		options = append(options, remote.WithRetryBackoff(o.Backoff))
	}
	return &Channel{Options: o, repository: repository{repo, options}, kept: map[string]bool{}}, nil
}

// Name is the channel's ID.
func (c *Channel) Name() string { return c.ID }

// Steps are the steps of a release on this channel: push by digest, make the
// version's tag, try its programs, move the pointers. A prerelease moves none.
func (c *Channel) Steps() []journal.Step {
	steps := []journal.Step{c.stage(), c.tag()}
	if c.Trial != nil {
		steps = append(steps, c.tryPublic())
	}
	for _, p := range pointersOf(c.Version) {
		steps = append(steps, c.advance(p))
	}
	return steps
}

// Withdrawal are the steps that take a released version back: every pointer
// that is on it goes to the newest good version of its line.
func (c *Channel) Withdrawal() []journal.Step {
	var steps []journal.Step
	for _, p := range pointersOf(c.Version) {
		steps = append(steps, c.restore(p))
	}
	return steps
}

// Residue says what nobody can take back.
func (c *Channel) Residue() []string {
	return []string{fmt.Sprintf("the image %s stays in the registry and with everybody who pulled it: the tag of a version is never moved or deleted", c.versionTag())}
}

// Entries are the tags of the repository that are versions: numbers in use,
// whatever they point to.
func (c *Channel) Entries(ctx context.Context) ([]version.Entry, error) {
	tags, err := c.repository.tags(ctx)
	if err != nil {
		return nil, err
	}
	var entries []version.Entry
	for _, tag := range tags {
		if _, err := version.Parse(tag); err == nil {
			entries = append(entries, version.Entry{Name: tag})
		}
	}
	return entries, nil
}

func (c *Channel) versionTag() name.Tag { return c.repository.Tag(c.Version.String()) }

func (c *Channel) step(id string, class journal.Class, title string) journal.Step {
	return journal.Step{ID: c.ID + ":" + id, Title: title, Channel: c.ID, Class: class}
}
