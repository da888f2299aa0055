package targets

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/magefile/mage/mg"

	"github.com/cupel-dev/cupel/internal/release"
	versions "github.com/cupel-dev/cupel/internal/version"
)

// Version counts by the rules of SemVer.
type Version mg.Namespace

// Next prints the version that follows: KIND is major, minor, patch, rc or release.
//
// It asks every channel of cupel.toml which numbers are taken, and passes over
// those, saying why. Below 1.0.0 a major change counts the second number up.
//
// Exit codes: 0 done, 2 refused.
func (Version) Next(ctx context.Context, kind string) error {
	if err := positional("version:next KIND", kind); err != nil {
		return err
	}
	k, err := versions.ParseKind(kind)
	if err != nil {
		return fail(exitRefused, err.Error())
	}
	ctx, stop := untilTold(ctx)
	defer stop()
	p, err := here()
	if err != nil {
		return err
	}
	next, skipped, err := nextVersion(ctx, p, k)
	if err != nil {
		return fail(exitRefused, err.Error())
	}
	out := newConsole(os.Stdout)
	for _, s := range skipped {
		out.Line("passed over %s: %s %s", s.Version.Tag(), s.Use.Place, s.Use.Name)
	}
	out.Line("%s", next.Tag())
	return nil
}

// nextVersion counts on from the version that the project's files hold, or from
// the highest one that exists.
func nextVersion(ctx context.Context, p *place, kind versions.Kind) (versions.Version, []versions.Skip, error) {
	var none versions.Version
	r := &releasing{place: p, out: newConsole(os.Stdout)}
	if err := r.findRepository(ctx); err != nil {
		return none, nil, err
	}
	channels, err := r.channels(ctx, release.Options{Repo: r.repo, Draft: release.Draft{Head: "HEAD"}})
	if err != nil {
		return none, nil, err
	}
	ledger, err := r.ledger(ctx, channels)
	if err != nil {
		return none, nil, err
	}
	current, held, err := r.current()
	if err != nil {
		return none, nil, err
	}
	if latest, ok := ledger.Latest(); ok && (!held || latest.Compare(current) > 0) {
		current = latest
	}
	if kind == versions.RC || kind == versions.Release {
		candidate, ok := ledger.Candidate(current, func(v versions.Version) bool { return versions.CheckModule(os.DirFS(r.dir), "go.mod", v) == nil })
		if ok {
			current = candidate
		}
	}
	return ledger.Next(current, kind, versions.Rules{})
}

// current is the version that the project's files hold; false where none does.
func (r *releasing) current() (versions.Version, bool, error) {
	rules, err := r.versionRules()
	if err != nil {
		return versions.Version{}, false, err
	}
	files, err := versions.Find(os.DirFS(r.dir), rules...)
	if err != nil {
		return versions.Version{}, false, err
	}
	return files.Current()
}

// Set writes VERSION into every version file, and changes no other byte.
//
// Exit codes: 0 done, 2 refused, and no file is touched.
func (Version) Set(version string) error {
	if err := positional("version:set VERSION", version); err != nil {
		return err
	}
	v, err := versions.Parse(version)
	if err != nil {
		return fail(exitRefused, err.Error())
	}
	p, err := here()
	if err != nil {
		return err
	}
	rules, err := (&releasing{place: p}).versionRules()
	if err != nil {
		return fail(exitRefused, err.Error())
	}
	files, err := versions.Find(os.DirFS(p.dir), rules...)
	if err != nil {
		return fail(exitRefused, err.Error())
	}
	edits, err := files.Set(v)
	if err != nil {
		return fail(exitRefused, err.Error())
	}
	if err := writeAll(p.dir, edits); err != nil {
		return fail(exitRefused, err.Error())
	}
	out := newConsole(os.Stdout)
	for _, name := range slices.Sorted(maps.Keys(edits)) {
		out.Line("written: %s", name)
	}
	switch {
	case len(files.Sites()) == 0:
		out.Line("nothing to write: no file here holds the version; version_files in [release] names others")
	case len(edits) == 0:
		out.Line("nothing to write: %d places hold %s", len(files.Sites()), v)
	default:
		out.Line("next: git diff")
	}
	return nil
}

// writeAll writes new bytes into files of a directory, by their names with slashes:
// into all of them, or none.
func writeAll(dir string, edits map[string][]byte) error {
	olds := map[string][]byte{}
	for _, name := range slices.Sorted(maps.Keys(edits)) {
		file := filepath.Join(dir, filepath.FromSlash(name))
		old, err := os.ReadFile(file)
		if err == nil {
			err = writeWhole(file, edits[name])
		}
		if err != nil {
			for written, text := range olds {
				err = errors.Join(err, writeWhole(written, text))
			}
			return err
		}
		olds[file] = old
	}
	return nil
}
