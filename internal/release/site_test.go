package release_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/cupel-dev/cupel/internal/channel/announce"
	"github.com/cupel-dev/cupel/internal/channel/command"
	"github.com/cupel-dev/cupel/internal/channel/github"
	"github.com/cupel-dev/cupel/internal/channel/gittag"
	"github.com/cupel-dev/cupel/internal/channel/gomodule"
	"github.com/cupel-dev/cupel/internal/channel/oci"
	"github.com/cupel-dev/cupel/internal/forge"
	"github.com/cupel-dev/cupel/internal/git"
	"github.com/cupel-dev/cupel/internal/journal"
	"github.com/cupel-dev/cupel/internal/redact"
	"github.com/cupel-dev/cupel/internal/release"
	"github.com/cupel-dev/cupel/internal/trial"
	"github.com/cupel-dev/cupel/internal/version"
)

// modulePath is the Go module that the small project is.
const modulePath = "example.org/team/app"

// A site is what a process knows of the world that it releases into. It goes to
// child processes as JSON.
type site struct {
	Clone    string // the person's work tree
	Holder   string // of the lock
	Registry string // host and port
	Proxy    string // URL of the module proxy
	GitHub   string // URL of the API
	Webhook  string // URL
	Mirror   string // directory that the project's own command publishes to
	Script   string // that command
	Token    string // for GitHub
	Secret   string // for the project's own command, in its environment
}

// A deed is what a process does with a release.
type deed func(release.Options, context.Context) (journal.Outcome, error)

// run is a process that releases: it takes both locks, does the deed, and gives
// the locks back where nothing is left to do.
func (s site) run(ctx context.Context, d release.Draft, do deed, watch func(journal.Event)) (out journal.Outcome, err error) {
	repo := &git.Repo{Root: s.Clone}
	unlock, err := release.Exclusive(ctx, repo)
	if errors.Is(err, release.ErrBusy) {
		return journal.Outcome{Code: journal.Refused, Err: err}, nil
	}
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	o, err := s.options(ctx, repo, d)
	if err != nil {
		return out, err
	}
	o.Watch = watch
	lock := gittag.Lock{Repo: repo, Remote: "origin", Holder: o.Draft.Holder, What: "release " + d.Version.Tag(), Now: time.Now}
	var held *gittag.HeldError
	switch err := lock.Take(ctx, false); {
	case errors.As(err, &held):
		return journal.Outcome{Code: journal.Refused, Err: err}, nil
	case err != nil:
		return out, err
	}
	if out, err = do(o, ctx); err != nil {
		return out, err
	}
	switch out.Code {
	case journal.Complete, journal.Refused:
		err = lock.Drop(ctx)
	case journal.Undone:
		err = errors.Join(lock.Drop(ctx), release.Discard(o.State))
	}
	return out, err
}

// options are the release as a new process sees it: all that it knows of an
// earlier one is the draft on disk.
func (s site) options(ctx context.Context, repo *git.Repo, d release.Draft) (release.Options, error) {
	state, err := release.StateDir(ctx, repo, d.Version.Tag())
	if err != nil {
		return release.Options{}, err
	}
	switch saved, err := release.ReadDraft(state); {
	case err == nil:
		d = saved
	case !errors.Is(err, fs.ErrNotExist):
		return release.Options{}, err
	}
	project := release.Project{Dir: ".", Retract: gomodule.Retract}
	prepared, err := release.Prepare(ctx, repo, project, d, filepath.Join(filepath.Dir(s.Clone), "workspace"))
	if err != nil {
		return release.Options{}, err
	}
	if err := d.Save(state); err != nil {
		return release.Options{}, err
	}
	o := release.Options{
		Repo: repo, Remote: "origin", State: state, Draft: d, Prepared: prepared, Build: build,
		Redactor: redact.New(s.Token, s.Secret, s.Webhook),
	}
	o.Channels, err = s.channels(o)
	return o, err
}

// tried is how the program of the project tells its version.
var tried = trial.Trial{Archive: "app.tar.gz", Args: []string{"--version"}, Agreed: true}

