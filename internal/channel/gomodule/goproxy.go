package gomodule

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"

	"github.com/cupel-dev/cupel/internal/journal"
	"github.com/cupel-dev/cupel/internal/process"
	"github.com/cupel-dev/cupel/internal/version"
)

// An answer is what the go command says of a module (go help list, go help mod
// download).
type answer struct {
	Versions []string
	GoMod    string // the path of the go.mod that was fetched
	Sum      string // of the zip
	GoModSum string
	Error    json.RawMessage // a string from one command, an object from the other
}

// errMissing says that the proxy does not have what was asked for.
var errMissing = errors.New("the module proxy does not have it")

// ask runs the go command outside of any module and with an empty cache, which
// is gone afterwards; use sees what it fetched before. So the answer is that of
// the proxy and the checksum database, as everybody gets it.
func (c *Channel) ask(ctx context.Context, use func(answer) error, args ...string) error {
	dir, err := os.MkdirTemp("", "cupel-gomodule-")
	if err != nil {
		return fmt.Errorf("ask for %s: %w", c.Module, err)
	}
	defer os.RemoveAll(dir)
	env := append(os.Environ(), c.Env...)
	env = append(env, "GOMODCACHE="+dir, "GOFLAGS=-modcacherw", "GOWORK=off", "GO111MODULE=on", "GOTOOLCHAIN=local")
	var out, words bytes.Buffer
	_, runErr := process.Run(ctx, process.Command{Args: append([]string{"go"}, args...), Dir: dir, Env: env, Stdout: &out, Stderr: &words})
	var missing *process.NotFoundError
	if ctx.Err() != nil || errors.As(runErr, &missing) {
		return fmt.Errorf("ask for %s: %w", c.Module, runErr)
	}
	var a answer
	if err := json.Unmarshal(out.Bytes(), &a); err != nil {
		return c.refusal(words.String())
	}
	if len(a.Error) > 0 {
		return c.refusal(string(a.Error))
	}
	if runErr != nil {
		return c.refusal(words.String())
	}
	return use(a)
}

// refusal sorts the go command's words. What is not known to be final may be an
// outage.
func (c *Channel) refusal(words string) error {
	has := func(texts ...string) bool {
		return slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(words, text) })
	}
	err := fmt.Errorf("ask for %s: the go command says: %s", c.Module, strings.TrimSpace(words))
	switch {
	case has("checksum mismatch", "SECURITY ERROR"):
		return fmt.Errorf("%w: %w", journal.ErrConflict, err)
	case has("404 Not Found", "410 Gone", "no such file", "cannot find the file", "unknown revision", "no matching versions"):
		return fmt.Errorf("%w: %w: %w", journal.ErrTemporary, errMissing, err)
	}
	return fmt.Errorf("%w: %w", journal.ErrTemporary, err)
}

// versions asks for the list, retracted versions among them. A module that
// nobody knows has none.
func (c *Channel) versions(ctx context.Context) ([]string, error) {
	var versions []string
	err := c.ask(ctx, func(a answer) error {
		versions = a.Versions
		return nil
	}, "list", "-m", "-versions", "-retracted", "-json", c.Module)
	if errors.Is(err, errMissing) {
		return nil, nil
	}
	return versions, err
}

// fetch downloads the version and returns the checksums of its zip and go.mod,
// as go.sum has them.
func (c *Channel) fetch(ctx context.Context) (string, error) {
	var sums string
	err := c.ask(ctx, func(a answer) error {
		sums = a.Sum + " " + a.GoModSum
		return nil
	}, "mod", "download", "-json", c.at())
	return sums, err
}

// Entries are the versions in the proxy's list. Those that the go.mod of the
// highest retracts are yanked.
func (c *Channel) Entries(ctx context.Context) ([]version.Entry, error) {
	versions, err := c.versions(ctx)
	if err != nil || len(versions) == 0 {
		return nil, err
	}
	retracted, err := c.retractions(ctx, highest(versions))
	if err != nil {
		return nil, err
	}
	var entries []version.Entry
	for _, v := range versions {
		entries = append(entries, version.Entry{Name: v, Yanked: covers(retracted, v)})
	}
	return entries, nil
}

// highest is the version whose go.mod speaks for the module: the highest
// release, or the highest prerelease where there is none (go.dev/ref/mod,
// retract directive).
func highest(versions []string) string {
	return slices.MaxFunc(versions, func(a, b string) int {
		if stableA, stableB := semver.Prerelease(a) == "", semver.Prerelease(b) == ""; stableA != stableB {
			if stableA {
				return 1
			}
			return -1
		}
		return semver.Compare(a, b)
	})
}

func (c *Channel) retractions(ctx context.Context, of string) ([]*modfile.Retract, error) {
	var retracted []*modfile.Retract
	err := c.ask(ctx, func(a answer) error {
		text, err := os.ReadFile(a.GoMod)
		if err != nil {
			return fmt.Errorf("read the go.mod of %s: %w", of, err)
		}
		if retracted, err = parse(text); err != nil {
			return fmt.Errorf("version %s: %w", of, err)
		}
		return nil
	}, "list", "-m", "-retracted", "-json", c.Module+"@"+of)
	return retracted, err
}

func covers(retracted []*modfile.Retract, v string) bool {
	return slices.ContainsFunc(retracted, func(r *modfile.Retract) bool {
		return semver.Compare(r.Low, v) <= 0 && semver.Compare(v, r.High) <= 0
	})
}
