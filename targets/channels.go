package targets

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/cupel-dev/cupel/ci/pack"
	"github.com/cupel-dev/cupel/internal/changelog"
	"github.com/cupel-dev/cupel/internal/channel/announce"
	"github.com/cupel-dev/cupel/internal/channel/cargo"
	commands "github.com/cupel-dev/cupel/internal/channel/command"
	"github.com/cupel-dev/cupel/internal/channel/github"
	"github.com/cupel-dev/cupel/internal/channel/gittag"
	"github.com/cupel-dev/cupel/internal/channel/gomodule"
	"github.com/cupel-dev/cupel/internal/channel/npm"
	"github.com/cupel-dev/cupel/internal/channel/oci"
	"github.com/cupel-dev/cupel/internal/config"
	"github.com/cupel-dev/cupel/internal/forge"
	"github.com/cupel-dev/cupel/internal/git"
	"github.com/cupel-dev/cupel/internal/journal"
	"github.com/cupel-dev/cupel/internal/release"
	"github.com/cupel-dev/cupel/internal/trial"
	versions "github.com/cupel-dev/cupel/internal/version"
)

// A shipment is one version as its channels see it.
type shipment struct {
	version   versions.Version
	commit    string // of the tag
	head      string // what the branch was before
	src       string // the project, checked out at the commit
	dist      string // what was built
	state     string
	notes     string
	time      time.Time
	name      string
	email     string
	withdrawn []versions.Version // by the changelog
	reason    string             // of a rollback
	previous  string             // of a rollback: the version it goes back to
	before    map[string]string  // of a rollback: where each pointer was, by its channel
}

// shipment is what a release ships. Without a prepared commit it is good for
// asking what numbers are taken.
func (r *releasing) shipment(o release.Options) (shipment, error) {
	s := shipment{
		version: o.Draft.Version, commit: o.Draft.Head, head: o.Draft.Head, src: r.dir, dist: o.Dist(), state: o.State,
		name: o.Draft.Name, email: o.Draft.Email,
	}
	if p := o.Prepared; p != nil {
		s.commit, s.src, s.notes, s.time = p.Commit, p.Src, string(p.Notes), p.Time
	}
	var err error
	s.withdrawn, err = withdrawn(s.src)
	return s, err
}

// withdrawn are the versions that the changelog of a project says are yanked.
func withdrawn(dir string) ([]versions.Version, error) {
	text, err := os.ReadFile(filepath.Join(dir, release.Changelog))
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return withdrawnIn(text)
}

// withdrawnIn are the versions that a changelog says are yanked.
func withdrawnIn(text []byte) ([]versions.Version, error) {
	f, err := changelog.Parse(text)
	if err != nil {
		return nil, nil // its own gate says so
	}
	var found []versions.Version
	for _, section := range f.Versions() {
		if v, err := versions.Parse(section.Version); err == nil && section.Yanked {
			found = append(found, v)
		}
	}
	return found, nil
}

// channels makes the channels of a release: the repository first, the forge after
// all registries, and what tells people last.
func (r *releasing) channels(ctx context.Context, o release.Options) ([]release.Channel, error) {
	s, err := r.shipment(o)
	if err != nil {
		return nil, err
	}
	return r.channelsOf(ctx, s)
}

func (r *releasing) channelsOf(ctx context.Context, s shipment) ([]release.Channel, error) {
	repository, err := r.repository(s)
	if err != nil {
		return nil, err
	}
	channels := []release.Channel{repository}
	order := map[string]int{"github": 1, "webhook": 2, "discussion": 2}
	publish := slices.Clone(r.config.Publish)
	slices.SortStableFunc(publish, func(a, b config.Publish) int { return order[a.Kind] - order[b.Kind] })
	for _, p := range publish {
		if order[p.Kind] == 2 && s.notes == "" {
			continue // there is nothing to tell
		}
		c, err := r.channel(ctx, p, s)
		if err != nil {
			return nil, fmt.Errorf("channel %s: %w", p.Name(), err)
		}
		channels = append(channels, c)
	}
	return channels, nil
}

func (r *releasing) repository(s shipment) (release.Channel, error) {
	return gittag.New(gittag.Options{
		Repo: r.repo, Remote: r.remote, Branch: r.config.Release.Branch, Head: s.head, Commit: s.commit, Version: s.version,
		Message: s.version.Tag() + "\n\n" + s.notes + "\n", Time: s.time, Tagger: s.name, Email: s.email, Prefix: r.prefix(),
	})
}

