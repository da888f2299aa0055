package oci

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"github.com/cupel-dev/cupel/internal/journal"
)

// A repository is one repository of a registry, asked as it is now and never
// from a cache. What it says about a digest is computed from the bytes that it
// sends, not read from its headers.
type repository struct {
	name.Repository
	options []remote.Option
}

func (r repository) with(ctx context.Context) []remote.Option {
	return append(slices.Clone(r.options), remote.WithContext(ctx))
}

func (r repository) hash(h v1.Hash) name.Digest { return r.Digest(h.String()) }

// get returns the manifest at ref, and nil where the registry knows none.
func (r repository) get(ctx context.Context, ref name.Reference) (*remote.Descriptor, error) {
	d, err := remote.Get(ref, r.with(ctx)...)
	if isAbsent(err) {
		return nil, nil
	}
	if err != nil {
		return nil, explain(ctx, "read "+ref.String(), err)
	}
	if d.Digest, err = digestOf(d.Manifest); err != nil {
		return nil, err
	}
	return d, nil
}

// digest returns the digest of the manifest at ref, and "" where there is none.
func (r repository) digest(ctx context.Context, ref name.Reference) (string, error) {
	d, err := r.get(ctx, ref)
	if d == nil {
		return "", err
	}
	return d.Digest.String(), nil
}

// tags lists all tags; a repository that does not exist yet has none.
func (r repository) tags(ctx context.Context) ([]string, error) {
	tags, err := remote.List(r.Repository, r.with(ctx)...)
	if isAbsent(err) {
		return nil, nil
	}
	if err != nil {
		return nil, explain(ctx, "list the tags of "+r.String(), err)
	}
	return tags, nil
}

// point makes a tag point to a manifest that the repository holds.
func (r repository) point(ctx context.Context, tag name.Tag, digest string) error {
	d, err := r.get(ctx, r.Digest(digest))
	if err != nil {
		return err
	}
	if d == nil {
		return fmt.Errorf("point %s to %s: the registry does not hold that manifest", tag, digest)
	}
	if err := remote.Tag(tag, d, r.with(ctx)...); err != nil {
		return explain(ctx, fmt.Sprintf("point %s to %s", tag, digest), err)
	}
	return nil
}

// errKept says that a registry deletes nothing, or not this.
var errKept = errors.New("the registry does not delete")

// delete removes a tag or a manifest; one that is gone is no error. The error
// is errKept where the registry deletes none.
func (r repository) delete(ctx context.Context, ref name.Reference) error {
	err := remote.Delete(ref, r.with(ctx)...)
	var status *transport.Error
	switch {
	case err == nil || isAbsent(err):
		return nil
	case errors.As(err, &status) && refusesDelete(status.StatusCode):
		return fmt.Errorf("delete %s: %w: %w", ref, errKept, err)
	}
	return explain(ctx, "delete "+ref.String(), err)
}

// refusesDelete follows the distribution specification, which answers 400 or
// 405 where deletion is disabled; registries with rights of their own for it
// answer 403.
func refusesDelete(code int) bool {
	return code == http.StatusBadRequest || code == http.StatusMethodNotAllowed || code == http.StatusForbidden
}

// read downloads a blob whole and holds it against its digest and size.
func (r repository) read(ctx context.Context, want v1.Descriptor) error {
	what := "read " + r.hash(want.Digest).String()
	layer, err := remote.Layer(r.hash(want.Digest), r.with(ctx)...)
	if err != nil {
		return explain(ctx, what, err)
	}
	body, err := layer.Compressed()
	if err != nil {
		return explain(ctx, what, err)
	}
	defer body.Close()
	got, size, err := v1.SHA256(body)
	if err != nil {
		return explain(ctx, what, err)
	}
	if got != want.Digest || size != want.Size {
		return fmt.Errorf("%s: %d bytes of digest %s came, want %d", what, size, got, want.Size)
	}
	return nil
}

// isAbsent reports whether a registry said itself that it does not know
// something. A 404 without a registry's error is another server's, or a wrong
// address, and proves nothing.
func isAbsent(err error) bool {
	var status *transport.Error
	return errors.As(err, &status) && status.StatusCode == http.StatusNotFound && len(status.Errors) > 0
}

// explain says what was being done, and marks what may be gone later.
func explain(ctx context.Context, what string, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w", what, context.Cause(ctx))
	}
	var status *transport.Error
	if errors.As(err, &status) {
		switch code := status.StatusCode; {
		case code == http.StatusUnauthorized || code == http.StatusForbidden:
			return fmt.Errorf("%s: %w; log in to the registry with an account that may do this", what, err)
		case code == http.StatusNotFound && len(status.Errors) == 0:
			return fmt.Errorf("%s: %w; that is no registry's answer, check the address", what, err)
		case isTemporary(code):
			return fmt.Errorf("%s: %w: %w", what, journal.ErrTemporary, err)
		}
		return fmt.Errorf("%s: %w", what, err)
	}
	var network net.Error
	var unreachable *url.Error
	if errors.As(err, &network) || errors.As(err, &unreachable) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return fmt.Errorf("%s: %w: %w", what, journal.ErrTemporary, err)
	}
	return fmt.Errorf("%s: %w", what, err)
}

func isTemporary(code int) bool {
	return code >= 500 || code == http.StatusTooManyRequests || code == http.StatusRequestTimeout
}

// isRejection reports whether a registry answered that it will not do what it
// was asked.
func isRejection(err error) bool {
	var status *transport.Error
	return errors.As(err, &status) && status.StatusCode >= 400 && !isTemporary(status.StatusCode)
}
