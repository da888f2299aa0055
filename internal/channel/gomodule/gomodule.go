// Package gomodule is the channel of a Go module. The tag is its publication,
// so there is nothing to push: the package has the module proxy fetch the
// version, as everybody's go command will, and holds what comes back against
// the release commit. For a rollback it writes the retraction.
//
// It asks a proxy for a version only where that is wanted or known to be there:
// a proxy remembers for a while that something is missing. It never deletes or
// moves a tag; what a proxy has once served it serves for good.
package gomodule

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"

	"github.com/cupel-dev/cupel/internal/git"
	"github.com/cupel-dev/cupel/internal/journal"
	"github.com/cupel-dev/cupel/internal/retry"
	"github.com/cupel-dev/cupel/internal/version"
)

// Options say what is released.
type Options struct {
	Repo    *git.Repo
	Commit  string // the release commit, in the repository when a step runs
	Module  string // the path in go.mod, with its "/v2"; see [ModulePath]
	Version version.Version

	Dir  string   // of the module in the repository, with slashes; "" is the top
	Env  []string // KEY=value for the go command, over this process's own: GOPROXY, GOSUMDB, ...
	Wait func(context.Context, time.Duration) error
}

// A Channel releases one version of one module.
type Channel struct {
	Options
	fetched string // the checksum that the proxy served to this process
}

// New checks the options; it asks nobody. A module from v2 on has its major
// number at the end of its path, or no go command will find the tag.
func New(o Options) (*Channel, error) {
	if err := module.Check(o.Module, o.Version.Tag()); err != nil {
		return nil, fmt.Errorf("gomodule: %w", err)
	}
	o.Dir = path.Clean("/" + o.Dir)[1:]
	if o.Repo == nil || o.Commit == "" {
		return nil, errors.New("gomodule: a release takes a repository and a commit")
	}
	if o.Wait == nil {
		o.Wait = retry.Wait
	}
	return &Channel{Options: o}, nil
}

// ModulePath reads the path of the module whose go.mod lies in dir.
func ModulePath(dir string) (string, error) {
	text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		return "", fmt.Errorf("read the module's path: %w", err)
	}
	if found := modfile.ModulePath(text); found != "" {
		return found, nil
	}
	return "", fmt.Errorf("read the module's path: %s names none", filepath.Join(dir, "go.mod"))
}

// TagPrefix is what stands before the versions in the tags of a module whose
// go.mod lies in dir of the repository (go.dev/ref/mod, mapping versions to
// commits). A last folder that is only the major number of the path does not
// count.
func TagPrefix(modulePath, dir string) string {
	dir = path.Clean("/" + dir)[1:]
	_, major, _ := module.SplitPathVersion(modulePath)
	if major != "" && path.Base(dir) == path.Base(major) {
		dir = path.Dir("/" + dir)[1:]
	}
	if dir == "" {
		return ""
	}
	return dir + "/"
}

// Name is the channel's ID, which differs between the modules of a repository.
func (c *Channel) Name() string {
	if c.Dir == "" {
		return "gomodule"
	}
	return "gomodule-" + c.Dir
}

// Steps is the one step of a release: the proxy fetches the version.
func (c *Channel) Steps() []journal.Step {
	return []journal.Step{{
		ID: c.Name() + ":fetch", Title: fmt.Sprintf("have the module proxy fetch %s, and compare it with the release commit", c.at()),
		Channel: c.Name(), Class: journal.Irrevocable, Probe: c.probe, Do: c.do,
	}}
}

// Withdrawal is empty: a version is taken back by the go.mod of a higher one,
// see [Retract].
func (c *Channel) Withdrawal() []journal.Step { return nil }

// Residue says what nobody can take back.
func (c *Channel) Residue() []string {
	return []string{fmt.Sprintf("module proxies serve %s for good, and who requires it keeps it; a retraction in a higher version only warns", c.at())}
}

func (c *Channel) at() string { return c.Module + "@" + c.Version.Tag() }

// probe asks for the list of versions alone as long as the version is not in
// it. Once it is, or once this process had it fetched, the bytes decide.
func (c *Channel) probe(ctx context.Context) (journal.Observation, error) {
	if c.fetched == "" {
		versions, err := c.versions(ctx)
		if err != nil {
			return journal.Observation{}, err
		}
		if !slices.Contains(versions, c.Version.Tag()) {
			return journal.Observation{State: journal.Absent}, nil
		}
		if c.fetched, err = c.fetch(ctx); err != nil {
			return journal.Observation{}, err
		}
	}
	want, err := c.sums(ctx)
	if err != nil {
		return journal.Observation{}, err
	}
	if c.fetched != want {
		return journal.Observation{State: journal.Conflict, Value: fmt.Sprintf("the proxy serves %s as %s, and the commit is %s", c.at(), c.fetched, want)}, nil
	}
	return journal.Observation{State: journal.Done, Value: want}, nil
}

// tries is how often a proxy is asked that does not have the version yet; with
// the pauses between, that is about two minutes.
const tries = 8

// do has the proxy fetch the version. That it cannot yet is no reason to give
// up at once: the tag may be on its way.
func (c *Channel) do(ctx context.Context) error {
	for try := 0; ; try++ {
		sums, err := c.fetch(ctx)
		if err == nil {
			c.fetched = sums
			return nil
		}
		if !errors.Is(err, journal.ErrTemporary) || try == tries-1 {
			return err
		}
		if err := c.Wait(ctx, time.Second<<try); err != nil {
			return err
		}
	}
}