// channel makes the channel of one [[publish]].
func (r *releasing) channel(ctx context.Context, p config.Publish, s shipment) (release.Channel, error) {
	switch p.Kind {
	case "github":
		return r.github(ctx, p, s)
	case "oci":
		return oci.New(oci.Options{
			Repository: p.Repository, Layout: filepath.Join(s.dist, pack.ImageDir), Version: s.version, ID: p.Name(), Withdrawn: s.withdrawn,
			Trial: r.trial(s),
		})
	case "cargo":
		return r.cargo(ctx, p, s)
	case "npm":
		return r.npm(ctx, p, s)
	case "gomodule":
		module, err := gomodule.ModulePath(s.src)
		if err != nil {
			return nil, err
		}
		return gomodule.New(gomodule.Options{Repo: r.repo, Commit: s.commit, Module: module, Version: s.version, Dir: r.path})
	case "command":
		return commands.New(commands.Options{
			ID: p.Name(), Class: journal.Class(p.Class), Version: s.version, Dist: s.dist, Title: p.Title, Previous: s.previous, Before: s.before[p.Name()],
			Probe: p.Probe, Do: p.Do, Verify: p.Verify, Undo: p.Undo, Dir: s.src, Redactor: r.redactor,
			Outdone: func(ctx context.Context) (bool, error) { return r.outdone(ctx, s) },
		})
	}
	return r.announce(ctx, p, s)
}

// outdone reports whether the version that is shipped has its public tag and is not
// the newest of those that are stable and good.
func (r *releasing) outdone(ctx context.Context, s shipment) (bool, error) {
	repository, err := r.repository(s)
	if err != nil {
		return false, err
	}
	tags, err := repository.Entries(ctx)
	if err != nil {
		return false, err
	}
	ledger := new(versions.Ledger)
	ledger.Record(versions.RemoteTags, r.prefix(), tags...)
	for _, v := range s.withdrawn {
		ledger.Record("changelog", "", versions.Entry{Name: v.String(), Yanked: true})
	}
	latest, _ := ledger.Latest()
	return len(ledger.Uses(s.version)) > 0 && latest != s.version, nil
}

// announce makes the channel of a webhook or a discussion.
func (r *releasing) announce(ctx context.Context, p config.Publish, s shipment) (release.Channel, error) {
	o := announce.Options{ID: p.ID, Version: s.version, Title: filepath.Base(r.dir) + " " + s.version.Tag(), Text: s.notes}
	if p.Kind == "webhook" {
		o.Webhook, o.Field, o.State = secret(p, ""), p.Field, filepath.Join(s.state, p.Name()+".told")
		if o.Webhook == "" {
			return nil, fmt.Errorf("the variable %s is not set: it holds the webhook's URL", p.Secret)
		}
		return announce.New(o)
	}
	var err error
	if o.Client, err = r.client(ctx, p); err != nil {
		return nil, err
	}
	o.Category = p.Category
	return announce.New(o)
}

func (r *releasing) github(ctx context.Context, p config.Publish, s shipment) (release.Channel, error) {
	client, err := r.client(ctx, p)
	if err != nil {
		return nil, err
	}
	assets := ""
	if r.builds() {
		assets = s.dist
	}
	notes := changelog.Shorten([]byte(s.notes), github.NotesLimit, "The rest is in "+release.Changelog+".")
	return github.New(github.Options{
		ID: p.ID, Client: client, Version: s.version, Commit: s.commit, Notes: string(notes), Prefix: r.prefix(), Dir: assets, Reason: s.reason,
		Trial: r.trial(s),
	})
}

// trial is how the packaged programs tell their version; nil where there are
// none. Why there are none the build says.
func (r *releasing) trial(s shipment) *trial.Trial {
	project, err := pack.Find(os.DirFS(s.src))
	if err != nil || !r.builds() {
		return nil
	}
	t := &trial.Trial{Args: []string{"--version"}}
	if here := (pack.Platform{OS: runtime.GOOS, Arch: runtime.GOARCH}); project.Kind == pack.Rust || slices.Contains(pack.Platforms(), here) && project.On(here) {
		t.Archive = project.Archive(s.version.String(), here)
	}
	if project.Kind == pack.Mage {
		t.Args = []string{"version"} // Mage knows targets and no such flag
	}
	if args := r.config.Release.VersionArgs; len(args) > 0 {
		t.Args, t.Agreed = args, true
	}
	return t
}

