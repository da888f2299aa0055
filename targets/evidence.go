package targets

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/magefile/mage/mg"

	"github.com/cupel-dev/cupel/internal/config"
	"github.com/cupel-dev/cupel/internal/dsse"
	"github.com/cupel-dev/cupel/internal/evidence"
	"github.com/cupel-dev/cupel/internal/evidence/oci"
)

// Evidence looks after what official wrote.
type Evidence mg.Namespace

// Verify recomputes the digests, the summaries and the class of a directory of evidence.
//
// Exit codes: 0 all is as the manifest says, 2 the directory cannot be read,
// 5 something differs, and the first file that does is named.
func (Evidence) Verify(
	ctx context.Context,
	dir string, // benchmark_results/YYYYMMDD_HHMMSS
	key *string, // check the signature too, with this public key (ed25519, PEM)
) error {
	if err := positional("evidence:verify DIR", dir); err != nil {
		return err
	}
	m, err := verify(dir, given(key, ""))
	var difference *evidence.Difference
	switch {
	case errors.As(err, &difference):
		return fail(exitDiffers, "evidence differs: "+dir+"/"+difference.Error())
	case err != nil:
		return fail(exitRefused, dir+": "+err.Error())
	}
	out := newConsole(os.Stdout)
	out.Line("evidence verified: %s is as its manifest says", strings.TrimRight(dir, "/"))
	out.Table([][]string{
		{"status", m.Status},
		{"class", string(m.Class)},
		{"commit", m.Commit},
		{"subject", m.Subject.Digest},
		{"files", plural(len(m.Files), "file")},
		{"runs", plural(m.Plan.Runs, "run") + " of " + plural(len(m.Plan.Suites), "suite")},
	})
	return nil
}

func verify(dir, keyFile string) (*evidence.Manifest, error) {
	fsys := os.DirFS(dir)
	m, err := evidence.Verify(fsys)
	if err != nil || keyFile == "" {
		return m, err
	}
	key, err := publicKey(keyFile)
	if err != nil {
		return nil, err
	}
	return m, evidence.VerifySignature(fsys, key)
}

// publicKey reads the key in a file; nil where no file is named.
func publicKey(file string) (crypto.PublicKey, error) {
	if file == "" {
		return nil, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("-key: %w", err)
	}
	return dsse.ParsePublicKey(text)
}

// Push stores evidence in a registry, as an OCI artifact whose blobs are its files.
//
// The tag must be new. Access to the registry comes from Docker's configuration.
//
// Exit codes: 0 it is there, 2 it could not be stored, 5 the evidence differs
// from its manifest.
func (Evidence) Push(
	ctx context.Context,
	ref string, // REGISTRY/REPOSITORY:TAG
	dir *string, // the evidence (default the newest in benchmark_results)
	image *string, // make it a referrer of this image in the same repository
) error {
	if err := positional("evidence:push REF", ref); err != nil {
		return err
	}
	source := given(dir, "")
	if source == "" {
		newest, err := newestEvidence(config.ResultsDir)
		if err != nil {
			return fail(exitRefused, err.Error())
		}
		source = newest
	}
	target, err := name.ParseReference(ref)
	if err != nil {
		return fail(exitRefused, err.Error())
	}
	subject, err := imageReference(given(image, ""))
	if err != nil {
		return fail(exitRefused, err.Error())
	}
	ctx, stop := untilTold(ctx)
	defer stop()
	digest, err := oci.Push(ctx, os.DirFS(source), target, subject, remote.WithAuthFromKeychain(authn.DefaultKeychain))
	if err != nil {
		return evidenceError(source, err)
	}
	pinned := target.Context().Digest(digest.String()).String()
	out := newConsole(os.Stdout)
	out.Line("evidence pushed: %s is %s", source, pinned)
	out.Line("next: %s", command("evidence:pull "+pinned))
	return nil
}

// imageReference parses the name of an image; nil where none is given.
func imageReference(text string) (name.Reference, error) {
	if text == "" {
		return nil, nil
	}
	ref, err := name.ParseReference(text)
	if err != nil {
		return nil, fmt.Errorf("-image: %w", err)
	}
	return ref, nil
}

// newestEvidence is the directory of the last whole measurement.
func newestEvidence(results string) (string, error) {
	dirs, err := filepath.Glob(filepath.Join(results, "[0-9]*_[0-9]*"))
	if err != nil {
		return "", err
	}
	dirs = slices.DeleteFunc(dirs, func(dir string) bool { return strings.Contains(filepath.Base(dir), ".") })
	if len(dirs) == 0 {
		return "", fmt.Errorf("there is no evidence in %s: measure first: %s", results, command("official"))
	}
	return slices.Max(dirs), nil
}

// Pull fetches evidence from a registry, verifies it, and keeps it in benchmark_results.
//
// REF is evidence, or an image that evidence refers to. A reference with a
// digest (@sha256:...) can return nothing else than what was pushed.
//
// Exit codes: 0 it is here and as its manifest says, 2 it could not be fetched,
// 5 it differs from its manifest or was not signed by the key; nothing is kept.
func (Evidence) Pull(
	ctx context.Context,
	ref string, // REGISTRY/REPOSITORY:TAG or REGISTRY/REPOSITORY@DIGEST
	key *string, // refuse what was not signed with this public key (ed25519, PEM)
) error {
	if err := positional("evidence:pull REF", ref); err != nil {
		return err
	}
	source, err := name.ParseReference(ref)
	if err != nil {
		return fail(exitRefused, err.Error())
	}
	public, err := publicKey(given(key, ""))
	if err != nil {
		return fail(exitRefused, err.Error())
	}
	ctx, stop := untilTold(ctx)
	defer stop()
	dirs, err := oci.Pull(ctx, source, config.ResultsDir, public, remote.WithAuthFromKeychain(authn.DefaultKeychain))
	if err != nil {
		return evidenceError(ref, err)
	}
	out := newConsole(os.Stdout)
	out.Line("evidence pulled: %s of %s", plural(len(dirs), "set"), ref)
	for _, dir := range dirs {
		out.Line("  %s", filepath.ToSlash(dir))
	}
	out.Line("next: %s", command("evidence:verify "+filepath.ToSlash(dirs[len(dirs)-1])))
	return nil
}

// evidenceError ends a target that handles the evidence at a place.
func evidenceError(place string, err error) error {
	var difference *evidence.Difference
	if errors.As(err, &difference) {
		return fail(exitDiffers, "evidence differs: "+place+": "+difference.Error())
	}
	return fail(exitRefused, err.Error())
}
