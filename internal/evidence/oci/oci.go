// Package oci stores evidence in a registry, as an OCI artifact: a file of the
// evidence is a blob, so that its digest there is the one that the manifest
// holds here. A registry is believed in nothing: what comes back is verified
// like any other evidence before it gets a name.
//
// The artifact is an OCI image manifest (image-spec 1.1) with the media type of
// its configuration as artifact type, and the title annotation that other tools
// write files by. Evidence of a released image is a referrer of it, so several
// hosts can each add theirs.
package oci

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path"
	"path/filepath"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/cupel-dev/cupel/internal/evidence"
)

// ArtifactType marks a manifest as evidence.
const ArtifactType = "application/vnd.cupel.evidence.v1+json"

const fileType types.MediaType = "application/vnd.cupel.evidence.file.v1"

// The annotations. The first is the image-spec's; tools that know no evidence
// name files after it.
const (
	titleKey   = "org.opencontainers.image.title"
	createdKey = "org.opencontainers.image.created"
	commitKey  = "org.opencontainers.image.revision"
	subjectKey = "dev.cupel.subject"
	classKey   = "dev.cupel.class"
)

// The limits of what is pulled. Evidence over its budget has some megabytes.
const (
	maxFiles = 20_000
	maxBytes = 256 << 20
)

// Push stores the evidence in fsys under ref, and as a referrer of the image
// where one is given, which must be in the same repository. Evidence that does
// not verify is not pushed. A tag that holds something else already is an
// error; the same evidence is not sent twice.
func Push(ctx context.Context, fsys fs.FS, ref, image name.Reference, options ...remote.Option) (v1.Hash, error) {
	options = append([]remote.Option{remote.WithContext(ctx)}, options...)
	m, err := evidence.Verify(fsys)
	if err != nil {
		return v1.Hash{}, err
	}
	artifact, err := pack(fsys, m)
	if err != nil {
		return v1.Hash{}, fmt.Errorf("pack evidence: %w", err)
	}
	if image != nil {
		if image.Context() != ref.Context() {
			return v1.Hash{}, fmt.Errorf("%s is in another repository than %s: a referrer lies beside its image", image, ref)
		}
		subject, err := remote.Head(image, options...)
		if err != nil {
			return v1.Hash{}, fmt.Errorf("find the image %s: %w", image, err)
		}
		artifact = mutate.Subject(artifact, v1.Descriptor{MediaType: subject.MediaType, Size: subject.Size, Digest: subject.Digest}).(v1.Image)
	}
	digest, err := artifact.Digest()
	if err != nil {
		return v1.Hash{}, fmt.Errorf("pack evidence: %w", err)
	}
	switch old, err := remote.Head(ref, options...); {
	case err == nil && old.Digest == digest:
		return digest, nil
	case err == nil:
		return v1.Hash{}, fmt.Errorf("%s holds %s already: choose another tag", ref, old.Digest)
	case !notFound(err):
		return v1.Hash{}, fmt.Errorf("look at %s: %w", ref, err)
	}
	if err := remote.Write(ref, artifact, options...); err != nil {
		return v1.Hash{}, fmt.Errorf("push %s: %w", ref, err)
	}
	// A registry has no request that makes a tag only where none is: of two that
	// push at the same time, the one that lost sees it here.
	switch there, err := remote.Get(ref, options...); {
	case err != nil:
		return v1.Hash{}, fmt.Errorf("look at %s after the push: %w", ref, err)
	case there.Digest != digest:
		return v1.Hash{}, fmt.Errorf("%s holds %s, which came at the same time: choose another tag", ref, there.Digest)
	}
	return digest, nil
}

func notFound(err error) bool {
	var answer *transport.Error
	return errors.As(err, &answer) && answer.StatusCode == http.StatusNotFound
}