// channels are all kinds of channels that can be served on this machine in no
// time; those of cargo and npm have tests of their own.
func (s site) channels(o release.Options) ([]release.Channel, error) {
	v, commit, notes, dist := o.Draft.Version, o.Prepared.Commit, string(o.Prepared.Notes), o.Dist()
	client, err := forge.New(forge.Config{APIURL: s.GitHub, Repository: "team/app", Token: s.Token, Wait: briefly})
	if err != nil {
		return nil, err
	}
	tag, err := gittag.New(gittag.Options{
		Repo: o.Repo, Remote: "origin", Branch: "main", Head: o.Draft.Head, Commit: commit, Version: v,
		Message: v.Tag() + "\n\n" + notes, Time: o.Prepared.Time, Tagger: o.Draft.Name, Email: o.Draft.Email,
	})
	image, imageErr := oci.New(oci.Options{
		Repository: "registry.example.org/team/app", Layout: filepath.Join(dist, "image"), Version: v, Withdrawn: withdrawn(o), Trial: &tried,
		Keychain: authn.NewMultiKeychain(), Transport: redirect(s.Registry), Backoff: remote.Backoff{Duration: time.Millisecond, Factor: 1, Steps: 3},
	})
	mod, modErr := gomodule.New(gomodule.Options{
		Repo: o.Repo, Commit: commit, Module: modulePath, Version: v, Wait: briefly,
		Env: []string{"GOPROXY=" + s.Proxy, "GOSUMDB=off", "GOPRIVATE=", "GONOPROXY=", "GONOSUMDB="},
	})
	upload, uploadErr := s.command(o, "upload", journal.Invisible, filepath.Join(s.Mirror, "."+v.String()))
	mirror, mirrorErr := s.command(o, "mirror", journal.Irrevocable, filepath.Join(s.Mirror, v.String()))
	page, pageErr := github.New(github.Options{
		Client: client, Version: v, Commit: commit, Notes: notes, Dir: dist, Patterns: []string{"*.tar.gz", "SHA256SUMS"}, Reason: "it loses data",
		Trial: &tried,
	})
	news, newsErr := announce.New(announce.Options{
		Version: v, Title: "app " + v.Tag(), Text: notes, Client: client, Category: "News",
		Webhook: s.Webhook, State: filepath.Join(o.State, "announce.told"),
	})
	return []release.Channel{tag, image, mod, upload, mirror, page, news}, errors.Join(err, imageErr, modErr, uploadErr, mirrorErr, pageErr, newsErr)
}

// command is a channel of the project's own.
func (s site) command(o release.Options, id string, class journal.Class, target string) (*command.Channel, error) {
	args := func(word string) []string { return []string{"sh", s.Script, word, target, "{dist}"} }
	c := command.Options{
		ID: id, Title: id + " the archive", Class: class, Version: o.Draft.Version, Dist: o.Dist(), Redactor: o.Redactor,
		Probe: args("probe"), Do: args("do"), Verify: args("verify"), Env: []string{"APP_SECRET=" + s.Secret},
	}
	if class == journal.Invisible {
		c.Undo = args("undo")
	}
	return command.New(c)
}

// script is the project's command. What lies beside its target decides how one
// call goes wrong.
const script = `set -eu
word=$1 target=$2 archive=$3/app.tar.gz
fault=
if [ -e "$target.fault" ] && [ "$(sed -n 1p "$target.fault")" = "$word" ]; then
	fault=$(sed -n 2p "$target.fault")
	rm "$target.fault"
fi
case $fault in
refused) echo "it is refused: ${APP_SECRET-}" >&2; exit 7;;
killed) kill -9 $$;;
half) head -c 10 "$archive" > "$target"; echo "${APP_SECRET-}"; exit 7;;
esac
case $word in
probe)
	[ -e "$target" ] || exit 1
	if [ ! -e "$archive" ]; then echo there; exit 0; fi
	if cmp -s "$target" "$archive"; then echo there; exit 0; fi
	exit 4;;
do) cp "$archive" "$target"; echo "told: ${APP_SECRET-}";;
verify) cmp "$target" "$archive";;
undo) rm -f "$target";;
esac
[ "$fault" != lost ] || exit 7
`

// redirect sends every request to a server on this machine, so that the plan of
// a release names the same registry in every test.
type redirect string

// RoundTrip implements http.RoundTripper.
func (r redirect) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.URL.Scheme, req.URL.Host = "http", string(r)
	return http.DefaultTransport.RoundTrip(req)
}

// briefly waits as long as a machine of this test needs.
func briefly(ctx context.Context, _ time.Duration) error {
	timer := time.NewTimer(time.Millisecond)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// build makes an archive of the checkout, its checksum and an image of it.
func build(_ context.Context, src, dist string) error {
	text, err := os.ReadFile(filepath.Join(src, "package.json"))
	if err != nil {
		return err
	}
	archive, err := pack(text)
	if err != nil {
		return err
	}
	img, err := image(archive)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dist, 0o755); err != nil {
		return err
	}
	at, err := layout.Write(filepath.Join(dist, "image"), empty.Index)
	if err != nil {
		return err
	}
	return errors.Join(
		at.AppendImage(img),
		os.WriteFile(filepath.Join(dist, "app.tar.gz"), archive, 0o644),
		os.WriteFile(filepath.Join(dist, "SHA256SUMS"), fmt.Appendf(nil, "%x  app.tar.gz\n", sha256.Sum256(archive)), 0o644),
	)
}

// pack makes an archive with a program that prints the text.
func pack(text []byte) ([]byte, error) {
	text = slices.Concat([]byte("#!/bin/sh\necho '"), text, []byte("'\n"))
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	err := w.WriteHeader(&tar.Header{Name: "app", Mode: 0o755, Size: int64(len(text))})
	_, writeErr := w.Write(text)
	err = errors.Join(err, writeErr, w.Close(), z.Close())
	return b.Bytes(), err
}

func image(archive []byte) (v1.Image, error) {
	return mutate.AppendLayers(empty.Image, static.NewLayer(archive, types.DockerLayer))
}

func parsed(number string) version.Version {
	v, err := version.Parse(number)
	if err != nil {
		panic(err) // a constant of a test
	}
	return v
}

// withdrawn are the versions that no pointer belongs on.
func withdrawn(o release.Options) []version.Version {
	if o.Draft.Supersede == nil {
		return nil
	}
	return []version.Version{parsed(o.Draft.Supersede.Version)}
}
