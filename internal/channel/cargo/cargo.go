// Package cargo is the channel of a Cargo registry: it packages the crates of
// a workspace, publishes them with cargo in the order in which they need each
// other, and yanks them again.
//
// What is published is read from the sparse index, never from what cargo
// prints or how it exits. The package resolves no dependencies and picks no
// version; both stand in the workspace's own files. Cargo 1.90 or later is
// needed: earlier ones cannot package crates that need each other before one
// of them is out.
package cargo

import (
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"time"

	"github.com/cupel-dev/cupel/internal/journal"
	"github.com/cupel-dev/cupel/internal/redact"
	"github.com/cupel-dev/cupel/internal/version"
)

// Options say what is released where. The zero values of the last seven are
// the usual.
type Options struct {
	Dir     string   // the workspace, committed and clean
	Crates  []string // in the order that Members returns
	Version version.Version
	Stage   string // directory of this channel alone, outside the workspace: packages and cargo's build

	ID       string           // unique among the channels of a release; "cargo"
	Registry string           // its name in cargo's configuration; "" is crates.io
	Index    string           // URL of the sparse index, without "sparse+"; needed for every other registry
	Token    string           // goes into cargo's environment; without it cargo uses its own credentials
	Env      []string         // KEY=value, added to this process's environment
	Redactor *redact.Redactor // for what cargo prints; one that knows Token
	Wait     time.Duration    // for the index to show what was published, and for a rate limit to pass; 10 minutes
}

// cratesIO is the index that cargo itself uses.
const cratesIO = "https://index.crates.io/"

// A Channel releases one version of the crates of a workspace.
type Channel struct {
	Options
	index index
}

// New checks the options; it asks no registry and runs nothing.
func New(o Options) (*Channel, error) {
	if (o.Registry == "") != (o.Index == "") {
		return nil, fmt.Errorf("registry %q has the index %q: give the name and the index of a registry together, or none for crates.io", o.Registry, o.Index)
	}
	for _, crate := range o.Crates {
		if !crateName.MatchString(crate) {
			return nil, fmt.Errorf("%q is not the name of a crate", crate)
		}
	}
	if o.ID == "" {
		o.ID = "cargo"
	}
	if o.Wait == 0 {
		o.Wait = 10 * time.Minute
	}
	if o.Redactor == nil {
		o.Redactor = redact.New(o.Token)
	}
	i := index{url: cratesIO, client: &http.Client{Timeout: time.Minute}}
	if o.Index != "" {
		i.url, i.token = o.Index, o.Token
	}
	return &Channel{Options: o, index: i}, nil
}

// Name is the channel's ID.
func (c *Channel) Name() string { return c.ID }

// Steps are the steps of a release on this channel: package and verify all
// crates here, then publish one after the other.
func (c *Channel) Steps() []journal.Step {
	steps := []journal.Step{c.stage()}
	for _, crate := range c.Crates {
		steps = append(steps, c.publishStep(crate))
	}
	return steps
}

// Withdrawal are the steps that take a released version back: every crate is
// yanked, those that need others first. Nothing is ever unyanked.
func (c *Channel) Withdrawal() []journal.Step {
	var steps []journal.Step
	for _, crate := range slices.Backward(c.Crates) {
		steps = append(steps, c.yankStep(crate))
	}
	return steps
}

// Residue says what nobody can take back.
func (c *Channel) Residue() []string {
	var lines []string
	for _, crate := range c.Crates {
		lines = append(lines, fmt.Sprintf("crate %s %s can still be downloaded, and every Cargo.lock that names it keeps using it", crate, c.Version))
	}
	return lines
}

func (c *Channel) step(id string, class journal.Class, title string) journal.Step {
	return journal.Step{ID: c.ID + ":" + id, Title: title, Channel: c.ID, Class: class}
}

// file is the name that cargo gives the package of a crate.
func (c *Channel) file(crate string) string { return fmt.Sprintf("%s-%s.crate", crate, c.Version) }

// staged is where the package of a crate lies once it was verified.
func (c *Channel) staged(crate string) string {
	return filepath.Join(c.Stage, "crates", c.file(crate))
}