// pack makes the artifact: the same evidence has the same digest anywhere.
func pack(fsys fs.FS, m *evidence.Manifest) (v1.Image, error) {
	var files []mutate.Addendum
	err := fs.WalkDir(fsys, ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(fsys, file)
		files = append(files, mutate.Addendum{
			Layer: static.NewLayer(text, fileType), Annotations: map[string]string{titleKey: file},
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	base := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), ArtifactType)
	artifact, err := mutate.Append(base, files...)
	if err != nil {
		return nil, err
	}
	return mutate.Annotations(artifact, map[string]string{
		createdKey: m.Created.UTC().Format("2006-01-02T15:04:05Z"), commitKey: m.Commit,
		subjectKey: m.Subject.Digest, classKey: string(m.Class),
	}).(v1.Image), nil
}

// Pull writes the evidence at ref, or all evidence that refers to the image at
// ref, below results and returns the directories. With a key, evidence that the
// key did not sign is refused. The error is a [*evidence.Difference] where the
// evidence is not what its manifest says; nothing of it is left behind.
func Pull(ctx context.Context, ref name.Reference, results string, key crypto.PublicKey, options ...remote.Option) ([]string, error) {
	options = append([]remote.Option{remote.WithContext(ctx)}, options...)
	artifacts, err := find(ref, options)
	if err != nil {
		return nil, err
	}
	var paths []string
	for _, artifact := range artifacts {
		dir, err := evidence.Import(results,
			func(dir string) error { return unpack(artifact, dir) },
			func(dir string) error {
				if key == nil {
					return nil
				}
				return evidence.VerifySignature(os.DirFS(dir), key)
			})
		if err != nil {
			return paths, fmt.Errorf("pull %s: %w", ref, err)
		}
		paths = append(paths, dir)
	}
	return paths, nil
}

// find returns the artifact at ref, or those that refer to the image there.
func find(ref name.Reference, options []remote.Option) ([]v1.Image, error) {
	there, err := remote.Get(ref, options...)
	if err != nil {
		return nil, fmt.Errorf("find %s: %w", ref, err)
	}
	if there.MediaType == types.OCIManifestSchema1 {
		artifact, err := there.Image()
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", ref, err)
		}
		if m, err := artifact.Manifest(); err == nil && m.Config.MediaType == ArtifactType {
			return []v1.Image{artifact}, nil
		}
	}
	referrers, err := remote.Referrers(ref.Context().Digest(there.Digest.String()), options...)
	if err != nil {
		return nil, fmt.Errorf("list the referrers of %s: %w", ref, err)
	}
	index, err := referrers.IndexManifest()
	if err != nil {
		return nil, fmt.Errorf("list the referrers of %s: %w", ref, err)
	}
	var found []v1.Image
	for _, d := range index.Manifests {
		if d.ArtifactType != ArtifactType {
			continue
		}
		artifact, err := remote.Image(ref.Context().Digest(d.Digest.String()), options...)
		if err != nil {
			return nil, fmt.Errorf("read evidence %s: %w", d.Digest, err)
		}
		found = append(found, artifact)
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("%s is no evidence, and no evidence refers to it", ref)
	}
	return found, nil
}

// unpack writes the files of an artifact into a directory. Names are data: one
// that would leave the directory is refused.
func unpack(artifact v1.Image, dir string) error {
	m, err := artifact.Manifest()
	if err != nil {
		return fmt.Errorf("read the artifact: %w", err)
	}
	if m.Config.MediaType != ArtifactType {
		return fmt.Errorf("the artifact is %q, not evidence", m.Config.MediaType)
	}
	if err := bounded(m.Layers); err != nil {
		return err
	}
	for _, d := range m.Layers {
		if err := writeFile(artifact, d, dir); err != nil {
			return fmt.Errorf("read %q: %w", d.Annotations[titleKey], err)
		}
	}
	return nil
}

func bounded(files []v1.Descriptor) error {
	if len(files) > maxFiles {
		return fmt.Errorf("the artifact has %d files, more than %d", len(files), maxFiles)
	}
	var total int64
	for _, d := range files {
		if d.Size < 0 || d.Size > maxBytes {
			return fmt.Errorf("a file of %d bytes: at most %d are read", d.Size, maxBytes)
		}
		total += d.Size
	}
	if total > maxBytes {
		return fmt.Errorf("the artifact has %d bytes, more than %d", total, maxBytes)
	}
	return nil
}

func writeFile(artifact v1.Image, d v1.Descriptor, dir string) error {
	file := d.Annotations[titleKey]
	if !fs.ValidPath(file) || file == "." || path.Clean(file) != file || !filepath.IsLocal(filepath.FromSlash(file)) {
		return errors.New("not a path inside the evidence")
	}
	target := filepath.Join(dir, filepath.FromSlash(file))
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return err
	}
	blob, err := artifact.LayerByDigest(d.Digest)
	if err != nil {
		return err
	}
	content, err := blob.Compressed() // as stored; it fails where the digest is another
	if err != nil {
		return err
	}
	defer content.Close()
	f, err := os.OpenFile(target, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, io.LimitReader(content, d.Size+1))
	return errors.Join(err, f.Close())
}
