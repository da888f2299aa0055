package oci

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/cupel-dev/cupel/internal/journal"
)

// stage pushes the image, and what refers to it, by digest.
func (c *Channel) stage() journal.Step {
	s := c.step("stage", journal.Invisible, fmt.Sprintf("push the image to %s by digest, without a tag", c.Repository))
	s.Probe, s.Do, s.Undo = c.probeStaged, c.push, c.unpush
	s.Verify = func(ctx context.Context) error {
		staged, err := readLayout(c.Layout)
		if err != nil {
			return err
		}
		if err := c.repository.pull(ctx, staged); err != nil || c.Trial == nil {
			return err
		}
		err = c.try(ctx, staged)
		if errors.Is(err, journal.ErrUnclear) {
			return nil // the check of what is public says so
		}
		return err
	}
	return s
}

// probeStaged counts the staged manifests that the registry holds. Its value
// lists them, so that an undo leaves alone what was there before. Before the
// image is built there is nothing that could have been pushed.
func (c *Channel) probeStaged(ctx context.Context) (journal.Observation, error) {
	if _, err := os.Stat(c.Layout); errors.Is(err, fs.ErrNotExist) {
		return journal.Observation{State: journal.Absent}, nil
	}
	staged, err := readLayout(c.Layout)
	if err != nil {
		return journal.Observation{}, err
	}
	var there []string
	for _, m := range staged.manifests {
		digest, err := c.repository.digest(ctx, c.repository.hash(m.Digest))
		if err != nil {
			return journal.Observation{}, err
		}
		if digest != "" && !c.kept[digest] {
			there = append(there, digest)
		}
	}
	o := journal.Observation{State: journal.Partial, Value: strings.Join(there, " ")}
	switch len(there) {
	case 0:
		o.State = journal.Absent
	case len(staged.manifests):
		o.State = journal.Done
	}
	return o, nil
}

func (c *Channel) push(ctx context.Context) error {
	staged, err := readLayout(c.Layout)
	if err != nil {
		return err
	}
	clear(c.kept)
	for _, h := range append([]v1.Hash{staged.root}, staged.referrers...) {
		t, err := staged.pushable(h)
		if err != nil {
			return fmt.Errorf("push %s: %w", h, err)
		}
		ref := c.repository.hash(h)
		if err := remote.Push(ref, t, c.repository.with(ctx)...); err != nil {
			return explain(ctx, "push "+ref.String(), err)
		}
	}
	return nil
}

// unpush deletes the manifests that push added; blobs are left to the
// registry's garbage collection. What was there before stays, all of it where
// nobody knows what was, and so does what the registry refuses to delete: it
// has no tag, and nobody sees it.
func (c *Channel) unpush(ctx context.Context, before journal.Observation) error {
	staged, err := readLayout(c.Layout)
	if err != nil {
		return err
	}
	for _, m := range staged.manifests {
		digest := m.Digest.String()
		if before.State == journal.Unknown || strings.Contains(before.Value, digest) {
			c.kept[digest] = true
			continue
		}
		err := c.repository.delete(ctx, c.repository.hash(m.Digest))
		if errors.Is(err, errKept) {
			c.kept[digest] = true
		} else if err != nil {
			return err
		}
	}
	return c.deleteReferrersTag(ctx, staged)
}

// deleteReferrersTag removes the tag that lists referrers in registries
// without an API for it (distribution specification, referrers tag schema),
// where the image that it belongs to is gone.
func (c *Channel) deleteReferrersTag(ctx context.Context, s *staged) error {
	if len(s.referrers) == 0 || c.kept[s.root.String()] {
		return nil
	}
	tag := c.repository.Tag(s.root.Algorithm + "-" + s.root.Hex)
	digest, err := c.repository.digest(ctx, tag)
	if err != nil || digest == "" {
		return err
	}
	for _, err := range []error{c.repository.delete(ctx, tag), c.repository.delete(ctx, c.repository.Digest(digest))} {
		if err != nil && !errors.Is(err, errKept) {
			return err
		}
	}
	return nil
}

// pull downloads the staged manifests and every blob that they name, and holds
// them against the layout.
func (r repository) pull(ctx context.Context, s *staged) error {
	read := map[v1.Hash]bool{}
	for _, m := range s.manifests {
		there, err := r.digest(ctx, r.hash(m.Digest))
		if err != nil {
			return err
		}
		if there != m.Digest.String() {
			return fmt.Errorf("the registry does not hold %s", r.hash(m.Digest))
		}
		for _, b := range m.blobs {
			if read[b.Digest] {
				continue
			}
			read[b.Digest] = true
			if err := r.read(ctx, b); err != nil {
				return err
			}
		}
	}
	return r.refers(ctx, s)
}

// refers checks that the registry lists every staged referrer of the image.
func (r repository) refers(ctx context.Context, s *staged) error {
	if len(s.referrers) == 0 {
		return nil
	}
	what := "list what refers to " + s.root.String()
	index, err := remote.Referrers(r.hash(s.root), r.with(ctx)...)
	if err != nil {
		return explain(ctx, what, err)
	}
	list, err := index.IndexManifest()
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	listed := map[v1.Hash]bool{}
	for _, d := range list.Manifests {
		listed[d.Digest] = true
	}
	for _, h := range s.referrers {
		if !listed[h] {
			return fmt.Errorf("the registry does not list %s among what refers to %s", h, s.root)
		}
	}
	return nil
}