// client acts on the repository of a channel: the named one, else that of the
// workflow, else that of the remote.
func (r *releasing) client(ctx context.Context, p config.Publish) (*forge.Client, error) {
	repository := cmp.Or(p.Repository, os.Getenv("GITHUB_REPOSITORY"))
	if repository == "" {
		remote, err := r.repo.Run(ctx, "remote", "get-url", "--", r.remote)
		if err != nil {
			return nil, err
		}
		repository = repositoryOf(remote)
	}
	return forge.New(forge.Config{APIURL: os.Getenv("GITHUB_API_URL"), Repository: repository, Token: secret(p, "GITHUB_TOKEN")})
}

// repositoryOf is "owner/name" at the end of a remote's URL, "" where it has none.
func repositoryOf(url string) string {
	parts := strings.FieldsFunc(strings.TrimSuffix(strings.TrimRight(strings.TrimSpace(url), "/"), ".git"), func(r rune) bool { return r == '/' || r == ':' })
	if len(parts) < 3 {
		return ""
	}
	return strings.Join(parts[len(parts)-2:], "/")
}

func (r *releasing) cargo(ctx context.Context, p config.Publish, s shipment) (release.Channel, error) {
	o := cargo.Options{
		Dir: s.src, Version: s.version, Stage: filepath.Join(s.state, p.Name()), ID: p.Name(),
		Registry: p.Registry, Index: p.Index, Token: secret(p, ""), Redactor: r.redactor,
	}
	var err error
	if o.Crates, err = o.Members(ctx); err != nil {
		return nil, err
	}
	return cargo.New(o)
}

func (r *releasing) npm(ctx context.Context, p config.Publish, s shipment) (release.Channel, error) {
	dir, name, err := npm.Find(s.src, p.Package)
	if err != nil {
		return nil, err
	}
	registry := p.Registry
	if registry == "" {
		if registry, err = npm.ConfiguredRegistry(ctx, dir, name); err != nil {
			return nil, err
		}
	}
	return npm.New(npm.Options{
		Dir: dir, Package: name, Version: s.version, Stage: filepath.Join(s.state, p.Name()), ID: p.Name(),
		Registry: registry, Token: secret(p, ""), Withdrawn: s.withdrawn, Reason: s.reason, Redactor: r.redactor,
	})
}

// prefix is what stands before the version in the tags of a project that is a Go
// module below the top of its repository.
func (r *releasing) prefix() string {
	module, err := gomodule.ModulePath(r.dir)
	if err != nil {
		return ""
	}
	return gomodule.TagPrefix(module, r.path)
}

// secret is what the variable that a channel names holds.
func secret(p config.Publish, otherwise string) string {
	if name := cmp.Or(p.Secret, otherwise); name != "" {
		return os.Getenv(name)
	}
	return ""
}

// secrets are all that must not be seen anywhere: what the variables of the
// channels hold, and passwords in the URLs of remotes.
func (p *place) secrets(ctx context.Context) []string {
	var values []string
	for _, name := range []string{"GITHUB_TOKEN", "CUPEL_SIGNING_KEY", "SIGSTORE_ID_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"} {
		values = append(values, os.Getenv(name))
	}
	for _, channel := range p.config.Publish {
		values = append(values, secret(channel, ""))
	}
	repo := &git.Repo{Root: p.dir}
	urls, err := repo.Run(ctx, "config", "--get-regexp", `^remote\..*url$`)
	if err != nil {
		return values // no remote, and so no release
	}
	for line := range strings.Lines(urls) {
		_, text, _ := strings.Cut(strings.TrimSpace(line), " ")
		if u, err := url.Parse(text); err == nil && u.User != nil {
			password, set := u.User.Password()
			if !set {
				password = u.User.Username() // a token may stand there alone
			}
			values = append(values, password)
		}
	}
	return values
}

// builds reports whether packages are part of a release.
func (r *releasing) builds() bool {
	if said := r.config.Release.Package; said != nil {
		return *said
	}
	return slices.ContainsFunc(r.config.Publish, func(p config.Publish) bool { return p.Kind == "github" || p.Kind == "oci" })
}

// build packages the release commit, as ci:package does.
func (r *releasing) build(ctx context.Context, src, dist string) error {
	p := &place{dir: src, top: r.dir, cache: r.cache, config: r.config}
	in, err := p.packages(ctx, r.version.String(), r.repo)
	if err != nil {
		return err
	}
	report, err := p.compile(ctx, r.out, in, "", filepath.Join(r.workspace(), "outputs"))
	if err != nil {
		return err
	}
	if report.Exit() != 0 {
		return fmt.Errorf("ci:package: %s", strings.Join(unpassed(report), ", "))
	}
	result, err := pack.Assemble(ctx, *in, dist)
	if err != nil {
		return err
	}
	showRemarks(r.out, result)
	return nil
}
