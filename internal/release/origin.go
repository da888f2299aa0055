package release

import (
	"context"
	"fmt"
	"path"

	"github.com/cupel-dev/cupel/internal/changelog"
	"github.com/cupel-dev/cupel/internal/git"
	"github.com/cupel-dev/cupel/internal/version"
)

// An Origin is the remote repository that a project is released to.
type Origin struct {
	Repo   *git.Repo
	Remote string // its name in git's configuration, or a URL
	Branch string // that release commits go to
	Path   string // of the project in the repository, with slashes; "." is its top
	Prefix string // of the tags of a nested module, "path/of/module/"
}

// commit brings what a ref of the remote is here, and returns its commit; ""
// where the remote has no such ref.
func (o Origin) commit(ctx context.Context, ref string) (string, error) {
	object, err := remoteObject(ctx, o.Repo, o.Remote, ref)
	if err != nil || object == "" {
		return "", err
	}
	if _, err := o.Repo.Run(ctx, "fetch", "-q", "--no-tags", "--no-write-fetch-head", "--", o.Remote, ref); err != nil {
		return "", fmt.Errorf("fetch %s of %s: %w", ref, o.Remote, err)
	}
	return o.Repo.Resolve(ctx, object)
}

// branch is the commit that the release branch is.
func (o Origin) branch(ctx context.Context) (string, error) {
	tip, err := o.commit(ctx, "refs/heads/"+o.Branch)
	if err == nil && tip == "" {
		err = fmt.Errorf("%s has no branch %s", o.Remote, o.Branch)
	}
	return tip, err
}

func (o Origin) tag(v version.Version) string { return "refs/tags/" + o.Prefix + v.Tag() }

// remoteObject is what a ref of a remote is; "" where it has none.
func remoteObject(ctx context.Context, repo *git.Repo, remote, ref string) (string, error) {
	refs, err := repo.RemoteRefs(ctx, remote, ref)
	if err != nil {
		return "", fmt.Errorf("ask %s for %s: %w", remote, ref, err)
	}
	return refs[ref].Object, nil
}

// A Bad version is one that is taken back, as the remote shows it.
type Bad struct {
	Version   version.Version
	Commit    string // of its tag; "" where it is not public, and then nothing else is known
	Tip       string // of the release branch
	Changelog []byte // at the tip; nil where it has none
}

// Public reports whether the version has a tag, so that it can only be superseded.
func (b Bad) Public() bool { return b.Commit != "" }

// Bad asks the remote for a version that is to be taken back.
func (o Origin) Bad(ctx context.Context, v version.Version) (b Bad, err error) {
	b.Version = v
	if b.Commit, err = o.commit(ctx, o.tag(v)); err != nil || !b.Public() {
		return b, err
	}
	if b.Tip, err = o.branch(ctx); err != nil {
		return b, err
	}
	name := path.Join(o.Path, Changelog)
	there, err := o.Repo.Run(ctx, "ls-tree", "--full-tree", b.Tip, "--", name)
	if err != nil || there == "" {
		return b, err
	}
	text, err := o.Repo.Run(ctx, "show", b.Tip+":"+name)
	b.Changelog = []byte(text)
	return b, err
}

// Withdrawn reports whether the changelog says already that the version is withdrawn.
func (b Bad) Withdrawn() (bool, error) {
	f, err := changelog.Parse(b.Changelog)
	if err != nil {
		return false, fmt.Errorf("%s: %w", Changelog, err)
	}
	section, err := f.Section(b.Version.String())
	return err == nil && section.Yanked, nil
}
